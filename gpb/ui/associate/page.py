"""The Associate page: chips, one filter bar, one line of tools, one of two views, and the drawer of a row.

Session-state keys: ``grid_page`` (int, default 1; set by the pagination, back to 1 when it lies beyond the last),
``associate_view`` (str, which mirrors the filters), ``associate_frozen`` (Frozen, the rows of the grid's pages).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from gpb.frames.snapshot import Snapshot
from gpb.ui.associate import grid
from gpb.ui.associate.bulk import bulk_dialog, bulk_menu
from gpb.ui.associate.by_course import by_course
from gpb.ui.associate.drawer import drawer
from gpb.ui.associate.facets import chips, filter_bar, forget_row, set_filters, sort_box
from gpb.ui.associate.filters import PAGE, VIEWS, Facets, Filters, Labels
from gpb.ui.associate.saving import saving_guard
from gpb.ui.editing.undo import undo_button
from gpb.ui.shell.session import callback, show_notices
from gpb.ui.shell.tables import rows_begin, skip_to_rows
from gpb.ui.shell.url_state import current, present
from gpb.ui.text import plain
from gpb.workspace import Workspace

PAGE_ROWS = 1_000  # what a browser edits without waiting
_STYLE = """
.stMainBlockContainer {padding-top: 3.75rem; padding-bottom: 1.5rem}
div:has(> .st-key-page_notices) {top: 4.5rem !important}
div:has(> :is(.st-key-notices, .st-key-page_notices)) {
  position: fixed; z-index: 999991; top: .3rem; right: 4rem; width: min(46rem, 100vw - 8rem);
  max-height: 45vh; overflow: auto;
}
:is(.st-key-notices, .st-key-page_notices) [data-testid="stAlertContainer"] {
  background-color: color-mix(in srgb, currentcolor 12%, Canvas); box-shadow: 0 4px 16px rgb(0 0 0 / 25%);
}
.stMainBlockContainer > [data-testid="stVerticalBlock"] {gap: 0.5rem}
.st-key-associate_head h1 {font-size: 1.5rem; padding: 0}
.st-key-associate_head button {padding: 0.25rem 0.45rem}
.st-key-associate_head button p {font-size: 0.8125rem}
.st-key-associate_head, .st-key-associate_tools {row-gap: 0.25rem}
.st-key-grid_page {min-width: 11rem}
.st-key-saving {flex: 1 1 4rem; min-width: 4rem; width: auto}
"""
"""All of it fits on a screen: where the page scrolled, too, its bar would take the width of the last column.

Notices lie over the empty top of the page, so that what comes and goes moves nothing under a person's hands."""


@dataclass(frozen=True, eq=False)
class Frozen:
    """The rows that fitted when they were asked for, by their labels in a snapshot's association frame.

    An edit makes a row another figure's; if it left the pages at once, the rows after it would move to a page that the
    person has seen already.
    """

    snapshot: str
    filters: Filters
    index: Labels


def associate(opened: Workspace) -> None:
    """Draw the page."""
    st.html(f"<style>{_STYLE}</style>")
    skip_to_rows()
    with st.container(key="page_notices", gap="xxsmall"):
        grid.take_edits()
        show_notices()
        filters = current(PAGE, Filters)
    version = opened.term.stored()
    snapshot = opened.term.latest()
    rows = opened.term.rows(snapshot)
    if st.session_state.get("page_before") != PAGE:
        st.session_state["bulk"] = st.session_state["associate_row"] = None  # whoever left has left them, too
    if filters.row is not None:
        st.session_state["associate_row"] = filters.row
        filters = forget_row(filters)
    facets = Facets(rows, filters)
    with st.container(horizontal=True, vertical_alignment="center", key="associate_head"):
        st.title("Associate", anchor=False, width="content")
        chips(facets, filters)
    filter_bar(rows, facets, filters)
    shown = _frozen(snapshot, facets, filters)
    page = _tools(opened, snapshot, facets, shown, filters)
    if not len(shown) and not grid.is_open((filters, page)):
        _nothing(rows, filters)
    elif filters.view == "course":
        rows_begin()
        by_course(snapshot, rows, rows.loc[shown])
    else:
        part = rows.loc[shown[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]]
        rows_begin()
        grid.grid(opened, snapshot, rows, part, (filters, page), version=version, sort=filters.sort)
    bulk_dialog(snapshot, rows, facets)
    drawer(opened, snapshot, rows)


def _tools(opened: Workspace, snapshot: Snapshot, facets: Facets, shown: Labels, filters: Filters) -> int:
    """Draw the line of tools; the page of rows that is shown."""
    pages, page = max(1, -(-len(shown) // PAGE_ROWS)), 1
    if st.session_state.get("grid_page", 1) > pages:
        st.session_state["grid_page"] = 1
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="associate_tools"):
        undo_button(opened, snapshot)
        bulk_menu(facets.number)
        st.session_state["associate_view"] = VIEWS[filters.view]
        st.segmented_control(
            "View",
            list(VIEWS.values()),
            required=True,
            key="associate_view",
            label_visibility="collapsed",
            on_change=_take_view,
        )
        sort_box(filters)
        if pages > 1 and filters.view != "course":
            page = st.pagination(pages, key="grid_page", persist_state="session", max_visible_pages=5) or 1
        saving_guard()
    return page


def _frozen(snapshot: Snapshot, facets: Facets, filters: Filters) -> Labels:
    """Labels of the rows that are shown: those that fitted when they were asked for, in the chosen order."""
    asked = replace(filters, view="", row=None)
    frozen: Frozen | None = st.session_state.get("associate_frozen")
    if frozen is None or (frozen.snapshot, frozen.filters) != (snapshot.id, asked):
        frozen = Frozen(snapshot.id, asked, asked.arranged(facets.found))
        st.session_state["associate_frozen"] = frozen
    return frozen.index


@callback()
def _take_view() -> None:
    views = {label: view for view, label in VIEWS.items()}
    set_filters(replace(present(PAGE, Filters), view=views.get(st.session_state["associate_view"], "")))


def _nothing(rows: pd.DataFrame, filters: Filters) -> None:
    """Why nothing is shown: what this term does not have is told by name."""
    grid.renew()
    asked = {"school": filters.school, "teacher": filters.teacher, "group": filters.name}
    unknown = [
        f"{column} “{plain(value)}”" for column, value in asked.items() if value and value not in {*rows[column]}
    ]
    if unknown:
        told = f"This term has no {' and no '.join(unknown)}. Clear the filters, or choose others."
    else:
        told = "No rows match. Clear the filters, or choose another number above."
    st.info(told, icon=":material/filter_alt_off:")
