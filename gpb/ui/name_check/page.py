"""The tables of the Name check page.

Session-state keys: ``name_check_school`` (str or None for all; set by the person).
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from gpb.suggest.names import name_check
from gpb.ui.text import count
from gpb.workspace import Workspace

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
    schools = sorted(found["school"].unique(), key=str.casefold)
    school = st.selectbox("School", schools, index=None, placeholder="all", key="name_check_school", width=400)
    if school is not None:
        found = found.loc[found["school"].eq(school)]
    near = int(found["nearest"].notna().sum())
    st.markdown(
        f"**{count(len(found), 'row')}** without a matching name, {near:,} of them with a similar category name."
    )
    by_name, by_row = st.tabs(["By name", "By row"])
    with by_name:
        _pairs(found)
    with by_row:
        _rows(found)


def _pairs(found: pd.DataFrame) -> None:
    pairs = (
        found.groupby(["group", "nearest"], dropna=False)
        .agg(similarity=("similarity", "max"), rows=("group_id", "size"), assignments=("assignments", _known))
        .reset_index()
        .sort_values(["rows", "similarity"], ascending=False)
    )
    columns = {**NEAR, "rows": "Rows", "assignments": "Assignments"}
    _table(pairs[list(columns)].head(PAIRS), columns)
    if len(pairs) > PAIRS:
        st.caption(f"The {PAIRS} names with the most rows, of {len(pairs):,}.")


def _rows(found: pd.DataFrame) -> None:
    table = found.sort_values(["assignments", "similarity"], ascending=False)[list(ROWS)]
    _table(table.head(SHOWN), ROWS)
    if len(table) > SHOWN:
        st.caption(f"The first {SHOWN:,} of {len(table):,} rows.")


def _table(frame: pd.DataFrame, columns: dict[str, Any]) -> None:
    height = min(560, 38 + 35 * len(frame))
    st.dataframe(frame, hide_index=True, height=height, column_config=columns, placeholder="none similar")


def _known(counts: pd.Series[int]) -> object:
    """Their sum; missing where Canvas did not show assignments."""
    return counts.sum(min_count=1)
