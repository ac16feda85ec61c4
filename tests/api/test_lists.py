"""Lists that change while they are read: no row is missed because another one was deleted."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from gpb.api.canvas import CanvasClient
from gpb.api.focus import FocusClient
from gpb.api.lists import FEW_PAGES, LOOKED_AT
from gpb.api.oneroster import OneRosterClient
from gpb.errors import Unavailable
from tests.api.conftest import Canned, ScriptedServer

SECTIONS = "/api/v1/courses/12/sections"
FOCUS = "/focus/api/1.0"
ROSTER = "/focus/api/1.0/ims/oneroster/v1p1"


def section(number: int, name: str = "A") -> dict[str, Any]:
    """One row of Canvas."""
    return {"id": number, "name": f"{name}{number}", "course_id": 12, "nonxlist_course_id": None}


def page(server: ScriptedServer, *numbers: int, following: bool = False, name: str = "A") -> Canned:
    """One page of sections, with a link to page two where there is one."""
    link = f'<{server.url}{SECTIONS}?page=2>; rel="next",' if following else ""
    headers = {"Link": f'{link}<{server.url}{SECTIONS}?page=1>; rel="first"'}
    return Canned(body=[section(number, name) for number in numbers], headers=headers)


async def sections(server: ScriptedServer) -> list[str]:
    """Their names as the client reads them."""
    client = CanvasClient.at(server.url, SecretStr("t"))
    try:
        return [one["name"] for one in await client.sections(12)]
    finally:
        await client.aclose()


async def test_a_row_that_moved_to_a_page_that_was_read_already_is_found(server: ScriptedServer) -> None:
    """Section 1 was deleted after the first page, so 3 moved onto it: neither is missing, whatever became of 1."""
    server.on(f"GET {SECTIONS}", page(server, 1, 2, following=True), page(server, 2, 3, following=True))
    server.on(f"GET {SECTIONS}?page=2", page(server, 4))
    assert sorted(await sections(server)) == ["A1", "A2", "A3", "A4"]


async def test_a_row_that_leaves_its_page_empty_is_found(server: ScriptedServer) -> None:
    """The only row of the last page moved up, and nothing came in its place."""
    server.on(f"GET {SECTIONS}", page(server, 1, 2, following=True), page(server, 2, 3))
    server.on(f"GET {SECTIONS}?page=2", page(server))
    assert sorted(await sections(server)) == ["A1", "A2", "A3"]


async def test_the_later_of_two_readings_counts(server: ScriptedServer) -> None:
    """A row that was renamed in between is there once, with its new name."""
    first, second = page(server, 1, following=True), page(server, 1, following=True, name="B")
    server.on(f"GET {SECTIONS}", first, second)
    server.on(f"GET {SECTIONS}?page=2", page(server, 2))
    assert await sections(server) == ["B1", "A2"]


async def test_one_page_is_read_once(server: ScriptedServer) -> None:
    """It is what the server had at one moment."""
    server.on(f"GET {SECTIONS}", page(server, 1, 2))
    assert await sections(server) == ["A1", "A2"]
    assert len(server.seen) == 1


async def categories(server: ScriptedServer, *, told: bool) -> tuple[list[str], int]:
    """The categories of a SIS that loses the first one after its first page, and how many pages were asked for."""
    rows = [{"sourcedId": f"c{number}", "title": "T"} for number in range(5)]
    totals = {5: {"X-Total-Count": "5"}, 4: {"X-Total-Count": "4"}} if told else {}
    pages: dict[int, list[tuple[int, list[dict[str, str]]]]] = {
        0: [(5, rows[0:2]), (4, rows[1:3])],
        2: [(4, rows[3:5])],
        4: [(4, [])],
    }
    server.on(f"POST {ROSTER}/token", Canned(body={"access_token": "t", "expires_in": 100}))
    for offset, replies in pages.items():
        canned = [Canned(body={"categories": part}, headers=totals.get(total, {})) for total, part in replies]
        server.on(f"GET {ROSTER}/categories?limit=500&offset={offset}", *canned)
    client = OneRosterClient.at(server.url + ROSTER, "client", SecretStr("hush"))
    try:
        found = [category.id for category in await client.categories()]
    finally:
        await client.aclose()
    return sorted(found), len(server.calls(f"GET {ROSTER}/categories"))


async def test_a_sis_that_tells_no_length_is_read_twice(server: ScriptedServer) -> None:
    """What either reading has met is there, the deleted one among it."""
    assert await categories(server, told=False) == (["c0", "c1", "c2", "c3", "c4"], 6)


async def test_a_sis_whose_length_changes_is_read_anew(server: ScriptedServer) -> None:
    """Nothing is left of the reading in which it changed; behind a full page one more is asked for."""
    found, pages = await categories(server, told=True)
    assert found == ["c1", "c2", "c3", "c4"]
    assert 7 <= pages <= 9  # some of them were asked for ahead


async def test_a_category_of_several_rows_keeps_each_of_them(server: ScriptedServer) -> None:
    """One per class; one row slips in the second reading, and the newer title counts."""
    first, second = ({"sourcedId": "x", "title": "Old", "metadata": {"classId": f"k{number}"}} for number in (1, 2))
    other = {"sourcedId": "y", "title": "Other", "metadata": {"classId": "k1"}}
    server.on(f"POST {ROSTER}/token", Canned(body={"access_token": "t", "expires_in": 100}))
    begin = [Canned(body={"categories": rows}) for rows in ([other, first], [{**first, "title": "New"}, other])]
    server.on(f"GET {ROSTER}/categories?limit=500&offset=0", *begin)
    server.on(f"GET {ROSTER}/categories?limit=500&offset=2", *(Canned(body={"categories": r}) for r in ([second], [])))
    server.on(f"GET {ROSTER}/categories?limit=500&offset=3", Canned(body={"categories": []}))
    client = OneRosterClient.at(server.url + ROSTER, "client", SecretStr("hush"))
    try:
        found = {category.id: category for category in await client.categories()}
    finally:
        await client.aclose()
    assert (found["x"].title, set(found["x"].class_ids or ())) == ("New", {"k1", "k2"})


async def test_pages_are_asked_for_together_where_a_total_is_known(server: ScriptedServer) -> None:
    """By offset, or in the way in which the server writes its addresses; each of them once."""
    rows = [{"uuid": f"s{number}", "title": "S"} for number in range(9)]
    for way in ("offset", "address"):
        server.seen.clear()
        server.most_in_flight = 0
        server.on(f"POST {FOCUS}/token", Canned(body={"access_token": "t", "expires_in": 100}))
        for offset in range(0, 9, 2):
            following = f"{server.url}{FOCUS}/schools?limit=2&deep=1&offset={offset + 2}" if offset < 8 else None
            told = {"pagination": {"next": following}} if way == "address" else {}
            body = {"data": rows[offset : offset + 2], "total": 9, **told}
            reply = Canned(body=body, until_in_flight=2 if offset > 2 else 0)
            for query in (f"limit=500&offset={offset}", f"limit=2&deep=1&offset={offset}"):
                server.on(f"GET {FOCUS}/schools?{query}", reply)
        client = FocusClient.at(server.url + FOCUS, "client", SecretStr("hush"))
        assert [one.id for one in await client.schools()] == [f"s{number}" for number in range(9)]
        await client.aclose()
        assert server.most_in_flight > 1
        asked = [one.target for one in server.calls(f"GET {FOCUS}/schools")]
        assert {asked.count(one) for one in asked} == {2}  # a short list is walked twice
        assert all("deep=1" in one for one in asked if "offset=0" not in one) == (way == "address")


async def schools(server: ScriptedServer) -> list[str]:
    """The schools of a Focus, as ids."""
    server.on(f"POST {FOCUS}/token", Canned(body={"access_token": "t", "expires_in": 100}))
    client = FocusClient.at(server.url + FOCUS, "client", SecretStr("hush"))
    try:
        return [one.id for one in await client.schools()]
    finally:
        await client.aclose()


@pytest.mark.parametrize(
    "refusal", [Canned(400, {"error": "limit is too large"}), Canned(422, {}), Canned(500), Canned(504)]
)
async def test_a_server_that_refuses_large_pages_is_asked_for_small_ones(
    server: ScriptedServer, refusal: Canned
) -> None:
    """Whether it says so or breaks down over it."""
    rows = [{"uuid": f"s{number}", "title": "S"} for number in range(150)]
    server.on(f"GET {FOCUS}/schools?limit=500&offset=0", refusal)
    for offset in (0, 100):
        body = {"data": rows[offset : offset + 100], "total": 150}
        server.on(f"GET {FOCUS}/schools?limit=100&offset={offset}", Canned(body=body))
    assert await schools(server) == [f"s{number}" for number in range(150)]


async def test_a_server_that_is_down_is_not_asked_for_small_pages(server: ScriptedServer) -> None:
    """It would be the same wait once more."""
    server.on(f"GET {FOCUS}/schools?limit=500&offset=0", Canned(503))
    with pytest.raises(Unavailable):
        await schools(server)
    assert server.calls(f"GET {FOCUS}/schools?limit=100&offset=0") == []


@pytest.mark.parametrize("told", [{}, {"total": 100}, {"total": 150}])
async def test_a_server_that_cuts_large_pages_loses_no_row(server: ScriptedServer, told: dict[str, int]) -> None:
    """It gives 100 at a time and says nothing, tells the length of the page as the total, or the true one."""
    rows = [{"uuid": f"s{number}", "title": "S"} for number in range(150)]
    for offset in (0, 100, 150):
        part = rows[offset : offset + 100]
        said = {"total": len(part)} if told.get("total") == 100 else told
        server.on(f"GET {FOCUS}/schools?limit=500&offset={offset}", Canned(body={"data": part, **said}))
    assert await schools(server) == [f"s{number}" for number in range(150)]


def long_list(server: ScriptedServer, numbers: list[int], *, goes_on: bool = False) -> None:
    """Sections two by two, each page with a link to the next; replies of before stay the first ones."""
    pages = [numbers[place : place + 2] for place in range(0, len(numbers), 2)]
    for place, rows in enumerate(pages, 1):
        following = f'<{server.url}{SECTIONS}?page={place + 1}>; rel="next",' if place < len(pages) or goes_on else ""
        headers = {"Link": f'{following}<{server.url}{SECTIONS}?page=1>; rel="first"'}
        call = f"GET {SECTIONS}" + (f"?page={place}" if place > 1 else "")
        server.on(call, *server.replies(call)[:1], Canned(body=[section(one) for one in rows], headers=headers))


async def test_of_a_long_list_some_pages_are_looked_at_once_more(server: ScriptedServer) -> None:
    """Not all of them, where nothing speaks for it."""
    pages = 2 * LOOKED_AT + 3
    assert pages > FEW_PAGES
    long_list(server, [*range(2 * pages)])
    assert len(await sections(server)) == 2 * pages
    assert len(server.seen) == pages + 4


async def test_a_long_list_whose_rows_have_moved_is_walked_a_second_time(server: ScriptedServer) -> None:
    """Row 6 was deleted while the pages behind it were read: one that moved up is not missing."""
    numbers = [*range(4 * LOOKED_AT)]
    read_before = numbers[: 2 * LOOKED_AT + 4]
    long_list(server, read_before, goes_on=True)
    long_list(server, numbers[:6] + numbers[7:])
    assert sorted(await sections(server)) == sorted(f"A{one}" for one in numbers)


async def test_a_long_list_with_a_row_on_two_pages_is_walked_a_second_time(server: ScriptedServer) -> None:
    """Something was added before it meanwhile; what is on two pages is there once."""
    numbers = [*range(30)]
    long_list(server, [*numbers[:16], 15, *numbers[16:]])
    assert sorted(await sections(server)) == sorted(f"A{one}" for one in numbers)
    assert len(server.seen) == 32
