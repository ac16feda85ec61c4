"""The right answers, kept aside: what a measure of proposals is compared with."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.sandbox import Running, SandboxConfig, World
from gpb.sandbox.district.generate import generate
from gpb.sandbox.district.world import CURRENT_TERM, LAST_TERM, NEXT_TERM
from gpb.sandbox.serve.answers import Answer, answers
from tests.sandbox.conftest import TODAY

RETIRED = re.compile(r"^OLD |\(old\)$|DO NOT USE$|archive$")


@pytest.fixture(scope="module")
def world() -> World:
    """The default district."""
    return generate(SandboxConfig(today=TODAY))


def stored(world: World, one: Answer) -> str | None:
    """The category uuid that Canvas holds for the row of an answer."""
    vendor = world.groups[one.group_id].integration_data.get("sistemic") or {}
    found = vendor.get("categoryMapping", {}).get(world.sections[one.section_id].sis_section_id)
    return found and str(found["categoryId"])


@pytest.mark.parametrize("term_id", [LAST_TERM, CURRENT_TERM, NEXT_TERM])
def test_names_are_hard(world: World, term_id: int) -> None:
    """Equal texts find less than 45 % of the categories; schools decide a good part; for a few none is right."""
    found = list(answers(world, term_id))
    exact = sum(world.groups[one.group_id].name == one.title for one in found)
    sources = Counter(one.source for one in found)
    assert 0.05 < exact / len(found) < 0.45
    assert 0.1 < (sources["school"] + sources["teacher"]) / len(found) < 0.4
    assert 0.005 < sources["retired"] / len(found) < 0.03
    assert 0.01 < sources["none"] / len(found) < 0.08
    assert {one.source for one in found if one.category_id is None} == {"none", "retired"}
    retired = {world.groups[one.group_id].name for one in found if one.source == "retired"}
    assert all(RETIRED.search(name) for name in retired)


def test_what_is_associated_is_associated_as_answered(world: World) -> None:
    """In the last term each row and no other; in the current one each valid association."""
    for one in answers(world, LAST_TERM):
        assert stored(world, one) == one.category_id
    valid = 0
    for one in answers(world, CURRENT_TERM):
        category = world.categories.get(stored(world, one) or "")
        uuid = world.sections[one.section_id].sis_section_id
        if category and category.active and not category.deleted and uuid in category.section_uuids:
            valid += 1
            assert (category.uuid, category.title) == (one.category_id, one.title)
    assert valid > 2000


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 99))
def test_a_teacher_decides_alike(seed: int) -> None:
    """Same teacher, same name, same titles: one answer, in every course and term; most names come again."""
    world = generate(SandboxConfig(seed=seed, courses=120, today=TODAY))
    titles = defaultdict(set)
    for category in world.categories.values():
        for uuid in category.section_uuids if category.active and not category.deleted else []:
            titles[uuid].add(category.title)
    decided: dict[tuple[int, str, frozenset[str]], set[str | None]] = defaultdict(set)
    known = {term_id: set[tuple[int, str]]() for term_id in (LAST_TERM, CURRENT_TERM, NEXT_TERM)}
    for one in answers(world):
        group = world.groups[one.group_id]
        course = world.courses[group.course_id]
        uuid = world.sections[one.section_id].sis_section_id or ""
        decided[course.teachers[0].id, group.name, frozenset(titles[uuid])].add(one.title)
        known[course.term_id].add((course.teachers[0].id, re.sub(r"\d", "", group.name)))
    assert {len(found) for found in decided.values()} == {1}
    for earlier in (LAST_TERM, CURRENT_TERM):
        assert 0.65 < len(known[NEXT_TERM] & known[earlier]) / len(known[NEXT_TERM]) < 0.95


def test_the_route_tells_the_answers_of_one_term_or_of_all(small: Running) -> None:
    """They are those of the district; a term that is none is a 404."""
    address = f"{small.base_url}/_sandbox/answers"
    one, every = (httpx.get(address, params=wish).json() for wish in ({"term_id": NEXT_TERM}, {}))
    assert [Answer(**line) for line in one] == list(answers(small.world, NEXT_TERM))
    assert len(every) > len(one) > 0
    assert httpx.get(address, params={"term_id": "x"}).status_code == 404
