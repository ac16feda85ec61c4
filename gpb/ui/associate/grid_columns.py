"""The columns of the flat grid and of other tables of association rows."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

EDITABLE = "category"
NOT_READ = ", not read"
CHANGED_MARKS = ["", "Changed", "in its group"]
_REPEATED = ("group", "section", "status", "was", "school", "course", "teacher", "icon", "canvas", "focus")

COLUMN_CONFIG: dict[str, Any] = {
    "group": st.column_config.TextColumn("Assignment group", pinned=True, width=150),
    "unassociated": st.column_config.NumberColumn(
        "Open",
        width=60,
        help="Sections of this group without an association; drafts count as if already synced.",
    ),
    "section": st.column_config.TextColumn("SIS Section", width=170),
    "sis_id": st.column_config.TextColumn("SIS ID", width=75),
    EDITABLE: None,
    "status": st.column_config.TextColumn(
        "Status", width=110, help="What Canvas stores, without drafts. Not read: what was there before."
    ),
    "changed": st.column_config.TextColumn("Changed", width=85, help="The draft differs from what Canvas stores."),
    "was": st.column_config.TextColumn("Was", width=130, help="The category that Canvas stores."),
    "assignments": st.column_config.NumberColumn(
        "Assignments", width=100, help="Published assignments of the group that are flagged for grade passback."
    ),
    "school": st.column_config.TextColumn("School", width=170),
    "course": st.column_config.TextColumn("Course", width=170),
    "teacher": st.column_config.TextColumn("Teacher", width=140),
    "icon": st.column_config.TextColumn("Canvas icon", width=95, help="The icon that Canvas shows on the group."),
    "canvas": st.column_config.LinkColumn("Canvas", display_text="Open", width=70),
    "focus": st.column_config.LinkColumn("Focus", display_text="Open", width=70),
}


def display_frame(rows: pd.DataFrame, labels: list[str], options: list[str], stored: list[str]) -> pd.DataFrame:
    """The grid's frame for association rows with drafts, indexed by ``group:section``.

    ``labels`` fill the category column, whose dtype is Categorical over the options and the hints, and ``stored`` the
    column of what Canvas stores; other texts are Categorical too, which makes the frame a third of its size on the way
    to the browser.
    """
    names = [*options, *sorted(set(labels) - set(options), key=str.casefold)]
    frame = pd.DataFrame(
        {
            "group": rows["group"],
            "unassociated": rows["unassociated_in_group"],
            "section": rows["section"],
            "sis_id": rows["sis_section_id"],
            EDITABLE: pd.Categorical(labels, categories=names),
            "status": status_text(rows),
            "changed": _changed_marks(rows),
            "was": stored,
            "assignments": rows["assignments"],
            "school": rows["school"],
            "course": rows["course"],
            "teacher": rows["teacher"],
            "icon": rows["canvas_icon"],
            "canvas": rows["canvas_link"],
            "focus": rows["focus_link"],
        }
    )
    frame.index = pd.Index(rows["group_id"].astype("str") + ":" + rows["section_id"].astype("str"), name="row")
    return frame.astype(dict.fromkeys(_REPEATED, "category"))


def status_text(rows: pd.DataFrame) -> pd.Series[str]:
    """The status of rows for people; one of which something could not be read says so."""
    return rows["status"].mask(rows["not_read"], rows["status"] + NOT_READ)


def _changed_marks(rows: pd.DataFrame) -> pd.Categorical[str]:
    marks = [
        CHANGED_MARKS[1] if changed else CHANGED_MARKS[2] if in_group else CHANGED_MARKS[0]
        for changed, in_group in zip(rows["changed"], rows["group_changed"], strict=True)
    ]
    return pd.Categorical(marks, categories=CHANGED_MARKS)
