"""The view *Tonight* of the Audit page: what the next passback does, line by line, and why.

Session-state keys: ``audit_reasons_<lines>`` is the selection in the table of reasons, which counts only while the same
reasons are shown; those of the filters are told in ``filters``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from gpb.audit.figures import Figure, counted
from gpb.audit.reports.registry import Provenance
from gpb.audit.reports.tonight import tonight_csv
from gpb.audit.tonight.lines import NOTHING_WAITING, as_told, by_reason, with_names
from gpb.frames.passback import Outcome
from gpb.frames.snapshot import Snapshot
from gpb.ui.audit.filters import OUTCOMES, AuditFilters, go_to, is_nowhere, tonight_row
from gpb.ui.text import count, fingerprint, local_time
from gpb.workspace import Workspace

LISTED = 1_000  # lines shown at once; the file holds them all
ICONS = {
    Outcome.NOT_PASSED: "⛔ not passed back",
    Outcome.UNCERTAIN: "❓ not certain",
    Outcome.PASSED: "✅ passed back",
    NOTHING_WAITING: "▫️ nothing waiting",
}
HELP = {
    Outcome.PASSED: "They arrive in Focus, each in the category that the list names.",
    Outcome.NOT_PASSED: "They do not arrive, for the reason that the list names.",
    Outcome.UNCERTAIN: "Nothing that can be seen from here, or that is published, says what will happen.",
    NOTHING_WAITING: "They are not published yet, or in a section that the SIS did not make: nothing is lost.",
}


def tonight_view(opened: Workspace, snapshot: Snapshot, filters: AuditFilters) -> None:
    """Draw it for the newest snapshot."""
    rows = snapshot.associations()
    lines = as_told(opened.audit.tonight(), snapshot)
    st.caption(
        f"What the next grade passback will do with every assignment that is flagged for it, in every section, as of "
        f"{local_time(snapshot.facts.taken_at)}. One line is one assignment in one section. Drafts count once they are "
        "synced; a switch in the vendor’s tool that turns passback off for a course cannot be seen from here."
    )
    tonight_row(snapshot.placed_sections, filters)
    if is_nowhere(snapshot.placed_sections, filters):
        return
    place = _in_place(lines, snapshot, filters)
    _not_passed_back(filters.rows(rows))
    _numbers(place, filters)
    if place.empty:
        st.info("No assignment here is flagged for passback.", icon=":material/info:")
        return
    _reasons(place, filters)
    shown = place
    for name in ("outcome", "reason"):
        if getattr(filters, name):
            shown = shown.loc[shown[name].eq(getattr(filters, name))]
    _list(opened, snapshot, shown)


def _not_passed_back(rows: pd.DataFrame) -> None:
    """The number that stands on every page: its assignments are the lines that are not passed back."""
    number = counted(rows, [Figure.NOT_PASSED_BACK])[Figure.NOT_PASSED_BACK]
    st.markdown(
        f"**{count(number.rows, 'row')}** {'is' if number.rows == 1 else 'are'} not passed back tonight, with "
        f"**{count(number.assignments or 0, 'assignment')}**, counted once per section."
    )


def _in_place(lines: pd.DataFrame, snapshot: Snapshot, filters: AuditFilters) -> pd.DataFrame:
    """The lines of the school, teacher, course and section that were chosen."""
    courses = snapshot.tables["courses"]
    for name in ("school", "teacher"):
        if getattr(filters, name):
            chosen = courses.loc[courses[name].eq(getattr(filters, name)), "course_id"]
            lines = lines.loc[lines["course_id"].isin(chosen)]
    for name in ("course", "section"):
        if getattr(filters, name) is not None:
            lines = lines.loc[lines[f"{name}_id"].eq(getattr(filters, name))]
    return lines


def _numbers(lines: pd.DataFrame, filters: AuditFilters) -> None:
    """How many lines have each outcome; the button below a number shows them."""
    with st.container(key="audit_pairs_numbers"):
        columns = st.columns(len(OUTCOMES))
    for column, outcome in zip(columns, OUTCOMES, strict=True):
        found = lines.loc[lines["outcome"].eq(outcome)]
        with column.container(border=True, gap="xsmall", height="stretch"):
            st.metric(outcome.capitalize(), f"{len(found):,}", help=HELP[outcome])
            st.button(
                f"In {count(found['section_id'].nunique(), 'section')}",
                key=f"audit_tonight_{outcome}", type="tertiary", icon=":material/arrow_forward:", on_click=go_to,
                args=(replace(filters, outcome=outcome, reason=""),), help="Show these lines",
            )  # fmt: skip


def _reasons(lines: pd.DataFrame, filters: AuditFilters) -> None:
    """The reasons with their numbers; a tick shows the lines of one."""
    table = by_reason(lines)
    shown = table.assign(outcome=table["outcome"].astype("str").map(ICONS))[["outcome", "title", "lines", "sections"]]
    event = st.dataframe(
        shown, hide_index=True, height=38 + 35 * len(shown), alt="Reasons", on_select="rerun",
        selection_mode="single-row", key=f"audit_reasons_{fingerprint(table)}",
        column_config={
            "outcome": st.column_config.TextColumn("Tonight", width=150),
            "title": st.column_config.TextColumn("Why", width=200),
            "lines": st.column_config.NumberColumn("Assignments", help="Counted once per section", format="localized"),
            "sections": st.column_config.NumberColumn("Sections", format="localized"),
        },
    )  # fmt: skip
    ticked = [row for row in event["selection"]["rows"] if row < len(table)]
    if ticked:
        chosen = table.iloc[ticked[0]]
        wanted = replace(filters, outcome=str(chosen["outcome"]), reason=str(chosen["reason"]))
        if wanted != filters:
            go_to(wanted)
            st.rerun()


def _list(opened: Workspace, snapshot: Snapshot, shown: pd.DataFrame) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(count(len(shown), "line"), anchor=False, width="content")
        provenance = Provenance(snapshot.id, snapshot.facts, zone=opened.settings.zone)
        chosen = opened.audit.tonight().loc[shown.index]  # the file tells outcomes as every release did
        st.download_button(
            "CSV", lambda: tonight_csv(chosen, snapshot, provenance), file_name="tonight.csv",
            mime="text/csv", icon=":material/download:", on_click="ignore", help="All lines with these filters",
        )  # fmt: skip
    if shown.empty:
        st.info("No lines match these filters.", icon=":material/info:")
        return
    first = shown.sort_values("outcome", kind="stable").head(LISTED)
    named = with_names(first, snapshot)
    table = named.assign(outcome=named["outcome"].astype("str").map(ICONS), category=named["category"].fillna(""))
    columns: dict[str, Any] = {
        "outcome": st.column_config.TextColumn("Tonight", width=140),
        "title": st.column_config.TextColumn("Why", width=150),
        "category": st.column_config.TextColumn("SIS Category", width=120),
        "assignment": st.column_config.TextColumn("Assignment", width=200),
        "canvas_link": st.column_config.LinkColumn(
            "Canvas", display_text="Open", width=70, help="The assignment in Canvas"
        ),
        "group": "Assignment group", "section": "SIS Section", "course": "Course", "teacher": "Teacher",
        "school": "School", "sentence": "What it means",
    }  # fmt: skip
    st.dataframe(
        table[list(columns)], hide_index=True, height=min(420, 38 + 35 * len(table)), column_config=columns,
        alt="Assignments tonight",
    )  # fmt: skip
    if len(shown) > LISTED:
        st.caption(f"The first {LISTED:,} are shown; the file contains all of them.")
