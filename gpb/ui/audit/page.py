"""The Audit page: which sections lose scores tonight, why, how many assignments hang on it, and who can fix it.

Session-state keys: ``audit_kinds_<lines>`` and ``audit_list_<round>_<rows>`` are selections in tables: a tick counts
only while the same rows are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gpb.audit.kinds import KINDS
from gpb.audit.reports.result import AuditResult
from gpb.audit.score import EXPLANATION, district
from gpb.frames.snapshot import Snapshot, counts_by_school
from gpb.ui.audit.acceptances import acceptances_panel
from gpb.ui.audit.again import again_panel, refreshed_notice
from gpb.ui.audit.filters import PAGE, AuditFilters, filter_row, go_to, is_nowhere, view_switch
from gpb.ui.audit.reports import reports_panel
from gpb.ui.audit.sections import first_panel, sections_panel
from gpb.ui.audit.tonight import tonight_view
from gpb.ui.audit.why import why_panel
from gpb.ui.shell.url_state import current
from gpb.ui.text import count, fingerprint
from gpb.workspace import Workspace

LISTED = 500  # findings shown at once, with two links each; the reports hold them all
REPEATED = {
    "severity": "", "title": "", "sentence": "", "section": "Section", "course": "Course", "teacher": "Teacher",
    "school": "School", "who": "Who can fix it", "state": "State", "remedy": "What to do",
}  # fmt: skip
"""Columns of the list whose texts come again and again, with their heads; empty: it has a width of its own."""
AFFECTED = "Assignments affected; where a finding is about a group or a course, once for all its sections"
LABELS = {"lost": "Lost", "at risk": "At risk", "note": "Notes"}
ICONS = {"lost": "⛔ lost", "at risk": "⚠️ at risk", "note": "📝 note"}
ON_A_PHONE = """<style>
@media (max-width: 640px) {
  [class*="st-key-audit_pairs"] [data-testid=stHorizontalBlock] {gap: .6rem}
  [class*="st-key-audit_pairs"] [data-testid=stColumn] {min-width: calc(50% - .3rem); flex: 1 1 calc(50% - .3rem)}
  [class*="st-key-audit_pairs"] [data-testid=stMetric] p {white-space: normal}
  [class*="st-key-audit_line"] [data-testid=stHorizontalBlock] {gap: .1rem .6rem}
  [class*="st-key-audit_line"] [data-testid=stColumn]:nth-child(2) {min-width: max-content; flex: 0 0 auto}
  [class*="st-key-audit_line"] [data-testid=stColumn]:nth-child(3) {min-width: 0; flex: 1 1 50%}
  [class*="st-key-audit_line"] [data-testid=stColumn] p {font-size: .875rem}
}
</style>"""
"""Streamlit gives each column the whole width there; these fit in twos, and a line of the list in three lines."""
LINKS = {
    "canvas_link": st.column_config.LinkColumn("Canvas", display_text="Open", width=70),
    "focus_link": st.column_config.LinkColumn("Focus", display_text="Open", width=70),
}


def audit(opened: Workspace) -> None:
    """Draw the page."""
    snapshot = opened.term.latest()
    sections, filters = snapshot.placed_sections, current(PAGE, AuditFilters)
    st.html(ON_A_PHONE)
    view_switch(filters)
    if filters.view == "tonight":
        tonight_view(opened, snapshot, filters)
        return
    found = opened.audit.findings()
    refreshed_notice(snapshot.id, found)
    _numbers(snapshot, found, filters)
    first = st.container()
    filter_row(sections, filters)
    if filters.finding:
        st.caption(f"{KINDS[filters.finding].meaning} {KINDS[filters.finding].remedy}")
    if is_nowhere(sections, filters):
        return
    shown = filters.apply(found)
    if filters.section is not None and sections["section_id"].eq(filters.section).any():
        why_panel(opened, opened.term.rows(snapshot), found, filters.section)
    else:
        _sections(opened, found, shown, filters, place=first)
    _kinds(shown, filters)
    _list(snapshot.id, shown)
    reports_panel(opened, snapshot, shown, filters)


def _score(snapshot: Snapshot, place: AuditFilters) -> object:
    """The score of the place; for the whole term it was counted with the Refresh."""
    is_whole = place == AuditFilters()
    counts = snapshot.facts.counts if is_whole else counts_by_school(place.rows(snapshot.associations()))  # no drafts
    return district(counts)["score"]


def _numbers(snapshot: Snapshot, found: pd.DataFrame, filters: AuditFilters) -> None:
    """The score of the chosen place, and how many findings it has of each severity."""
    place = filters.place()
    in_place, score = place.apply(found), _score(snapshot, place)
    with st.container(key="audit_pairs_numbers"):
        columns = st.columns(5)
    with columns[0].container(border=True, gap="xsmall", height="stretch"):
        st.metric("Score", "–" if score is None else f"{score} of 100")
        with st.popover("How it’s calculated", type="tertiary"):
            st.markdown(EXPLANATION)
    is_accepted = in_place["accepted_until"].notna()
    for column, (severity, label) in zip(columns[1:4], LABELS.items(), strict=True):
        number = int((in_place["severity"].eq(severity) & ~is_accepted).sum())
        _number(column, label, number, replace(place, severity=severity, state="open"))
    _number(columns[4], "Accepted", int(is_accepted.sum()), replace(place, state="accepted"))


def _number(place: DeltaGenerator, label: str, number: int, to: AuditFilters) -> None:
    with place.container(border=True, gap="xsmall", height="stretch"):
        st.metric(label, f"{number:,}")
        if number:
            st.button(
                "Show finding" if number == 1 else "Show findings", key=f"audit_open_{label}", type="tertiary",
                icon=":material/arrow_forward:", on_click=go_to, args=(to,),
            )  # fmt: skip


def _sections(
    opened: Workspace, found: pd.DataFrame, shown: pd.DataFrame, filters: AuditFilters, *, place: DeltaGenerator
) -> None:
    """What loses grades tonight with these filters; in ``place``, where nothing is filtered, what to fix first."""
    losing = opened.audit.losing()
    if losing is None:
        st.info(
            "Which sections lose grades tonight is not known: Canvas did not show assignments.", icon=":material/help:"
        )
        return
    if filters == AuditFilters():
        with place:
            first_panel(losing, found)
    sections_panel(opened, filters.losing(losing, shown), filters)


def _kinds(shown: pd.DataFrame, filters: AuditFilters) -> None:
    """The findings by kind and weight; a tick shows those of one kind."""
    table = AuditResult.kinds(shown)
    if table.empty or filters.finding:
        return
    st.header("Findings by kind", anchor=False)
    chosen = _table(
        table.assign(severity=table["severity"].astype("str").map(ICONS)),
        key=f"audit_kinds_{fingerprint(table)}",
        columns={
            "severity": st.column_config.TextColumn("Severity", width=95),
            "title": st.column_config.TextColumn("Finding", width=260),
            "who": st.column_config.TextColumn("Who can fix it", width=140),
            "findings": st.column_config.NumberColumn("Findings", width=90, format="localized"),
            "assignments": st.column_config.NumberColumn("Assignments", width=110, format="localized", help=AFFECTED),
            "new": st.column_config.NumberColumn(
                "New", width=70, format="localized", help="Not known to the last audit"
            ),
        },
    )
    if chosen is not None:
        names = {kind.title: name for name, kind in KINDS.items()}
        _open(
            replace(filters, finding=names[table["title"].iloc[chosen]], severity=str(table["severity"].iloc[chosen]))
        )


def _list(snapshot_id: str, shown: pd.DataFrame) -> None:
    """The findings themselves, with links, and what can be done about those that are ticked."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(count(len(shown), "finding"), anchor=False, width="content")
        with st.popover("What the findings mean", icon=":material/help:", type="tertiary"):
            st.markdown(_kinds_help())
    if shown.empty:
        st.info("No findings match these filters.", icon=":material/check_circle:")
        return
    listed = shown.head(LISTED)
    table = pd.DataFrame(
        {
            "severity": listed["severity"].astype("str").map(ICONS),
            "title": listed["title"],
            "sentence": listed["sentence"],
            "assignments": listed["assignments"],
            "section": listed["section"].fillna(""),
            "course": listed["course"].fillna(""),
            "teacher": listed["teacher"].fillna(""),
            "school": listed["school"].fillna(""),
            "who": listed["who"],
            "state": _states(listed),
            "remedy": listed["remedy"],
            "canvas_link": listed["canvas_link"],
            "focus_link": listed["focus_link"],
        }
    )
    table = table.astype(dict.fromkeys(REPEATED, "category"))  # their texts travel once each
    table = table.drop(columns="focus_link") if listed["focus_link"].fillna("").eq("").all() else table
    names: dict[str, Any] = {
        "severity": st.column_config.TextColumn("Severity", width=95),
        "title": st.column_config.TextColumn("Finding", width=190),
        "sentence": st.column_config.TextColumn("What is wrong", width=350),
        "assignments": st.column_config.NumberColumn("Assignments", width=100, format="localized"),
        **{name: st.column_config.TextColumn(label) for name, label in REPEATED.items() if label},
        **LINKS,
    }  # fmt: skip
    key = f"audit_list_{st.session_state.get('audit_round', 0)}_{fingerprint(listed['key'])}"
    event = st.dataframe(
        table, hide_index=True, height=min(420, 38 + 35 * len(table)), column_config=names, key=key,
        on_select="rerun", selection_mode="multi-row", alt="Findings",
    )  # fmt: skip
    if len(shown) > LISTED:
        st.caption(f"The first {LISTED:,} are shown; the reports below contain all of them.")
    ticked = [row for row in event["selection"]["rows"] if row < len(listed)]
    chosen = listed.iloc[ticked] if ticked else shown
    with st.container(horizontal=True):
        again_panel(snapshot_id, chosen)
        acceptances_panel(snapshot_id, chosen, is_chosen=bool(ticked))


def _states(listed: pd.DataFrame) -> pd.Series[str]:
    accepted = "accepted until " + listed["accepted_until"] + ": " + listed["accepted_reason"]
    new = pd.Series("", index=listed.index, dtype="str").mask(listed["is_new"], "new")
    return accepted.fillna(new)


def _table(table: pd.DataFrame, *, key: str, columns: Mapping[str, Any]) -> int | None:
    """A table of which one line can be ticked; the position of that line."""
    event = st.dataframe(
        table, hide_index=True, height=min(388, 38 + 35 * len(table)), column_config=columns, key=key,
        on_select="rerun", selection_mode="single-row",
    )  # fmt: skip
    ticked = event["selection"]["rows"]
    return ticked[0] if ticked and ticked[0] < len(table) else None


def _open(filters: AuditFilters) -> None:
    go_to(filters)
    st.rerun()


def _kinds_help() -> str:
    """What each finding means, as Markdown."""
    return "\n".join(f"- **{kind.title}** ({kind.severity}, {kind.who}): {kind.meaning}" for kind in KINDS.values())
