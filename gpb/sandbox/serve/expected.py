"""What an audit of this district should find, worked out record by record from what both systems hold.

A second opinion on the program's own audit: plain loops over the `World`, and no code in common with what it checks.
Left out is what takes two pulls to see: new sections, and associations that somebody else changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from gpb.sandbox.district.assignments import LONGEST_SIS_NAME, Assignment, assignments_of
from gpb.sandbox.district.model import Category, Course, Group, Section
from gpb.sandbox.district.world import CURRENT_TERM, World
from gpb.sandbox.layout import FLAT, Layout

SYNCHRONIZED, UNASSOCIATED, BROKEN = "Synchronized", "Unassociated", "Broken"
NO_CATEGORIES, NO_SIS_CLASS, ELSEWHERE = "No categories", "No SIS class", "Elsewhere"
WEIGHT_TOLERANCE = 0.1
UNPUBLISHED_STATES = ("created", "claimed")


@dataclass(frozen=True, slots=True)
class Expected:
    """One finding; ids that are not of its level are None, and `assignments` is its weight."""

    finding: str
    assignments: int
    course_id: int | None = None
    group_id: int | None = None
    section_id: int | None = None
    class_id: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One group in one SIS section; `namesakes` are the usable categories with the group's name, if none is stored."""

    section: Section
    sis_id: str
    status: str
    reference: str | None
    category: Category | None
    namesakes: int


def expected_findings(world: World, term_id: int = CURRENT_TERM) -> list[Expected]:
    """Return all findings of a term, course by course, classes without a Canvas section last."""
    return list(_Oracle(world, term_id).findings())


class _Oracle:
    def __init__(self, world: World, term_id: int) -> None:
        self.world = world
        self.courses = [
            one for one in world.courses.values() if one.term_id == term_id and one.workflow_state != "deleted"
        ]
        self.everywhere: list[Category] = []
        self.by_class: dict[str, list[Category]] = {}
        for category in world.categories.values():
            if category.deleted or not category.active:
                continue
            if category.everywhere:
                self.everywhere.append(category)
            else:
                for uuid in category.section_uuids:
                    self.by_class.setdefault(uuid, []).append(category)

    def findings(self) -> Iterator[Expected]:
        for course in self.courses:
            yield from self._of_course(course)
        yield from self._of_classes()

    def usable(self, sis_id: str) -> list[Category]:
        """Return the categories that may be chosen in a class; a class that Focus does not know has none."""
        return self.by_class.get(sis_id, []) + self.everywhere if sis_id in self.world.sis_sections else []

    def sis_sections_of(self, course: Course) -> list[tuple[Section, str]]:
        sections = (self.world.sections[section_id] for section_id in course.section_ids)
        return [(one, one.sis_section_id) for one in sections if one.sis_section_id]

    def _of_course(self, course: Course) -> Iterator[Expected]:
        sections = self.sis_sections_of(course)
        groups = [self.world.groups[group_id] for group_id in course.group_ids]
        if course.weighted and groups and abs(sum(one.group_weight for one in groups) - 100) > WEIGHT_TOLERANCE:
            yield Expected("weights", 0, course.id)
        if not groups or not sections:
            return
        work = {group.id: assignments_of(self.world, group) for group in groups}
        delivered = sum(one.published and one.post_to_sis for found in work.values() for one in found)
        for section, sis_id in sections:
            if sis_id not in self.world.sis_sections:
                yield Expected("no_sis_class", delivered, course.id, section_id=section.id)
            elif not self.usable(sis_id):
                yield Expected("no_categories", delivered, course.id, section_id=section.id)
        if course.workflow_state in UNPUBLISHED_STATES:
            flagged = sum(one.post_to_sis for found in work.values() for one in found)
            yield Expected("course_unpublished", flagged, course.id)
        for group in groups:
            rows = self._rows(group, sections)
            yield from self._of_rows(course, group, rows, work[group.id])
            yield from _of_group(course, group, rows, work[group.id])
            if self.world.named_by_api.get(group.id, group.name) != group.name:
                delivered = sum(one.published and one.post_to_sis for one in work[group.id])
                yield Expected("renamed_outside", delivered, course.id, group.id)

    def _rows(self, group: Group, sections: list[tuple[Section, str]]) -> list[Row]:
        stored = _references(group, self.world.layout)
        elsewhere = group.icon == "aligned" and not any(sis_id in stored for _, sis_id in sections)
        rows = []
        for section, sis_id in sections:
            reference = stored.get(sis_id)
            usable = self.usable(sis_id)
            category = next((one for one in usable if one.uuid == reference), None)
            if sis_id not in self.world.sis_sections:
                status = NO_SIS_CLASS
            elif reference is not None:
                status = SYNCHRONIZED if category else BROKEN
            elif elsewhere:
                status = ELSEWHERE
            else:
                status = UNASSOCIATED if usable else NO_CATEGORIES
            namesakes = 0 if reference else sum(one.title == group.name for one in usable)
            rows.append(Row(section, sis_id, status, reference, category, namesakes))
        return rows

    def _of_rows(self, course: Course, group: Group, rows: list[Row], work: list[Assignment]) -> Iterator[Expected]:
        delivered = sum(one.published and one.post_to_sis for one in work)
        for row in rows:
            name = None
            if row.status == UNASSOCIATED and row.namesakes:
                name = "name_match" if row.namesakes == 1 else "ambiguous_name_match"
            elif row.status == UNASSOCIATED:
                name = "unassociated" if delivered else "unassociated_idle"
            elif row.status == BROKEN:
                name = self._why_broken(course, row)
            elif row.status == ELSEWHERE:
                name = "elsewhere"
            if name:
                yield Expected(name, delivered, course.id, group.id, row.section.id)
            if self._is_taken_out(group, row):
                yield Expected("taken_out_outside", delivered, course.id, group.id, row.section.id)

    def _is_taken_out(self, group: Group, row: Row) -> bool:
        """Tell whether the API added the class to the category that it chose here, and a person took it out again."""
        for identifier in self._chosen_by_api(group, row):
            category = self.world.categories.get(identifier)
            if category is not None and not category.deleted and row.sis_id in category.section_uuids:
                return False
            if (row.sis_id, identifier) in self.world.added_by_api:
                return True
        return False

    def _chosen_by_api(self, group: Group, row: Row) -> list[str]:
        """Find the category that the API associated the row with, or by whose title it named the group."""
        if row.reference is not None:
            return [row.reference] if group.id in self.world.writes else []
        name = self.world.named_by_api.get(group.id)
        return [one.uuid for one in self.world.categories.values() if one.title == name]

    def _why_broken(self, course: Course, row: Row) -> str:
        category = self.world.categories.get(row.reference or "")
        if category is None or category.deleted:
            return "category_deleted"
        if not category.active:
            return "category_inactive"
        others = [sis_id for section, sis_id in self.sis_sections_of(course) if section is not row.section]
        if row.section.nonxlist_course_id and any(category in self.usable(sis_id) for sis_id in others):
            return "category_of_other_course"
        return "category_not_valid"

    def _of_classes(self) -> Iterator[Expected]:
        """Yield the classes that teach in the same marking period as those in Canvas, and are not in Canvas."""
        in_canvas = {sis_id for course in self.courses for _, sis_id in self.sis_sections_of(course)}
        classes = self.world.sis_sections
        periods = {classes[uuid].school.marking_periods[classes[uuid].term_id] for uuid in in_canvas & classes.keys()}
        for one in classes.values():
            taught = one.active and not one.homeroom and one.school.marking_periods[one.term_id] in periods
            if taught and one.uuid not in in_canvas:
                yield Expected("no_canvas_section", 0, class_id=one.uuid)


