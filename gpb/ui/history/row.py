"""The history of one row, and what changed outside since the pull before: parts of the History page.

Session-state keys: those of ``url_state`` for this page, ``history_group`` and ``history_section``, which mirror them,
and ``history_find`` (str, what the offered groups contain).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from gpb.audit.changes import changed_rows
from gpb.matching.labels import shown_titles
from gpb.ui.history.filters import HistoryFilters, take
from gpb.ui.shell.links import history_link
from gpb.ui.shell.tables import listed, say_how_many
from gpb.ui.text import count, local_time
from gpb.workspace import Workspace

OFFERED = 1_000
"""Assignment groups in the list to choose from."""
COLUMNS = {
    "at": "When", "who": "Who", "what": "What", "before": "Before", "after": "After", "why": "Why",
    "outcome": "Outcome", "reason": "Reason", "run": "Run",
}  # fmt: skip


def row_panel(opened: Workspace, filters: HistoryFilters) -> None:
    """Pick a group and a section, and read every value that the row had."""
    rows = opened.term.latest().associations()
    groups = _offered(rows.drop_duplicates("group_id"), filters.group)
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


def _offered(groups: pd.DataFrame, chosen: int | None) -> pd.DataFrame:
    """The groups to choose from; where a list of all is no help, those with a text in their name or course.

    The ``chosen`` one is always among them.
    """
    if len(groups) <= OFFERED:
        return groups
    text = st.text_input(
        "Group or course contains", key="history_find", type="search", placeholder="part of a name",
        help=f"This term has {len(groups):,} assignment groups; {OFFERED:,} are offered at a time",
    )  # fmt: skip
    is_found = groups["group"].str.contains(text, case=False, regex=False)
    is_found |= groups["course"].str.contains(text, case=False, regex=False)
    found = groups.loc[is_found]
    if len(found) > OFFERED:
        st.caption(f"The first {OFFERED:,} of {len(found):,} assignment groups are offered: type more of the name.")
    return groups.loc[groups["group_id"].isin([chosen, *found["group_id"].head(OFFERED)])]


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
    first = listed(changed)
    table = first.assign(
        was=shown_titles(first["was"]),
        now=shown_titles(first["stored_category"]),
        run=first["run"].fillna(""),
        person=first["person"].fillna(""),
        history=history_link(first),
    )
    names: dict[str, Any] = {"group": "Assignment group", "section": "SIS Section", "was": "Was", "now": "Is now",
             "run": "Confirmed by run", "person": "Synced by",
             "history": st.column_config.LinkColumn("History", display_text="Open"),
             "course": "Course", "school": "School"}  # fmt: skip
    st.dataframe(table[list(names)], hide_index=True, column_config=names, height=min(420, 38 + 35 * len(table)))
    say_how_many(changed)


def _pick(
    place: st.delta_generator.DeltaGenerator, label: str, name: str, names: Mapping[int, str], filters: HistoryFilters
) -> None:
    chosen = getattr(filters, name)
    known = {**({} if chosen is None or chosen in names else {chosen: f"{label} {chosen}"}), **names}
    st.session_state[f"history_{name}"] = chosen
    place.selectbox(label, list(known), index=None, key=f"history_{name}", on_change=take,
                    args=(name, f"history_{name}"), format_func=lambda value: known.get(value, str(value)))  # fmt: skip
