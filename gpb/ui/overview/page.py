"""The Overview page: what is to do next, numbers that open the rows behind them, the schools, and the line over time.

Session-state keys: those of ``url_state`` for this page, and ``overview_school`` (str, which mirrors the filter).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import altair as alt
import pandas as pd
import streamlit as st

from gpb.audit.figures import Figure, Number, counted, where
from gpb.audit.score import EXPLANATION
from gpb.ui.overview.numbers import numbers, place_of
from gpb.ui.overview.schools import schools
from gpb.ui.shell.links import address
from gpb.ui.shell.session import callback
from gpb.ui.shell.url_state import choose, current
from gpb.ui.text import count, plain, sentence
from gpb.workspace import Workspace

PAGE = "overview"


@dataclass(frozen=True)
class Filters:
    """The school whose numbers are shown; empty: all of them."""

    school: str = ""

    @classmethod
    def from_url(cls, parameters: Mapping[str, str]) -> Filters:
        """From query parameters."""
        return cls(parameters.get("school", ""))

    def to_url(self) -> dict[str, str]:
        """As query parameters, without the empty one."""
        return place_of(self.school)


def overview(opened: Workspace) -> None:
    """Draw the page."""
    filters = current(PAGE, Filters)
    snapshot, shape = opened.term.latest(), opened.term.shape()
    rows = opened.term.rows(snapshot)
    if shape.is_flag_only:
        st.info(sentence(shape.sentence), icon=":material/link_off:")
    known = counted(rows)
    _next_step(opened, known, " in all schools" if filters.school else "")
    _pick_school(rows, filters.school)
    here = rows
    if filters.school:
        here = rows.loc[rows["school"].eq(filters.school)]
        known = counted(here)
    if here.empty:
        st.warning(f"This term has no rows in {plain(filters.school)}. Empty the field to see all schools.",
                   icon=":material/help:")  # fmt: skip
    is_hidden = bool(here["assignments"].isna().all())
    numbers(known, filters.school, is_flag_only=shape.is_flag_only, is_hidden=is_hidden)
    _tonight(here, known[Figure.NOT_PASSED_BACK], filters.school, is_hidden=is_hidden)
    schools(rows, snapshot.facts.counts or snapshot.counts())
    _over_time(opened.audit.trend())


def _next_step(opened: Workspace, known: Mapping[Figure, Number], in_all: str) -> None:
    """What is to do next, as one sentence with one button; it is about all schools."""
    to_do, drafts, lost = (known[one].rows for one in (Figure.TO_DO, Figure.DRAFTED, Figure.NOT_PASSED_BACK))
    if opened.desk.is_ready():  # whoever goes there next, or to Audit, shall not wait
        opened.audit.look_ahead()
    if to_do:
        listed, patterns = opened.desk.to_do()
        page, label, icon = "pages/decide.py", "Decide", ":material/done_all:"
        are = "is" if to_do == 1 else "are"
        told = f"**{count(to_do, 'row')}** in **{count(patterns, 'pattern')}** {are} to do{in_all}."
        if listed < to_do:
            told = f"**{count(to_do, 'row')}** {are} to do{in_all}: **{listed:,}** in **{count(patterns, 'pattern')}** "
            told += f"to decide, {to_do - listed:,} look unused or were decided to stay."
    elif drafts:
        told = (
            f"Nothing is to do; **{count(drafts, 'draft')}** {'waits' if drafts == 1 else 'wait'} to be synced{in_all}."
        )
        page, label, icon = "pages/review.py", "Review and sync", ":material/rule:"
    elif lost:
        told = f"Nothing is to decide; **{count(lost, 'row')}** {'is' if lost == 1 else 'are'} not passed back tonight."
        page, label, icon = "pages/audit.py", "See why", ":material/fact_check:"
    else:
        st.success("Nothing is to do, and everything is passed back tonight.", icon=":material/check_circle:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(told)
        st.page_link(page, label=label, icon=icon, query_params=address())


def _pick_school(rows: pd.DataFrame, school: str) -> None:
    known = sorted(rows["school"].unique(), key=str.casefold)
    if school and school not in known:
        known = [school, *known]  # a filter that finds nothing must be seen to be taken away
    st.session_state["overview_school"] = school or None
    st.selectbox("School", known, index=None, key="overview_school", on_change=_take, placeholder="all", width=320)


@callback()
def _take() -> None:
    choose(PAGE, Filters(st.session_state["overview_school"] or ""))


def _tonight(rows: pd.DataFrame, number: Number, school: str, *, is_hidden: bool) -> None:
    """Where it hurts tonight, as a sentence that leads to the sections."""
    if number.assignments is None or is_hidden:
        st.info("Canvas did not show assignments, so it is not known which sections lose grades tonight.")
        return
    sections = int(rows["section_id"].loc[where(rows, Figure.NOT_PASSED_BACK)].nunique())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{count(sections, 'section')}** {'loses' if sections == 1 else 'lose'} grades tonight: "
            f"{count(number.assignments, 'assignment')} in {count(number.rows, 'row')}."
        )
        st.page_link(
            "pages/audit.py", label="Sections that lose grades tonight", icon=":material/fact_check:",
            query_params=address(**place_of(school)),
        )  # fmt: skip


def _over_time(trend: pd.DataFrame) -> None:
    """What is not passed back, and the score, over the snapshots of the term."""
    st.header("Over time", anchor=False, help=EXPLANATION)
    if trend["read_at"].nunique() < 2:
        st.info("A line over time appears after the second Refresh.", icon=":material/timeline:")
        return
    line = alt.Chart(trend).encode(
        x=alt.X("read_at:T", title=None, axis=alt.Axis(format="%d %b %H:%M", tickCount=3, labelFlush=True))
    )
    tooltip = [
        alt.Tooltip("read_at:T", title="Refreshed", format="%d %b %Y, %H:%M"),
        alt.Tooltip("not_passed_back:Q", title="Rows not passed back"),
        alt.Tooltip("assignments_not_passed_back:Q", title="Assignments not passed back"),
        alt.Tooltip("score:Q", title="Score"),
        alt.Tooltip("Unassociated:Q", title="Unassociated rows"),
        alt.Tooltip("Broken:Q", title="Broken rows"),
    ]
    charts = {
        "Rows not passed back": ("not_passed_back:Q", alt.Scale(zero=True)),
        "Unassociated rows": ("Unassociated:Q", alt.Scale(zero=True)),
        "Score (0 to 100)": ("score:Q", alt.Scale(domain=[0, 100])),
    }
    for place, (title, (column, scale)) in zip(st.columns(len(charts)), charts.items(), strict=True):
        chart = line.mark_line(point=True, interpolate="step-after").encode(
            y=alt.Y(column, title=title, scale=scale), tooltip=tooltip
        )
        place.altair_chart(chart.properties(height=180), width="stretch", alt=f"{title} over time")
