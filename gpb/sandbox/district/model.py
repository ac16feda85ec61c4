"""The things of a district, as both systems store them.

Plain records with slots: a district of 20,000 courses holds hundreds of thousands of them. Ids of one kind may
equal ids of another kind, as in a real Canvas.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(slots=True)
class Account:
    """A Canvas account; the root has no parent, schools are its sub-accounts."""

    id: int
    name: str
    parent_id: int | None
    sis_account_id: str | None


@dataclass(slots=True)
class Term:
    """A term of both systems; the default term of Canvas has neither dates nor a SIS id.

    `workflow_state` is active or deleted; Canvas lists deleted ones only when asked for all.
    """

    id: int
    name: str
    sis_term_id: str | None
    start: date | None
    end: date | None
    school_year: int
    short_name: str = ""
    workflow_state: str = "active"


@dataclass(slots=True)
class School:
    """A school: a sub-account in Canvas (`account_id`) and a school in Focus (`uuid`)."""

    account_id: int
    uuid: str
    title: str
    level: str
    city: str
    marking_periods: dict[int, str]
    """Term id to the uuid of the school's marking period in Focus."""
    policy: str
    """Which categories its teachers have, a name in `policies.csv`."""
    policy_before: str
    """The same in the last term, empty where nothing has changed."""


@dataclass(slots=True)
class Teacher:
    """A teacher: a user in Canvas (`id`) and a user in Focus (`uuid`)."""

    id: int
    uuid: str
    first_name: str
    last_name: str
    school: School
    subject: str


@dataclass(slots=True)
class Course:
    """A Canvas course; `workflow_state` is created, claimed, available, completed or deleted."""

    id: int
    term_id: int
    account_id: int
    name: str
    course_code: str
    sis_course_id: str | None
    workflow_state: str
    teachers: list[Teacher]
    sis_uuid: str
    weighted: bool = False
    blueprint: bool = False
    section_ids: list[int] = field(default_factory=list)
    group_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Section:
    """A Canvas section; `sis_section_id` is the uuid of the Focus section, null, or unknown to Focus."""

    id: int
    course_id: int
    name: str
    sis_section_id: str | None
    nonxlist_course_id: int | None = None
    integration_id: str | None = None
    students: int = 0


@dataclass(slots=True)
class Group:
    """A Canvas assignment group; `stored` is its `integration_data` as JSON text, kept byte for byte."""

    id: int
    course_id: int
    name: str
    position: int
    group_weight: float
    stored: str
    assignments: int
    sis_source_id: str | None = None
    kind: str = ""
    """What kind of work is kept in it, which no API tells; empty for a hand-made group."""

    @property
    def integration_data(self) -> dict[str, Any]:
        """A copy of the stored object: changing it changes nothing, assigning it does."""
        parsed: dict[str, Any] = json.loads(self.stored)
        return parsed

    @integration_data.setter
    def integration_data(self, value: dict[str, Any]) -> None:
        self.stored = json.dumps(value, ensure_ascii=False)

    @property
    def icon(self) -> str | None:
        """What Canvas' page of assignments shows: `aligned`, `imported` or None; `aligned` where it shows both.

        Canvas' front end asks whether one of two keys is there, whatever its value, and whether `sis_source_id` is
        more than an empty text (contract: where the association lives, first point).
        """
        data = self.integration_data
        vendor = data.get("sistemic")
        if "syncedWithSisCategory" in data or (isinstance(vendor, dict) and "categoryMapping" in vendor):
            return "aligned"
        return "imported" if self.sis_source_id else None


@dataclass(frozen=True, slots=True)
class GivenAssignment:
    """An assignment of a hand-made group; the defaults are those of one that grade passback takes."""

    name: str
    published: bool = True
    post_to_sis: bool = True
    has_due_date: bool = True
    differentiated: bool = False


@dataclass(slots=True)
class SisSection:
    """A Focus section, which is a class in OneRoster; `period` is a text such as `3`."""

    uuid: str
    school: School
    course_uuid: str
    term_id: int
    teacher: Teacher
    title: str
    course_code: str
    course_title: str
    code: str
    period: str
    room: str
    homeroom: bool = False
    active: bool = True


@dataclass(slots=True)
class Category:
    """A Focus grading category, valid for `section_uuids`.

    A deleted one is gone from both dialects. With `everywhere` it is valid in all sections: the native dialect
    lists every section, OneRoster leaves `metadata.classId` out. No generated category is like that, tests may
    make one.
    """

    uuid: str
    title: str
    section_uuids: list[str]
    active: bool = True
    deleted: bool = False
    everywhere: bool = False
    updated_at: str = "2020-07-20T08:00:00+00:00"


@dataclass(slots=True)
class SisAssignment:
    """An assignment of the Focus gradebook, which is a line item in OneRoster; dates are ISO texts."""

    uuid: str
    fields: dict[str, Any]
