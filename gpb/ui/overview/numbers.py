"""The desk's numbers as tiles: each opens exactly the rows that it counts, on Associate."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from gpb.audit.figures import WORDS, Figure, Number
from gpb.ui.shell.links import address
from gpb.ui.text import count

COLUMNS = 4
TILES = (
    Figure.NOT_PASSED_BACK, Figure.NAME_ALONE, Figure.NOTHING_WAITING, Figure.BROKEN,
    Figure.TO_DO, Figure.DRAFTED, Figure.SYNCHRONIZED,
)  # fmt: skip
BY_ASSIGNMENTS = (Figure.NOT_PASSED_BACK, Figure.NAME_ALONE, Figure.NOTHING_WAITING)
IF_ANY = (Figure.NO_CATEGORIES, Figure.NO_SIS_CLASS, Figure.ELSEWHERE)
ON_A_PHONE = """<style>
@media (max-width: 640px) {
  .st-key-tiles [data-testid=stHorizontalBlock] {gap: .6rem}
  .st-key-tiles [data-testid=stColumn] {min-width: calc(50% - .3rem); flex: 1 1 calc(50% - .3rem)}
  .st-key-tiles [data-testid=stMetric] p {white-space: normal}
  .st-key-tiles a {padding-inline: 0}
  .st-key-tiles a :has(> [data-testid=stIconMaterial]) {display: none}
}
</style>"""
"""Streamlit gives each column the whole width there; tiles fit in twos."""


def numbers(known: Mapping[Figure, Number], school: str, *, is_flag_only: bool, is_hidden: bool) -> None:
    """Draw a tile for each number of the rows of a school (empty: of all); ``is_hidden``: none has known assignments.

    Where Canvas tells of associations no more than that they are kept elsewhere, that number is the first.
    """
    first = [Figure.ELSEWHERE] if is_flag_only else []
    shown = [one for one in dict.fromkeys([*first, *TILES, *IF_ANY]) if one in TILES or known[one].rows]
    st.html(ON_A_PHONE)
    with st.container(key="tiles"):
        for start in range(0, len(shown), COLUMNS):
            for place, figure in zip(st.columns(COLUMNS), shown[start : start + COLUMNS], strict=False):
                with place.container(border=True, gap="xsmall", height="stretch"):
                    _tile(figure, known[figure], school, is_hidden=is_hidden)


def _tile(figure: Figure, number: Number, school: str, *, is_hidden: bool) -> None:
    kind = WORDS[figure]
    st.metric(kind.label, _value(figure, number, is_hidden=is_hidden), help=kind.meaning)
    st.markdown(behind(number))
    if number.rows:
        st.page_link(
            "pages/associate.py", label=f"Show {count(number.rows, 'row')}",
            icon=":material/arrow_forward:", query_params=address(**place_of(school), figure=figure.value),
        )  # fmt: skip


def _value(figure: Figure, number: Number, *, is_hidden: bool) -> str:
    """A dash where nobody can know the number, because Canvas showed no assignments: never a 0."""
    return "–" if is_hidden and figure in BY_ASSIGNMENTS and not number.rows else f"{number.rows:,}"


def behind(number: Number) -> str:
    """``rows, 120 assignments``: the unit of a number, and what stands behind it."""
    unit = "row" if number.rows == 1 else "rows"
    if number.assignments is None:
        return f"{unit}, assignments not known"
    return f"{unit}, {count(number.assignments, 'assignment')}"


def place_of(school: str) -> dict[str, str]:
    """The school as a filter; all schools are none."""
    return {"school": school} if school else {}
