"""A small district made by hand, for tests that need no server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gpb.api.types import AssignmentCounts, AssignmentGroup, Course, Section, SisCategory, SisClass, Term
from gpb.frames import tables
from gpb.frames.codec import BARE, Layout
from gpb.frames.facts import SnapshotFacts
from gpb.frames.shape import Shape
from gpb.frames.snapshot import Snapshot
from gpb.frames.unread import Unread, unread_frame
from gpb.store.run_records import ChangeKind, RunRow, Target

COURSE = 7
HOMEWORK, TESTS, RETIRED, OTHERS = "c-homework", "c-tests", "c-retired", "c-others"
FIRST, SECOND, EMPTY, UNKNOWN = "class-1", "class-2", "class-3", "class-9"


def association(group_id: int) -> Target:
    """What an operation writes that associates a group."""
    return Target(ChangeKind.ASSOCIATION, str(group_id))


def row(group_id: int, section_id: int) -> RunRow:
    """A planned association."""
    return RunRow(group_id, section_id, association(group_id))


def category(identifier: str, title: str, *classes: str, active: bool = True) -> SisCategory:
    """A category of these classes; of all, when none is named."""
    return SisCategory(identifier, title, active, classes or None)


def sis_class(identifier: str, *terms: str, **fields: Any) -> SisClass:
    """An active class of the school, taught in these terms of the SIS."""
    return SisClass(
        **{"id": identifier, "school_id": "school", "title": identifier, "active": True, "terms": terms, **fields}
    )


def course(identifier: int = COURSE, **fields: Any) -> Course:
    """A published course with group weights and one teacher."""
    plain: dict[str, Any] = {"id": identifier, "name": "Math 9", "course_code": "M9", "account_id": 2}
    plain |= {"enrollment_term_id": 5, "workflow_state": "available", "apply_assignment_group_weights": True}
    return Course(**{**plain, "teachers": [{"id": 1, "display_name": "Zoë Núñez"}], **fields})  # type: ignore[typeddict-item]  # fields of a test


def section(identifier: int, sis_id: str | None, **fields: Any) -> Section:
    """A section of the course."""
    plain = {"id": identifier, "name": f"Section {identifier}", "course_id": COURSE, "nonxlist_course_id": None}
    return Section(**{**plain, "sis_section_id": sis_id, "integration_id": None, **fields})  # type: ignore[typeddict-item]  # fields of a test


def group(identifier: int, name: str, data: Mapping[str, Any] | None = None, **fields: Any) -> AssignmentGroup:
    """A group of the course with its ``integration_data``."""
    plain: dict[str, Any] = {"id": identifier, "name": name, "position": identifier, "group_weight": 0.0}
    plain |= {"sis_source_id": None, "integration_data": dict(data or {}), "counts": assignments(3)}
    return AssignmentGroup(**{**plain, **fields})  # type: ignore[typeddict-item]  # fields of a test


def assignments(number: int, **others: int) -> AssignmentCounts:
    """So many assignments for passback, and others that are named."""
    return AssignmentCounts(**{"for_passback": number, "in_all": number + sum(others.values()), **others})


def mapped(**sections: str | None) -> dict[str, Any]:
    """Sistemic ``integration_data``: SIS id (with _ for -) to category id."""
    return {"sistemic": {"categoryMapping": {key.replace("_", "-"): {"id": value} for key, value in sections.items()}}}


def snapshot(
    groups: list[AssignmentGroup] | Mapping[int, list[AssignmentGroup]],
    *,
    courses: list[Course] | None = None,
    classes: list[SisClass] | None = None,
    sections: list[Section] | None = None,
    categories: list[SisCategory] | None = None,
    codec: str = "sistemic",
    layout: Layout = Layout(),  # noqa: B008  # frozen
    identifier: str = "s1",
    unread: Sequence[Unread] = (),
) -> Snapshot:
    """A snapshot of one course with two sections by default, whose categories are Homework and Tests.

    ``groups`` are those of the course, or of several courses by course id.
    """
    own_groups = groups if isinstance(groups, Mapping) else {COURSE: groups}
    own_sections = sections if sections is not None else [section(1, FIRST), section(2, SECOND)]
    own_categories = categories if categories is not None else default_categories()
    own_classes = classes if classes is not None else [sis_class(name) for name in (FIRST, SECOND, EMPTY)]
    schools: Any = [{"id": 2, "name": "North High", "parent_account_id": 1}]
    term: Term = {
        "id": 5,
        "name": "Fall",
        "sis_term_id": "F",
        "start_at": None,
        "end_at": None,
        "workflow_state": "active",
    }
    frames = {
        "terms": tables.terms_frame([term]),
        "courses": tables.courses_frame([course()] if courses is None else courses, schools, 1),
        "sections": tables.sections_frame(own_sections, "sis_section_id"),
        "groups": tables.groups_frame(own_groups),
        "classes": tables.classes_frame(own_classes),
        "categories": tables.categories_frame(own_categories),
        "category_sections": tables.category_sections_frame(own_categories),
        "unread": unread_frame(unread),
    }
    facts = SnapshotFacts(
        scope="box#1#5",
        source="box#self",
        term_setting="",
        term_id=5,
        sis_term_id="F",
        term="Fall",
        taken_at=datetime(2026, 9, 1, tzinfo=UTC),
        canvas_url="https://canvas.example/canvas",
        sis_url="https://focus.example/focus/api/1.0",
        sis_dialect="focus",
        shape=Shape(codec, layout if codec == "sistemic" else Layout(BARE, None)),
    )
    return Snapshot(identifier, facts, frames)


def default_categories() -> list[SisCategory]:
    """Homework and Tests in both sections, one switched off, one of the second section alone."""
    return [
        category(HOMEWORK, "Homework", FIRST, SECOND),
        category(TESTS, "Tests", FIRST, SECOND),
        category(RETIRED, "Retired", FIRST, active=False),
        category(OTHERS, "Others", SECOND),
    ]
