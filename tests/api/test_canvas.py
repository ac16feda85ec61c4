"""The Canvas client: what it asks for, what it keeps of the replies, and what it refuses to believe."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from gpb.api.canvas import CanvasClient
from gpb.api.records import Odd
from gpb.api.types import AssignmentCounts
from gpb.errors import BrokenReply, ConnectionLost, NotFound, OddReply, Refused, WrongServer
from tests.api.conftest import Canned, ScriptedServer

API = "GET /canvas/api/v1"
COURSE = {
    "id": 12,
    "name": "Biology",
    "course_code": "BIO",
    "account_id": 3,
    "enrollment_term_id": 5,
    "workflow_state": "available",
    "apply_assignment_group_weights": True,
    "uuid": "not needed",
}
GROUP: dict[str, Any] = {
    "id": 7,
    "name": "Homework",
    "position": 1,
    "group_weight": 40,
    "sis_source_id": None,
    "integration_data": {"sistemic": {}},
    "rules": {},
}
KEPT = {
    "id": 7,
    "name": "Homework",
    "position": 1,
    "group_weight": 40.0,
    "sis_source_id": None,
    "integration_data": {"sistemic": {}},
}
BLOCKERS = ("published", "no_due_date", "name_too_long", "differentiated", "has_overrides")
COUNTS = AssignmentCounts(
    for_passback=5, in_all=10, unpublished=1, not_flagged=3, no_due_date=1, name_too_long=1, differentiated=1
)
TERM: dict[str, Any] = {
    "id": 5,
    "name": "Fall",
    "start_at": "2026-08-10T05:00:00Z",
    "end_at": None,
    "workflow_state": "active",
    "sis_term_id": "2026-S1",
}


@pytest.fixture
async def canvas(server: ScriptedServer) -> AsyncIterator[CanvasClient]:
    """A client of the scripted server."""
    client = CanvasClient.at(server.url + "/canvas/api/v1/", SecretStr("t"))
    yield client
    await client.aclose()


def pages(server: ScriptedServer, path: str, *bodies: Any, host: str = "") -> None:
    """Script a list of several pages behind opaque addresses; ``host`` is where the links lead."""
    for number, body in enumerate(bodies):
        following = f'<{host or server.url}{path}?page=b{number + 1}>; rel="next",' if number + 1 < len(bodies) else ""
        link = f'<{server.url}{path}?page=now>; rel="current",{following}<{server.url}{path}?page=first>; rel="first"'
        call = f"GET {path}?page=b{number}" if number else f"GET {path}"
        server.on(call, Canned(body=body, headers={"Link": link}))


async def test_an_account_is_asked_for_by_any_of_its_names(server: ScriptedServer, canvas: CanvasClient) -> None:
    """A SIS id may hold any character."""
    reply = Canned(body={"id": 1, "name": "District", "parent_account_id": None, "sis_account_id": "A/1", "uuid": "u"})
    server.on(f"{API}/accounts/sis_account_id:A%2F1", reply)
    expected = {"id": 1, "name": "District", "parent_account_id": None, "sis_account_id": "A/1"}
    assert expected == await canvas.account("sis_account_id:A/1")


async def test_sub_accounts_are_read_at_any_depth(server: ScriptedServer, canvas: CanvasClient) -> None:
    """Recursively, and without a SIS id where the token may not read it."""
    pages(server, "/canvas/api/v1/accounts/1/sub_accounts", [{"id": 2, "name": "School", "parent_account_id": 1}])
    assert await canvas.sub_accounts(1) == [{"id": 2, "name": "School", "parent_account_id": 1}]
    assert server.seen[0].target.endswith("?recursive=true&per_page=100")


async def test_terms_come_below_their_key(server: ScriptedServer, canvas: CanvasClient) -> None:
    """On every page; moments are told in UTC."""
    second = {key: value for key, value in TERM.items() if key != "sis_term_id"} | {"id": 6}
    path = "/canvas/api/v1/accounts/1/terms"
    pages(server, path, {"enrollment_terms": [TERM]}, {"enrollment_terms": [second]})
    in_utc = {"start_at": TERM["start_at"].replace("Z", "+00:00")}
    assert await canvas.terms(1) == [TERM | in_utc, second | in_utc]


async def test_a_course_with_a_nickname_bears_its_own_name(server: ScriptedServer, canvas: CanvasClient) -> None:
    """Also in the sentence about one that cannot be read; a null is no name."""
    nick = {**COURSE, "name": "My mess", "original_name": "Biology"}
    plain, lost = {**COURSE, "id": 13, "original_name": None}, {**nick, "id": 14, "account_id": None}
    pages(server, "/canvas/api/v1/accounts/self/courses", [nick, plain, lost])
    odd: list[Odd] = []
    assert [one["name"] for one in await canvas.courses("self", 5, odd)] == ["Biology", "Biology"]
    assert [one.name for one in odd] == ["Biology"]


async def test_courses_are_those_of_a_term_with_their_teachers(server: ScriptedServer, canvas: CanvasClient) -> None:
    """All states but deleted, a hundred a page; of teachers only id and name are kept."""
    teacher = {"id": 9, "display_name": "Zoë", "avatar_image_url": "x", "pronouns": None}
    pages(
        server,
        "/canvas/api/v1/accounts/self/courses",
        [{**COURSE, "teachers": [teacher], "sis_course_id": None}],
        [{**COURSE, "id": 13, "apply_assignment_group_weights": None}],
    )
    kept = {key: value for key, value in COURSE.items() if key != "uuid"}
    assert await canvas.courses("self", "sis_term_id:2026-S1") == [
        {**kept, "teachers": [{"id": 9, "display_name": "Zoë"}], "sis_course_id": None},
        {**kept, "id": 13, "apply_assignment_group_weights": False},
    ]
    first, second, *_ = (one.target.partition("?")[2] for one in server.seen)
    assert first == (
        "enrollment_term_id=sis_term_id%3A2026-S1&include%5B%5D=teachers&state%5B%5D=created&state%5B%5D=claimed"
        "&state%5B%5D=available&state%5B%5D=completed&per_page=100"
    )
    assert second == "page=b1"


async def test_sections_show_whether_the_token_may_read_sis_ids(server: ScriptedServer, canvas: CanvasClient) -> None:
    """Null is a section without one, absent is a token without the right."""
    plain = {"id": 1, "name": "P1", "course_id": 12, "nonxlist_course_id": 11}
    with_ids = {**plain, "id": 2, "sis_section_id": None, "integration_id": "i", "sis_course_id": "c"}
    pages(server, "/canvas/api/v1/courses/12/sections", [plain, with_ids])
    assert await canvas.sections(12) == [plain, {**plain, "id": 2, "sis_section_id": None, "integration_id": "i"}]


async def test_of_assignments_numbers_are_kept_and_those_flagged(server: ScriptedServer, canvas: CanvasClient) -> None:
    """What keeps them from passback; the expensive fields are not even asked for."""
    taken = {"published": True, "post_to_sis": True, "name": "Essay", "due_at": "2020-10-01T00:00:00Z"}
    assignments: list[dict[str, object]] = [
        {**taken, "max_name_length": 5},
        {**taken, "max_name_length": 4},
        {**taken, "due_at": None},
        {**taken, "due_at": None, "due_date_required": False},
        {**taken, "only_visible_to_overrides": True, "has_overrides": True},
        {"published": True, "post_to_sis": False},
        {"published": False, "post_to_sis": True},
        {"published": True},
        {"published": True, "post_to_sis": None},
        {"published": False, "post_to_sis": False},
    ]
    listed = [{"id": place, **one} for place, one in enumerate(assignments)]
    pages(server, "/canvas/api/v1/courses/12/assignment_groups", [{**GROUP, "assignments": listed}])
    [found] = await canvas.assignment_groups(12)
    flagged = {one.id: one for one in found.pop("flagged")}
    assert found == {**KEPT, "counts": COUNTS}
    assert list(flagged) == [0, 1, 2, 3, 4, 6]
    assert {name: [one.id for one in flagged.values() if getattr(one, name)] for name in BLOCKERS} == {
        "published": [0, 1, 2, 3, 4], "no_due_date": [2, 6], "name_too_long": [1], "differentiated": [4],
        "has_overrides": [4],
    }  # fmt: skip
    assert server.seen[0].target.endswith(
        "?include%5B%5D=assignments&exclude_response_fields%5B%5D=description&exclude_response_fields%5B%5D=rubric"
        "&per_page=100"
    )


async def test_one_group_is_read_without_its_assignments(server: ScriptedServer, canvas: CanvasClient) -> None:
    """Null ``integration_data`` reads like an empty object."""
    server.on(f"{API}/courses/12/assignment_groups/7", Canned(body={**GROUP, "integration_data": None}))
    assert await canvas.assignment_group(12, 7) == {**KEPT, "integration_data": {}}


async def test_a_write_sends_integration_data_alone_and_returns_the_echo(
    server: ScriptedServer, canvas: CanvasClient
) -> None:
    """Weight and rules would recompute grades."""
    server.on("PUT /canvas/api/v1/courses/12/assignment_groups/7", Canned(body=GROUP))
    data = {"sistemic": {"categoryMapping": {"š": {"x": None}}}}
    assert await canvas.write_integration_data(12, 7, data) == KEPT
    assert json.loads(server.seen[0].body) == {"integration_data": data}
    assert canvas.requests == 1


async def test_a_write_to_a_group_that_is_gone_concerns_that_group_only(
    server: ScriptedServer, canvas: CanvasClient
) -> None:
    """Named in the sentence; a refused value as well."""
    call = "PUT /canvas/api/v1/courses/12/assignment_groups/7"
    server.on(call, Canned(404, {"errors": []}), Canned(400, "Invalid integration data"))
    with pytest.raises(NotFound, match="does not have assignment group 7 of course 12"):
        await canvas.write_integration_data(12, 7, {})
    with pytest.raises(Refused, match="Invalid integration data"):
        await canvas.write_integration_data(12, 7, {})


@pytest.mark.parametrize(
    ("echo", "expected"), [(Canned(reset=True), ConnectionLost), (Canned(body={"id": 7}), BrokenReply)]
)
async def test_a_write_without_a_clear_echo_is_left_to_the_caller(
    server: ScriptedServer, canvas: CanvasClient, echo: Canned, expected: type[Exception]
) -> None:
    """One PUT, and an error that says: look."""
    server.on("PUT /canvas/api/v1/courses/12/assignment_groups/7", echo)
    with pytest.raises(expected):
        await canvas.write_integration_data(12, 7, {})
    assert len(server.seen) == 1


@pytest.mark.parametrize("body", [{}, {"errors": []}, None, [1], [{"name": "no id"}], [{**COURSE, "id": None}], '"x"'])
async def test_a_list_that_is_no_list_is_not_an_empty_one(
    server: ScriptedServer, canvas: CanvasClient, body: Any
) -> None:
    """A reply that lacks what it must have is not asked for again: it would be the same."""
    server.on(f"{API}/accounts/self/courses", Canned(body=body))
    with pytest.raises(OddReply, match="the courses of account self in term 5") as caught:
        await canvas.courses("self", 5)
    assert "few minutes" not in str(caught.value)
    assert len(server.seen) == 1


async def test_a_single_object_that_lacks_a_field_is_odd_too(server: ScriptedServer, canvas: CanvasClient) -> None:
    """Not a KeyError."""
    server.on(f"{API}/accounts/1", Canned(body={"name": "District"}))
    with pytest.raises(OddReply, match="'id'"):
        await canvas.account(1)


async def test_a_walk_that_repeats_a_page_begins_anew(server: ScriptedServer, canvas: CanvasClient) -> None:
    """The second walk is whole, and nothing of the first one is left."""
    path = "/canvas/api/v1/courses/12/assignment_groups"
    first, second = ({**GROUP, "id": number, "assignments": []} for number in (1, 2))
    pages(server, path, [first], [second])
    good = f'<{server.url}{path}?page=first>; rel="first"'
    server.on(f"GET {path}?page=b1", Canned(body=[first]), Canned(body=[second], headers={"Link": good}))
    assert [group["id"] for group in await canvas.assignment_groups(12)] == [1, 2]
    assert len(server.seen) == 6  # and once more from the beginning: two pages have no certain end


async def test_a_page_at_another_host_is_not_asked_for(
    server: ScriptedServer, other_server: ScriptedServer, canvas: CanvasClient
) -> None:
    """Nor does the token go there: a page of the same API is asked for at the configured address."""
    section = {"id": 1, "name": "A", "course_id": 12, "nonxlist_course_id": None}
    pages(server, "/canvas/api/v1/courses/12/sections", [section], [{**section, "id": 2}], host=other_server.url)
    assert [one["id"] for one in await canvas.sections(12)] == [1, 2]
    lost = {"Link": f'<{other_server.url}/elsewhere?page=2>; rel="next"'}
    server.on("GET /canvas/api/v1/courses/13/sections", Canned(body=[], headers=lost))
    with pytest.raises(WrongServer, match="points to another address"):
        await canvas.sections(13)
    assert other_server.seen == []


async def test_throttled_replies_are_counted(server: ScriptedServer, canvas: CanvasClient) -> None:
    """For the summary of a pull."""
    server.on(f"{API}/courses/12/assignment_groups/7", Canned(429, "429 Too Many Requests"), Canned(body=GROUP))
    await canvas.assignment_group(12, 7)
    assert (canvas.requests, canvas.throttled) == (2, 1)
