"""Tables of changes, as Review and History show them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

HEIGHT = 420
CHANGE_COLUMNS = {
    "kind": "Change", "group": "Assignment group", "section": "SIS Section", "before": "Before", "after": "After",
    "why": "Why", "outcome": "Outcome", "reason": "Reason", "course": "Course", "school": "School",
}  # fmt: skip


def change_table(frame: pd.DataFrame) -> None:
    """A table of changes, with outcomes where there are any."""
    shown = frame[[name for name in CHANGE_COLUMNS if name in frame.columns]]
    height = min(HEIGHT, 38 + 35 * len(shown))
    st.dataframe(shown, hide_index=True, height=height, column_config=CHANGE_COLUMNS)
