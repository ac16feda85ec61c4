"""The Associate page: filters, the bulk bar, and one of two views."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from gpb.frames.snapshot import Snapshot
from gpb.keys import Key
from gpb.ui.associate import grid
from gpb.ui.associate.bulk import bulk_bar
from gpb.ui.associate.by_course import by_course
from gpb.ui.associate.filters import PAGE, Filters, filter_row
from gpb.ui.associate.saving import saving_guard
from gpb.ui.editing.edits import look, row_names
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import browser, callback, say, show_notices, workspace
from gpb.ui.shell.url_state import current
from gpb.ui.text import count, plain
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
        _undo(opened, snapshot)
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


def _undo(opened: Workspace, snapshot: Snapshot) -> None:
    last = opened.term.drafts().last_edit(person(), browser())
    st.button(
        "Undo",
        icon=":material/undo:",
        on_click=_take_back,
        args=(snapshot.id, last),
        disabled=last is None,
        help=f"Undoes: {plain(last)}" if last else None,
    )


@callback()
def _take_back(snapshot_id: str, last: str) -> None:
    look(snapshot_id)
    drafts = workspace().term.drafts()
    if drafts.last_edit(person(), browser()) != last:
        say("warning", "You have made another edit since. Check what Undo would take back, then try again.")
        return
    undone = drafts.undo(person(), browser())
    grid.renew()
    if undone.rows:
        rows = count(undone.rows, "row of your last edit was restored", "rows of your last edit were restored")
        say("success", f"{rows}.")
    if undone.left:
        several = count(len(undone.left), "row was", "rows were")
        shown = workspace().term.snapshot(snapshot_id)
        say("warning", f"{several} left as is because of later changes:", _left(shown, undone.left))


def _left(shown: Snapshot, left: Mapping[Key, str]) -> tuple[str, ...]:
    """A line for each row that was not taken back, with the person who changed it."""
    names = row_names(shown, left)
    return tuple(f"{name}, by {plain(left[key])}" for key, name in names.items())
