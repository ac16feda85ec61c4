"""The night of grade passback: what arrives in Focus, what does not and why, and that it can be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gpb.sandbox import Running, SandboxConfig, running
from gpb.sandbox.district.cases import (
    ALL_AT_ONCE,
    DIFFERENTIATED,
    LONGEST,
    NO_DUE_DATE,
    NOT_FLAGGED,
    PLAIN,
    TOO_LONG,
    UNPUBLISHED,
)
from gpb.sandbox.district.generate import generate
from gpb.sandbox.district.model import Group
from gpb.sandbox.district.world import LAST_TERM
from gpb.sandbox.vendor.night import Reason, passback
from tests.sandbox.conftest import TODAY, canvas, focus
from tests.sandbox.vendor.conftest import course_named, group_named, night, save, state

ALONE = SandboxConfig(port=0, schools=1, courses=24, today=TODAY)


def reasons(box: Running, lines: list[dict[str, Any]], group: Group) -> dict[str, set[str]]:
    """Reasons by assignment name, of one group."""
    names = {
        one["id"]: one["name"] for one in canvas(box).get(f"courses/{group.course_id}/assignments?per_page=100").json()
    }
    found: dict[str, set[str]] = {}
    for line in lines:
        if line["group_id"] == group.id:
            found.setdefault(names[line["assignment_id"]], set()).add(line["reason"])
    return found


@pytest.fixture
def box() -> Iterator[Running]:
    """A district with all hand-made courses."""
    with running(ALONE) as sandbox:
        yield sandbox


def test_every_reason_there_is(box: Running) -> None:
    """Group by group in hand-made courses; one line for each assignment in each section."""
    lines = night(box)
    wanted = {
        ("Digital Media", "Homework"): {PLAIN: "association", UNPUBLISHED: "unpublished"},
        ("Digital Media", "Classwork"): {PLAIN: "association", NOT_FLAGGED: "not_flagged"},
        ("Digital Media", "Quizzes"): {NO_DUE_DATE: "no_due_date"},
        ("Digital Media", "Tests"): {LONGEST: "association", TOO_LONG: "name_too_long"},
        ("Digital Media", "Projects"): {DIFFERENTIATED: "differentiated"},
        ("Digital Media", "Late Work"): {ALL_AT_ONCE: "no_due_date"},
        ("Digital Media", "Journal"): {PLAIN: "name"},
        ("Digital Media", "Capstone"): {PLAIN: "no_category"},
        ("Theatre", "Homework"): {PLAIN: "course_unpublished", NOT_FLAGGED: "course_unpublished"},
    }
    for (course, group), cases in wanted.items():
        found = reasons(box, lines, group_named(box, course, group))
        assert {one.name: found[one.name] for one in cases} == {one.name: {word} for one, word in cases.items()}
    by_section = {
        one["sis_section_id"]: one["reason"]
        for one in lines
        if one["group_id"] in course_named(box, "Chess Club").group_ids
    }
    assert by_section == {None: "no_sis_id", "PERIOD-9-CHESS": "no_sis_class"}
    stored_elsewhere = reasons(box, lines, group_named(box, "World History", "Homework"))
    assert set.union(*stored_elsewhere.values()) == {"vendor_store"}
    assert {one["reason"] for one in lines} == set(Reason)
    assert len({(one["assignment_id"], one["section_id"]) for one in lines}) == len(lines)


def test_a_line_has_a_category_and_a_line_item_or_neither(box: Running) -> None:
    """Focus holds exactly the lines that arrived, in both dialects, each under its category."""
    arrived = [one for one in night(box) if one["line_item"]]
    assert {one["category_id"] is not None for one in arrived} == {True}
    assert {one["reason"] for one in arrived} == {"association", "vendor_store", "name"}
    section = arrived[0]["sis_section_id"]
    of_section = sorted(one["category_id"] for one in arrived if one["sis_section_id"] == section)
    shown = focus(box).get(f"sections/{section}/assignments?limit=1000").json()["data"]
    items = focus(box, box.oneroster_url).get(f"classes/{section}/lineItems?limit=1000").json()["lineItems"]
    assert sorted(one["assignment_category_uuid"] for one in shown) == of_section
    assert sorted(one["category"]["sourcedId"] for one in items) == of_section
    assert {one["dueDate"] is None for one in items} == {False}
    assert len(box.world.sis_assignments) == len(arrived)


def test_a_second_night_creates_nothing_and_a_moved_group_moves_its_line_items(small: Running) -> None:
    """Whether anything changed in between or not; two assignments of one name and day keep one each."""
    first = night(small)
    before = {uuid: one.fields for uuid, one in small.world.sis_assignments.items()}
    again = night(small)
    assert [one["category_id"] for one in again] == [one["category_id"] for one in first]
    assert {one["line_item"] for one in again} == {"reused", None}
    assert {uuid: one.fields for uuid, one in small.world.sis_assignments.items()} == before
    group = group_named(small, "Biology I", "Homework")
    section = course_named(small, "Biology I").section_ids[0]
    key = small.world.sections[section].sis_section_id or ""
    quiz = next(one for one in small.world.valid_categories(key) if one.title == "Quizzes")
    save(small, group.course_id, {f"{group.id}.{section}": quiz.uuid})
    moved = [one for one in night(small) if one["category_id"] == quiz.uuid and one["group_id"] == group.id]
    assert {one["line_item"] for one in moved} == {"reused"}
    assert len(moved) == 6
    assert small.world.sis_assignments.keys() == before.keys()
    changed = [uuid for uuid, one in small.world.sis_assignments.items() if one.fields != before[uuid]]
    assert {small.world.sis_assignments[uuid].fields["assignment_category_uuid"] for uuid in changed} == {quiz.uuid}
    assert len(changed) == 6


def test_a_teachers_own_line_item_is_reused_when_name_and_due_date_match(small: Running) -> None:
    """It keeps its points and moves under the category; another date or section makes another line item."""
    line = next(one for one in night(small) if one["line_item"])
    uuid, item = next(iter(small.world.sis_assignments.items()))
    fields = {**item.fields, "assignment_category_uuid": "elsewhere", "points": 3.0}
    small.world.sis_assignments.clear()
    focus(small).put("assignments", json={**fields, "uuid": "own", "due_date": f"{fields['due_date']}T10:00:00Z"})
    focus(small).put("assignments", json={**fields, "uuid": "other", "due_date": "1999-01-01"})
    assert next(one for one in night(small) if one["line_item"]) == {**line, "line_item": "reused"}
    own = small.world.sis_assignments["own"].fields
    assert (own["assignment_category_uuid"], own["points"]) == (line["category_id"], 3.0)
    assert small.world.sis_assignments["other"].fields["assignment_category_uuid"] == "elsewhere"
    assert uuid not in small.world.sis_assignments


def test_an_assignment_that_comes_later_takes_no_line_item_of_another(small: Running) -> None:
    """Two groups have one of the same name and day; the second group's arrives, and a night later the first's too."""
    group = group_named(small, "Biology I", "Homework")
    work = small.world.given_assignments[group.id]
    small.world.given_assignments[group.id] = ()
    before = {one["category_id"] for one in night(small) if one["group_id"] == group.id + 1} - {None}
    items = dict(small.world.sis_assignments)
    small.world.given_assignments[group.id] = work
    lines = night(small)
    assert before
    assert {one["line_item"] for one in lines if one["group_id"] == group.id} == {"created"}
    assert {uuid: small.world.sis_assignments[uuid] for uuid in items} == items
    assert len(small.world.sis_assignments) == sum(one["line_item"] is not None for one in lines)


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["sistemic", "flag-only"])
def test_a_restart_keeps_the_vendors_store_and_what_arrived(tmp_path: Path, shape: str) -> None:
    """With a state file; the next night creates nothing."""
    config = SandboxConfig(
        port=0, schools=1, courses=9, shape=shape, drawn_layout=True, today=TODAY, state_file=tmp_path / "s"
    )
    with running(config) as box:
        group = group_named(box, "Geometry", "Homework")
        section = course_named(box, "Geometry").section_ids[0]
        tests = next(
            one
            for one in box.world.valid_categories(box.world.sections[section].sis_section_id or "")
            if one.title == "Tests"
        )
        save(box, group.course_id, {f"{group.id}.{section}": tests.uuid})
        first, store = night(box), state(box, "vendor_store")
    with running(config) as box:
        assert state(box, "vendor_store") == store
        again = night(box)
    assert (str(group.id) in store) is (shape == "flag-only")
    assert [one["category_id"] for one in again] == [one["category_id"] for one in first]
    assert {one["line_item"] for one in again} == {"reused", None}
    assert tests.uuid in {one["category_id"] for one in first if one["group_id"] == group.id}


def test_what_the_vendor_would_not_have_written_counts_for_nothing(small: Running) -> None:
    """Other field names, and a category of another section: then the name decides, as without any association."""
    group = group_named(small, "Geometry", "Homework")
    keys = [small.world.sections[one].sis_section_id or "" for one in course_named(small, "Geometry").section_ids]
    quiz = [next(one for one in small.world.valid_categories(key) if one.title == "Quizzes") for key in keys]
    mapping = {
        keys[0]: {"id": quiz[0].uuid, "title": "Quizzes"},
        keys[1]: {"categoryId": quiz[0].uuid, "categoryTitle": "Quizzes"},
        keys[2]: {"categoryId": quiz[2].uuid, "categoryTitle": "Quizzes"},
    }
    body = {"integration_data": {"sistemic": {"categoryMapping": mapping}}}
    canvas(small).put(f"courses/{group.course_id}/assignment_groups/{group.id}", json=body)
    lines = [one for one in night(small) if one["group_id"] == group.id]
    assert {(one["sis_section_id"], one["reason"]) for one in lines} == {
        (keys[0], "name"),
        (keys[1], "name"),
        (keys[2], "association"),
    }
    assert {one["category_id"] for one in lines if one["reason"] == "association"} == {quiz[2].uuid}


def test_the_vendors_store_counts_where_canvas_has_the_flag(small: Running) -> None:
    """Somebody else replaces what Canvas holds of a group: without the flag there is nothing elsewhere."""
    group = group_named(small, "World History", "Homework")
    nights = [night(small)]
    httpx.post(f"{small.base_url}/_sandbox/integration_data/{group.id}", json={})
    nights.append(night(small))
    found = [{one["reason"] for one in lines if one["group_id"] == group.id} for lines in nights]
    assert found == [{"vendor_store"}, {"name"}]


def test_of_equal_titles_the_first_in_focus_order_counts_and_one_that_is_off_never(box: Running) -> None:
    """A group *Essays* without association beside two categories *Essays*; *Journals* is switched off."""
    lines = night(box)
    essays, journals = (group_named(box, "Creative Writing", name) for name in ("Essays", "Journals"))
    section = next(one for one in lines if one["group_id"] == essays.id)["sis_section_id"]
    found = {one["category_id"] for one in lines if (one["group_id"], one["sis_section_id"]) == (essays.id, section)}
    listed = focus(box).get(f"sections/{section}/assignment_categories?limit=1000").json()["data"]
    twins = [one["uuid"] for one in listed if one["title"] == "Essays"]
    assert len(twins) == 2
    assert found == {twins[0]}
    assert {one["reason"] for one in lines if one["group_id"] == journals.id} == {"no_category"}


def test_another_term_has_its_own_night(small: Running) -> None:
    """The last term arrives whole by associations; a term that is not there is refused."""
    lines = night(small, term_id=LAST_TERM)
    assert {small.world.courses[small.world.groups[one["group_id"]].course_id].term_id for one in lines} == {LAST_TERM}
    assert "association" in {one["reason"] for one in lines}
    assert "no_category" not in {one["reason"] for one in lines}
    for told in ({"term_id": 77}, {"term_id": [3]}, [3]):
        assert httpx.post(f"{small.base_url}/_sandbox/passback", json=told).status_code == 404


def test_all_shapes_deliver_the_same() -> None:
    """Districts of one seed differ in how associations are kept, and in nothing that arrives."""
    arrived = []
    for shape in ("sistemic", "flat", "flag-only"):
        for drawn in (False, True):
            config = SandboxConfig(schools=1, courses=24, shape=shape, drawn_layout=drawn, today=TODAY)
            arrived.append([(one.assignment_id, one.section_id, one.category_id) for one in passback(generate(config))])
    assert all(one == arrived[0] for one in arrived)
