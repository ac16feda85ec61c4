"""The vendor's screen: what it shows, and that it saves the vendor's way in every shape."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from gpb.sandbox import Running
from gpb.sandbox.district.model import Group
from gpb.sandbox.layout import FLAG
from gpb.sandbox.vendor.tool import Tool
from tests.browser.driver import browsing, tab
from tests.sandbox.vendor.conftest import course_named, group_named, night, save, screen_of, state

GEOMETRY = "Geometry"


def fields_of(box: Running, group: Group, title: str | None) -> dict[str, str]:
    """The form's fields that associate a group everywhere with the category of this title; None: unassociate it."""
    fields = {}
    for section_id in box.world.courses[group.course_id].section_ids:
        usable = box.world.valid_categories(box.world.sections[section_id].sis_section_id or "")
        fields[f"{group.id}.{section_id}"] = next((one.uuid for one in usable if one.title == title), "")
    return fields


def test_what_is_saved_in_the_screen_is_stored_in_the_shape_and_arrives_in_the_night(drawn: Running) -> None:
    """Three sections, each with a category of its own; the notification, the icons of both pages, the night."""
    group = group_named(drawn, GEOMETRY, "Homework")
    world, layout, fields = drawn.world, drawn.world.layout, fields_of(drawn, group, "Tests")
    wanted = {world.sections[int(name.partition(".")[2])].sis_section_id: uuid for name, uuid in fields.items()}
    assert len(set(wanted.values()) - {""}) == 3
    reply = save(drawn, group.course_id, fields)
    assert "Categories were synchronized: 1 assignment group." in reply.text
    assert reply.text.count("Synchronized") == 1
    data = state(drawn, "groups")[str(group.id)]
    in_store = state(drawn, "vendor_store").get(str(group.id))
    assert layout.sets_flag
    if layout.shape == "flag-only":
        assert (data, in_store) == ({FLAG: True}, wanted)
    elif layout.shape == "flat":
        assert (data, in_store) == (wanted | {FLAG: True}, None)
    else:
        values = data["sistemic"]["categoryMapping"]
        assert {key: value[layout.id_field] for key, value in values.items()} == wanted
        assert {frozenset(value) for value in values.values()} == {frozenset(dict(layout.fields))}
        assert (data[FLAG], in_store) == (True, None)
    assert group.icon == "aligned"
    lines = [one for one in night(drawn) if one["group_id"] == group.id and one["line_item"]]
    assert {one["sis_section_id"]: one["category_id"] for one in lines} == wanted
    assert {one["reason"] for one in lines} == {"vendor_store" if in_store else "association"}
    save(drawn, group.course_id, fields_of(drawn, group, "Quizzes"))
    again = [one for one in night(drawn) if one["group_id"] == group.id and one["line_item"]]
    assert {one["line_item"] for one in again} == {"reused"}
    assert set(wanted.values()).isdisjoint(one["category_id"] for one in again)


def test_the_tool_reads_a_uuid_in_any_letter_case_and_writes_its_own(small: Running) -> None:
    """The night takes it, and saving leaves one key for a section."""
    group = group_named(small, "Biology I", "Homework")
    tool = Tool(small.world)
    before = dict(tool.kept(group).categories)
    mapping = group.integration_data["sistemic"]["categoryMapping"]
    group.integration_data = {"sistemic": {"categoryMapping": {key.upper(): mapping[key] for key in mapping}}}
    assert dict(tool.kept(group).categories) == before
    first = course_named(small, "Biology I").section_ids[0]
    save(small, group.course_id, {f"{group.id}.{first}": ""})
    assert group.integration_data["sistemic"].get("categoryMapping", {}).keys() <= before.keys()


def test_canvas_icon_goes_with_its_keys_and_a_flag_cannot_go(drawn: Running) -> None:
    """Taken away, an association leaves null in flat data and nothing in a mapping; the flag is there for good."""
    group = group_named(drawn, GEOMETRY, "Homework")
    save(drawn, group.course_id, fields_of(drawn, group, "Tests"))
    save(drawn, group.course_id, fields_of(drawn, group, None))
    keys = [drawn.world.sections[one].sis_section_id for one in course_named(drawn, GEOMETRY).section_ids]
    shapes: dict[str, dict[Any, Any]] = {"sistemic": {"sistemic": {}}, "flat": dict.fromkeys(keys), "flag-only": {}}
    assert state(drawn, "groups")[str(group.id)] == {**shapes[drawn.config.shape], FLAG: True}
    assert group.icon == "aligned"
    assert state(drawn, "vendor_store").get(str(group.id), {}) == {}
    assert {one["reason"] for one in night(drawn) if one["group_id"] == group.id} <= {"name", "not_flagged"}


def test_without_a_flag_the_icon_goes_with_the_last_association(small: Running) -> None:
    """The usual mapping sets none."""
    group = group_named(small, GEOMETRY, "Homework")
    for title, icon in (("Tests", "aligned"), (None, None)):
        save(small, group.course_id, fields_of(small, group, title))
        assert state(small, "icons")[str(group.id)] == icon


