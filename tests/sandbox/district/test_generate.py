"""The district: deterministic, of any size, with the disorder of real life."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.sandbox import SandboxConfig, World
from gpb.sandbox.district.generate import generate
from gpb.sandbox.district.model import Course, Group
from gpb.sandbox.district.world import CURRENT_TERM, LAST_TERM, NEXT_TERM
from gpb.sandbox.layout import SHAPES
from gpb.sandbox.serve.answers import answers

TODAY = date(2020, 10, 1)


@pytest.fixture(scope="module")
def world() -> World:
    """The default district."""
    return generate(SandboxConfig(today=TODAY))


def courses_of(world: World, term_id: int) -> list[Course]:
    """Return the courses of a term that are not deleted."""
    return [one for one in world.courses.values() if one.term_id == term_id and one.workflow_state != "deleted"]


def rows_of(world: World, term_id: int) -> Iterator[tuple[Group, str]]:
    """Return (group, section SIS id) for each row of a term."""
    for course in courses_of(world, term_id):
        for group_id in course.group_ids:
            for section_id in course.section_ids:
                sis_id = world.sections[section_id].sis_section_id
                if sis_id is not None:
                    yield world.groups[group_id], sis_id


def mapping_of(world: World, group: Group) -> dict[str, str]:
    """Return section SIS id to category uuid, read from whichever shape the district stores."""
    data = group.integration_data
    if world.config.shape == "flat":
        return {key: value for key, value in data.items() if isinstance(value, str) and value in world.categories}
    found = (data.get("sistemic") or {}).get("categoryMapping", {})
    return {key: value["categoryId"] for key, value in found.items()}


def statuses(world: World, term_id: int) -> Counter[str]:
    """Count the rows of a term by what became of them."""
    found: Counter[str] = Counter()
    for group, sis_id in rows_of(world, term_id):
        uuid = mapping_of(world, group).get(sis_id)
        category = world.categories.get(uuid or "")
        if sis_id not in world.sis_sections:
            found["no class"] += 1
        elif category is not None:
            usable = category.active and not category.deleted and sis_id in category.section_uuids
            found["valid" if usable else "broken"] += 1
        else:
            found["elsewhere" if group.integration_data.get("syncedWithSisCategory") else "unassociated"] += 1
    return found


@pytest.mark.parametrize("term_id", [LAST_TERM, CURRENT_TERM, NEXT_TERM])
def test_each_term_has_exactly_its_size(world: World, term_id: int) -> None:
    """250 courses, 600 sections, 4,000 rows of group and SIS section."""
    courses = courses_of(world, term_id)
    sections = sum(len(course.section_ids) for course in courses)
    assert (len(courses), sections, len(list(rows_of(world, term_id)))) == (250, 600, 4000)


def test_terms_are_associated_as_far_as_they_have_come(world: World) -> None:
    """The last term validly wherever a category is right, two thirds of the current one, nothing of the next one."""
    last, current, upcoming = (statuses(world, term_id) for term_id in (LAST_TERM, CURRENT_TERM, NEXT_TERM))
    nowhere = sum(one.category_id is None for one in answers(world, LAST_TERM))
    assert last == {"valid": 4000 - nowhere, "unassociated": nowhere}
    assert upcoming == {"unassociated": 4000}
    assert 0.62 < (current["valid"] + current["broken"]) / 4000 < 0.72
    assert min(current["broken"], current["elsewhere"], current["no class"]) > 20
    assert {one.workflow_state for one in courses_of(world, NEXT_TERM)} == {"created"}


@pytest.mark.parametrize("today", [date(2020, 1, 1), date(2020, 6, 30), date(2020, 7, 1), date(2024, 2, 29)])
def test_current_term_contains_today(today: date) -> None:
    """Terms lie around today without touching, and their names and SIS ids differ."""
    terms = list(generate(SandboxConfig(courses=1, schools=1, today=today)).terms.values())[1:]
    inside = [term.id for term in terms if term.start and term.end and term.start <= today <= term.end]
    assert inside == [CURRENT_TERM]
    assert len({term.sis_term_id for term in terms}) == len({term.name for term in terms}) == 3


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 99), st.integers(1, 5), st.integers(1, 40))
def test_equal_wishes_give_equal_districts(seed: int, schools: int, courses: int) -> None:
    """Ids depend on seed and size alone: neither the day nor the shape moves them."""
    first = generate(SandboxConfig(seed=seed, schools=schools, courses=courses, today=TODAY))
    second = generate(SandboxConfig(seed=seed, schools=schools, courses=courses, today=date(2023, 3, 3), shape="flat"))
    for name in ("accounts", "courses", "sections", "groups", "sis_sections", "categories", "teachers"):
        assert list(getattr(first, name)) == list(getattr(second, name))
    assert first.sections == second.sections
    mapped = [[mapping_of(world, group) for group in world.groups.values()] for world in (first, second)]
    assert mapped[0] == mapped[1]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 99), st.integers(1, 5), st.integers(1, 40))
def test_any_district_holds_together(seed: int, schools: int, courses: int) -> None:
    """Every reference leads somewhere, whatever the size."""
    world = generate(SandboxConfig(seed=seed, schools=schools, courses=courses, today=TODAY))
    assert len(courses_of(world, CURRENT_TERM)) == courses
    for course in world.courses.values():
        assert course.account_id in world.accounts
        assert all(world.sections[section_id].course_id == course.id for section_id in course.section_ids)
        assert all(world.groups[group_id].course_id == course.id for group_id in course.group_ids)
    for category in world.categories.values():
        assert set(category.section_uuids) <= world.sis_sections.keys()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_district_can_begin_without_any_association(shape: str) -> None:
    """In no term, nor in the vendor's store, nor a flag; other tools' keys, ids and names stay as they are."""
    usual, bare = (
        generate(SandboxConfig(courses=30, shape=shape, unassociated=wish, today=TODAY)) for wish in (False, True)
    )
    stored = [one.integration_data for one in bare.groups.values()]
    assert {one.icon for one in bare.groups.values()} == {"imported", None}
    assert "categoryMapping" not in str(stored)
    assert not any(isinstance(value, str) and value in bare.categories for data in stored for value in data.values())
    assert (bare.vendor_store, usual.vendor_store != {}) == ({}, True)
    assert any("localNotes" in data for data in stored)
    assert [(one.id, one.name) for one in bare.groups.values()] == [(one.id, one.name) for one in usual.groups.values()]


def test_flag_only_shows_in_canvas_which_groups_are_aligned_and_not_with_what() -> None:
    """The vendor's store holds what the other shapes keep in Canvas."""
    known, hidden = (generate(SandboxConfig(courses=30, shape=shape, today=TODAY)) for shape in ("flat", "flag-only"))
    assert {one.id: one.icon for one in hidden.groups.values()} == {one.id: one.icon for one in known.groups.values()}
    text = "".join(one.stored for one in hidden.groups.values())
    assert [uuid for uuid in hidden.categories if uuid in text] == []
    in_canvas = {one.id: found for one in known.groups.values() if (found := mapping_of(known, one))}
    assert in_canvas.keys().isdisjoint(known.vendor_store)
    assert hidden.vendor_store == in_canvas | known.vendor_store


