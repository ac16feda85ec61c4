"""The parts of the Overview page: numbers that open the rows behind them, and the schools."""

from __future__ import annotations

from urllib.parse import urlencode

import altair as alt
import pandas as pd
import streamlit as st

from gpb.frames.schemas import STATUSES

COLUMNS = 3
GAPS = ("Unassociated", "Broken")


def address(**filters: str) -> dict[str, str]:
    """The query parameters of the Associate page with these filters, the chosen term included."""
    term = {"term": st.session_state["term"]} if st.session_state.get("term") else {}
    return {**filters, **term}


def at_risk(rows: pd.DataFrame) -> pd.Series[int]:
    """Published assignments flagged for passback behind a gap, by row; a group's are counted once, at its first gap."""
    is_gap = rows["status"].isin(GAPS)
    is_first = ~rows["group_id"].where(is_gap).duplicated()
    return rows["assignments"].where(is_gap & is_first, 0)


def measures(rows: pd.DataFrame) -> None:
    """Six numbers, each with a link to its rows."""
    status = rows["status"]
    shown = [
        ("Associated", f"{status.eq('Synchronized').mean():.0%}", "of all rows: group × SIS section", "Synchronized"),
        ("Unassociated", f"{status.eq('Unassociated').sum():,}", "rows are not passed back", "Unassociated"),
        ("Broken", f"{status.eq('Broken').sum():,}", "rows with a category that is gone or not valid", "Broken"),
        ("Assignments at risk", f"{at_risk(rows).sum():,}", "published and flagged for passback, behind a gap",
         ",".join(GAPS)),
        ("No categories", f"{status.eq('No categories').sum():,}", "rows: configure categories in Focus first",
         "No categories"),
    ]  # fmt: skip
    places = [*st.columns(COLUMNS), *st.columns(COLUMNS)]
    for place, (label, value, meaning, statuses) in zip(places, shown, strict=False):
        _tile(place, label, value, meaning, address(status=statuses))
    changed = f"{int(rows['changed'].sum()):,}"
    _tile(places[len(shown)], "Drafts waiting", changed, "changes not yet synced to Canvas", address(changed="true"))


def _tile(place: st.delta_generator.DeltaGenerator, label: str, value: str, meaning: str, to: dict[str, str]) -> None:
    with place.container(border=True, gap="xsmall", height="stretch"):
        st.metric(label, value)
        st.caption(meaning)
        st.page_link("pages/associate.py", label="Show rows", icon=":material/arrow_forward:", query_params=to)


def school_table(rows: pd.DataFrame) -> None:
    """One line per school, the one with most assignments at risk first, with a link to its open rows."""
    table = (
        rows.assign(
            associated=100 * rows["status"].eq("Synchronized"),
            unassociated=rows["status"].eq("Unassociated"),
            broken=rows["status"].eq("Broken"),
            at_risk=at_risk(rows),
        )
        .groupby("school")[["associated", "unassociated", "broken", "at_risk"]]
        .agg({"associated": "mean", "unassociated": "sum", "broken": "sum", "at_risk": "sum"})
        .sort_values("at_risk", ascending=False)
        .reset_index()
    )
    links = [address(school=school, status=",".join(GAPS)) for school in table["school"]]
    table["open"] = [f"associate?{urlencode(link)}" for link in links]
    st.dataframe(
        table,
        hide_index=True,
        height=38 + 35 * min(len(table), 14),
        column_config={
            "school": "School",
            "associated": st.column_config.ProgressColumn("Associated", format="%.0f %%", min_value=0, max_value=100),
            "unassociated": st.column_config.NumberColumn("Unassociated rows"),
            "broken": st.column_config.NumberColumn("Broken rows"),
            "at_risk": st.column_config.NumberColumn("Assignments at risk"),
            "open": st.column_config.LinkColumn("Rows", display_text="Show rows"),
        },
    )


def by_school_chart(rows: pd.DataFrame) -> None:
    """Rows by status as bars, a school each."""
    counts = rows.groupby(["school", "status"]).size().rename("rows").reset_index()
    counts["order"] = counts["status"].map({status: place for place, status in enumerate(STATUSES)})
    chart = (
        alt.Chart(counts)
        .mark_bar()
        .encode(
            y=alt.Y("school:N", title=None, axis=alt.Axis(labelLimit=260), scale=alt.Scale(paddingOuter=0.3)),
            x=alt.X("rows:Q", title="rows (assignment group × SIS section)"),
            color=alt.Color("status:N", sort=list(STATUSES), title="Status"),
            order="order:Q",
            tooltip=["school", "status", "rows"],
        )
    )
    st.altair_chart(chart.properties(height=alt.Step(24)), width="stretch", alt="Rows by status, a bar for each school")
