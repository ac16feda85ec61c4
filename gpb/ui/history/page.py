"""The History page: runs, their rows, and the ways on: resume and undo.

Session-state keys: ``history_view`` (str), ``history_run`` (str, the chosen run; set by the picker).
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.registry import Provenance
from gpb.audit.reports.tables import changes_of_a_run
from gpb.store.run_records import RunRecord
from gpb.ui.history.contacts import contacts_panel
from gpb.ui.history.row import outside_panel, row_panel
from gpb.ui.shell.progress import show_run
from gpb.ui.shell.tables import change_table
from gpb.ui.sync.button import sync_button
from gpb.ui.sync.door import enter
from gpb.ui.sync.unfinished import unfinished_panel
from gpb.ui.text import count, local_time, plain, sentence
from gpb.workspace import Workspace

VIEWS = ("Runs", "One row", "Changed outside", "First contact")


def history(opened: Workspace) -> None:
    """Draw the page: one of its views; a link that names a row opens that row."""
    if enter():
        return
    names_row = "group" in st.query_params and st.session_state.get("page_before") != "history"
    if names_row:
        st.session_state["history_view"] = "One row"
    view = st.segmented_control(
        "View", list(VIEWS), default="Runs", required=True, key="history_view", label_visibility="collapsed"
    )
    {"Runs": _runs, "One row": row_panel, "Changed outside": outside_panel,
     "First contact": contacts_panel}[view](opened)  # fmt: skip


def _runs(opened: Workspace) -> None:
    live = opened.runs.live()
    if live is not None:
        show_run(opened, live)
    records = opened.runs.of_term()
    if not records:
        st.info("Nothing has been synced in this term yet. Every sync will be listed here as a run.")
        return
    summaries = {record.run_id: opened.runs.counts(record.run_id) for record in records}
    _list(records, summaries, live.run_id if live else None)
    names = {record.run_id: f"{local_time(record.started_at)} · {record.person}" for record in records}
    chosen = st.selectbox(
        "Rows of the run", list(names), format_func=lambda run: f"{names.get(run, run)} · {run}", key="history_run"
    )
    record = next(record for record in records if record.run_id == chosen)
    if record.reason:
        st.warning(sentence(record.reason), icon=":material/warning:")
    for one in opened.runs.accepted(record.run_id):
        st.caption(f"Accepted by {plain(one.person)}, {local_time(one.at)}: {plain(one.sentence)}")
    outcomes = opened.runs.outcomes(record)
    change_table(outcomes)
    _report(opened, record, outcomes)
    if live is None or record.run_id != live.run_id:
        _ways_on(opened, record)


def _report(opened: Workspace, record: RunRecord, outcomes: pd.DataFrame) -> None:
    snapshot = opened.term.latest()
    st.download_button(
        "Changes of this run (CSV)",
        lambda: safe_csv(
            changes_of_a_run(record, outcomes, snapshot.associations()),
            Provenance(snapshot.id, snapshot.facts, zone=opened.settings.zone),
        ),
        file_name=f"run {record.run_id}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _list(records: list[RunRecord], summaries: dict[str, dict[str, int]], live: str | None) -> None:
    table = pd.DataFrame(
        [
            {
                "Started": local_time(record.started_at),
                "Person": record.person,
                "State": "interrupted" if record.ended_at is None and record.run_id != live else record.state,
                "Undoes": record.undo_of or "",
                **{name.replace("_", " ").capitalize(): number for name, number in summaries[record.run_id].items()},
                "Run": record.run_id,
            }
            for record in records
        ]
    )
    st.dataframe(table, hide_index=True, height=min(38 + 35 * len(table), 320))


def _ways_on(opened: Workspace, record: RunRecord) -> None:
    if record.run_id in {one.run_id for one in opened.runs.unfinished()}:
        unfinished_panel(opened, record)
    back = opened.runs.undo(record.run_id)
    with st.expander(f"Undo this run ({count(len(back.plan.changes), 'row')})", icon=":material/undo:"):
        for change in back.skipped[:20]:
            st.caption(f"Left as is because it changed since: {plain(change.group)} in {plain(change.section)}")
        if back.plan.changes:
            st.markdown("Every row returns to what it was before the run:")
            sync_button(opened, back.plan, label=f"Undo {count(len(back.plan.changes), 'row')}")
        else:
            st.markdown("There is nothing to undo: none of this run’s changes are in Canvas now.")
