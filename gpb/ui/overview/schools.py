"""The schools as a table with bars inside, the one that loses most first; a click opens what it counts."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from gpb.audit.figures import WORDS, Figure, by_place
from gpb.audit.score import EXPLANATION, Counts, by_school
from gpb.ui.shell.links import address
from gpb.ui.text import fingerprint

LOST = f"assignments_{Figure.NOT_PASSED_BACK}"
ROWS = (
    Figure.NOT_PASSED_BACK, Figure.NAME_ALONE, Figure.TO_DO, Figure.DRAFTED, Figure.BROKEN, Figure.SYNCHRONIZED,
)  # fmt: skip
LABELS = {Figure.NOT_PASSED_BACK: "Not passed back", Figure.NAME_ALONE: "By name alone"}
WIDTHS = {Figure.NOT_PASSED_BACK: 112, Figure.TO_DO: 62, Figure.DRAFTED: 67, Figure.BROKEN: 64}
"""All columns fit beside the sidebar at 1280 pixels; the other numbers of a school are on the cards, by its filter."""
VISIBLE = 14  # lines; the others are a scroll away


def school_table(rows: pd.DataFrame, counts: Counts) -> pd.DataFrame:
    """``school``, the numbers of ``figures.by_place`` and ``score``, most assignments not passed back first.

    ``counts`` are those of the snapshot (``counts_by_school``): the score counts no drafts.
    """
    scores = by_school(counts)[["school", "score"]]
    table = by_place(rows, ["school"]).reset_index().merge(scores, on="school", how="left")
    order = [LOST, Figure.NOT_PASSED_BACK.value, "school"]
    return table.sort_values(order, ascending=[False, False, True], ignore_index=True)


def schools(rows: pd.DataFrame, counts: Counts) -> None:
    """Draw it."""
    st.header("By school", anchor=False)
    table = school_table(rows, counts)
    most = int(table[LOST].fillna(0).max()) if len(table) else 0
    names: dict[str, Any] = {
        "school": st.column_config.TextColumn("School", pinned=True, width=236),
        LOST: st.column_config.ProgressColumn(
            "Assignments", format="localized", min_value=0, max_value=max(most, 1), width=105,
            help=f"Assignments not passed back tonight: {WORDS[Figure.NOT_PASSED_BACK].meaning}",
        ),
        "score": st.column_config.NumberColumn("Score", format="%d", width=56, help=EXPLANATION),
        **{
            one.value: st.column_config.NumberColumn(
                LABELS.get(one, WORDS[one].label), format="localized", width=WIDTHS.get(one, 98),
                help=WORDS[one].meaning,
            )
            for one in ROWS
        },
    }  # fmt: skip
    event = st.dataframe(
        table[list(names)], hide_index=True, height=38 + 35 * min(len(table), VISIBLE), column_config=names,
        key=f"overview_schools_{fingerprint(table['school'])}", on_select="rerun", selection_mode="single-cell",
        alt="Numbers by school",
    )  # fmt: skip
    st.markdown(
        "Click a number to see its rows, or a school’s name or bar to see its sections that lose grades tonight."
    )
    for position, column in event["selection"]["cells"]:
        _open(table["school"].iloc[position], column)


def _open(school: str, column: str) -> None:
    if column in set(Figure):
        st.switch_page("pages/associate.py", query_params=address(school=school, figure=column))
    else:
        st.switch_page("pages/audit.py", query_params=address(school=school))
