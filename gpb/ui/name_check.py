"""The table of the Name check page."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from gpb.ui.text import count

SHOWN = 2_000
COLUMNS: dict[str, Any] = {
    "group": "Assignment group",
    "nearest": "Nearest category",
    "similarity": st.column_config.NumberColumn("Similarity", format="%.0f %%"),
    "assignments": "Assignments",
    "section": "SIS Section",
    "course": "Course",
    "school": "School",
    "teacher": "Teacher",
    "canvas_link": st.column_config.LinkColumn("Canvas", display_text="Open"),
}


def name_table(found: pd.DataFrame) -> None:
    """Rows of ``name_check``, those with most assignments first."""
    if found.empty:
        st.success("Every group’s name equals a category of its section.", icon=":material/check_circle:")
        return
    near = int(found["nearest"].notna().sum())
    st.markdown(f"**{count(len(found), 'row')}** without an equal name; {near:,} have a category that comes near.")
    table = found.sort_values(["assignments", "similarity"], ascending=False)[list(COLUMNS)]
    st.dataframe(table.head(SHOWN), hide_index=True, height=560, column_config=COLUMNS)
    if len(table) > SHOWN:
        st.caption(f"The first {SHOWN:,} of {len(table):,} rows.")
