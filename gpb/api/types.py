"""What the clients return, before any frame is made of it.

Canvas objects keep the names of the Canvas REST API (https://canvas.instructure.com/doc/api/). Objects of the SIS have
one shape for both dialects, in the words of Focus' native API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict


class Account(TypedDict):
    """``GET /api/v1/accounts/:id``; a school is a sub-account."""

    id: int
    name: str
    parent_account_id: int | None
    sis_account_id: NotRequired[str | None]


class Term(TypedDict):
    """One item of ``enrollment_terms``; the dates are ISO 8601 with zone, or null."""

    id: int
    name: str
    sis_term_id: NotRequired[str | None]
    start_at: str | None
    end_at: str | None
    workflow_state: str


class Teacher(TypedDict):
    """A teacher of a course, as ``include[]=teachers`` gives it."""

    id: int
    display_name: str


class Course(TypedDict):
    """``GET /api/v1/accounts/:id/courses``; ``sis_course_id`` only with the right to read SIS data."""

    id: int
    name: str
    course_code: str | None
    account_id: int
    enrollment_term_id: int
    workflow_state: str
    apply_assignment_group_weights: bool
    sis_course_id: NotRequired[str | None]
    teachers: NotRequired[list[Teacher]]


class Section(TypedDict):
    """``GET /api/v1/courses/:id/sections``; the SIS keys are absent without the right to read SIS data."""

    id: int
    name: str
    course_id: int
    nonxlist_course_id: int | None
    sis_section_id: NotRequired[str | None]
    integration_id: NotRequired[str | None]


@dataclass(frozen=True, slots=True)
class AssignmentCounts:
    """How many assignments a group holds; nothing else of them is kept.

    ``for_passback`` are published and flagged for the SIS (``post_to_sis``); the last three count those among them that
    lack a due date where one is required, whose name is longer than the SIS takes, and that only some students see.
    """

    for_passback: int = 0
    in_all: int = 0
    unpublished: int = 0
    """Flagged for the SIS, and not published."""
    not_flagged: int = 0
    """Published, and not flagged for the SIS."""
    no_due_date: int = 0
    name_too_long: int = 0
    differentiated: int = 0


class AssignmentGroup(TypedDict):
    """``GET /api/v1/courses/:id/assignment_groups``, with counts in the place of its assignments.

    ``counts`` is None when the assignments were not asked for.
    """

    id: int
    name: str
    position: int
    group_weight: float
    sis_source_id: str | None
    integration_data: dict[str, Any]
    counts: AssignmentCounts | None


@dataclass(frozen=True, slots=True)
class SisSchool:
    """A school of the SIS."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class SisClass:
    """A Focus section, in OneRoster a class: what a Canvas section is matched with.

    ``terms`` are the ids of its marking periods, in OneRoster of its terms.
    """

    id: str
    school_id: str | None
    title: str
    active: bool
    homeroom: bool = False
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SisCategory:
    """A grading category; ``class_ids`` None means *global*: valid in every class."""

    id: str
    title: str
    active: bool
    class_ids: tuple[str, ...] | None
