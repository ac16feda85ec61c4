"""Whatever a server answers, over a real connection: records, or an error of ours with a sentence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import stamina
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from gpb.api.canvas import CanvasClient
from gpb.api.focus import FocusClient
from gpb.api.oneroster import OneRosterClient
from gpb.errors import GpbError
from tests.api.conftest import Canned, ScriptedServer
from tests.examples import examples

SECRET = "a-token-that-nobody-may-read"
FIELDS = st.sampled_from(
    "id name course_id sis_section_id integration_data assignments position group_weight enrollment_terms error errors "
    "message status data uuid title pagination next total sourcedId classes categories metadata classId".split()
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=10))
JSON = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(FIELDS, inner, max_size=6))
)
BODIES = st.one_of(st.binary(max_size=60), JSON.map(lambda content: json.dumps(content).encode()))
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Link", "Content-Type", "X-Total-Count", "X-Rate-Limit-Remaining", "Location", "Content-Encoding"]
    ),
    st.one_of(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
        st.sampled_from(['<http://other.example/x>; rel="next"', "text/html", "gzip", "-1", "99999999999999999999"]),
    ),
    max_size=3,
)
STATUSES = st.one_of(st.sampled_from([200, 201, 301, 400, 401, 403, 404, 429, 500, 503]), st.integers(200, 599))
REPLIES = st.builds(Canned, status=STATUSES, body=BODIES, headers=HEADERS, cut=st.sampled_from([0, 0, 0, 1]))
FUZZ = settings(max_examples=examples(30), deadline=None)


@pytest.fixture(scope="module")
def answering() -> Iterator[ScriptedServer]:
    """A server for all examples."""
    made = ScriptedServer()
    yield made
    made.close()


def read(client: Any, work: Any) -> None:
    """Whatever comes of it is a value, or an error with a sentence and without the secret."""

    async def once() -> None:
        try:
            await work(client)
        finally:
            await client.aclose()

    with stamina.set_testing(True, attempts=3, cap=True):
        try:
            asyncio.run(asyncio.wait_for(once(), 30))
        except GpbError as error:
            assert str(error).endswith((".", "…")) or ":" in str(error)
            assert SECRET not in str(error)


@FUZZ
@given(reply=REPLIES)
@pytest.mark.parametrize(
    ("call", "work"),
    [
        ("GET /api/v1/courses/1/sections", lambda client: client.sections(1)),
        ("GET /api/v1/courses/1/assignment_groups", lambda client: client.assignment_groups(1)),
        ("GET /api/v1/accounts/self/terms", lambda client: client.terms("self")),
        ("PUT /api/v1/courses/1/assignment_groups/2", lambda client: client.write_integration_data(1, 2, {"a": 1})),
    ],
    ids=["sections", "groups", "terms", "write"],
)
def test_any_reply_of_canvas_is_a_value_or_a_sentence(
    answering: ScriptedServer, call: str, work: Any, reply: Canned
) -> None:
    """Statuses, headers and bodies of all kinds."""
    answering.on(call, reply)
    read(CanvasClient.at(answering.url, SecretStr(SECRET)), work)


@FUZZ
@given(reply=REPLIES, token=st.one_of(REPLIES, st.just(Canned(200, {"access_token": SECRET, "expires_in": 3600}))))
@pytest.mark.parametrize("kind", [FocusClient, OneRosterClient])
def test_any_reply_of_focus_is_a_value_or_a_sentence(
    answering: ScriptedServer, kind: Any, reply: Canned, token: Canned
) -> None:
    """In both dialects, and for the token as well."""
    answering.on("POST /token", token)
    for path in ("/assignment_categories", "/sections", "/classes", "/categories"):
        answering.on(f"GET {path}", reply)
    read(kind.at(answering.url, "client", SecretStr(SECRET)), lambda client: client.categories())
