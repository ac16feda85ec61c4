"""The bulk read for the SIS."""

from __future__ import annotations

import httpx

from gpb.sandbox import Running
from gpb.sandbox.district.assignments import assignments_of
from tests.sandbox.conftest import canvas, flat, token_without, walk


def bulk(sandbox: Running, token: str | None = None) -> httpx.Client:
    """Return a client of `/api/sis`, which is not below `/api/v1`."""
    client = canvas(sandbox, token)
    client.base_url = httpx.URL(f"{sandbox.canvas_url}/api/sis/")
    return client


def test_bulk_read_has_what_is_meant_for_passback_and_nothing_else(small: Running) -> None:
    """Published, flagged assignments of published courses, each once, over all pages; others are its blind spot."""
    found = [item["id"] for item in flat(walk(bulk(small), "accounts/self/assignments?per_page=7"))]
    wanted = [
        assignment.id
        for course in small.world.courses.values()
        if course.workflow_state in ("available", "completed")
        for group_id in course.group_ids
        for assignment in assignments_of(small.world, small.world.groups[group_id])
        if assignment.published and assignment.post_to_sis
    ]
    assert found == wanted
    assert len(found) > 100


def test_item_embeds_its_group_and_sections(small: Running) -> None:
    """Each item carries the group with its `integration_data`, and the sections with their SIS ids and origin."""
    course = next(one for one in small.world.courses.values() if one.name == "Chemistry")
    item = bulk(small).get(f"courses/{course.id}/assignments").json()[0]
    assert item["assignment_group"].keys() == {"id", "name", "sis_source_id", "integration_data", "group_weight"}
    own, taken = item["sections"]
    assert (own["origin_course"]["id"], "xlist_course" in own) == (course.id, False)
    assert (taken["origin_course"]["id"], taken["xlist_course"]["id"]) == (course.id + 1, course.id)


def test_district_without_the_export_is_told(small: Running) -> None:
    """400 `not_enabled` when no SIS export feature is on."""
    small.world.sis_export_enabled = False
    reply = bulk(small).get("accounts/self/assignments")
    assert (reply.status_code, reply.json()["code"]) == (400, "not_enabled")


def test_unpublished_course_is_told(small: Running) -> None:
    """400 `unpublished_course` for a course that is not published."""
    course = next(one for one in small.world.courses.values() if one.name == "Journalism")
    reply = bulk(small).get(f"courses/{course.id}/assignments")
    assert (reply.status_code, reply.json()["code"]) == (400, "unpublished_course")


def test_bulk_read_needs_the_sis_right(small: Running) -> None:
    """Without read_sis it is not permitted."""
    token = token_without(small, "read_sis")
    replies = [
        bulk(small, token).get(path).status_code for path in ("accounts/1/assignments", "courses/1001/assignments")
    ]
    assert replies == [403, 403]
