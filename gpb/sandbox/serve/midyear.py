"""What happens in a district between two pulls."""

from __future__ import annotations

from itertools import count

from gpb.sandbox.district.builder import Builder
from gpb.sandbox.district.model import Course, Section
from gpb.sandbox.district.names import read_names
from gpb.sandbox.district.world import World


def add_section(world: World, course: Course) -> Section:
    """Add a section with a Focus class to a course, as when a large class is split.

    The class takes the categories of the course's first one. Nothing is associated there yet.
    """
    builder = Builder(world, read_names())
    known = [sis_id for sis_id in builder.sis_ids(course) if sis_id in world.sis_sections]
    names = {world.sections[section_id].name for section_id in course.section_ids}
    period = next(number for number in count(1) if f"{course.name} - Period {number}" not in names)
    fresh = builder.section_pair(course, course.teachers[0], period)
    for category in world.valid_categories(known[0]) if known else []:
        if not category.everywhere:
            # A new list: the categories of one set share theirs.
            category.section_uuids = [*category.section_uuids, fresh.uuid]
    world.remember("section", course.id, {})
    return world.sections[course.section_ids[-1]]
