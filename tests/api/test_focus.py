"""Focus' native dialect: its routes, its envelope, its objects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from gpb.api.focus import FocusClient
from gpb.api.types import SisCategory, SisClass, SisSchool
from gpb.errors import OddReply, WrongServer
from tests.api.conftest import Canned, ScriptedServer

BASE = "/focus/api/1.0"


def envelope(*rows: dict[str, Any], **more: Any) -> Canned:
    """A list as Focus sends it, complete unless ``more`` says otherwise."""
    body = {"request_id": "r", "total": len(rows), "count": len(rows), "pagination": {"next": None}, "data": rows}
    return Canned(body=body | more)


@pytest.fixture
async def focus(server: ScriptedServer) -> AsyncIterator[FocusClient]:
    """A client that was given the address of the other dialect."""
    server.on(f"POST {BASE}/token", Canned(body={"access_token": "t", "expires_in": 100}))
    client = FocusClient.at(server.url + BASE + "/ims/oneroster/v1p1", "client", SecretStr("hush"))
    yield client
    await client.aclose()


async def test_schools_sections_and_categories_are_read(server: ScriptedServer, focus: FocusClient) -> None:
    """In the words that both dialects share, each once; one token serves all requests."""
    server.on(f"GET {BASE}/schools", envelope(*[{"uuid": "s", "title": "Cedar", "city": "x"}] * 2))
    server.on(
        f"GET {BASE}/sections",
        envelope(
            {
                "uuid": "a",
                "school_uuid": "s",
                "title": "Biology 1",
                "active": True,
                "marking_period_uuid": "m",
                "homeroom": True,
            },
            *[{"uuid": "b", "school_uuid": None, "title": None, "active": False}] * 2,
        ),
    )
    server.on(
        f"GET {BASE}/assignment_categories",
        envelope(
            {"uuid": "c", "title": "Homework", "section_uuids": ["a", "b"], "active": True},
            {"uuid": "d", "title": "Labs", "section_uuids": [], "active": False},
            {"uuid": "e", "title": "None", "section_uuids": None},
        ),
    )
    assert await focus.schools() == [SisSchool("s", "Cedar")]
    assert await focus.classes() == [
        SisClass("a", "s", "Biology 1", True, homeroom=True, terms=("m",)),
        SisClass("b", None, "", False),
    ]
    assert await focus.categories() == [
        SisCategory("c", "Homework", True, ("a", "b")),
        SisCategory("d", "Labs", False, ()),
        SisCategory("e", "None", True, ()),
    ]
    assert focus.requests == 4
    assert server.calls(f"GET {BASE}/schools")[0].target.endswith("?limit=500&offset=0")


async def test_the_next_page_is_the_one_that_the_envelope_names(server: ScriptedServer, focus: FocusClient) -> None:
    """As an address of the same server."""
    following = f"{server.url}{BASE}/schools?limit=1&offset=1"
    server.on(f"GET {BASE}/schools", envelope({"uuid": "s"}, total=2, pagination={"next": following}))
    server.on(f"GET {BASE}/schools?limit=1&offset=1", envelope({"uuid": "t"}, total=2))
    assert [school.id for school in await focus.schools()] == ["s", "t"]


async def test_a_walk_that_is_cut_short_begins_anew(server: ScriptedServer, focus: FocusClient) -> None:
    """The total that was announced must have come; a list that ends in the same place again is told as it is."""
    short = envelope({"uuid": "s"}, total=2)
    server.on(f"GET {BASE}/schools", short, envelope({"uuid": "s"}, {"uuid": "t"}))
    assert [school.id for school in await focus.schools()] == ["s", "t"]
    server.on(f"GET {BASE}/schools", short)
    with pytest.raises(OddReply, match="counted by the server and not listed: the list ends after 1 of 2"):
        await focus.schools()


async def test_an_envelope_without_data_is_not_an_empty_list(server: ScriptedServer, focus: FocusClient) -> None:
    """Asking again would bring the same."""
    server.on(f"GET {BASE}/sections", Canned(body={"request_id": "r", "total": 0}))
    with pytest.raises(OddReply, match="lacks its list"):
        await focus.classes()


async def test_a_wrong_address_is_named(server: ScriptedServer) -> None:
    """The setting to correct is in the sentence."""
    client = FocusClient.at(server.url + "/elsewhere", "client", SecretStr("hush"))
    with pytest.raises(WrongServer, match="GPB_SIS_URL responds, but not like Focus"):
        await client.schools()
    await client.aclose()
