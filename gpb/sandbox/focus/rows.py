"""Focus' records as its native API shows them; the columns are those of its public route documentation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from gpb.sandbox.district.model import Category, School, SisAssignment, SisSection, Teacher
from gpb.sandbox.district.world import World

ORGANIZATION = "Alden County School District"
UPDATED = "2020-07-20T08:00:00+00:00"
Row = dict[str, Any]


def now() -> str:
    """Return the present instant as Focus writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def school(one: School) -> Row:
    """Return a school."""
    return {
        "uuid": one.uuid,
        "state_id": f"{one.account_id:04d}",
        "title": one.title,
        "address": None,
        "city": one.city,
        "state": "FL",
        "zipcode": None,
        "updated_at": UPDATED,
        "phone": None,
        "organization": ORGANIZATION,
    }


def teacher(one: Teacher) -> Row:
    """Return a teacher, without anything that tells more than the name."""
    return {
        "uuid": one.uuid,
        "local_id": str(one.id),
        "role": "teacher",
        "first_name": one.first_name,
        "last_name": one.last_name,
        "school_uuids": [one.school.uuid],
        "updated_at": UPDATED,
        "active": True,
    }


def section(world: World, one: SisSection) -> Row:
    """Return a section."""
    term = world.terms[one.term_id]
    return {
        "uuid": one.uuid,
        "school_uuid": one.school.uuid,
        "course_uuid": one.course_uuid,
        "course_code": one.course_code,
        "marking_period_uuid": one.school.marking_periods[one.term_id],
        "marking_period_title": term.name,
        "teacher_uuid": one.teacher.uuid,
        "title": one.title,
        "code": one.code,
        "period": one.period,
        "room": one.room,
        "year": term.school_year,
        "updated_at": UPDATED,
        "active": one.active,
        "graded": not one.homeroom,
        "homeroom": one.homeroom,
    }


def category(world: World, one: Category) -> Row:
    """Return a category; it has no weight, for weights are not in the API."""
    return {
        "uuid": one.uuid,
        "section_uuids": list(world.sis_sections) if one.everywhere else one.section_uuids,
        "title": one.title,
        "updated_at": one.updated_at,
        "active": one.active,
    }


def assignment(one: SisAssignment) -> Row:
    """Return an assignment of the gradebook."""
    return {"uuid": one.uuid, **one.fields}


def courses(world: World) -> Iterator[Row]:
    """Return the courses that any section of Focus belongs to, once each."""
    seen = set()
    for one in world.sis_sections.values():
        if one.course_uuid not in seen:
            seen.add(one.course_uuid)
            yield {
                "uuid": one.course_uuid,
                "school_uuid": one.school.uuid,
                "title": one.course_title,
                "code": one.course_code,
                "year": world.terms[one.term_id].school_year,
                "updated_at": UPDATED,
                "organization": ORGANIZATION,
            }


def marking_periods(world: World) -> Iterator[Row]:
    """Return the marking periods: each school has its own for each term with dates."""
    for one in world.schools.values():
        for term_id, uuid in one.marking_periods.items():
            term = world.terms[term_id]
            if term.start and term.end:
                yield {
                    "uuid": uuid,
                    "school_uuid": one.uuid,
                    "type": "semester",
                    "title": term.name,
                    "short_name": term.short_name,
                    "start_date": term.start.isoformat(),
                    "end_date": term.end.isoformat(),
                    "year": term.school_year,
                    "updated_at": UPDATED,
                    "active": True,
                }
