"""The Overview page: numbers that open the rows behind them, and the schools."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from gpb.audit.score import EXPLANATION, GAPS, assignments_at_risk, by_school, district
from gpb.frames.schemas import STATUSES, Status
from gpb.frames.snapshot import counts_by_school
from gpb.ui.shell.links import address
from gpb.ui.text import count, fingerprint, sentence
from gpb.workspace import Workspace

COLUMNS = 3


def overview(opened: Workspace) -> None:
    """Draw the page."""
    rows = opened.term.rows()
    is_flag_only = opened.term.shape().is_flag_only
    if is_flag_only:
        st.info(sentence(opened.term.shape().sentence), icon=":material/link_off:")
    _next_step(opened)
    _measures(rows, is_flag_only=is_flag_only)
    _trend_chart(rows, opened.audit.trend())
    st.subheader("By school")
    _by_school_chart(rows)
    _school_table(rows)


def _next_step(opened: Workspace) -> None:
    """What is to do next, as one sentence with the way there."""
    rows, patterns = opened.desk.to_do()
    opened.desk.is_ready()  # whoever goes there next shall not wait
    drafts = len(opened.term.drafts().frame())
    if rows:
        are = "is" if rows == 1 else "are"
        told = f"**{count(rows, 'row')}** in **{count(patterns, 'pattern')}** {are} to do."
        page, label, icon = "pages/decide.py", "Decide", ":material/done_all:"
    elif drafts:
        told = f"Nothing is to do; **{count(drafts, 'draft')}** {'waits' if drafts == 1 else 'wait'} to be synced."
        page, label, icon = "pages/review.py", "Review and sync", ":material/rule:"
    else:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(told)
        st.page_link(page, label=label, icon=icon, query_params=address())


def _measures(rows: pd.DataFrame, *, is_flag_only: bool) -> None:
    """Six numbers, each with a link to its rows; the first says what is associated, or where unseen, aligned."""
    status = rows["status"]
    numbers = {one: f"{int(status.eq(one).sum()):,}" for one in Status}
    share = f"{status.eq(Status.SYNCHRONIZED).mean():.0%}"
    associated = ("Associated", share, "of all rows (group × SIS section)", Status.SYNCHRONIZED)
    aligned = ("Aligned in Canvas", numbers[Status.ELSEWHERE], "rows; only the vendor’s own system knows with what",
               Status.ELSEWHERE)  # fmt: skip
    shown = [
        aligned if is_flag_only else associated,
        ("Unassociated", numbers[Status.UNASSOCIATED], "rows are not passed back", Status.UNASSOCIATED),
        ("Broken", numbers[Status.BROKEN], "rows with a category that is gone or not valid", Status.BROKEN),
        ("Assignments at risk", _number(assignments_at_risk(rows)),
         "published and flagged, in Unassociated or Broken rows", ",".join(GAPS)),
        ("No categories", numbers[Status.NO_CATEGORIES], "rows: set up categories in Focus first",
         Status.NO_CATEGORIES),
    ]  # fmt: skip
    places = [*st.columns(COLUMNS), *st.columns(COLUMNS)]
    for place, (label, value, meaning, statuses) in zip(places, shown, strict=False):
        _tile(place, label, value, meaning, address(status=statuses))
    changed = f"{int(rows['changed'].sum()):,}"
    _tile(places[len(shown)], "Drafts waiting", changed, "changes not yet synced to Canvas", address(changed="true"))


def _number(counts: pd.Series[int]) -> str:
    """The sum of counts of assignments; a dash where none of them is known."""
    return "–" if len(counts) and counts.isna().any() else f"{counts.sum():,}"


def _tile(place: st.delta_generator.DeltaGenerator, label: str, value: str, meaning: str, to: dict[str, str]) -> None:
    with place.container(border=True, gap="xsmall", height="stretch"):
        st.metric(label, value)
        st.caption(meaning)
        st.page_link("pages/associate.py", label="Show rows", icon=":material/arrow_forward:", query_params=to)


def _school_table(rows: pd.DataFrame) -> None:
    """One line per school, the one with most assignments at risk first; a click on a number opens its rows."""
    behind_gaps = assignments_at_risk(rows).groupby(rows["school"]).sum(min_count=1).rename("at_risk")
    table = by_school(counts_by_school(rows)).join(behind_gaps, on="school")
    table = table.sort_values("at_risk", ascending=False, ignore_index=True)
    names: dict[str, Any] = {
        "school": st.column_config.TextColumn("School", pinned=True, width=170),
        "score": st.column_config.ProgressColumn(
            "Score", format="%d", min_value=0, max_value=100, width=90, help=EXPLANATION
        ),
        **{
            status: st.column_config.NumberColumn(status, width=93)
            for status in STATUSES
            if status != Status.ELSEWHERE or table[status].any()
        },
        "at_risk": st.column_config.NumberColumn(
            "At risk", width=70, help="Assignments in Unassociated or Broken rows"
        ),
    }
    event = st.dataframe(
        table[list(names)],
        hide_index=True,
        height=38 + 35 * min(len(table), 14),
        column_config=names,
        key=f"overview_schools_{fingerprint(table['school'])}",
        on_select="rerun",
        selection_mode="single-cell",
        alt="Rows by school",
    )
    st.caption("Click a number to see its rows, or a school’s name or score to see its findings.")
    for position, column in event["selection"]["cells"]:
        _open_cell(table["school"].iloc[position], column)


def _open_cell(school: str, column: str) -> None:
    if column in STATUSES:
        st.switch_page("pages/associate.py", query_params=address(school=school, status=column))
    elif column == "at_risk":
        st.switch_page("pages/associate.py", query_params=address(school=school, status=",".join(GAPS)))
    else:
        st.switch_page("pages/audit.py", query_params=address(school=school))


def _trend_chart(rows: pd.DataFrame, trend: pd.DataFrame) -> None:
    """The score and the unassociated rows over the snapshots of the term."""
    score_now = district(counts_by_school(rows))["score"]
    now = "" if score_now is None else f": score {score_now} of 100 now"
    st.subheader(f"Over time{now}", anchor=False, help=EXPLANATION)
    if trend["read_at"].nunique() < 2:
        st.info("A line over time appears after the second Refresh.", icon=":material/timeline:")
        return
    line = alt.Chart(trend).encode(x=alt.X("read_at:T", title=None, axis=alt.Axis(format="%d %b %H:%M", tickCount=4)))
    tooltip = [
        alt.Tooltip("read_at:T", title="Refreshed", format="%d %b %Y, %H:%M"),
        alt.Tooltip("score:Q", title="Score"),
        alt.Tooltip("Unassociated:Q", title="Unassociated rows"),
        alt.Tooltip("Broken:Q", title="Broken rows"),
    ]
    score = line.mark_line(point=True, interpolate="step-after").encode(
        y=alt.Y("score:Q", title="Score (0 to 100)", scale=alt.Scale(domain=[0, 100])), tooltip=tooltip
    )
    gaps = line.mark_line(point=True, interpolate="step-after", strokeDash=[5, 3]).encode(
        y=alt.Y("Unassociated:Q", title="Unassociated rows", scale=alt.Scale(zero=True)), tooltip=tooltip
    )
    for place, chart, name in zip(st.columns(2), (score, gaps), ("Score", "Unassociated rows"), strict=True):
        place.altair_chart(chart.properties(height=180), width="stretch", alt=f"{name} over time")


def _by_school_chart(rows: pd.DataFrame) -> None:
    """Rows by status as bars, a school each."""
    counts = rows.groupby(["school", "status"]).size().rename("rows").reset_index()
    counts["order"] = counts["status"].map({status: place for place, status in enumerate(STATUSES)})
    chart = (
        alt.Chart(counts)
        .mark_bar()
        .encode(
            y=alt.Y("school:N", title=None, axis=alt.Axis(labelLimit=260), scale=alt.Scale(paddingOuter=0.3)),
            x=alt.X("rows:Q", title="rows (assignment group × SIS section)"),
            color=alt.Color("status:N", scale=alt.Scale(domain=list(STATUSES)), title="Status"),
            order="order:Q",
            tooltip=["school", "status", "rows"],
        )
    )
    st.altair_chart(chart.properties(height=alt.Step(24)), width="stretch", alt="Rows by status, one bar per school")
