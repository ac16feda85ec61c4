"""The clients against a whole district: both dialects alike, the real throttle, every fault, every kind of token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from gpb.api.canvas import CanvasClient
from gpb.api.connect import Connections, connect
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.api.types import AssignmentGroup, Course, Section
from gpb.errors import ConnectionLost, NotFound, NotPermitted, TokenRejected, Unavailable
from gpb.sandbox import Running, SandboxConfig, running
from gpb.settings import load_settings
from tests.variants import first_quick

SMALL = SandboxConfig(port=0, schools=2, courses=6)
Pulled = tuple[list[Course], list[list[Section]], list[list[AssignmentGroup]]]


@pytest.fixture(scope="module")
def box() -> Iterator[Running]:
    """A small district without faults."""
    with running(SMALL) as district:
        yield district


@asynccontextmanager
async def connected(
    box: Running, concurrency: int = DEFAULT_CONCURRENCY, **changes: object
) -> AsyncIterator[Connections]:
    """Clients with the settings that the sandbox prints."""
    values: dict[str, object] = {name.removeprefix("GPB_").lower(): value for name, value in box.settings.items()}
    async with connect(load_settings(**(values | changes)), concurrency=concurrency) as connections:
        yield connections


async def pull(canvas: CanvasClient) -> Pulled:
    """Courses, sections and groups of the term with the most recent start."""
    term = (await canvas.terms("self"))[-2]
    courses = await canvas.courses("self", term["id"])
    sections = asyncio.gather(*(canvas.sections(course["id"]) for course in courses))
    groups = asyncio.gather(*(canvas.assignment_groups(course["id"]) for course in courses))
    return courses, await sections, await groups


async def sis(connections: Connections) -> list[Any]:
    """All that the SIS says, with the class ids of a category in one order."""
    schools = await connections.sis.schools()
    classes = await connections.sis.classes()
    categories = await connections.sis.categories()
    sorted_ids = [(one.id, one.title, one.active, sorted(one.class_ids or ())) for one in categories]
    return [*sorted(schools, key=str), *sorted(classes, key=str), *sorted(sorted_ids)]


async def test_both_dialects_tell_the_same_of_a_district(box: Running) -> None:
    """Schools, classes, categories with their classes, ids and states; whichever base was configured."""
    async with connected(box) as native, connected(box, sis_dialect="oneroster") as oneroster:
        expected = await sis(native)
        assert len(expected) > 50
        assert expected == await sis(oneroster)
    async with connected(box, sis_url=box.oneroster_url) as native:
        assert expected == await sis(native)
    async with connected(box, sis_dialect="oneroster", sis_url=box.oneroster_url) as oneroster:
        assert expected == await sis(oneroster)


async def test_the_canvas_side_of_a_district_is_read(box: Running) -> None:
    """Each school is a sub-account, each group has its count, each section its SIS key."""
    async with connected(box) as connections:
        root = await connections.canvas.account("self")
        assert {one["parent_account_id"] for one in await connections.canvas.sub_accounts(root["id"])} == {root["id"]}
        courses, sections, groups = await pull(connections.canvas)
    assert len(courses) == 6
    assert all("sis_section_id" in section for of_course in sections for section in of_course)
    counts = [group["counts"] for of_course in groups for group in of_course]
    assert all(count is not None for count in counts)
    assert any(count.for_passback for count in counts if count)


@pytest.mark.parametrize("concurrency", [DEFAULT_CONCURRENCY, 24])
async def test_the_real_throttle_never_turns_a_request_away(concurrency: int) -> None:
    """60 courses with all requests started at once, each reserving 50 of 600 units; whatever one may wish."""
    with running(SandboxConfig(port=0, schools=2, courses=60, latency_ms=15)) as box:
        async with connected(box, concurrency=concurrency) as connections:
            await pull(connections.canvas)
            assert connections.canvas.throttled == 0
            assert connections.canvas.requests < 60 * 2 + 10


@pytest.mark.parametrize("fault", first_quick(["throttle", "repeat-page", "500", "503", "reset", "cut", "html200"], 2))
async def test_passing_faults_leave_no_trace(fault: str) -> None:
    """Both systems are read whole, nothing missing and nothing twice."""
    with running(SandboxConfig(port=0, schools=2, courses=40)) as box:
        async with connected(box) as connections:
            expected = await pull(connections.canvas), await sis(connections)
        box.faults.change({fault: 0.25 if fault == "throttle" else 0.04})
        async with connected(box) as connections:
            assert expected == (await pull(connections.canvas), await sis(connections))


async def test_a_lost_reply_leaves_one_effect_and_an_error_that_says_look() -> None:
    """The group was written, the client did not send it twice, and reading it shows what happened."""
    with running(SMALL) as box:
        async with connected(box) as connections:
            courses, _, groups = await pull(connections.canvas)
            course, group = courses[0]["id"], groups[0][0]["id"]
            box.faults.change({"lost-reply": 1.0})
            with pytest.raises(ConnectionLost):
                await connections.canvas.write_integration_data(course, group, {"mark": 1})
            after = await connections.canvas.assignment_group(course, group)
        assert after["integration_data"] == {**groups[0][0]["integration_data"], "mark": 1}
        assert sum(one["method"] == "PUT" for one in box.log.as_list()) == 1


async def test_a_system_that_stays_down_stops_the_run_within_the_budget() -> None:
    """503 for every request: a sentence, and not many more requests than were planned."""
    with running(SMALL) as box:
        box.faults.change({"503": 1.0})
        async with connected(box) as connections:
            tries = (connections.canvas.sections(number) for number in range(150))
            found = await asyncio.gather(*tries, return_exceptions=True)
            assert all(isinstance(one, Unavailable) for one in found)
            assert connections.canvas.requests <= 165


async def test_a_token_of_focus_that_ends_during_a_run_is_replaced(box: Running) -> None:
    """Nobody notices."""
    async with connected(box) as connections:
        before = await connections.sis.schools()
        box.keyring.expire_focus_tokens()
        assert before == await connections.sis.schools()


def tokens(box: Running) -> dict[frozenset[str], str]:
    """The tokens of Canvas by their rights, expired ones by no right at all."""
    return {frozenset() if key.expired else key.rights: key.token for key in box.keyring.canvas.values()}


async def test_tokens_with_fewer_rights_do_what_they_can(box: Running) -> None:
    """Without SIS rights the keys are absent; without the right to edit or to read accounts the sentence says so."""
    known = tokens(box)
    full = max(known, key=len)
    no_sis, no_edit, no_account = (
        CanvasClient.at(box.canvas_url, SecretStr(known[rights]))
        for rights in (full - {"read_sis"}, full - {"manage_assignments"}, frozenset({"manage_assignments"}))
    )
    course = (await no_sis.courses("self", 3))[0]["id"]
    assert all("sis_section_id" not in section for section in await no_sis.sections(course))
    group = (await no_edit.assignment_groups(course))[0]["id"]
    with pytest.raises(NotPermitted, match=f"no permission for assignment group {group}"):
        await no_edit.write_integration_data(course, group, {"mark": 1})
    with pytest.raises(NotPermitted, match="no permission for the courses of account self"):
        await no_account.courses("self", 3)
    for client in (no_sis, no_edit, no_account):
        await client.aclose()


async def test_an_expired_token_and_an_unknown_client_are_told_apart(box: Running) -> None:
    """Each names its own settings."""
    expired = tokens(box)[frozenset()]
    async with connected(box, canvas_token=expired, sis_client_secret="wrong") as connections:
        with pytest.raises(TokenRejected, match="GPB_CANVAS_TOKEN"):
            await connections.canvas.account("self")
        with pytest.raises(TokenRejected, match="GPB_SIS_CLIENT_SECRET"):
            await connections.sis.schools()
        assert connections.requests == 2


async def test_a_course_that_is_gone_concerns_that_course_only(box: Running) -> None:
    """The error is one that can be skipped."""
    async with connected(box) as connections:
        with pytest.raises(NotFound, match="the sections of course 999999"):
            await connections.canvas.sections(999999)
