"""Tables of changes, as Review and History show them, and the short way to a page's table by keyboard."""

from __future__ import annotations

import pandas as pd
import streamlit as st

HEIGHT = 420
LISTED = 500
"""Rows of a table that a page sends; below it stands how many there are."""
CHANGE_COLUMNS = {
    "kind": "Change", "group": "Assignment group", "section": "SIS Section", "before": "Before", "after": "After",
    "why": "Why", "outcome": "Outcome", "reason": "Reason", "course": "Course", "school": "School",
}  # fmt: skip
SELDOM = ("why", "reason")
ROWS = "rows"
_SKIP = f"""<style>
.skip {{position: absolute; transform: translateY(-200%); background: Canvas; color: CanvasText; padding: 0.3rem}}
.skip {{white-space: nowrap}}
.skip:focus {{transform: none; z-index: 1000}}
.stElementContainer:has(.skip), .stElementContainer:has(#{ROWS}) {{position: absolute; max-width: 0}}
</style><a class="skip" href="#{ROWS}">Skip to the rows</a>"""


def skip_to_rows() -> None:
    """A link that shows itself when it has the focus: past titles and filters, to ``rows_begin``."""
    st.html(_SKIP)


def rows_begin() -> None:
    """Where the table of a page begins."""
    st.html(f'<span id="{ROWS}" tabindex="-1"></span>')


def change_table(frame: pd.DataFrame) -> None:
    """A table of changes, with outcomes where there are any; a column that says nothing takes no room."""
    names = [name for name in CHANGE_COLUMNS if name in frame.columns]
    first = listed(frame)
    shown = first[[name for name in names if name not in SELDOM or first[name].fillna("").ne("").any()]]
    height = min(HEIGHT, 38 + 35 * len(shown))
    st.dataframe(shown, hide_index=True, height=height, column_config=CHANGE_COLUMNS)
    say_how_many(frame)


def listed(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that a page sends of a table."""
    return frame.head(LISTED)


def say_how_many(frame: pd.DataFrame) -> None:
    """Below a table of which only the first rows are ``listed``."""
    if len(frame) > LISTED:
        st.caption(f"The first {LISTED:,} of {len(frame):,} rows.")
