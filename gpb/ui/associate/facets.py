"""What the filters of the Associate page are picked with: chips, one bar, and the order; each option says how many.

Session-state keys: ``filter_<name>`` of each widget, which only mirror the filters, and ``filters_cleared`` (int, how
often they were).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from gpb.audit.figures import WORDS
from gpb.matching.labels import title_label
from gpb.printable import one_line
from gpb.ui.associate.filters import COURSE, PAGE, SORTS, Facets, Filters, course_names, with_value
from gpb.ui.focus import give_focus
from gpb.ui.shell.session import callback
from gpb.ui.shell.url_state import choose, present

LISTED = 1_000  # beyond, a list to pick from is no help: the most frequent are offered
LABELS = {"name": "Group name is", "school": "School", "teacher": "Teacher", "course": "Course", "section": "Section",
          "category": "SIS Category"}  # fmt: skip
PLACEHOLDERS = {"name": "Name is"}
_STYLE = """
.st-key-filters [data-testid="stElementContainer"] {min-width: 6.5rem; flex: 1 1 6.5rem}
.st-key-filters .st-key-filter_category {min-width: 8rem}
.st-key-filters .st-key-filter_clear {min-width: 0; flex: 0 0 auto}
"""


def chips(facets: Facets, filters: Filters) -> None:
    """Draw what is counted, of which one is shown; a figure that a link asked for has its place among them."""
    counts = facets.figures([*facets.offered(), filters.figure])
    st.session_state["filter_figure"] = filters.figure
    st.pills(
        "Show",
        list(counts),
        required=True,
        key="filter_figure",
        format_func=lambda figure: f"{WORDS[figure].label} **{counts[figure]:,}**",
        on_change=_take,
        args=("figure",),
        label_visibility="collapsed",
        wrap=True,
    )


def filter_bar(rows: pd.DataFrame, facets: Facets, filters: Filters) -> None:
    """Draw the search and the lists to pick from; a change of one of them makes the filters of the next run."""
    st.html(f"<style>{_STYLE}</style>")
    st.session_state["filter_group"] = filters.group
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="filters"):
        st.text_input(
            "Group name contains", key="filter_group", on_change=_take, args=("group",), type="search",
            placeholder="Name contains", label_visibility="collapsed",
        )  # fmt: skip
        for name in LABELS:
            if name != "section" or filters.course is not None or filters.section is not None:
                _pick(name, rows, facets, filters)
        st.button(
            "Clear", on_click=_clear, disabled=not filters.narrows, key="filter_clear",
            icon=":material/filter_alt_off:", type="tertiary",
        )  # fmt: skip
    with st.sidebar:  # where it takes no room
        give_focus("clear", st.session_state.get("filters_cleared", 0), "filter_group")


def sort_box(filters: Filters) -> None:
    """Draw the order of the rows, the one of a link among those that are offered."""
    name = filters.sort.removeprefix("-")
    turned = {} if filters.sort in SORTS else {filters.sort: f"{name.capitalize()}, reversed"}
    names = {**SORTS, **turned}
    st.session_state["filter_sort"] = filters.sort
    st.selectbox(
        "Sort by", list(names), key="filter_sort", format_func=lambda each: names.get(each, each), on_change=_take,
        args=("sort",), label_visibility="collapsed", width=130,
    )  # fmt: skip


@callback()
def set_filters(filters: Filters) -> None:
    """As a callback: the next run shows these rows, from the first page."""
    choose(PAGE, filters)
    st.session_state.pop("grid_page", None)


def _pick(name: str, rows: pd.DataFrame, facets: Facets, filters: Filters) -> None:
    """A list of the values that find something beside the other filters, with the number of rows of each."""
    counted = facets.counts(name).head(LISTED)
    counts: dict[Any, int] = dict(zip(counted.index.tolist(), counted.tolist(), strict=True))
    chosen = getattr(filters, name) or None
    names = _names(name, rows, [*counts] if chosen is None else [*counts, chosen])
    offered = sorted(counts, key=lambda value: names.get(value, str(value)).casefold())
    if chosen is not None and chosen not in counts:
        offered = [chosen, *offered]  # a filter that finds nothing must be seen to be taken away
    st.session_state[f"filter_{name}"] = chosen
    st.selectbox(
        LABELS[name], offered, index=None, key=f"filter_{name}", on_change=_take, args=(name,),
        placeholder=PLACEHOLDERS.get(name, LABELS[name]), label_visibility="collapsed",
        format_func=lambda value: f"{one_line(names.get(value, str(value)))} · {counts.get(value, 0):,}",
    )  # fmt: skip


def _names(name: str, rows: pd.DataFrame, values: list[Any]) -> Mapping[Any, str]:
    """What people call these values of a filter, where that is not the value itself."""
    if name == "course":
        return course_names(rows.loc[rows["course_id"].isin(values), COURSE])
    if name == "section":
        places = rows[["section_id", "section"]].drop_duplicates("section_id")
        return dict(zip(places["section_id"].tolist(), places["section"].tolist(), strict=True))
    if name == "category":
        return {title: title_label(title) for title in values}
    return {}


@callback()
def _take(name: str) -> None:
    set_filters(with_value(present(PAGE, Filters), name, st.session_state[f"filter_{name}"]))


@callback()
def _clear() -> None:
    set_filters(present(PAGE, Filters).bare())
    st.session_state["filters_cleared"] = st.session_state.get("filters_cleared", 0) + 1


def forget_row(filters: Filters) -> Filters:
    """The filters without the row whose drawer a link has opened: closing it shall not need another click."""
    without = replace(filters, row=None)
    st.session_state[f"{PAGE}_filters"] = without
    return without
