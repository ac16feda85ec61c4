"""The night of grade passback: what the vendor's tool takes from Canvas to Focus, as public guides tell it.

No student and no score exists in a sandbox, so what arrives is the assignments: as line items of OneRoster, which the
native dialect shows as assignments, each under its category.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gpb.sandbox.district.assignments import LONGEST_SIS_NAME, Assignment, assignments_of
from gpb.sandbox.district.model import Category, Course, Group, Section
from gpb.sandbox.district.world import CURRENT_TERM, World
from gpb.sandbox.vendor.tool import Kept, Tool

PUBLISHED_STATES = ("available", "completed")


class Reason(StrEnum):
    """Why an assignment arrived in a section (the first three), or why not: the first that applies, in this order."""

    ASSOCIATION = "association"
    VENDOR_STORE = "vendor_store"
    """An association, of which Canvas knows the flag alone."""
    NAME = "name"
    """No association; this category is the first whose title equals the group's name."""
    COURSE_UNPUBLISHED = "course_unpublished"
    UNPUBLISHED = "unpublished"
    NOT_FLAGGED = "not_flagged"
    """`post_to_sis` is off."""
    NO_DUE_DATE = "no_due_date"
    NAME_TOO_LONG = "name_too_long"
    DIFFERENTIATED = "differentiated"
    """`only_visible_to_overrides`."""
    NO_SIS_ID = "no_sis_id"
    NO_SIS_CLASS = "no_sis_class"
    """Focus does not know the section's SIS id."""
    NO_CATEGORY = "no_category"
    """No valid association, and no category with the group's name."""


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one assignment in one section; `line_item` is `created`, `reused` or None."""

    assignment_id: int
    group_id: int
    section_id: int
    sis_section_id: str | None
    category_id: str | None
    reason: str
    line_item: str | None = None


def passback(world: World, term_id: int = CURRENT_TERM) -> list[Line]:
    """Pass the assignments of a term back, and return one line for each of them in each section of its course."""
    return list(_Night(world, term_id).lines())


class _Night:
    def __init__(self, world: World, term_id: int) -> None:
        self.world = world
        self.tool = Tool(world)
        self.gradebook = _Gradebook(world)
        self.courses = [
            one for one in world.courses.values() if one.term_id == term_id and one.workflow_state != "deleted"
        ]

    def lines(self) -> Iterator[Line]:
        for course in self.courses:
            sections = [self.world.sections[section_id] for section_id in course.section_ids]
            for group in (self.world.groups[group_id] for group_id in course.group_ids):
                kept = self.tool.kept(group)
                for assignment in assignments_of(self.world, group):
                    reason = _in_the_way(course, assignment)
                    for section in sections:
                        yield self._line(group, kept, assignment, section, reason)

    def _line(self, group: Group, kept: Kept, assignment: Assignment, section: Section, reason: Reason | None) -> Line:
        sis_id, category, arrived = section.sis_section_id, None, None
        if reason is None:
            reason, category = self._category(group, kept, sis_id)
        if category and sis_id:
            arrived = self.gradebook.put(assignment, sis_id, category)
        uuid = category.uuid if category else None
        return Line(assignment.id, group.id, section.id, sis_id, uuid, reason, arrived)

    def _category(self, group: Group, kept: Kept, sis_id: str | None) -> tuple[Reason, Category | None]:
        # Likely: a section and its class in Focus have one id. Sections that were made by hand have none (Canvas).
        if not sis_id:
            return Reason.NO_SIS_ID, None
        if sis_id not in self.world.sis_sections:
            return Reason.NO_SIS_CLASS, None
        # Public guides: an association decides the category of an assignment;
        if sis_id in kept.categories:
            return Reason.ASSOCIATION if kept.in_canvas else Reason.VENDOR_STORE, kept.categories[sis_id]
        # public guides: without one, the first category whose name equals the group's name is used;
        for category in self.tool.usable(sis_id):
            if category.title == group.name:
                return Reason.NAME, category
        # public guides: otherwise the assignment is not passed back to that section. Some SISs then put it into a
        # category of their own choice; what Focus does is not known, so nothing is made up here.
        return Reason.NO_CATEGORY, None


def _in_the_way(course: Course, assignment: Assignment) -> Reason | None:
    """Return what keeps an assignment from all sections; all of these are named by the public guides as blockers."""
    blockers = {
        Reason.COURSE_UNPUBLISHED: course.workflow_state not in PUBLISHED_STATES,
        Reason.UNPUBLISHED: not assignment.published,
        Reason.NOT_FLAGGED: not assignment.post_to_sis,
        Reason.NO_DUE_DATE: assignment.due is None,
        # Canvas' API tells the limit of a district's SIS as `max_name_length`.
        Reason.NAME_TOO_LONG: len(assignment.name) > LONGEST_SIS_NAME,
        Reason.DIFFERENTIATED: assignment.differentiated,
    }
    return next((reason for reason, blocks in blockers.items() if blocks), None)


class _Gradebook:
    """The line items of Focus, each for one assignment a night."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._free: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for one in world.sis_assignments.values():
            named = (str(one.fields.get(name) or "") for name in ("section_uuid", "title", "due_date"))
            section, title, due = named
            self._free[section, title, due[:10]].append(one.uuid)

    def put(self, assignment: Assignment, sis_id: str, category: Category) -> str:
        """Put an assignment under a category of a section; return `created`, or `reused` for a line item of before.

        Public guides: a line item is reused when name and due date match. Two assignments of one name and date get one
        each, always the same one, for which of them a guide would give up is not said anywhere.
        """
        due = assignment.due.isoformat() if assignment.due else ""
        own = _uuid(self.world.config.seed, assignment, sis_id, due)
        alike = self._free[sis_id, assignment.name, due]
        if not alike:
            self._create(own, assignment, sis_id, category, due)
            return "created"
        found = own if own in alike else alike[0]
        alike.remove(found)
        fields = self.world.sis_assignments[found].fields
        if fields.get("assignment_category_uuid") != category.uuid:
            self.world.write_sis_assignment(found, fields | {"assignment_category_uuid": category.uuid})
        return "reused"

    def _create(self, uuid: str, assignment: Assignment, sis_id: str, category: Category, due: str) -> None:
        fields = {
            "title": assignment.name,
            "section_uuid": sis_id,
            "assignment_category_uuid": category.uuid,
            "points": assignment.points,
            "assigned_date": assignment.updated.isoformat(),
            "due_date": due,
        }
        self.world.write_sis_assignment(uuid, fields)


def _uuid(seed: int, assignment: Assignment, sis_id: str, due: str) -> str:
    text = f"{seed}/line item/{assignment.id}/{sis_id}/{assignment.name}/{due}"
    digits = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
