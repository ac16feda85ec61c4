"""The History page: runs, their rows, and the ways on: resume, retry and undo.

Session-state keys: those of ``url_state`` for this page, and ``history_view`` and ``history_run``, which mirror them.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gpb.store.run_records import RunRecord
from gpb.ui.history.contacts import contacts_panel
from gpb.ui.history.filters import NAMES, VIEWS, HistoryFilters, filters, take
from gpb.ui.history.row import outside_panel, row_panel
from gpb.ui.history.run import run_panel
from gpb.ui.sync.door import enter
from gpb.ui.text import local_time, plain
from gpb.workspace import Workspace

ALWAYS = ("Planned", "Confirmed")  # columns of runs; others are shown where they say something


def history(opened: Workspace) -> None:
    """Draw the page: one of its views; a link that names a row or a run opens that."""
    if enter():
        return
    records = opened.runs.of_term()
    shown = filters(records[0].run_id if records else None)
    st.session_state["history_view"] = VIEWS[shown.shown]
    st.segmented_control("View", list(NAMES), required=True, key="history_view", label_visibility="collapsed",
                         on_change=take, args=("view", "history_view"))  # fmt: skip
    if shown.shown == "runs":
        _runs(opened, records, shown)
    elif shown.shown == "row":
        row_panel(opened, shown)
    else:
        {"outside": outside_panel, "first_contact": contacts_panel}[shown.shown](opened)


def _runs(opened: Workspace, records: list[RunRecord], shown: HistoryFilters) -> None:
    if not records:
        st.info("Nothing has been synced in this term yet. Every sync will be listed here as a run.")
        return
    live = opened.runs.live()
    _list(opened, records, live.run_id if live else None)
    names = {
        record.run_id: f"{local_time(record.started_at)} · {record.person}{' · undo' if record.undo_of else ''}"
        for record in records
    }
    if shown.run and shown.run not in names:
        _elsewhere(opened, shown.run)
    chosen = shown.run if shown.run in names else records[0].run_id
    st.session_state["history_run"] = chosen
    st.selectbox("Rows of the run", list(names), format_func=lambda run: f"{names.get(run, run)} · {run}",
                 key="history_run", on_change=take, args=("run", "history_run"))  # fmt: skip
    record = next(record for record in records if record.run_id == chosen)
    undone_by = [one for one in reversed(records) if one.undo_of == chosen]
    run_panel(opened, record, undone_by, opens_undo=shown.undo)


def _elsewhere(opened: Workspace, run_id: str) -> None:
    """A link names a run that this term does not have: where it is, and what is shown instead."""
    told = f"This term has no run {plain(run_id)}. The newest one is shown."
    record = next((one for one in opened.runs.all() if one.run_id == run_id), None)
    if record is None:
        st.warning(told, icon=":material/help:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(f"{told} It is a run of {plain(record.term)}.", icon=":material/help:")
        to = {"run": run_id, "term": record.scope.rpartition("#")[2]}
        st.page_link("pages/history.py", label="Open it there", icon=":material/history:", query_params=to)


def _list(opened: Workspace, records: list[RunRecord], live: str | None) -> None:
    counts = opened.runs.counts_of(records)
    table = pd.DataFrame(
        [
            {
                "Started": local_time(record.started_at),
                "Person": record.person,
                "State": "interrupted" if record.ended_at is None and record.run_id != live else record.state,
                "Undoes": record.undo_of or "",
                **{name.replace("_", " ").capitalize(): number for name, number in counts[record.run_id].items()},
                "Run": record.run_id,
            }
            for record in records
        ]
    )
    seldom = [name for name in table.columns[3:-1] if name not in ALWAYS and not table[name].astype("bool").any()]
    numbers = {name: st.column_config.NumberColumn(format="localized") for name in table.columns[4:-1]}
    st.dataframe(table.drop(columns=seldom), hide_index=True, height=min(38 + 35 * len(table), 320),
                 column_config=numbers, alt="Runs of this term")  # fmt: skip
