"""The maker of single records, with the ids they get; `generate` and `mess` decide which ones a district has."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from gpb.sandbox.district.associations import Stored
from gpb.sandbox.district.habits import Habits
from gpb.sandbox.district.model import Category, Course, GivenAssignment, Group, School, Section, SisSection, Teacher
from gpb.sandbox.district.names import CategorySet, Names
from gpb.sandbox.district.policies import Policies
from gpb.sandbox.district.world import CURRENT_TERM, World
from gpb.sandbox.layout import FLAG_ONLY

FIRST_COURSE, FIRST_SECTION, FIRST_GROUP = 1001, 2001, 3001


def stable_uuid(text: str) -> str:
    """Return the same well-formed UUID for the same text."""
    digits = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True)
class SharedSet:
    """A set of categories as some sections have it: each title's own category."""

    of: CategorySet
    categories: dict[str, Category]


class Builder:
    """Adds records to a world; ids depend on nothing but the seed and the order of the calls."""

    def __init__(self, world: World, names: Names) -> None:
        """Take a world, mostly an empty one, and the tables of names; ids follow on those that it has."""
        self.world = world
        self.names = names
        self.seed = world.config.seed
        self.policies = Policies(self.seed, names)
        self.habits = Habits(self.seed, names)
        self.sets: dict[str, SharedSet] = {}
        """Focus section uuid to the set of categories there."""
        self.section_uuids: list[str] = []
        """All sections of Focus so far."""
        self._course_ids = count(max(world.courses, default=FIRST_COURSE - 1) + 1)
        self._section_ids = count(max(world.sections, default=FIRST_SECTION - 1) + 1)
        self._group_ids = count(max(world.groups, default=FIRST_GROUP - 1) + 1)
        self._category_numbers = count(len(world.categories) + 1)
        self._sis_numbers = count(len(world.sis_sections) + 1)

    def rng(self, purpose: str) -> random.Random:
        """Return a generator of its own for one purpose, so that parts of the district do not disturb each other."""
        return random.Random(f"{self.seed}/{purpose}")

    def uuid(self, kind: str, number: int | str) -> str:
        """Return the same well-formed UUID for the same seed, kind and number."""
        return stable_uuid(f"{self.seed}/{kind}/{number}")

    def course(self, term_id: int, teacher: Teacher, title: dict[str, str], state: str, sis: bool = True) -> Course:
        """Add a course of a teacher's school; without `sis` it is one that somebody made by hand."""
        course_id = next(self._course_ids)
        course = Course(
            id=course_id,
            term_id=term_id,
            account_id=teacher.school.account_id,
            name=title["title"],
            course_code=title["code"],
            sis_course_id=f"C{course_id:06d}" if sis else None,
            workflow_state=state,
            teachers=[teacher],
            sis_uuid=self.uuid("course", course_id),
        )
        self.world.courses[course_id] = course
        return course

    def current_course(self, teacher: Teacher, title: str, code: str, state: str = "available") -> Course:
        """Add a course to the current term."""
        return self.course(CURRENT_TERM, teacher, {"title": title, "code": code}, state)

    def sis_section(self, course: Course, teacher: Teacher, period: int, homeroom: bool = False) -> SisSection:
        """Add a section to Focus alone."""
        number = next(self._sis_numbers)
        section = SisSection(
            uuid=self.uuid("section", number),
            school=teacher.school,
            course_uuid=course.sis_uuid,
            term_id=course.term_id,
            teacher=teacher,
            title=f"{course.name} - Period {period}",
            course_code=course.course_code,
            course_title=course.name,
            code=f"{course.course_code}-{number:05d}",
            period=str(period),
            room=f"{100 + number % 90}",
            homeroom=homeroom,
        )
        self.world.sis_sections[section.uuid] = section
        self.section_uuids.append(section.uuid)
        return section

    def section(self, course: Course, name: str, sis_section_id: str | None) -> Section:
        """Add a section to Canvas alone."""
        section_id = next(self._section_ids)
        section = Section(section_id, course.id, name, sis_section_id, students=12 + section_id * 7 % 20)
        self.world.sections[section_id] = section
        course.section_ids.append(section_id)
        return section

    def section_pair(self, course: Course, teacher: Teacher, period: int, origin: Course | None = None) -> SisSection:
        """Add a section to both systems; with `origin` it was cross-listed from that course into this one."""
        sis = self.sis_section(origin or course, teacher, period)
        section = self.section(course, sis.title, sis.uuid)
        section.nonxlist_course_id = origin.id if origin else None
        return sis

    def category(self, title: str, section_uuids: list[str], active: bool = True, deleted: bool = False) -> Category:
        """Add a category to Focus."""
        uuid = self.uuid("category", next(self._category_numbers))
        category = Category(uuid, title, section_uuids, active, deleted)
        self.world.categories[uuid] = category
        return category

    def category_set(self, name: str, section_uuids: list[str]) -> None:
        """Add a named set of categories that all these sections share."""
        categories = self.names.category_sets[name]
        shared = SharedSet(categories, {title: self.category(title, section_uuids) for title in categories.titles})
        for section_uuid in section_uuids:
            self.sets.setdefault(section_uuid, shared)

    def group(self, course: Course, name: str, stored: Stored, assignments: int, weight: float = 0.0) -> Group:
        """Add an assignment group to Canvas, last in its course."""
        group_id = next(self._group_ids)
        if self.world.config.unassociated:
            stored = Stored(top=stored.top, nested=stored.nested)
        layout = self.world.layout
        if stored.mapping and (stored.elsewhere or layout.shape == FLAG_ONLY):
            self.world.vendor_store[group_id] = {key: uuid for key, (uuid, _) in stored.mapping.items()}
        text = stored.text(layout, name)
        group = Group(group_id, course.id, name, len(course.group_ids) + 1, weight, text, assignments)
        self.world.groups[group_id] = group
        course.group_ids.append(group_id)
        return group

    def hand_made_group(
        self, course: Course, name: str, stored: Stored, work: int | Sequence[GivenAssignment], weight: float = 0.0
    ) -> Group:
        """Add a group with given assignments; a number means so many that grade passback takes."""
        if isinstance(work, int):
            titles = self.names.assignment_titles
            work = [GivenAssignment(f"{titles[place % len(titles)]} {place + 1}") for place in range(work)]
        group = self.group(course, name, stored, len(work), weight)
        self.world.given_assignments[group.id] = tuple(work)
        return group

    def sis_ids(self, course: Course) -> list[str]:
        """Return the SIS ids of the course's sections, in order."""
        ids = (self.world.sections[section_id].sis_section_id for section_id in course.section_ids)
        return [sis_id for sis_id in ids if sis_id is not None]

    def fitting(self, section_uuid: str, kind: str) -> Category | None:
        """Return the category where the teacher of a section keeps a kind of work, or None where there is none."""
        shared = self.sets.get(section_uuid)
        if shared is None:
            return None
        title, _ = self.policies.title(self.world.sis_sections[section_uuid].teacher, shared.of, kind)
        return None if title is None else shared.categories[title]

    def pairs(self, sis_ids: list[str], kind: str) -> dict[str, tuple[str, str]]:
        """Return (category uuid, title) by SIS id: the fitting category of every section that has one."""
        found = {sis_id: self.fitting(sis_id, kind) for sis_id in sis_ids}
        return {sis_id: (category.uuid, category.title) for sis_id, category in found.items() if category}

    def school(self, number: int) -> School:
        """Add a school to both systems, as a sub-account of the district in Canvas."""
        row = self.names.schools[number % len(self.names.schools)]
        turn = number // len(self.names.schools)
        title = row["title"] + (f" {turn + 1}" if turn else "")
        periods = {term_id: self.uuid("marking period", f"{number}-{term_id}") for term_id in self.world.terms}
        school = School(
            account_id=10 + number,
            uuid=self.uuid("school", number),
            title=title,
            level=row["level"],
            city=row["city"],
            marking_periods=periods,
            policy=row["policy"],
            policy_before=row["policy_before"],
        )
        self.world.schools[school.uuid] = school
        return school
