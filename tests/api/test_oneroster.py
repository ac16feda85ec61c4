"""The OneRoster dialect: its routes, the class of a category, its warnings and failures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from gpb.api.oneroster import OneRosterClient
from gpb.api.records import Odd
from gpb.api.types import SisCategory, SisClass, SisSchool
from gpb.errors import NotPermitted, OddReply
from tests.api.conftest import Canned, ScriptedServer

BASE = "/focus/api/1.0/ims/oneroster/v1p1"
WARNING = {"imsx_codeMajor": "success", "imsx_severity": "warning", "imsx_codeMinor": "invalid_sort_field"}
FAILURE = {"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_codeMinor": "forbidden"}


@pytest.fixture
async def oneroster(server: ScriptedServer) -> AsyncIterator[OneRosterClient]:
    """A client that was given the address of the other dialect."""
    server.on(f"POST {BASE}/token", Canned(body={"access_token": "t", "expires_in": 100}))
    client = OneRosterClient.at(server.url + "/focus/api/1.0", "client", SecretStr("hush"))
    yield client
    await client.aclose()


HOMEROOM = SisClass("h", None, "Home", True, homeroom=True, terms=("t", "u"))


async def test_schools_and_classes_are_read(server: ScriptedServer, oneroster: OneRosterClient) -> None:
    """The list of schools is ``orgs``; ``tobedeleted`` is inactive, ``periods`` may be anything; each comes once."""
    school = {"sourcedId": "s", "name": "Cedar", "type": "school"}
    server.on(f"GET {BASE}/schools", Canned(body={"orgs": [school, school]}))
    classes = [
        {"sourcedId": "a", "status": "active", "title": "Biology 1", "school": {"sourcedId": "s"}, "periods": "3"},
        {"sourcedId": "b", "status": "tobedeleted", "title": None, "periods": ["3"]},
        {"sourcedId": "h", "classType": "homeroom", "title": "Home", "terms": [{"sourcedId": "t"}, "u"]},
    ]
    server.on(f"GET {BASE}/classes", Canned(body={"classes": classes * 2}, headers={"X-Total-Count": "6"}))
    assert await oneroster.schools() == [SisSchool("s", "Cedar")]
    assert await oneroster.classes() == [
        SisClass("a", "s", "Biology 1", True),
        SisClass("b", None, "", False),
        HOMEROOM,
    ]
    assert b"roster-core.readonly" in server.calls(f"POST {BASE}/token")[0].body


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (None, ()), ([], ()), ([{"sourcedId": "t"}, "u", 5], ("t", "u", "5")), ({"sourcedId": "t"}, ("t",)),
        ("t", ("t",)), (5, ("5",)), ([{"href": "x"}, None], ()),
    ],
)  # fmt: skip
async def test_the_terms_of_a_class_come_in_many_ways(
    server: ScriptedServer, oneroster: OneRosterClient, terms: Any, expected: tuple[str, ...]
) -> None:
    """References or bare ids, several or one."""
    end = {"Link": f'<{BASE}/classes>; rel="first"'}
    server.on(f"GET {BASE}/classes", Canned(body={"classes": [{"sourcedId": "a", "terms": terms}]}, headers=end))
    assert [one.terms for one in await oneroster.classes()] == [expected]


@pytest.mark.parametrize(
    "row", [{"metadata": [1]}, {"metadata": {"classId": {"a": 1}}}, {"status": True}, {"sourcedId": None}]
)
async def test_an_odd_category_is_not_taken_for_a_global_one(
    server: ScriptedServer, oneroster: OneRosterClient, row: dict[str, Any]
) -> None:
    """It would be offered in every class."""
    server.on(f"GET {BASE}/categories", Canned(body={"categories": [{"sourcedId": "c", "title": "T", **row}]}))
    with pytest.raises(OddReply, match=f"no usable '{next(iter(row))}'"):
        await oneroster.categories()
    odd: list[Odd] = []
    assert await oneroster.categories(odd) == []
    assert [one.name for one in odd] == ["T"]


async def test_an_empty_object_may_come_as_an_empty_list(server: ScriptedServer, oneroster: OneRosterClient) -> None:
    """As PHP writes it: a category without metadata is global, a class without a school has none."""
    server.on(f"GET {BASE}/categories", Canned(body={"categories": [{"sourcedId": "c", "title": "T", "metadata": []}]}))
    server.on(f"GET {BASE}/classes", Canned(body={"classes": [{"sourcedId": "a", "school": [], "terms": {}}]}))
    assert await oneroster.categories() == [SisCategory("c", "T", True, None)]
    assert await oneroster.classes() == [SisClass("a", None, "", True)]


async def test_the_classes_of_a_category_come_in_many_ways(server: ScriptedServer, oneroster: OneRosterClient) -> None:
    """A text, a list, repeated rows also across pages, or nothing, which means everywhere."""
    first: list[dict[str, Any]] = [
        {"sourcedId": "text", "title": "T", "status": "active", "metadata": {"classId": "a"}},
        {"sourcedId": "list", "title": "L", "status": "tobedeleted", "metadata": {"classId": ["a", "b"]}},
        {"sourcedId": "none", "title": "N", "status": "active", "metadata": {"classId": []}},
        {"sourcedId": "global", "title": "G", "status": "active"},
        {"sourcedId": "empty", "title": "E", "status": "active", "metadata": {"classId": ""}},
        {"sourcedId": "rows", "title": "R", "status": "active", "metadata": {"classId": "a"}},
    ]
    second = [{**first[-1], "metadata": {"classId": "b"}}]
    call = f"GET {BASE}/categories"
    server.on(f"{call}?limit=500&offset=0", Canned(body={"categories": first}, headers={"X-Total-Count": "7"}))
    server.on(f"{call}?limit=500&offset=6", Canned(body={"categories": second}, headers={"X-Total-Count": "7"}))
    assert await oneroster.categories() == [
        SisCategory("text", "T", True, ("a",)),
        SisCategory("list", "L", False, ("a", "b")),
        SisCategory("none", "N", True, ()),
        SisCategory("global", "G", True, None),
        SisCategory("empty", "E", True, None),
        SisCategory("rows", "R", True, ("a", "b")),
    ]


async def test_a_warning_beside_the_data_is_no_failure(server: ScriptedServer, oneroster: OneRosterClient) -> None:
    """A warning in the place of the data is: it is not an empty list."""
    row = {"sourcedId": "c", "title": "T"}
    end = {"Link": f'<{BASE}/categories>; rel="first"'}
    with_data = Canned(body={"statusInfoSet": [WARNING], "categories": [row]}, headers=end)
    server.on(f"GET {BASE}/categories", with_data, Canned(body={"statusInfoSet": [WARNING]}))
    assert await oneroster.categories() == [SisCategory("c", "T", True, None)]
    with pytest.raises(OddReply, match="lacks its list"):
        await oneroster.categories()


async def test_a_failure_with_status_200_is_a_failure(server: ScriptedServer, oneroster: OneRosterClient) -> None:
    """As its minor code says, at once."""
    server.on(f"GET {BASE}/classes", Canned(body={"statusInfoSet": [FAILURE]}))
    with pytest.raises(NotPermitted, match="no permission for the classes in Focus"):
        await oneroster.classes()
    assert oneroster.requests == 2