@pytest.mark.parametrize("courses", [9, 250])
def test_disorder_of_real_life_is_there(courses: int) -> None:
    """Each kind shows in the default district and in one of nine courses."""
    world = generate(SandboxConfig(courses=courses, schools=2, today=TODAY))
    current = courses_of(world, CURRENT_TERM)
    sections = [world.sections[section_id] for course in current for section_id in course.section_ids]
    groups = [world.groups[group_id] for course in current for group_id in course.group_ids]
    names = {group.name for group in groups}
    pointed = [world.categories[uuid] for group in groups for uuid in mapping_of(world, group).values()]
    canvas_ids = {section.sis_section_id for section in sections}
    covered = {uuid for one in world.categories.values() if not one.deleted for uuid in one.section_uuids}
    kinds = {
        "near-equal names": {"HW", "Homework", "Home work", "Homework "} <= names,
        "emoji": any("📚" in name for name in names),
        "right-to-left": any("\u0590" < letter < "\u06ff" for name in names for letter in name),
        "markup": any("<script>" in name for name in names),
        "formula": any(name.startswith("=SUM(") for name in names),
        "longest name": any(len(name) == 255 for name in names),
        "shared category": any(len(category.section_uuids) > 1 for category in pointed),
        "switched-off category": any(not category.active for category in pointed),
        "deleted category": any(category.deleted for category in pointed),
        "section without categories": bool((canvas_ids & world.sis_sections.keys()) - covered),
        "section without SIS id": None in canvas_ids,
        "section unknown to Focus": bool(canvas_ids - {None} - world.sis_sections.keys()),
        "section in Focus alone": any(one.homeroom for one in world.sis_sections.values()),
        "cross-listed section": any(section.nonxlist_course_id for section in sections),
        "unpublished course": any(course.workflow_state == "created" for course in current),
        "course without sections": any(not course.section_ids for course in current),
        "deleted course": any(one.workflow_state == "deleted" for one in world.courses.values()),
        "empty group": any(group.assignments == 0 for group in groups),
        "flag only": any(list(group.integration_data) == ["syncedWithSisCategory"] for group in groups),
        "foreign top key": any("localNotes" in group.integration_data for group in groups),
        "foreign nested key": any("options" in (group.integration_data.get("sistemic") or {}) for group in groups),
        "imported": any(group.icon == "imported" for group in groups),
        "accents": any("ö" in teacher.first_name or "ë" in teacher.first_name for teacher in world.teachers.values()),
    }
    assert [kind for kind, present in kinds.items() if not present] == []


def test_one_title_twice_in_a_section_and_different_sets_in_a_course(world: World) -> None:
    """A title may name two categories of one section; sections of one course may have different titles."""
    titles = {uuid: Counter[str]() for uuid in world.sis_sections}
    for category in world.categories.values():
        if category.active and not category.deleted:
            for uuid in category.section_uuids:
                titles[uuid][category.title] += 1
    assert any(max(counted.values(), default=0) > 1 for counted in titles.values())
    math = next(course for course in world.courses.values() if course.name == "Math 9 Honors / Math 9")
    honors, regular, bare = (titles[world.sections[one].sis_section_id or ""] for one in math.section_ids)
    assert set(honors) - set(regular)
    assert set(regular) - set(honors)
    assert not bare


def test_flat_shape_sets_the_flag_beside_its_keys() -> None:
    """Flat: section SIS id to category uuid, the flag, and other tools' keys, on the top level."""
    world = generate(SandboxConfig(courses=9, schools=2, shape="flat", today=TODAY))
    data = world.groups[3001].integration_data
    assert data["syncedWithSisCategory"] is True
    assert data["localNotes"] == "do not touch"
    pairs = [(key, value) for key, value in data.items() if isinstance(value, str) and key != "localNotes"]
    assert len(pairs) == 2
    assert all(key in world.sis_sections and value in world.categories for key, value in pairs)
