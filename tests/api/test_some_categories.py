"""Some categories alone: what the SIS says of them, or that its answer leaves it open."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from gpb.api.focus import FocusClient
from gpb.api.oneroster import OneRosterClient
from gpb.api.types import SisCategory
from tests.api.conftest import Canned, ScriptedServer

NATIVE = "/focus/api/1.0"
ONEROSTER = f"{NATIVE}/ims/oneroster/v1p1"
TOKEN = Canned(body={"access_token": "t", "expires_in": 100})
ESSAYS, LABS = SisCategory("c", "Essays", True, ("a",)), SisCategory("d", "Labs", False, ("a", "b"))


def native(*rows: SisCategory, total: int | None = None) -> Canned:
    """A list of Focus; a larger total means that there are more pages."""
    listed = [
        {"uuid": row.id, "title": row.title, "active": row.active, "section_uuids": list(row.class_ids or ())}
        for row in rows
    ]
    return Canned(body={"total": len(rows) if total is None else total, "data": listed})


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (native(ESSAYS, LABS), [ESSAYS, LABS]),
        (native(ESSAYS), [ESSAYS]),  # the other one is gone
        (native(), []),
        (native(ESSAYS, LABS, SisCategory("e", "Tests", True, ("a",))), None),  # it does not filter
        (native(ESSAYS, total=700), None),
        (Canned(400, {"error": "Unknown parameter"}), None),
    ],
)
async def test_focus_is_asked_by_id(server: ScriptedServer, reply: Canned, expected: list[SisCategory] | None) -> None:
    """With one request; what it does not list is gone, unless it seems to take no such question."""
    server.on(f"POST {NATIVE}/token", TOKEN)
    server.on(f"GET {NATIVE}/assignment_categories", reply)
    client = FocusClient.at(server.url + NATIVE, "client", SecretStr("hush"))
    assert await client.some_categories({"c": {"a"}, "d": {"b"}}) == expected
    (asked,) = server.calls(f"GET {NATIVE}/assignment_categories")
    assert asked.target.partition("?")[2].startswith("uuids%5B%5D=c&uuids%5B%5D=d&")
    await client.aclose()


def standard(identifier: str, title: str, classes: Any = None, status: str = "active") -> dict[str, Any]:
    """A category of OneRoster; without classes it is global."""
    metadata = {} if classes is None else {"metadata": {"classId": classes}}
    return {"sourcedId": identifier, "title": title, "status": status, **metadata}


def of_class(*rows: dict[str, Any]) -> Canned:
    """What a filter by class brings."""
    return Canned(body={"categories": rows}, headers={"X-Total-Count": str(len(rows))})


@pytest.mark.parametrize(
    ("listed", "alone", "expected"),
    [
        (of_class(standard("c", "Essays", "a")), None, [ESSAYS]),
        (of_class(), standard("c", "Essays"), [SisCategory("c", "Essays", True, None)]),  # of all classes
        (of_class(), standard("c", "Essays", "a", "tobedeleted"), [SisCategory("c", "Essays", False, ("a",))]),
        (of_class(), standard("c", "Essays", ["x"]), None),  # one of the rows of this category, or it has moved
        (of_class(standard("x", "Other", "y")), standard("c", "Essays", ["a", "x"]),
         [SisCategory("c", "Essays", True, ("a", "x"))]),
        (Canned(400, {"error": "no filter"}), standard("c", "Essays", "a"), [ESSAYS]),
        (of_class(), None, None),
    ],
)  # fmt: skip
async def test_oneroster_is_asked_by_class(
    server: ScriptedServer, listed: Canned, alone: dict[str, Any] | None, expected: list[SisCategory] | None
) -> None:
    """A category of all classes is in no list of a class; one that is not found at all is looked for among all."""
    server.on(f"POST {ONEROSTER}/token", TOKEN)
    server.on(f"GET {ONEROSTER}/categories", listed)
    if alone is not None:
        server.on(f"GET {ONEROSTER}/categories/c", Canned(body={"category": alone}))
    client = OneRosterClient.at(server.url + ONEROSTER, "client", SecretStr("hush"))
    assert await client.some_categories({"c": {"a"}}) == expected
    await client.aclose()
