"""Any query that the sandbox's GraphQL schema allows gets an answer of GraphQL, never a failure of the server."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

from gpb.sandbox import Running, SandboxConfig, running
from gpb.sandbox.canvas.graphql_schema import SCHEMA_TEXT
from gpb.sandbox.generate import generate

DISTRICT = SandboxConfig(port=0, schools=1, courses=2)
WORLD = generate(DISTRICT)
IDS = [str(number) for known in (WORLD.accounts, WORLD.terms, WORLD.courses) for number in known]
ODD_IDS = ["", "0", "-1", "٣", "9" * 30, "9" * 5000, "1.5", "course_1"]
QUERY_ERRORS = ("Must specify exactly one of", "Cannot ask for more than", "The cursor is not valid", "Query has")
schemathesis.graphql.scalar("ID", st.sampled_from([*IDS * 4, *ODD_IDS]).map(nodes.String))
SCHEMA = schemathesis.graphql.from_file(StringIO(SCHEMA_TEXT))
CASES = st.one_of(operation.ok().as_strategy() for operation in SCHEMA.get_all_operations())


@pytest.fixture(scope="module")
def district() -> Iterator[Running]:
    """One for all queries: none of them can change it."""
    with running(DISTRICT) as sandbox:
        yield sandbox


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=CASES)
def test_any_query_of_the_schema_is_answered(district: Running, case: Any) -> None:
    """With status 200 and data; an error beside it is one of the query and says so, not one of the server."""
    key = {"Authorization": f"Bearer {district.keyring.admin.token}"}
    reply = case.call(base_url=f"{district.canvas_url}/api/graphql", headers=key)
    assert reply.status_code == 200
    told = [error["message"] for error in reply.json().get("errors", ())]
    assert [message for message in told if not message.startswith(QUERY_ERRORS)] == []
