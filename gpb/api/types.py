"""What the clients return, before any frame is made of it, and how its fields are read out of a reply (``records``).

Canvas objects keep the names of the Canvas REST API (https://canvas.instructure.com/doc/api/). Objects of the SIS have
one shape for both dialects, in the words of Focus' native API. An id of Canvas is a whole number of 64 bits: those of a
consortium have 17 or 18 digits, which a float64 does not hold. Without the right to read SIS data Canvas leaves the SIS
keys out; null means that there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from sys import intern
from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from gpb.api.records import (
    Content,
    Integer,
    Moment,
    Number,
    Off,
    On,
    OptionalInteger,
    OptionalText,
    Text,
    Title,
    first_of,
    list_of,
    null_as,
    read_as,
)


class Account(TypedDict):
    """``GET /api/v1/accounts/:id``; a school is a sub-account, and a root account has no parent."""

    id: Integer
    name: Title
    parent_account_id: OptionalInteger
    sis_account_id: NotRequired[Text | None]


class Term(TypedDict):
    """One item of ``enrollment_terms``; a term may lack its start or its end."""

    id: Integer
    name: Title
    sis_term_id: NotRequired[Text | None]
    start_at: Moment
    end_at: Moment
    workflow_state: Text


class Teacher(TypedDict):
    """A teacher of a course, as ``include[]=teachers`` gives it."""

    id: Integer
    display_name: Title


class Course(TypedDict):
    """``GET /api/v1/accounts/:id/courses``; a course with very many teachers has none of them listed.

    ``original_name`` is there where the token's user has given the course a nickname, which Canvas then shows as its
    ``name`` (Canvas API, Courses). A course that the user may not see is a stub, ``{"id": …,
    "access_restricted_by_date": true}``: no course.
    """

    id: Integer
    name: Text
    original_name: NotRequired[Text | None]
    course_code: OptionalText
    account_id: Integer
    enrollment_term_id: Integer
    workflow_state: Text
    apply_assignment_group_weights: Off
    sis_course_id: NotRequired[Text | None]
    teachers: NotRequired[Annotated[list[Teacher], first_of(Annotated[Any, list_of(Teacher)], null_as([]))]]


class Section(TypedDict):
    """``GET /api/v1/courses/:id/sections``; one that was cross-listed names the course that it came from, too.

    Without that key it is one of which Canvas was not asked (``gpb.term.changed.sections``).
    """

    id: Integer
    name: Text
    course_id: Integer
    nonxlist_course_id: NotRequired[OptionalInteger]
    sis_section_id: NotRequired[Text | None]
    integration_id: NotRequired[Text | None]


class Assignment(TypedDict):
    """One of ``include[]=assignments``, as far as passback asks for it.

    ``max_name_length`` is the limit that the SIS has; Canvas names it only where the account's settings have one.
    """

    id: Integer
    name: Title
    due_at: OptionalText
    published: Off
    post_to_sis: Off
    only_visible_to_overrides: Off
    has_overrides: Off
    due_date_required: On
    max_name_length: OptionalInteger


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

    @classmethod
    def of(cls, assignments: Sequence[Assignment]) -> AssignmentCounts:
        """Those of a group."""
        flagged = [one for one in assignments if one["post_to_sis"]]
        taken = [one for one in flagged if one["published"]]
        return cls(
            for_passback=len(taken),
            in_all=len(assignments),
            unpublished=len(flagged) - len(taken),
            not_flagged=sum(one["published"] for one in assignments) - len(taken),
            no_due_date=sum(_lacks_due_date(one) for one in taken),
            name_too_long=sum(_is_longer(one["name"], one["max_name_length"]) for one in taken),
            differentiated=sum(one["only_visible_to_overrides"] for one in taken),
        )


@dataclass(frozen=True, slots=True)
class FlaggedAssignment:
    """An assignment that is flagged for the SIS (``post_to_sis``), and what can keep it from being passed back.

    ``no_due_date`` holds where one is required; ``has_overrides`` where somebody has dates, or is meant, apart;
    ``due_at`` is the moment for everyone else, as Canvas writes it.
    """

    id: int
    name: str
    published: bool
    no_due_date: bool
    name_too_long: bool
    differentiated: bool
    has_overrides: bool
    due_at: str | None = None

    @classmethod
    def of(cls, assignments: Sequence[Assignment]) -> tuple[FlaggedAssignment, ...]:
        """Those of a group."""
        return tuple(
            cls(
                one["id"],
                one["name"],
                one["published"],
                _lacks_due_date(one),
                _is_longer(one["name"], one["max_name_length"]),
                one["only_visible_to_overrides"],
                one["has_overrides"],
                one["due_at"],
            )
            for one in assignments
            if one["post_to_sis"]
        )


def _lacks_due_date(assignment: Assignment) -> bool:
    return assignment["due_date_required"] and not assignment["due_at"]


def _is_longer(name: str, limit: int | None) -> bool:
    return limit is not None and len(name) > limit


class BareGroup(TypedDict):
    """``GET /api/v1/courses/:id/assignment_groups/:id``, and the echo of a write to it."""

    id: Integer
    name: Text
    position: Annotated[int, first_of(Integer, null_as(0)), Field(default=0)]
    group_weight: Number
    sis_source_id: OptionalText
    integration_data: Content


class AssignmentGroup(BareGroup):
    """One of ``GET /api/v1/courses/:id/assignment_groups``; of its assignments counts are kept, and those flagged.

    ``flagged`` is missing where Canvas did not show any assignments of the group.

    ``counts`` is None there: a developer key with enforced scopes and without *Allow Include Parameters* makes Canvas
    drop ``include[]`` without a word (canvas-lms issue 1513).
    """

    counts: Annotated[
        AssignmentCounts | None,
        first_of(Annotated[Any, read_as(Annotated[Any, list_of(Assignment)], AssignmentCounts.of)], None),
        Field(default=None, validation_alias="assignments"),
    ]
    flagged: NotRequired[
        Annotated[
            tuple[FlaggedAssignment, ...],
            read_as(Annotated[Any, list_of(Assignment)], FlaggedAssignment.of),
            Field(validation_alias="assignments"),
        ]
    ]


@dataclass(frozen=True, slots=True)
class SisSchool:
    """A school of the SIS; all ids of Focus are UUIDs, those of another OneRoster server may be any text."""

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

    def __post_init__(self) -> None:
        """Categories name the same classes, and classes the same few schools and terms: each text is kept once."""
        object.__setattr__(self, "id", intern(self.id))
        object.__setattr__(self, "terms", tuple(map(intern, self.terms)))
        if self.school_id is not None:
            object.__setattr__(self, "school_id", intern(self.school_id))


@dataclass(frozen=True, slots=True)
class SisCategory:
    """A grading category; ``class_ids`` None means *global*: valid in every class."""

    id: str
    title: str
    active: bool
    class_ids: tuple[str, ...] | None

    def __post_init__(self) -> None:
        """Hundreds of thousands of them name the same classes and titles: each text is kept once."""
        object.__setattr__(self, "title", intern(self.title))
        if self.class_ids is not None:
            object.__setattr__(self, "class_ids", tuple(map(intern, self.class_ids)))


@dataclass(frozen=True, slots=True)
class LineItem:
    """What an assignment is in the gradebook of the SIS: a title under a category; nothing of students.

    ``due`` is the due date as the SIS writes it, empty where there is none.
    """

    title: str
    category_id: str
    due: str = ""
