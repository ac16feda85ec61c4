"""The history of one row, and what changed outside since the pull before: parts of the History page.

Session-state keys: those of ``url_state`` for this page, and ``history_group``, ``history_section``, which mirror them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from gpb.audit.changes import changed_rows
from gpb.matching.labels import shown_titles
from gpb.ui.history.filters import HistoryFilters, take
from gpb.ui.shell.links import history_link
from gpb.ui.text import count, local_time
from gpb.workspace import Workspace

COLUMNS = {
    "at": "When", "who": "Who", "what": "What", "before": "Before", "after": "After", "why": "Why",
    "outcome": "Outcome", "reason": "Reason", "run": "Run",
}  # fmt: skip


def row_panel(opened: Workspace, filters: HistoryFilters) -> None:
    """Pick a group and a section, and read every value that the row had."""
    rows = opened.term.latest().associations()
    groups = rows.drop_duplicates("group_id")
    names = dict(zip(groups["group_id"], groups["group"] + " · " + groups["course"], strict=True))
    sections = rows.loc[rows["group_id"].eq(filters.group)] if filters.group is not None else rows.iloc[:0]
    places = dict(zip(sections["section_id"], sections["section"], strict=True))
    left, right = st.columns(2)
    _pick(left, "Assignment group", "group", names, filters)
    if places:  # a list of nothing is grey and cannot be read
        _pick(right, "SIS Section", "section", places, filters)
    if filters.group is None or filters.section is None:
        st.info("Choose an assignment group and a section to see every value that the row has had.")
        return
    history = opened.runs.row_history(filters.group, filters.section)
    if history.empty:
        st.info("This row has not changed since the first Refresh of this term.")
        return
    shown = history.assign(at=[local_time(moment) for moment in history["at"].dt.to_pydatetime()])
    st.dataframe(shown[list(COLUMNS)].fillna(""), hide_index=True, column_config=COLUMNS, alt="History of the row")


def outside_panel(opened: Workspace) -> None:
    """Rows that have not what a run confirmed, and others that changed in Canvas between the last two pulls."""
    changed = changed_rows(opened.audit.evidence())
    if changed.empty:
        st.info("Everything that was synced is still there, and nothing else was changed directly in Canvas between "
                "the last two snapshots.", icon=":material/check_circle:")  # fmt: skip
        return
    synced = int(changed["run"].notna().sum())
    told = [f"**{count(synced, 'row')}** no longer as synced; the Audit page can draft them again."] if synced else []
    if len(changed) > synced:
        others = count(len(changed) - synced, "row")
        told.append(f"**{others}** changed directly in Canvas between the last two snapshots.")
    st.markdown(" ".join(told))
    table = changed.assign(
        was=shown_titles(changed["was"]),
        now=shown_titles(changed["stored_category"]),
        run=changed["run"].fillna(""),
        person=changed["person"].fillna(""),
        history=history_link(changed),
    )
    names: dict[str, Any] = {"group": "Assignment group", "section": "SIS Section", "was": "Was", "now": "Is now",
             "run": "Confirmed by run", "person": "Synced by",
             "history": st.column_config.LinkColumn("History", display_text="Open"),
             "course": "Course", "school": "School"}  # fmt: skip
    st.dataframe(table[list(names)], hide_index=True, column_config=names, height=min(420, 38 + 35 * len(table)))


def _pick(
    place: st.delta_generator.DeltaGenerator, label: str, name: str, names: Mapping[int, str], filters: HistoryFilters
) -> None:
    chosen = getattr(filters, name)
    known = {**({} if chosen is None or chosen in names else {chosen: f"{label} {chosen}"}), **names}
    st.session_state[f"history_{name}"] = chosen
    place.selectbox(label, list(known), index=None, key=f"history_{name}", on_change=take,
                    args=(name, f"history_{name}"), format_func=lambda value: known.get(value, str(value)))  # fmt: skip
