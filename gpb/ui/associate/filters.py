"""The filters of the Associate page: which rows are shown, as part of the address and as a row of widgets.

Session-state keys: those of ``url_state`` for this page, and ``filter_<name>`` of each widget, which only mirror them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd
import streamlit as st

from gpb.audit.figures import Figure, where
from gpb.frames.schemas import STATUSES
from gpb.matching.labels import title_label
from gpb.numbers import whole_number
from gpb.ui.shell.session import callback
from gpb.ui.shell.url_state import choose

PAGE = "associate"
LISTED_COURSES = 2_000  # beyond, a list to pick from is no help any more


@dataclass(frozen=True)
class Filters:
    """Every filter that is not empty narrows the rows; ``group`` is a part of the name, the others are exact."""

    school: str = ""
    course: int | None = None
    teacher: str = ""
    group: str = ""
    status: tuple[str, ...] = ()
    category: str = ""
    changed: bool = False
    section: int | None = None
    figure: str = ""

    @classmethod
    def from_url(cls, parameters: Mapping[str, str]) -> Filters:
        """From query parameters as ``to_url`` makes them; what makes no sense is left out."""
        wanted = parameters.get("status", "").split(",")
        return cls(
            **{name: parameters.get(name, "") for name in ("school", "teacher", "group", "category")},
            course=whole_number(parameters.get("course", "")),
            status=tuple(status for status in STATUSES if status in wanted),
            changed=parameters.get("changed") == "true",
            section=whole_number(parameters.get("section", "")),
            figure=parameters.get("figure", "") if parameters.get("figure") in set(Figure) else "",
        )

    def to_url(self) -> dict[str, str]:
        """As query parameters, without the empty ones."""
        texts = {name: getattr(self, name) for name in ("school", "teacher", "group", "category")}
        texts |= {"course": str(self.course or ""), "status": ",".join(self.status)}
        texts |= {"changed": "true" if self.changed else "", "section": str(self.section or ""), "figure": self.figure}
        return {name: text for name, text in texts.items() if text}

    def apply(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of an association frame with drafts that fit, in their order and with their index."""
        fits = pd.Series(True, index=rows.index)
        for name in ("school", "teacher", "category"):
            if getattr(self, name):
                fits &= rows[name].eq(getattr(self, name))
        if self.course is not None:
            fits &= rows["course_id"].eq(self.course)
        if self.group:
            fits &= rows["group"].str.contains(self.group, case=False, regex=False)
        if self.status:
            fits &= rows["status"].isin(self.status)
        if self.changed:
            fits &= rows["changed"]
        if self.section is not None:
            fits &= rows["section_id"].eq(self.section)
        if self.figure:
            fits &= where(rows, Figure(self.figure))
        return rows.loc[fits]


NAMES = tuple(field.name for field in fields(Filters))


def filter_row(rows: pd.DataFrame, filters: Filters) -> None:
    """Draw the widgets; a change of one of them makes the filters of the next run."""
    for name in NAMES:
        value = getattr(filters, name)
        st.session_state[f"filter_{name}"] = list(value) if name == "status" else value
    above, below = st.columns([3, 4, 3, 3]), st.columns([4, 3, 3, 3], vertical_alignment="bottom")
    _pick(above[0], "School", "school", _values(rows, "school"))
    _pick_course(above[1], rows, filters)
    _pick(above[2], "Teacher", "teacher", _values(replace(filters, teacher="", course=None).apply(rows), "teacher"))
    above[3].text_input(
        "Assignment group", key="filter_group", on_change=_take, placeholder="part of its name", type="search"
    )
    below[0].multiselect("Status", STATUSES, key="filter_status", on_change=_take, placeholder="all")
    _pick(below[1], "SIS category", "category", _values(rows, "category"))
    below[2].toggle("Changed only", key="filter_changed", on_change=_take)
    below[3].button(
        "Clear filters",
        on_click=_clear,
        disabled=filters == Filters(),
        icon=":material/filter_alt_off:",
        width="stretch",
    )


def course_names(rows: pd.DataFrame) -> dict[int, str]:
    """Course id → name with teacher, with the id where two would read the same; sorted by name."""
    courses = rows.drop_duplicates("course_id")[["course_id", "course", "teacher"]].sort_values(["course", "teacher"])
    joint = courses["course"].where(courses["teacher"].eq(""), courses["course"] + " · " + courses["teacher"])
    names = joint.where(~joint.duplicated(keep=False), joint + " · " + courses["course_id"].astype("str"))
    return dict(zip(courses["course_id"].tolist(), names.tolist(), strict=True))


def _pick(place: st.delta_generator.DeltaGenerator, label: str, name: str, known: list[str]) -> None:
    key = f"filter_{name}"
    if st.session_state[key] and st.session_state[key] not in known:
        known = [st.session_state[key], *known]  # a filter that finds nothing must be seen to be taken away
    st.session_state[key] = st.session_state[key] or None
    shown = title_label if name == "category" else str
    place.selectbox(label, known, index=None, key=key, on_change=_take, placeholder="all", format_func=shown)


def _pick_course(place: st.delta_generator.DeltaGenerator, rows: pd.DataFrame, filters: Filters) -> None:
    names = course_names(replace(filters, course=None, status=(), category="", group="", changed=False).apply(rows))
    if filters.course is not None and filters.course not in names:
        names = {filters.course: f"course {filters.course}", **names}
    too_many = len(names) > LISTED_COURSES and filters.course is None
    place.selectbox(
        "Course",
        [] if too_many else list(names),
        index=None,
        key="filter_course",
        format_func=lambda course_id: names.get(course_id, str(course_id)),
        on_change=_take,
        placeholder="choose a school first" if too_many else "all",
        disabled=too_many,
    )


@callback()
def _take() -> None:
    state = st.session_state
    texts: dict[str, Any] = {name: state[f"filter_{name}"] or "" for name in ("school", "teacher", "group", "category")}
    course = state["filter_course"] if isinstance(state["filter_course"], int) else None
    _set(Filters(**texts, course=course, status=tuple(state["filter_status"]), changed=state["filter_changed"]))


@callback()
def _clear() -> None:
    _set(Filters())


def _set(filters: Filters) -> None:
    choose(PAGE, filters)
    st.session_state.pop("grid_page", None)


def _values(rows: pd.DataFrame, column: str) -> list[str]:
    return sorted((value for value in rows[column].dropna().unique() if value), key=str.casefold)
