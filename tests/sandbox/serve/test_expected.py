"""What an audit should find: the table that people can read, and the reckoning behind the route."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from gpb.sandbox import Running, SandboxConfig, World
from gpb.sandbox.district.builder import FIRST_COURSE
from gpb.sandbox.district.generate import generate
from gpb.sandbox.district.mess import MAKERS
from gpb.sandbox.district.model import Category, Course
from gpb.sandbox.district.world import CURRENT_TERM, NEXT_TERM
from gpb.sandbox.serve.expected import expected_findings
from tests.sandbox.conftest import TODAY

TABLE = Path(__file__).resolve().parents[3] / "data" / "district" / "expected_findings.csv"
KINDS = set(
    """unassociated unassociated_idle name_match ambiguous_name_match category_deleted category_inactive
    category_of_other_course category_not_valid elsewhere no_categories no_sis_class no_canvas_section unequal weights
    course_unpublished empty_group unpublished not_flagged no_due_date name_too_long differentiated own_group""".split()
)
"""All kinds but the two that need two pulls."""
Named = tuple[str, str, str, str, str]


@pytest.fixture
def world() -> World:
    """A small district with all hand-made courses."""
    return generate(SandboxConfig(schools=2, courses=20, today=TODAY))


def hand_made(world: World) -> dict[int, Course]:
    """The hand-made courses by id: the first ones of the current term."""
    return {one: world.courses[one] for one in range(FIRST_COURSE, FIRST_COURSE + sum(number for _, number in MAKERS))}


def named(world: World) -> Counter[Named]:
    """What is expected in the hand-made courses, with names in the place of ids."""
    courses = hand_made(world)
    from_focus = {course.sis_uuid for course in courses.values()}
    found: Counter[Named] = Counter()
    for one in expected_findings(world):
        if one.class_id and world.sis_sections[one.class_id].course_uuid in from_focus:
            alone = world.sis_sections[one.class_id]
            found[one.finding, alone.course_title, "", alone.title, str(one.assignments)] += 1
        elif one.course_id in courses:
            group = world.groups[one.group_id].name if one.group_id else ""
            section = world.sections[one.section_id].name if one.section_id else ""
            found[one.finding, courses[one.course_id].name, group, section, str(one.assignments)] += 1
    return found


@pytest.mark.parametrize("shape", ["sistemic", "flat"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_table_lists_all_findings_of_the_hand_made_courses(seed: int, shape: str) -> None:
    """The table and the reckoning agree line by line, whatever the seed and the shape."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    made = generate(SandboxConfig(schools=3, courses=30, seed=seed, shape=shape, drawn_layout=seed > 1, today=TODAY))
    assert header == ["finding", "course", "group", "section", "assignments"]
    assert named(made) == Counter(map(tuple, lines))


@pytest.mark.parametrize("drawn", [False, True])
def test_where_the_vendor_keeps_all_associations_rows_of_aligned_groups_are_elsewhere(drawn: bool) -> None:
    """Every row whose group has the icon, and nothing is said of the categories, for nobody outside can know them."""
    flat = SandboxConfig(schools=3, courses=30, today=TODAY, drawn_layout=drawn, shape="flat")
    other, hidden = generate(flat), generate(replace(flat, shape="flag-only"))
    rows = {
        (group.id, section.id)
        for group in other.groups.values()
        for section in (other.sections[one] for one in other.courses[group.course_id].section_ids)
        if group.id in hidden.vendor_store and section.sis_section_id in other.sis_sections
        if other.courses[group.course_id].term_id == CURRENT_TERM
    }
    found = expected_findings(hidden)
    assert {(one.group_id, one.section_id) for one in found if one.finding == "elsewhere"} == rows
    unknowable = {name for name in KINDS if name.startswith("category_")} | {"unequal"}
    assert {one.finding for one in found} == KINDS - unknowable


def test_every_kind_has_a_case_in_the_hand_made_courses(world: World) -> None:
    """Deliberate ones, not only such as a seed happens to give."""
    assert {name for name, *_ in named(world)} == KINDS


def test_each_finding_stands_there_once() -> None:
    """In the default district, where every kind occurs, and of the current term alone."""
    made = generate(SandboxConfig(today=TODAY))
    found = Counter(
        (one.finding, one.course_id, one.group_id, one.section_id, one.class_id) for one in expected_findings(made)
    )
    assert {name for name, *_ in found} == KINDS
    assert set(found.values()) == {1}
    assert {made.courses[course].term_id for _, course, *_ in found if course} == {CURRENT_TERM}
    assert {made.sis_sections[uuid].term_id for *_, uuid in found if uuid} == {CURRENT_TERM}


