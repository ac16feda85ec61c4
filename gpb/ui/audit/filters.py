"""The facets of the Audit page, as part of the address and as a row of widgets.

Session-state keys: those of ``url_state`` for this page, and ``audit_<name>`` of each widget, which only mirror them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from gpb.audit.kinds import KINDS, SEVERITIES
from gpb.audit.tonight.lines import NOTHING_WAITING, TOLD
from gpb.audit.tonight.people import COORDINATOR, SIS_ADMINISTRATOR, TEACHER
from gpb.frames.passback import Outcome
from gpb.numbers import whole_number
from gpb.ui.shell.session import callback
from gpb.ui.shell.url_state import choose, present

PAGE = "audit"
LISTED = 2_000  # beyond, a list to pick from is no help any more
STATES = ("open", "new", "accepted")
OUTCOMES = (*(outcome.value for outcome in Outcome), NOTHING_WAITING)
PEOPLE = (COORDINATOR, TEACHER, SIS_ADMINISTRATOR)
VIEWS = {"": "Sections and findings", "tonight": "Tonight"}
REASONS = {reason.value: told.title for reason, told in TOLD.items()}
TEXTS = ("school", "teacher", "finding", "severity", "who", "state", "view", "outcome", "reason")


@dataclass(frozen=True)
class AuditFilters:
    """Every filter that is not empty narrows what is shown.

    ``state`` is one of STATES, ``view`` one of VIEWS; ``outcome`` and ``reason`` narrow the lines of tonight alone.
    """

    school: str = ""
    teacher: str = ""
    course: int | None = None
    section: int | None = None
    finding: str = ""
    severity: str = ""
    who: str = ""
    state: str = ""
    view: str = ""
    outcome: str = ""
    reason: str = ""

    @classmethod
    def from_url(cls, parameters: Mapping[str, str]) -> AuditFilters:
        """From query parameters as ``to_url`` makes them; what makes no sense is left out."""
        texts: dict[str, Any] = {name: parameters.get(name, "") for name in TEXTS}
        known: dict[str, Collection[str]] = {"finding": KINDS, "severity": SEVERITIES, "who": PEOPLE, "state": STATES}
        known |= {"view": VIEWS, "outcome": OUTCOMES, "reason": REASONS}
        texts |= {name: "" for name, values in known.items() if texts[name] not in values}
        course, section = (whole_number(parameters.get(name, "")) for name in ("course", "section"))
        return cls(**texts, course=course, section=section)

    def to_url(self) -> dict[str, str]:
        """As query parameters, without the empty ones."""
        texts = {name: getattr(self, name) for name in TEXTS}
        texts |= {"course": str(self.course or ""), "section": str(self.section or "")}
        return {name: text for name, text in texts.items() if text}

    def place(self) -> AuditFilters:
        """The same place, and nothing said about the findings there."""
        return AuditFilters(school=self.school, teacher=self.teacher, course=self.course, section=self.section)

    def rows(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of an association frame in this place."""
        places = {"school": self.school, "teacher": self.teacher, "course_id": self.course, "section_id": self.section}
        for name, value in places.items():
            if value:
                rows = rows.loc[rows[name].eq(value)]
        return rows

    def apply(self, found: pd.DataFrame) -> pd.DataFrame:
        """The findings that fit, in their order; those of a whole course are in none of its sections."""
        named = ("school", "teacher", "finding", "severity", "who")
        fits = [found[name].eq(getattr(self, name)) for name in named if getattr(self, name)]
        ids = {"course_id": self.course, "section_id": self.section}
        fits += [found[name].eq(one).fillna(False).astype("bool") for name, one in ids.items() if one is not None]
        if self.state:
            fits.append(_is_in(found, self.state))
        # a frame of all of them would be copied at every click
        return found.loc[np.logical_and.reduce(fits)] if fits else found

    def losing(self, sections: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
        """Those of the sections that lose grades (``tonight.sections``) that fit; ``shown`` are the findings that do.

        What is said about findings keeps the sections that one of these findings concerns.
        """
        sections = self.rows(sections)
        for name in ("who", "reason"):
            if getattr(self, name):
                sections = sections.loc[sections[name].eq(getattr(self, name))]
        if self.finding or self.severity or self.state:
            whole = shown.loc[shown["section_id"].isna(), "course_id"].dropna()
            own = sections["section_id"].isin(shown["section_id"].dropna())
            sections = sections.loc[own | sections["course_id"].isin(whole)]
        return sections


def _is_in(found: pd.DataFrame, state: str) -> pd.Series[bool]:
    accepted = found["accepted_until"].notna()
    return {"open": ~accepted, "new": found["is_new"], "accepted": accepted}[state]


def filter_row(sections: pd.DataFrame, filters: AuditFilters) -> None:
    """Draw the widgets; a change of one of them makes the filters of the next run.

    ``sections`` are those of the term, see ``Snapshot.placed_sections``.
    """
    _place_row(sections, filters)
    with st.container(key="audit_pairs_below"):
        below = st.columns([4, 2, 2.4, 2, 1.6], vertical_alignment="bottom")
    _pick(below[0], "Finding", "finding", filters, {name: kind.title for name, kind in KINDS.items()})
    _pick(below[1], "Severity", "severity", filters, SEVERITIES)
    _pick(below[2], "Who can fix it", "who", filters, PEOPLE)
    _pick(below[3], "State", "state", filters, STATES)
    below[4].button(
        "Clear", on_click=go_to, args=(AuditFilters(),), disabled=filters == AuditFilters(),
        icon=":material/filter_alt_off:", width="stretch",
    )  # fmt: skip


def view_switch(filters: AuditFilters) -> None:
    """Draw what leads from the findings to tonight and back; the place stays."""
    st.session_state["audit_view"] = filters.view
    st.segmented_control(
        "View", list(VIEWS), format_func=lambda view: VIEWS[view], key="audit_view", on_change=_take,
        args=("view",), label_visibility="collapsed", required=True,
    )  # fmt: skip


def tonight_row(sections: pd.DataFrame, filters: AuditFilters) -> None:
    """Draw the widgets that narrow the lines of tonight."""
    _place_row(sections, filters)
    with st.container(key="audit_pairs_below"):
        below = st.columns([4, 4, 2.4, 1.6], vertical_alignment="bottom")
    _pick(below[0], "Outcome", "outcome", filters, OUTCOMES)
    _pick(below[1], "Reason", "reason", filters, REASONS)
    bare = AuditFilters(view=filters.view)
    below[3].button(
        "Clear", key="audit_clear_tonight", on_click=go_to, args=(bare,), disabled=filters == bare,
        icon=":material/filter_alt_off:", width="stretch",
    )  # fmt: skip


def is_nowhere(sections: pd.DataFrame, filters: AuditFilters) -> bool:
    """Whether the term has no row in this place, which is said then: an empty list would read as good news."""
    if not filters.rows(sections).empty:
        return False
    st.warning(
        "This term has nothing in the place that the filters name. It may be in another term, or have another name "
        "now: press Clear to see everything.", icon=":material/help:",
    )  # fmt: skip
    return True


def _place_row(sections: pd.DataFrame, filters: AuditFilters) -> None:
    """The widgets of the place, the same in both views: whatever narrows a list is seen above it."""
    with st.container(key="audit_pairs_place"):
        school, teacher, course, section = st.columns(4)
    _pick(school, "School", "school", filters, _values(sections, "school"))
    in_school = AuditFilters(school=filters.school).rows(sections)
    _pick(teacher, "Teacher", "teacher", filters, _values(in_school, "teacher"))
    places = AuditFilters(teacher=filters.teacher).rows(in_school)
    _pick(course, "Course", "course", filters, _named(places, "course"))
    in_course = AuditFilters(course=filters.course).rows(places)
    _pick(section, "Section", "section", filters, _named(in_course, "section"))


@callback()
def go_to(filters: AuditFilters) -> None:
    """As a callback: the next run has these filters."""
    choose(PAGE, filters)


def _named(places: pd.DataFrame, name: str) -> dict[Any, str]:
    """Id → name, with the teacher, then the id, where two would read the same; sorted by name."""
    listed = places.drop_duplicates(f"{name}_id")
    if len(listed) > LISTED:  # see _pick: nobody reads these names
        return dict.fromkeys(listed[f"{name}_id"].tolist(), "")
    listed = listed.sort_values([name, "teacher"])
    names = listed[name]
    for more in (listed["teacher"], listed[f"{name}_id"].astype("str")):
        names = names.mask(names.duplicated(keep=False) & more.ne(""), names + " · " + more)
    return dict(zip(listed[f"{name}_id"].tolist(), names.tolist(), strict=True))


def _pick(place: st.delta_generator.DeltaGenerator, label: str, name: str, filters: AuditFilters, known: Any) -> None:
    """A list to pick one from: values, or value → name."""
    names = known if isinstance(known, Mapping) else {value: value for value in known}
    chosen = getattr(filters, name) or None
    if chosen is not None and chosen not in names:
        names = {chosen: str(chosen), **names}  # a filter that finds nothing must be seen to be taken away
    too_many = len(names) > LISTED and chosen is None
    st.session_state[f"audit_{name}"] = chosen
    place.selectbox(
        label, [] if too_many else list(names), index=None, key=f"audit_{name}", on_change=_take, args=(name,),
        format_func=lambda value: str(names.get(value, value)),
        placeholder="choose a school first" if too_many else "all", disabled=too_many,
    )  # fmt: skip


@callback()
def _take(name: str) -> None:
    value = st.session_state[f"audit_{name}"]
    empty = None if name in ("course", "section") else ""
    narrower = {"school": ("teacher", "course", "section"), "teacher": ("course", "section"), "course": ("section",)}
    reset: dict[str, Any] = {below: "" if below == "teacher" else None for below in narrower.get(name, ())}
    choose(PAGE, replace(present(PAGE, AuditFilters), **{**reset, name: value or empty}))


def _values(found: pd.DataFrame, column: str) -> list[str]:
    return sorted((value for value in found[column].dropna().unique() if value), key=str.casefold)
