"""The panel *why will this not sync*: one section, step by step, with its rows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gpb.audit.figures import Figure, counted
from gpb.audit.why import Step, steps
from gpb.frames.schemas import Status
from gpb.ui.audit.filters import AuditFilters, go_to
from gpb.ui.audit.sections import copy_link, fix_link
from gpb.ui.shell.links import address, history_link
from gpb.ui.text import count, plain
from gpb.workspace import Workspace

SPELLED_OUT = 6


def why_panel(opened: Workspace, rows: pd.DataFrame, found: pd.DataFrame, section_id: int) -> None:
    """Draw it for a section of the association frame ``rows``; ``found`` are the findings of the term."""
    of_section = opened.term.latest().with_links(rows.loc[rows["section_id"].eq(section_id)])
    first = of_section.iloc[0]
    course_id = int(first["course_id"])
    st.header(f"Why will {plain(first['section'])} not sync?", anchor=False)
    st.caption(
        f"{plain(first['course'])} · {plain(first['teacher'] or 'no teacher')} · {plain(first['school'])} · "
        f"SIS ID {plain(first['sis_section_id'])}"
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("All findings of this course", icon=":material/arrow_upward:", on_click=go_to,
                  args=(AuditFilters(school=first["school"], course=course_id),))  # fmt: skip
        lost = counted(of_section, [Figure.NOT_PASSED_BACK])[Figure.NOT_PASSED_BACK].rows
        if lost:
            fix_link(str(section_id), lost)
        copy_link(str(section_id))
        st.page_link("pages/associate.py", label="All rows of the section", icon=":material/link:",
                     query_params=address(section=str(section_id), figure=Figure.ALL.value))  # fmt: skip
        st.button("What happens tonight", icon=":material/bedtime:", on_click=go_to,
                  args=(AuditFilters(section=section_id, course=course_id, view="tonight"),))  # fmt: skip
        url = opened.term.latest().facts.canvas_url
        st.link_button("Section in Canvas", f"{url}/courses/{course_id}/sections/{section_id}",
                       icon=":material/open_in_new:", type="tertiary")  # fmt: skip
        if first["focus_link"]:
            st.link_button("Open Focus", first["focus_link"], icon=":material/open_in_new:", type="tertiary")
    for number, step in enumerate(steps(found, section_id, course_id), start=1):
        _step(number, step)
    _rows(of_section)


def _step(number: int, step: Step) -> None:
    """One step: whether it holds, and the sentences where it does not."""
    lines = step.findings
    if step.holds:
        notes = f" ({count(len(lines), 'note')})" if len(lines) else ""
        st.markdown(f":green[:material/check_circle:] **{number}. {step.title}**: yes{notes}")
        return
    blocking = lines.loc[lines["severity"].ne("note")]
    counts = blocking["assignments"]
    weight = "assignments not known" if counts.isna().any() else count(int(counts.sum()), "assignment")
    st.markdown(f":red[:material/cancel:] **{number}. {step.title}**: no — {count(len(blocking), 'finding')}, {weight}")
    shown = [_sentence(line) for line in blocking.head(SPELLED_OUT).to_dict("records")]
    more = len(blocking) - len(shown)
    st.markdown("\n".join([*shown, *([f"    - and {more} more, listed below"] if more else [])]))


def _sentence(line: dict[object, object]) -> str:
    accepted = f" *Accepted until {plain(line['accepted_until'])}.*" if isinstance(line["accepted_until"], str) else ""
    return f"    - {plain(line['sentence'])} {plain(line['remedy'])} ({plain(line['who'])}){accepted}"


def _rows(of_section: pd.DataFrame) -> None:
    """Every group of the section: what is stored, and what passback would do."""
    table = pd.DataFrame(
        {
            "group": of_section["group"],
            "status": of_section["status"],
            "stored": of_section["stored_category"].fillna("Unassociated"),
            "instead": of_section["name_match"].fillna("").where(of_section["status"].eq(Status.UNASSOCIATED), ""),
            "draft": of_section["category"].fillna("Unassociated").where(of_section["changed"], ""),
            "assignments": of_section["assignments"],
            "canvas_link": of_section["canvas_link"],
            "history": history_link(of_section),
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height=min(420, 38 + 35 * len(table)),
        alt="Assignment groups of the section",
        column_config={
            "group": "Assignment group",
            "status": "Status",
            "stored": "Category in Canvas",
            "instead": st.column_config.TextColumn("By name", help="The category that passback uses if none is chosen"),
            "draft": st.column_config.TextColumn("Draft", help="Not yet synced"),
            "assignments": st.column_config.NumberColumn("Assignments", help="Published and flagged for passback"),
            "canvas_link": st.column_config.LinkColumn("Canvas", display_text="Open"),
            "history": st.column_config.LinkColumn("History", display_text="Open"),
        },
    )
