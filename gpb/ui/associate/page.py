"""The Associate page: filters, the bulk bar, and one of two views."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gpb.frames.snapshot import Snapshot
from gpb.ui.associate import grid
from gpb.ui.associate.bulk import bulk_bar
from gpb.ui.associate.by_course import by_course
from gpb.ui.associate.filters import PAGE, Filters, filter_row
from gpb.ui.associate.saving import saving_guard
from gpb.ui.editing.undo import undo_button
from gpb.ui.shell.session import show_notices
from gpb.ui.shell.url_state import current
from gpb.ui.text import count
from gpb.workspace import Workspace

PAGE_ROWS = 1_000  # what a browser edits without waiting


def associate(opened: Workspace) -> None:
    """Draw the page."""
    grid.take_edits()
    show_notices()
    snapshot = opened.term.latest()
    rows = opened.term.rows(snapshot)
    filters = current(PAGE, Filters)
    filter_row(rows, filters)
    found = filters.apply(rows)
    with st.container(horizontal=True, vertical_alignment="center"):
        view = st.segmented_control(
            "View",
            ["Grid", "By course"],
            default="Grid",
            required=True,
            key="associate_view",
            label_visibility="collapsed",
            persist_state="session",
        )
        changed = int(rows["changed"].sum())
        st.markdown(f"**{count(len(found), 'row')}** of {len(rows):,} · {count(changed, 'draft')} waiting")
        saving_guard()
        undo_button(opened, snapshot, grid.renew)
        st.page_link("pages/review.py", label="Review and sync", icon=":material/rule:")
    bulk_bar(snapshot, rows, found)
    if found.empty:
        grid.renew()
        st.info("No rows match these filters. Clear them, or choose others.", icon=":material/filter_alt_off:")
    elif view == "By course":
        by_course(snapshot, rows, found)
    else:
        _paged_grid(snapshot, rows, found, filters)


def _paged_grid(snapshot: Snapshot, rows: pd.DataFrame, found: pd.DataFrame, filters: Filters) -> None:
    pages = -(-len(found) // PAGE_ROWS)
    page = 1
    if st.session_state.get("grid_page", 1) > pages:
        st.session_state["grid_page"] = 1
    if pages > 1:
        page = st.pagination(pages, key="grid_page", persist_state="session") or 1
    part = found.iloc[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    grid.grid(snapshot, rows, part, (filters, page))