def test_next_term_lacks_associations_and_nothing_else_is_wrong_with_them() -> None:
    """Another term may be asked for: there nothing is associated, so nothing is broken or unequal."""
    made = generate(SandboxConfig(courses=40, today=TODAY))
    names = {one.finding for one in expected_findings(made, NEXT_TERM)}
    assert {"unassociated_idle", "name_match", "course_unpublished"} <= names
    assert names & {"category_deleted", "category_inactive", "category_not_valid", "elsewhere", "unequal"} == set()


def test_random_weights_add_up() -> None:
    """Outside the one hand-made case, weights miss a hundred by no more than rounding makes them."""
    made = generate(SandboxConfig(today=TODAY))
    sums = {
        course.name: sum(made.groups[group_id].group_weight for group_id in course.group_ids)
        for course in made.courses.values()
        if course.weighted and course.group_ids
    }
    assert len(sums) > 20
    assert {name for name, total in sums.items() if abs(total - 100) > 0.1} == {"Statistics"}


def test_a_global_category_is_usable_in_every_class(world: World) -> None:
    """It gives names to match, and categories to sections that had none; sections unknown to Focus stay without."""
    capstone = next(group.id for group in world.groups.values() if group.name == "Capstone")
    before = [one.finding for one in expected_findings(world) if one.group_id == capstone]
    assert before == ["unassociated", "unassociated", "own_group"]
    world.categories["all"] = Category("all", "Capstone", [], everywhere=True)
    after = [one.finding for one in expected_findings(world) if one.group_id == capstone]
    assert after == ["name_match", "name_match"]
    names = {one.finding for one in expected_findings(world)}
    assert "no_categories" not in names
    assert "no_sis_class" in names


def test_a_deleted_course_is_looked_at_no_more(world: World) -> None:
    """Its sections do not count as being in Canvas either."""
    band = next(course for course in hand_made(world).values() if course.name == "Marching Band")
    before = {one.class_id for one in expected_findings(world) if one.finding == "no_canvas_section"}
    band.workflow_state = "deleted"
    after = {one.class_id for one in expected_findings(world) if one.finding == "no_canvas_section"}
    assert after - before == {world.sections[band.section_ids[0]].sis_section_id}
    assert [one for one in expected_findings(world) if one.course_id == band.id] == []


def test_route_answers_with_ids_that_are_null_where_not_of_the_level(small: Running) -> None:
    """A list of six fields each, of the district as it is now."""
    address = f"{small.base_url}/_sandbox/expected_findings"
    before = httpx.get(address).json()
    fields = {"finding", "course_id", "group_id", "section_id", "class_id", "assignments"}
    assert {frozenset(one) for one in before} == {frozenset(fields)}
    unequal = next(one for one in before if one["finding"] == "unequal")
    ids = {"course_id": 1001, "group_id": 3002, "section_id": None, "class_id": None}
    assert unequal == {"finding": "unequal", "assignments": 0, **ids}
    httpx.post(f"{small.base_url}/_sandbox/integration_data/3002", json={})
    after = httpx.get(address).json()
    assert unequal not in after
    assert [one["section_id"] for one in after if (one["finding"], one["group_id"]) == ("unassociated", 3002)] == [
        2001,
        2002,
    ]


def test_section_comes_into_a_course_mid_year(small: Running) -> None:
    """In both systems, with the categories of its sister section, and with nothing associated."""
    address = f"{small.base_url}/_sandbox/sections"
    added = httpx.post(address, json={"course_id": 1001}).json()
    world = small.world
    section = world.sections[added["section_id"]]
    sister = world.sections[2001].sis_section_id or ""
    assert (section.course_id, section.name) == (1001, "Biology I - Period 3")
    assert added["sis_section_id"] == section.sis_section_id
    assert world.sis_sections[section.sis_section_id or ""].course_uuid == world.courses[1001].sis_uuid
    assert world.valid_categories(section.sis_section_id or "") == world.valid_categories(sister) != []
    findings = [one for one in expected_findings(world) if one.section_id == section.id]
    assert {one.finding for one in findings} == {"unassociated", "name_match"}
    assert httpx.post(address, json={"course_id": 77}).status_code == 404
    assert httpx.post(address, json=[1001]).status_code == 404
