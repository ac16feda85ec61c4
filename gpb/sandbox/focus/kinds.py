"""The kinds of objects that the native API lists: their records, columns, and what each parameter is compared with.

Kinds and parameters are those of the public route documentation. Nothing of students is here: `student_uuids` is
refused, `/students` and whatever else tells of one is not permitted, and of a `user` only name, role, schools and
numbers are shown. Two parameters are taken and mean nothing here, for nobody has published what they do: `mp_courses`
and `resource`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gpb.sandbox.district.model import Category, School, SisAssignment, SisSection, Teacher
from gpb.sandbox.district.world import World
from gpb.sandbox.focus import rows

Row = dict[str, Any]
Values = Callable[[Any], Iterable[str]]
REFUSED = ("student_uuids",)
"""Parameters that would tell of students."""


@dataclass(frozen=True)
class Kind:
    """One kind of object.

    A record passes a parameter of `named` when one of its values is among those sent, and `date` when one of its
    spans (first and last day) holds that day.
    """

    records: Callable[[], Iterable[Any]]
    render: Callable[[Any], Row]
    named: Mapping[str, Values]
    spans: Callable[[Any], Iterable[tuple[date, date]]] | None = field(default=None)


class Kinds:
    """All kinds of one district, by the names of the documentation."""

    def __init__(self, world: World) -> None:
        """Read a world whenever a list is asked for."""
        self.world = world
        self._owned: dict[str, list[SisSection]] = {}
        self._counted = 0
        self.school = Kind(world.schools.values, rows.school, {"uuids": lambda one: [one.uuid], "year": self._years})
        self.user = Kind(world.teachers.values, rows.teacher, self._of_teacher(), self._spans)
        self.course = Kind(lambda: rows.courses(world), dict, self._of_course())
        self.section = Kind(world.sis_sections.values, lambda one: rows.section(world, one), self._of_section())
        self.marking_period = Kind(lambda: rows.marking_periods(world), dict, self._of_period(), self._of_row)
        self.assignment = Kind(
            world.sis_assignments.values, lambda one: rows.assignment(world, one), self._of_assignment()
        )
        self.assignment_category = Kind(
            self._categories, lambda one: rows.category(world, one), self._of_category(), self._spans
        )

    def _categories(self) -> Iterable[Category]:
        return [one for one in self.world.categories.values() if not one.deleted]

    def sections_of(self, one: Category | SisAssignment | Teacher | School) -> Iterable[SisSection]:
        """Return the sections that a record belongs to, those that Focus has."""
        sections = self.world.sis_sections
        if isinstance(one, Category):
            uuids: Iterable[str] = sections if one.everywhere else one.section_uuids
        elif isinstance(one, SisAssignment):
            uuids = rows.section_uuids(one)
        else:
            return self._owned_by(one.uuid)
        return (sections[uuid] for uuid in uuids if uuid in sections)

    def _owned_by(self, uuid: str) -> list[SisSection]:
        """Return the sections of a school or a teacher; they are sorted anew when some have come."""
        if self._counted != len(self.world.sis_sections):
            self._owned = {}
            for one in self.world.sis_sections.values():
                self._owned.setdefault(one.school.uuid, []).append(one)
                self._owned.setdefault(one.teacher.uuid, []).append(one)
            self._counted = len(self.world.sis_sections)
        return self._owned.get(uuid, [])

    def _years(self, one: Category | SisAssignment | Teacher | School) -> Iterable[str]:
        return (str(self.world.terms[each.term_id].school_year) for each in self.sections_of(one))

    def _spans(self, one: Category | Teacher) -> Iterable[tuple[date, date]]:
        terms = (self.world.terms[each.term_id] for each in self.sections_of(one))
        return ((term.start, term.end) for term in terms if term.start and term.end)

    @staticmethod
    def _of_row(row: Row) -> Iterable[tuple[date, date]]:
        return [(date.fromisoformat(row["start_date"]), date.fromisoformat(row["end_date"]))]

    def _of_teacher(self) -> dict[str, Values]:
        return {
            "uuids": lambda one: [one.uuid],
            "roles": lambda _one: ["teacher"],
            "school_uuids": lambda one: [one.school.uuid],
            "section_uuids": lambda one: (each.uuid for each in self.sections_of(one)),
            "year": self._years,
        }

    def _of_course(self) -> dict[str, Values]:
        return {
            "uuids": lambda row: [row["uuid"]],
            "school_uuids": lambda row: [row["school_uuid"]],
            "year": lambda row: [str(row["year"])],
        }

    def _of_section(self) -> dict[str, Values]:
        return {
            "uuids": lambda one: [one.uuid],
            "school_uuids": lambda one: [one.school.uuid],
            "course_uuids": lambda one: [one.course_uuid],
            "marking_period_uuids": lambda one: [one.school.marking_periods[one.term_id]],
            "user_uuids": lambda one: [one.teacher.uuid],
            "teacher_uuids": lambda one: [one.teacher.uuid],
            "year": lambda one: [str(self.world.terms[one.term_id].school_year)],
        }

    def _of_period(self) -> dict[str, Values]:
        return {
            "uuids": lambda row: [row["uuid"]],
            "parent_uuids": lambda row: [row["parent_uuid"]],
            "school_uuids": lambda row: [row["school_uuid"]],
            "types": lambda row: [row["type"]],
            "year": lambda row: [str(row["year"])],
        }

    def _of_assignment(self) -> dict[str, Values]:
        return {
            "uuids": lambda one: [one.uuid],
            "section_uuids": rows.section_uuids,
            "category_uuids": lambda one: [one.fields.get("assignment_category_uuid") or ""],
            "year": self._years,
        }

    def _of_category(self) -> dict[str, Values]:
        def uuids(one: Category) -> Iterable[str]:
            return self.world.sis_sections if one.everywhere else one.section_uuids

        return {
            "uuids": lambda one: [one.uuid],
            "section_uuids": uuids,
            "class_uuid": uuids,
            "school_uuids": lambda one: (each.school.uuid for each in self.sections_of(one)),
            "year": self._years,
        }
