"""Focus' records as its native API shows them; the columns are those of its public route documentation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from gpb.sandbox.district.model import Category, School, SisAssignment, SisSection, Teacher
from gpb.sandbox.district.world import World

ORGANIZATION = "Alden County School District"
UPDATED = "2020-07-20T08:00:00+00:00"
ASSIGNMENT_FIELDS = (
    "school_uuid",
    "marking_period_uuid",
    "section_uuid",
    "section_uuids",
    "assignment_category_uuid",
    "title",
    "description",
    "points",
    "exclude_from_average",
    "assigned_date",
    "due_date",
    "created_at",
    "updated_at",
    "publish_date",
    "due_time",
)
"""What an assignment has besides its uuid."""
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
        "district_id": None,
        "state_id": None,
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
        "teacher_uuid": one.teacher.uuid,
        "title": one.title,
        "code": one.code,
        "period": one.period,
        "room": one.room,
        "group_code": None,
        "year": term.school_year,
        "created_at": UPDATED,
        "updated_at": UPDATED,
        "marking_period_title": term.name,
        "school_id": one.school.account_id,
        "credits": None,
        "period_name": f"Period {one.period}",
        "marking_period_code": term.short_name,
        "active": one.active,
        "graded": not one.homeroom,
        "enrollment_code": None,
        "link": None,
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


def section_uuids(one: SisAssignment) -> list[str]:
    """Return the sections of an assignment: it names one or several."""
    several = one.fields.get("section_uuids") or [one.fields.get("section_uuid")]
    return [uuid for uuid in several if uuid]


def assignment(world: World, one: SisAssignment) -> Row:
    """Return an assignment of the gradebook; school and marking period are those of its section, unless it says so."""
    uuids = section_uuids(one)
    home = world.sis_sections.get(uuids[0]) if uuids else None
    derived = {
        "school_uuid": home.school.uuid if home else None,
        "marking_period_uuid": home.school.marking_periods[home.term_id] if home else None,
        "section_uuid": uuids[0] if uuids else None,
        "section_uuids": uuids,
        "exclude_from_average": False,
    }
    return {"uuid": one.uuid} | dict.fromkeys(ASSIGNMENT_FIELDS) | derived | one.fields


def courses(world: World) -> Iterator[Row]:
    """Return the courses that any section of Focus belongs to, once each."""
    seen = set()
    for one in world.sis_sections.values():
        if one.course_uuid not in seen:
            seen.add(one.course_uuid)
            yield {
                "uuid": one.course_uuid,
                "school_uuid": one.school.uuid,
                "year_uuid": None,
                "title": one.course_title,
                "description": None,
                "code": one.course_code,
                "master_course_code": None,
                "master_course_title": None,
                "master_course_description": None,
                "year": world.terms[one.term_id].school_year,
                "updated_at": UPDATED,
                "school_id": one.school.account_id,
                "organization": ORGANIZATION,
                "subjects": [],
                "subject_codes": [],
                "marking_period_title": world.terms[one.term_id].name,
            }


def marking_periods(world: World) -> Iterator[Row]:
    """Return the marking periods: each school has its own for each term with dates."""
    for one in world.schools.values():
        for term_id, uuid in one.marking_periods.items():
            term = world.terms[term_id]
            if term.start and term.end:
                yield {
                    "uuid": uuid,
                    "id": term_id,
                    "parent_uuid": None,
                    "school_uuid": one.uuid,
                    "type": "semester",
                    "title": term.name,
                    "short_name": term.short_name,
                    "sort_order": term_id,
                    "start_date": term.start.isoformat(),
                    "end_date": term.end.isoformat(),
                    "post_start_date": None,
                    "post_end_date": None,
                    "year": term.school_year,
                    "school_days": None,
                    "updated_at": UPDATED,
                    "active": True,
                    "school_id": one.account_id,
                    "order": term_id,
                    "name": term.name,
                }
