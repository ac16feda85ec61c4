"""Where each group of this district belongs, worked out from the policies that it was made with.

Kept aside for measuring: no reply of Canvas or Focus tells it. Asked for again after changes, it speaks of the
categories as they are now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gpb.sandbox.district.model import Category, Course
from gpb.sandbox.district.names import read_names
from gpb.sandbox.district.policies import Policies
from gpb.sandbox.district.world import World


@dataclass(frozen=True, slots=True)
class Answer:
    """The category of one group in one section; id and title are None where none is right.

    `source` is who decided: the `set` of categories, the `school`, a `teacher` against the policy of the school,
    `retired` for a group that its name says is used no more, and `none` for work that belongs to no category.
    """

    group_id: int
    section_id: int
    category_id: str | None
    title: str | None
    source: str


def answers(world: World, term_id: int | None = None) -> Iterator[Answer]:
    """Yield the answer of every row with usable categories, of one term or of all; hand-made courses have none."""
    policies = Policies(world.config.seed, read_names())
    by_class: dict[str, dict[str, Category]] = {}
    for category in world.categories.values():
        if category.active and not category.deleted:
            for uuid in category.section_uuids:
                by_class.setdefault(uuid, {}).setdefault(category.title, category)
    for course in world.courses.values():
        if term_id in (None, course.term_id) and course.workflow_state != "deleted":
            yield from _of_course(world, policies, by_class, course)


def _of_course(
    world: World, policies: Policies, by_class: dict[str, dict[str, Category]], course: Course
) -> Iterator[Answer]:
    categories = policies.set_of(course.teachers[0], course.term_id)
    sections = [world.sections[section_id] for section_id in course.section_ids]
    for group in (world.groups[group_id] for group_id in course.group_ids):
        title, source = policies.title(course.teachers[0], categories, group.kind)
        for section in sections if group.kind else []:
            usable = by_class.get(section.sis_section_id or "")
            if usable:
                category = usable.get(title or "")
                yield Answer(
                    group.id,
                    section.id,
                    category.uuid if category else None,
                    category.title if category else None,
                    source,
                )
