"""The tables of the Name check page.

Session-state keys: those of ``url_state`` for this page, and ``name_check_<filter>``, which mirror them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from gpb.frames.snapshot import Snapshot
from gpb.suggest.names import name_check
from gpb.ui.shell.session import callback
from gpb.ui.shell.url_state import choose, current, present
from gpb.ui.text import count
from gpb.workspace import Workspace

PAGE = "name_check"
VIEWS = {"": "By name", "row": "By row"}
SHOWN = 2_000
PAIRS = 200
NEAR: dict[str, Any] = {
    "group": "Assignment group",
    "nearest": "Closest category",
    "similarity": st.column_config.NumberColumn("Similarity", format="%.0f%%"),
}
ROWS: dict[str, Any] = {
    **NEAR,
    "assignments": "Assignments",
    "section": "SIS Section",
    "course": "Course",
    "school": "School",
    "teacher": "Teacher",
    "canvas_link": st.column_config.LinkColumn("Canvas", display_text="Open"),
}


@dataclass(frozen=True)
class Place:
    """The school and the teacher whose rows are shown (empty: all), and one of VIEWS."""

    school: str = ""
    teacher: str = ""
    view: str = ""

    @classmethod
    def from_url(cls, parameters: Mapping[str, str]) -> Place:
        """From query parameters; what makes no sense is left out."""
        view = parameters.get("view", "")
        return cls(parameters.get("school", ""), parameters.get("teacher", ""), view if view in VIEWS else "")

    def to_url(self) -> dict[str, str]:
        """As query parameters, without the empty ones."""
        return {name: value for name, value in vars(self).items() if value}


def names(opened: Workspace) -> None:
    """Draw the page: first each name with its nearest category, then the rows, most assignments first."""
    st.markdown(
        "Where a district’s Canvas has no category sync, grade passback takes the first category whose name **equals** "
        "the assignment group’s name. The groups below match no category of their section. Rename the group in "
        "Canvas, or the category in Focus. The closest category is closest in spelling only: check that it is meant."
    )
    shown = opened.term.latest()
    found = name_check(opened.term.rows(shown), shown.validity)
    if found.empty:
        st.success("Every group’s name matches a category of its section.", icon=":material/check_circle:")
        return
    filters = current(PAGE, Place)
    with st.container(horizontal=True):
        _pick("School", "school", found, filters)
        in_school = found.loc[found["school"].eq(filters.school)] if filters.school else found
        _pick("Teacher", "teacher", in_school, filters)
    found = in_school.loc[in_school["teacher"].eq(filters.teacher)] if filters.teacher else in_school
    if found.empty:
        st.success("Every group’s name here matches a category of its section.", icon=":material/check_circle:")
        return
    near = int(found["nearest"].notna().sum())
    st.markdown(
        f"**{count(len(found), 'row')}** without a matching name, {near:,} of them with a similar category name."
    )
    st.session_state["name_check_view"] = filters.view
    st.segmented_control(
        "View",
        list(VIEWS),
        format_func=lambda view: VIEWS.get(view, view),
        key="name_check_view",
        required=True,
        label_visibility="collapsed",
        on_change=_take,
        args=("view",),
    )
    if filters.view:
        _rows(shown, found)
    else:
        _pairs(found)


def _pick(label: str, name: str, found: pd.DataFrame, filters: Place) -> None:
    values, chosen = sorted({*found[name]} - {""}, key=str.casefold), getattr(filters, name)
    if chosen and chosen not in values:
        values = [chosen, *values]  # a filter that finds nothing must be seen to be taken away
    st.session_state[f"name_check_{name}"] = chosen or None
    st.selectbox(label, values, index=None, placeholder="all", key=f"name_check_{name}", width=320, on_change=_take,
                 args=(name,))  # fmt: skip


@callback()
def _take(name: str) -> None:
    value = st.session_state[f"name_check_{name}"] or ""
    inside = {"teacher": ""} if name == "school" else {}
    choose(PAGE, replace(present(PAGE, Place), **{**inside, name: value}))


def _pairs(found: pd.DataFrame) -> None:
    pairs = (
        found.groupby(["group", "nearest"], dropna=False)
        .agg(similarity=("similarity", "max"), rows=("group_id", "size"), assignments=("assignments", _known))
        .reset_index()
        .sort_values(["rows", "similarity"], ascending=False)
    )
    pairs["similarity"] = pairs["similarity"].where(pairs["nearest"].notna())  # of nothing it would read 0 %
    columns = {**NEAR, "rows": "Rows", "assignments": "Assignments"}
    _table(pairs[list(columns)].head(PAIRS), columns)
    if len(pairs) > PAIRS:
        st.caption(f"The {PAIRS} names with the most rows, of {len(pairs):,}.")


def _rows(snapshot: Snapshot, found: pd.DataFrame) -> None:
    first = found.sort_values(["assignments", "similarity"], ascending=False).head(SHOWN)
    _table(snapshot.with_links(first)[list(ROWS)], ROWS)
    if len(found) > SHOWN:
        st.caption(f"The first {SHOWN:,} of {len(found):,} rows.")


def _table(frame: pd.DataFrame, columns: dict[str, Any]) -> None:
    height = min(560, 38 + 35 * len(frame))
    shown = frame.assign(nearest=frame["nearest"].fillna("none similar"))  # a placeholder is too pale to be read
    st.dataframe(shown, hide_index=True, height=height, column_config=columns, placeholder="")


def _known(counts: pd.Series[int]) -> object:
    """Their sum; missing where Canvas did not show assignments."""
    return counts.sum(min_count=1)