def test_the_vendor_replaces_its_own_top_level_value_and_nothing_beside(small: Running) -> None:
    """Other tools' keys below it are lost with entries that it cannot read, as Canvas' merge has it; others stay."""
    group = group_named(small, "Biology I", "Homework")
    before = group.integration_data
    others = {one.id: one.stored for one in small.world.groups.values() if one is not group}
    first, second = (f"{group.id}.{one}" for one in course_named(small, "Biology I").section_ids)
    reply = save(small, group.course_id, {**fields_of(small, group, "Tests/Exams"), first: ""})
    assert "1 assignment group." in reply.text
    key = small.world.sections[int(second.partition(".")[2])].sis_section_id
    assert before["sistemic"].keys() > {"categoryMapping"}
    assert group.integration_data["sistemic"].keys() == {"categoryMapping"}
    assert group.integration_data["sistemic"]["categoryMapping"].keys() == {key}
    assert {**group.integration_data, "sistemic": 0} == {**before, "sistemic": 0}
    assert others == {one.id: one.stored for one in small.world.groups.values() if one is not group}
    assert small.world.writes == []
    assert "Nothing had changed." in save(small, group.course_id, {first: ""}).text


def test_a_group_of_the_vendors_store_moves_to_canvas_when_it_is_saved(small: Running) -> None:
    """Where this Canvas keeps a mapping; the sections that were not touched keep what the store said."""
    group = group_named(small, "World History", "Homework")
    kept = small.world.vendor_store[group.id]
    first, second = course_named(small, "World History").section_ids
    save(small, group.course_id, {f"{group.id}.{first}": fields_of(small, group, "Quizzes")[f"{group.id}.{first}"]})
    mapping = group.integration_data["sistemic"]["categoryMapping"]
    key = small.world.sections[second].sis_section_id or ""
    assert (len(mapping), mapping[key]["categoryId"]) == (2, kept[key])
    assert small.world.vendor_store[group.id] == {}


def test_the_page_shows_each_group_with_what_is_unassociated_and_each_section_with_its_categories(
    small: Running,
) -> None:
    """Sections without SIS id are left out, categories that are switched off too; names are escaped."""
    biology = httpx.get(screen_of(small, course_named(small, "Biology I").id)).text
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", biology))
    assert "Expand HW Unassociated (1)" in shown
    assert "Expand Home work Unassociated (2)" in shown
    assert "Expand Homework ✔ Synchronized" in shown
    assert "Labs (old)" not in biology
    for word in ("SIS Section", "SIS ID", "SIS Category", "Biology I - Period 1", "Sync Categories"):
        assert word in biology
    chess = httpx.get(screen_of(small, course_named(small, "Chess Club").id)).text
    assert chess.count("<select") == 2
    assert "PERIOD-9-CHESS" in chess
    awkward = httpx.get(screen_of(small, 1003)).text
    assert awkward.count("<script>") == 1
    assert "&lt;script&gt;" in awkward


@pytest.mark.parametrize("field", ["{group}.1", "1.{section}", "{group}", "x", "{foreign}.{section}"])
def test_a_form_of_another_course_is_refused_whole(small: Running, field: str) -> None:
    """A section, a group that is not of this course, no number."""
    group = group_named(small, GEOMETRY, "Homework")
    good = fields_of(small, group, "Tests")
    section = course_named(small, GEOMETRY).section_ids[0]
    wrong = field.format(group=group.id, section=section, foreign=3001)
    assert save(small, group.course_id, {**good, wrong: ""}).status_code == 400
    assert group.integration_data == {}


def test_a_category_of_another_section_is_refused(small: Running) -> None:
    """Nothing of the form is saved; courses that are not there have no screen."""
    group = group_named(small, GEOMETRY, "Homework")
    names = list(fields_of(small, group, "Tests").items())
    reply = save(small, group.course_id, {names[0][0]: names[0][1], names[1][0]: names[0][1]})
    assert (reply.status_code, "Load the page again." in reply.text) == (400, True)
    assert group.integration_data == {}
    deleted = course_named(small, "Deleted by mistake").id
    assert [httpx.get(screen_of(small, one)).status_code for one in (deleted, 77)] == [404, 404]
    assert save(small, 77, {}).status_code == 404


@pytest.mark.slow
@pytest.mark.browser
def test_a_teacher_associates_in_a_browser(small: Running) -> None:
    """From Canvas' page: Expand, choose, Changed, Sync Categories, the notification, Synchronized, Canvas' icon."""
    group = group_named(small, GEOMETRY, "Homework")
    with browsing() as browser:
        page = tab(browser)
        page.goto(f"{small.canvas_url}/courses/{group.course_id}/assignments")
        page.get_by_role("link", name="Sync SIS Categories").click()
        block = page.locator("details", has=page.locator("summary", has_text="Homework"))
        expect(block.get_by_text("Unassociated (3)")).to_be_visible()
        expect(block.locator("select").first).to_be_hidden()
        block.get_by_text("Expand").click()
        for place in range(3):
            block.locator("select").nth(place).select_option(label="Tests")
            expect(block.get_by_text("Changed")).to_be_visible()
        block.locator("select").nth(1).select_option(label="Unassociated")
        page.get_by_role("button", name="Sync Categories").click()
        expect(page.get_by_role("status")).to_contain_text("1 assignment group")
        expect(block.get_by_text("Unassociated (1)")).to_be_visible()
        block.get_by_text("Expand").click()
        expect(block.locator("select").nth(0).locator("option:checked")).to_have_text("Tests")
        expect(block.get_by_text("Changed")).to_be_hidden()
        block.locator("select").nth(1).select_option(label="Tests")
        page.get_by_role("button", name="Sync Categories").click()
        expect(block.get_by_text("✔ Synchronized")).to_be_visible()
        page.goto(f"{small.canvas_url}/courses/{group.course_id}/assignments")
        row = page.get_by_role("listitem").filter(has_text="Homework")
        expect(row).to_contain_text("Grading category aligned with SIS")
    assert len(group.integration_data["sistemic"]["categoryMapping"]) == 3