def _references(group: Group, layout: Layout) -> dict[str, str]:
    """Return category uuid by section SIS id, as far as Canvas holds it; no district stores bare titles."""
    data = group.integration_data
    if layout.shape == FLAT:
        return {key: value for key, value in data.items() if isinstance(value, str) and value}
    vendor = data.get("sistemic")
    mapping = vendor.get("categoryMapping") if isinstance(vendor, dict) else None
    # A program that had nothing to learn the field from writes `id`.
    fields = {key: value for key, value in (mapping or {}).items() if isinstance(value, dict)}
    found = {key: value.get(layout.id_field) or value.get("id") for key, value in fields.items()}
    return {key: uuid for key, uuid in found.items() if uuid}


def _of_group(course: Course, group: Group, rows: list[Row], work: list[Assignment]) -> Iterator[Expected]:
    """Yield what concerns a group in all its sections at once."""
    outcomes = {
        row.category.title if row.category else UNASSOCIATED
        for row in rows
        if row.status in (SYNCHRONIZED, UNASSOCIATED)
    }
    synchronized = any(row.status == SYNCHRONIZED for row in rows)
    counts: Counter[str] = Counter()
    published = course.workflow_state not in UNPUBLISHED_STATES
    for one in work:
        counts.update(_in_the_way(one))
    if not published:
        del counts["unpublished"]
    for name, count in counts.items():
        yield Expected(name, count, course.id, group.id)
    if synchronized and len(outcomes) > 1:
        yield Expected("unequal", 0, course.id, group.id)
    if published and not work:
        yield Expected("empty_group", 0, course.id, group.id)
    single = len(work) == 1 and work[0].published and work[0].post_to_sis
    unmatched = not synchronized and not any(row.namesakes for row in rows)
    if single and unmatched and len(course.group_ids) > 2:
        yield Expected("own_group", 1, course.id, group.id)


def _in_the_way(one: Assignment) -> Iterator[str]:
    """Yield what keeps an assignment from being passed back."""
    if not one.published and one.post_to_sis:
        yield "unpublished"
    if one.published and not one.post_to_sis:
        yield "not_flagged"
    if one.published and one.post_to_sis:
        if one.due is None:
            yield "no_due_date"
        if len(one.name) > LONGEST_SIS_NAME:
            yield "name_too_long"
        if one.differentiated:
            yield "differentiated"
