"""The categories of a teacher and the assignment groups of a course, with the disorder that grows by itself."""

from __future__ import annotations

import random

from gpb.sandbox.district.associations import Stored
from gpb.sandbox.district.builder import Builder
from gpb.sandbox.district.model import Category, Course, SisSection, Teacher
from gpb.sandbox.district.policies import RETIRED_KIND
from gpb.sandbox.district.world import CURRENT_TERM, LAST_TERM, NEXT_TERM

SHARE_OF_COURSE = (1.0, 1.0, 0.95, 0.95, 0.9, 0.7, 0.4, 0.0)
"""How much of a course is associated in the current term: teachers finish, begin, or never start."""


def add_categories(
    builder: Builder, rng: random.Random, teacher: Teacher, sections: list[SisSection], term_id: int
) -> None:
    """Give a teacher's sections their categories: mostly one set for all, sometimes a set for each section."""
    if not sections:
        return
    bare = {CURRENT_TERM: 0.02, NEXT_TERM: 0.12}.get(term_id, 0.0)
    uuids = [section.uuid for section in sections if rng.random() >= bare]
    categories = builder.policies.set_of(teacher, term_id)
    shared = rng.random() < 0.85
    for part in [uuids] if shared else [[uuid] for uuid in uuids]:
        if part:
            builder.category_set(categories.name, part)
    if term_id != CURRENT_TERM or not uuids:
        return
    title = rng.choice(categories.titles)
    if rng.random() < 0.06:
        builder.category(title, [uuids[0]])
    if rng.random() < 0.10:
        builder.category(f"{title} (old)", list(uuids), active=False)


def add_groups(builder: Builder, rng: random.Random, course: Course, wanted: int, term_id: int) -> None:
    """Add the groups of one course and associate them as far as its term has come."""
    sis_ids = builder.sis_ids(course)
    share = {LAST_TERM: 1.0, NEXT_TERM: 0.0}.get(term_id)
    if share is None:
        share = rng.choice(SHARE_OF_COURSE)
    teacher = course.teachers[0]
    categories = builder.policies.set_of(teacher, term_id)
    for kind, name in builder.habits.groups(rng, teacher, categories, wanted, term_id):
        stored = Stored(_mapping(builder, rng, sis_ids, kind, share, broken=term_id == CURRENT_TERM))
        _decorate(builder, rng, stored, term_id)
        weight = round(100 / wanted, 2) if course.weighted else 0.0
        group = builder.group(course, name, stored, _assignments(rng, kind), weight)
        group.kind = kind
        if term_id == CURRENT_TERM and rng.random() < 0.02:
            group.sis_source_id = f"AG{group.id}"


def _assignments(rng: random.Random, kind: str) -> int:
    """Return how many assignments are in a group: little is left in one that is used no more."""
    if rng.random() < 0.08:
        return 0
    return rng.randint(0, 1) if kind == RETIRED_KIND else rng.randint(1, 8)


def _mapping(
    builder: Builder, rng: random.Random, sis_ids: list[str], kind: str, share: float, broken: bool
) -> dict[str, tuple[str, str]]:
    """Associate a share of the sections; where `broken` is wanted, a few point to what is not valid there."""
    mapping: dict[str, tuple[str, str]] = {}
    for sis_id in sis_ids if share else []:
        category = builder.fitting(sis_id, kind)
        if category is None or rng.random() >= share:
            continue
        if broken and rng.random() < 0.03:
            category = _wrong_category(builder, rng, sis_id, category)
        mapping[sis_id] = (category.uuid, category.title)
    return mapping


def _wrong_category(builder: Builder, rng: random.Random, sis_id: str, right: Category) -> Category:
    """Return a category that is gone, switched off, or valid in other sections only."""
    case = rng.randrange(3)
    shared = builder.sets.get(rng.choice(builder.section_uuids))
    other = next(iter(shared.categories.values())) if shared else None
    if case == 0 or other is None or sis_id in other.section_uuids:
        return builder.category(right.title, [sis_id], deleted=True)
    if case == 1:
        return builder.category(f"{right.title} (last year)", [sis_id], active=False)
    return other


def _decorate(builder: Builder, rng: random.Random, stored: Stored, term_id: int) -> None:
    """Add the keys of other tools to some groups, and let a few be aligned in the vendor's own store only."""
    if term_id == CURRENT_TERM and rng.random() < 0.012:
        stored.elsewhere = bool(stored.mapping)
    if rng.random() < 0.05:
        key, value = rng.choice(builder.names.foreign_top)
        stored.top[key] = value
    if term_id != NEXT_TERM and rng.random() < 0.05:
        key, value = rng.choice(builder.names.foreign_nested)
        stored.nested[key] = value
