"""Focus' records as OneRoster 1.1 shows them: classes, categories, line items, schools, academic sessions."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import Any

from starlette.requests import Request

from gpb.sandbox.district.model import Category, School, SisAssignment, SisSection
from gpb.sandbox.district.world import World
from gpb.sandbox.focus.errors import oneroster
from gpb.sandbox.focus.rows import UPDATED, now

ACTIVE, OFF = "active", "tobedeleted"
ROW_FOR_EACH_CLASS = "01234"
"""First digits of the uuids of those categories that come as one row for each of their classes."""
Row = dict[str, Any]


def _reference(kind: str, uuid: str) -> Row:
    return {"href": f"{kind}s/{uuid}", "sourcedId": uuid, "type": kind}


def school(one: School) -> Row:
    """Return a school as an organisation."""
    return {
        "sourcedId": one.uuid,
        "status": ACTIVE,
        "dateLastModified": UPDATED,
        "name": one.title,
        "type": "school",
        "identifier": f"{one.account_id:04d}",
    }


def sessions(world: World) -> Iterator[Row]:
    """Return the marking periods as academic sessions."""
    for one in world.schools.values():
        for term_id, uuid in one.marking_periods.items():
            term = world.terms[term_id]
            if term.start and term.end:
                yield {
                    "sourcedId": uuid,
                    "status": ACTIVE,
                    "dateLastModified": UPDATED,
                    "title": term.name,
                    "type": "semester",
                    "startDate": term.start.isoformat(),
                    "endDate": term.end.isoformat(),
                    "schoolYear": str(term.school_year + 1),
                }


def class_of(one: SisSection) -> Row:
    """Return a section as a class; `periods` is a text where it should be a list, as some servers have it."""
    homeroom = one.homeroom
    return {
        "sourcedId": one.uuid,
        "status": ACTIVE if one.active else OFF,
        "dateLastModified": UPDATED,
        "title": one.title,
        "classCode": one.code,
        "classType": "homeroom" if homeroom else "scheduled",
        "location": one.room,
        "course": _reference("course", one.course_uuid),
        "school": _reference("org", one.school.uuid),
        "terms": [_reference("academicSession", one.school.marking_periods[one.term_id])],
        "periods": one.period if one.period in "123" else [one.period],
    }


class CategoryRows:
    """The rows of the list of categories, as (category, classes): classes are a text, a list, or None where global.

    A category without any section has no row, for without classes it would count as global. Rows are made only for
    the page that is asked for: a large district has hundreds of thousands.
    """

    def __init__(self, world: World) -> None:
        """Count the rows of a world as it is now."""
        self._categories = [one for one in world.categories.values() if not one.deleted]
        self._ends = list(accumulate(_row_count(one) for one in self._categories))

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, window: slice) -> list[tuple[Category, Any]]:
        """Return the rows of a window."""
        start, stop, _ = window.indices(len(self))
        place = bisect_right(self._ends, start)
        skipped = start - (self._ends[place - 1] if place else 0)
        rows = (row for one in self._categories[place:] for row in _rows_of(one))
        return list(islice(rows, skipped, skipped + stop - start))


def _in_one_row(one: Category) -> bool:
    return len(one.section_uuids) > 1 and one.uuid[0] not in ROW_FOR_EACH_CLASS


def _row_count(one: Category) -> int:
    return 1 if one.everywhere or _in_one_row(one) else len(one.section_uuids)


def _rows_of(one: Category) -> Iterator[tuple[Category, Any]]:
    if one.everywhere:
        yield one, None
    elif _in_one_row(one):
        yield one, one.section_uuids
    else:
        for uuid in one.section_uuids:
            yield one, uuid


def category(row: tuple[Category, Any]) -> Row:
    """Return one row of the list of categories."""
    one, classes = row
    return {
        "sourcedId": one.uuid,
        "status": ACTIVE if one.active else OFF,
        "dateLastModified": one.updated_at,
        "title": one.title,
        "metadata": {} if classes is None else {"classId": classes},
    }


def line_item(world: World, one: SisAssignment, class_uuid: str) -> Row:
    """Return an assignment of the gradebook as a line item of a class; what it does not have is left out."""
    fields = one.fields
    home = world.sis_sections.get(class_uuid)
    item = {
        "sourcedId": one.uuid,
        "status": ACTIVE,
        "dateLastModified": fields.get("updated_at") or UPDATED,
        "title": fields.get("title"),
        "description": fields.get("description"),
        "assignDate": fields.get("assigned_date"),
        "dueDate": fields.get("due_date"),
        "class": _reference("class", class_uuid),
        "school": _reference("org", home.school.uuid) if home else None,
        "category": _reference("category", fields.get("assignment_category_uuid") or ""),
        "gradingPeriod": _reference("academicSession", home.school.marking_periods[home.term_id]) if home else None,
        "resultValueMin": 0.0,
        "resultValueMax": fields.get("points"),
    }
    return {name: value for name, value in item.items() if value is not None}


def assignment_fields(item: Row) -> Row:
    """Return the fields of the gradebook's assignment that a line item means; without a date it is assigned now."""
    return {
        "title": item.get("title"),
        "description": item.get("description"),
        "section_uuid": (item.get("class") or {}).get("sourcedId"),
        "assignment_category_uuid": (item.get("category") or {}).get("sourcedId"),
        "points": item.get("resultValueMax"),
        "assigned_date": item.get("assignDate") or now(),
        "due_date": item.get("dueDate"),
        "updated_at": now(),
    }


async def body_of(request: Request, name: str) -> Row:
    """Return the object that the body holds under its name; refuse anything else with 400."""
    try:
        sent = json.loads(await request.body())
    except ValueError as error:
        raise oneroster(400, "invalid_data", "The body is not JSON.") from error
    if not isinstance(sent, dict) or not isinstance(sent.get(name), dict):
        raise oneroster(400, "invalid_data", f"The body must hold an object named {name}.")
    found: Row = sent[name]
    return found
