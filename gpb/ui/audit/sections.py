"""One line per section that loses grades tonight: why, who can fix it, its rows on Associate, and a link to send.

Session-state keys: ``audit_sections_page`` (int, page of lines; set by the pagination).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urljoin

import pandas as pd
import streamlit as st

from gpb.audit.figures import Figure
from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.registry import REPORTS, Provenance
from gpb.audit.tonight.sections import fix_first
from gpb.ui.audit.filters import AuditFilters, go_to
from gpb.ui.shell.links import address
from gpb.ui.text import count, plain
from gpb.workspace import Workspace

LISTED = 10  # sections
NAME = "sections_tonight"
WIDTHS = [5, 1.9, 3, 3.9]


def first_panel(losing: pd.DataFrame, found: pd.DataFrame) -> None:
    """What to fix first: the worst section of each of the worst courses."""
    worst = fix_first(losing, found)
    if worst.empty:
        st.success("No section loses grades tonight.", icon=":material/check_circle:")
        return
    st.header("Fix these sections first", anchor=False)
    for one in _told(worst):
        _line(one, "first")


def sections_panel(opened: Workspace, losing: pd.DataFrame, filters: AuditFilters) -> None:
    """Draw the sections, which the filters have left."""
    told = "section loses" if len(losing) == 1 else "sections lose"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(f"{len(losing):,} {told} grades tonight", anchor=False, width="content")
        if len(losing):
            st.download_button(
                "CSV", lambda: _csv(opened, losing), file_name=f"{NAME}.csv", mime="text/csv", on_click="ignore",
                icon=":material/download:", help="All of these sections", key="audit_sections_csv",
            )  # fmt: skip
    if losing.empty:
        st.info("No section loses grades tonight with these filters.", icon=":material/check_circle:")
        return
    rows = count(int(losing["rows"].sum()), "row")
    with st.container(horizontal=True, vertical_alignment="center"):
        assignments = count(int(losing["assignments"].sum()), "assignment")
        st.markdown(f"**{assignments}** in **{rows}** are not passed back, the section with the most first.")
        if filters == filters.place():
            st.page_link(
                "pages/associate.py", label=f"Show {rows}", icon=":material/arrow_forward:",
                query_params=address(**filters.to_url(), figure=Figure.NOT_PASSED_BACK.value),
            )  # fmt: skip
    _pages(losing)


@st.fragment
def _pages(losing: pd.DataFrame) -> None:
    pages = -(-len(losing) // LISTED)
    if st.session_state.get("audit_sections_page", 1) > pages:
        st.session_state["audit_sections_page"] = 1
    page = st.session_state.get("audit_sections_page", 1)
    for one in _told(losing.iloc[(page - 1) * LISTED : page * LISTED]):
        _line(one, "list")
    if pages > 1:
        st.pagination(pages, key="audit_sections_page", persist_state="session")


def _line(one: dict[Any, Any], where: str) -> None:
    """A section with its period, course and teacher; how much, why, and what to do."""
    parts = ["" if one["course"] in one["section"] else one["course"], one["teacher"], one["school"]]
    if one["is_alike"]:
        parts.append(f"SIS ID {one['sis_section_id']}")
    with st.container(key=f"audit_line_{where}_{one['section_id']}"):
        name, number, why, ways = st.columns(WIDTHS, vertical_alignment="center", gap="small")
    with name.container(gap=None):
        if st.button(f"**{plain(one['section'])}**", key=f"audit_why_{where}_{one['section_id']}", type="tertiary",
                     help="Why this section does not sync"):  # fmt: skip
            go_to(AuditFilters(section=int(one["section_id"]), course=int(one["course_id"])))
            st.rerun()
        st.markdown(f":small[{' · '.join(plain(part) for part in parts if part)}]")
    number.markdown(f"**{count(one['assignments'], 'assignment')}**")
    why.markdown(f"**{plain(one['title'])}**: {plain(one['who'])}", help=plain(one["why"]))
    with ways.container(horizontal=True, vertical_alignment="center", gap="small"):
        fix_link(str(one["section_id"]), one["rows"])
        copy_link(str(one["section_id"]))


def _told(losing: pd.DataFrame) -> list[dict[Any, Any]]:
    """The lines as records; ``is_alike``: another one reads the same but for its SIS ID."""
    alike = losing.duplicated(["section", "course", "teacher", "school"], keep=False)
    return losing.assign(is_alike=alike).to_dict("records")


def fix_link(section: str, rows: int) -> None:
    """Open exactly the rows of a section that are not passed back tonight."""
    st.page_link(
        "pages/associate.py", label=f"Fix {count(rows, 'row')}", icon=":material/build:",
        query_params=address(section=section, figure=Figure.NOT_PASSED_BACK.value),
    )  # fmt: skip


def copy_link(section: str) -> None:
    """The address of a section on this page, to be sent to whoever can fix it."""
    with st.popover("Copy link", icon=":material/link:", type="tertiary"):
        st.code(urljoin(st.context.url or "", "audit?") + urlencode(address(section=section)), language=None)


def _csv(opened: Workspace, losing: pd.DataFrame) -> bytes:
    snapshot = opened.term.latest()
    provenance = Provenance(snapshot.id, snapshot.facts, zone=opened.settings.zone)
    return safe_csv(losing[list(REPORTS[NAME].columns)], provenance)
