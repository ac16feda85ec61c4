"""The categories of a teacher and the assignment groups of a course, with the disorder that grows by itself."""

from __future__ import annotations

import random

from gpb.sandbox.district.associations import Stored
from gpb.sandbox.district.builder import Builder
from gpb.sandbox.district.model import Category, Course, SisSection, Teacher
from gpb.sandbox.district.world import CURRENT_TERM, LAST_TERM, NEXT_TERM

SHARE_OF_COURSE = (1.0, 1.0, 0.95, 0.9, 0.9, 0.6, 0.3, 0.0)
"""How much of a course is associated in the current term: teachers finish, begin, or never start."""
SET_OF_SUBJECT = {
    "Science": "science",
    "English": "language",
    "World Languages": "language",
    "Arts": "skills",
    "Physical Education": "skills",
}


def add_categories(
    builder: Builder, rng: random.Random, teacher: Teacher, sections: list[SisSection], term_id: int
) -> None:
    """Give a teacher's sections their categories: mostly one set for all, sometimes a set for each section."""
    if not sections:
        return
    bare = {CURRENT_TERM: 0.02, NEXT_TERM: 0.12}.get(term_id, 0.0)
    uuids = [section.uuid for section in sections if rng.random() >= bare]
    name = _set_name(builder, rng, teacher, sections[0])
    shared = rng.random() < 0.85
    for part in [uuids] if shared else [[uuid] for uuid in uuids]:
        if part:
            builder.category_set(name, part)
    if term_id != CURRENT_TERM or not uuids:
        return
    _, title = rng.choice(builder.names.category_sets[name])
    if rng.random() < 0.06:
        builder.category(title, [uuids[0]])
    if rng.random() < 0.10:
        builder.category(f"{title} (old)", list(uuids), active=False)


def _set_name(builder: Builder, rng: random.Random, teacher: Teacher, section: SisSection) -> str:
    if rng.random() < 0.15:
        return "two-part"
    if teacher.school.level == "elementary":
        return "elementary"
    rows = builder.names.courses[teacher.school.level]
    subject = next((row["subject"] for row in rows if row["code"] == section.course_code), "")
    return SET_OF_SUBJECT.get(subject, "standard")


def add_groups(builder: Builder, rng: random.Random, course: Course, wanted: int, term_id: int) -> None:
    """Add the groups of one course and associate them as far as its term has come."""
    sis_ids = builder.sis_ids(course)
    usable = next((builder.by_kind[sis_id] for sis_id in sis_ids if sis_id in builder.by_kind), {})
    share = {LAST_TERM: 1.0, NEXT_TERM: 0.0}.get(term_id)
    if share is None:
        share = rng.choice(SHARE_OF_COURSE)
    kinds = list(usable) or ["homework", "test"]
    for kind, name in _group_names(builder, rng, kinds, wanted):
        stored = Stored(_mapping(builder, rng, sis_ids, kind, share, broken=term_id == CURRENT_TERM))
        _decorate(builder, rng, stored, term_id)
        weight = round(100 / wanted, 2) if course.weighted else 0.0
        assignments = 0 if rng.random() < 0.08 else rng.randint(1, 8)
        group = builder.group(course, name, stored, assignments, weight)
        if term_id == CURRENT_TERM and rng.random() < 0.02:
            group.sis_source_id = f"AG{group.id}"


def _group_names(builder: Builder, rng: random.Random, kinds: list[str], wanted: int) -> list[tuple[str, str]]:
    """Return (kind, name) pairs, no name twice: mostly the usual name, else one of its near-equal variants."""
    chosen: list[tuple[str, str]] = []
    taken: set[str] = set()
    for place in range(wanted):
        kind = kinds[place] if place < len(kinds) else rng.choice([*kinds, "other"])
        variants = builder.names.group_names[kind]
        name = variants[0] if rng.random() < 0.5 else rng.choice(variants)
        if name in taken:
            name = next((other for other in variants if other not in taken), f"{name} {place + 1}")
        taken.add(name)
        chosen.append((kind, name))
    return chosen


def _mapping(
    builder: Builder, rng: random.Random, sis_ids: list[str], kind: str, share: float, broken: bool
) -> dict[str, tuple[str, str]]:
    """Associate a share of the sections; where `broken` is wanted, a few point to what is not valid there."""
    mapping: dict[str, tuple[str, str]] = {}
    for sis_id in sis_ids:
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
    other = builder.fitting(rng.choice(builder.section_uuids), "")
    if case == 0 or other is None or sis_id in other.section_uuids:
        return builder.category(right.title, [sis_id], deleted=True)
    if case == 1:
        return builder.category(f"{right.title} (last year)", [sis_id], active=False)
    return other


def _decorate(builder: Builder, rng: random.Random, stored: Stored, term_id: int) -> None:
    """Add the keys of other tools to some groups, and let a few be aligned in the vendor's own store only."""
    if term_id == CURRENT_TERM and rng.random() < 0.012:
        stored.elsewhere = True
    if rng.random() < 0.05:
        key, value = rng.choice(builder.names.foreign_top)
        stored.top[key] = value
    if term_id != NEXT_TERM and rng.random() < 0.05:
        key, value = rng.choice(builder.names.foreign_nested)
        stored.nested[key] = value
