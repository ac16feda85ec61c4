"""The night of grade passback: what the vendor's tool takes from Canvas to Focus, as public guides tell it.

No student and no score exists in a sandbox, so what arrives is the assignments: as line items of OneRoster, which the
native dialect shows as assignments, each under its category.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from gpb.sandbox.district.assignments import LONGEST_SIS_NAME, Assignment, assignments_of
from gpb.sandbox.district.builder import stable_uuid
from gpb.sandbox.district.model import Category, Course, Group
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
    decided = list(_Night(world, term_id).decisions())
    gradebook = _Gradebook(world, decided)
    return [
        replace(one.line, line_item=gradebook.put(one, one.category)) if one.category else one.line for one in decided
    ]


@dataclass(frozen=True, slots=True)
class _Decision:
    line: Line
    assignment: Assignment
    category: Category | None

    def key(self) -> tuple[str, str, str]:
        """Return what a line item must have to be this one's: section, name and due date."""
        due = self.assignment.due.isoformat() if self.assignment.due else ""
        return self.line.sis_section_id or "", self.assignment.name, due

    def uuid(self, seed: int) -> str:
        """Return the uuid of the line item that this one creates: the same one every night."""
        return stable_uuid(f"{seed}/line item/{self.assignment.id}/{'/'.join(self.key())}")


class _Night:
    def __init__(self, world: World, term_id: int) -> None:
        self.world = world
        self.tool = Tool(world)
        self.courses = [
            one for one in world.courses.values() if one.term_id == term_id and one.workflow_state != "deleted"
        ]

    def decisions(self) -> Iterator[_Decision]:
        for course in self.courses:
            sections = [self.world.sections[section_id] for section_id in course.section_ids]
            for group in (self.world.groups[group_id] for group_id in course.group_ids):
                kept = self.tool.kept(group)
                for assignment in assignments_of(self.world, group):
                    reason = _in_the_way(course, assignment)
                    for section in sections:
                        sis_id = section.sis_section_id
                        why, category = (reason, None) if reason else self._category(group, kept, sis_id)
                        uuid = category.uuid if category else None
                        line = Line(assignment.id, group.id, section.id, sis_id, uuid, why)
                        yield _Decision(line, assignment, category)

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
    """The line items of Focus, each for one assignment a night.

    Public guides: a line item is reused when name and due date match. Two assignments of one name and date get one
    each, always the same one, for no guide says which of them would have to go without.
    """

    def __init__(self, world: World, decided: Iterable[_Decision]) -> None:
        self.world = world
        self._seed = world.config.seed
        self._own = {one.uuid(self._seed) for one in decided if one.category}
        self._free: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for item in world.sis_assignments.values():
            section, title, due = (str(item.fields.get(name) or "") for name in ("section_uuid", "title", "due_date"))
            self._free[section, title, due[:10]].append(item.uuid)

    def put(self, one: _Decision, category: Category) -> str:
        """Put an assignment under a category; return `created`, or `reused` for a line item of before."""
        own = one.uuid(self._seed)
        alike = self._free[one.key()]
        found = own if own in alike else next((uuid for uuid in alike if uuid not in self._own), None)
        if found is None:
            self._create(own, one, category)
            return "created"
        alike.remove(found)
        fields = self.world.sis_assignments[found].fields
        if fields.get("assignment_category_uuid") != category.uuid:
            self.world.write_sis_assignment(found, fields | {"assignment_category_uuid": category.uuid})
        return "reused"

    def _create(self, uuid: str, one: _Decision, category: Category) -> None:
        section, title, due = one.key()
        fields = {
            "title": title,
            "section_uuid": section,
            "assignment_category_uuid": category.uuid,
            "points": one.assignment.points,
            "assigned_date": one.assignment.updated.isoformat(),
            "due_date": due,
        }
        self.world.write_sis_assignment(uuid, fields)
