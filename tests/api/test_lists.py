"""Lists that change while they are read: no row is missed because another one was deleted."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from gpb.api.canvas import CanvasClient
from gpb.api.oneroster import OneRosterClient
from tests.api.conftest import Canned, ScriptedServer

SECTIONS = "/api/v1/courses/12/sections"
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
        server.on(f"GET {ROSTER}/categories?limit=100&offset={offset}", *canned)
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
    assert await categories(server, told=True) == (["c1", "c2", "c3", "c4"], 8)


async def test_a_category_of_several_rows_keeps_each_of_them(server: ScriptedServer) -> None:
    """One per class; one row slips in the second reading, and the newer title counts."""
    first, second = ({"sourcedId": "x", "title": "Old", "metadata": {"classId": f"k{number}"}} for number in (1, 2))
    other = {"sourcedId": "y", "title": "Other", "metadata": {"classId": "k1"}}
    server.on(f"POST {ROSTER}/token", Canned(body={"access_token": "t", "expires_in": 100}))
    begin = [Canned(body={"categories": rows}) for rows in ([other, first], [{**first, "title": "New"}, other])]
    server.on(f"GET {ROSTER}/categories?limit=100&offset=0", *begin)
    server.on(f"GET {ROSTER}/categories?limit=100&offset=2", *(Canned(body={"categories": r}) for r in ([second], [])))
    server.on(f"GET {ROSTER}/categories?limit=100&offset=3", Canned(body={"categories": []}))
    client = OneRosterClient.at(server.url + ROSTER, "client", SecretStr("hush"))
    try:
        found = {category.id: category for category in await client.categories()}
    finally:
        await client.aclose()
    assert (found["x"].title, set(found["x"].class_ids or ())) == ("New", {"k1", "k2"})
