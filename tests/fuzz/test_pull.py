"""Whatever stands in one place of one reply: a pull ends with a whole snapshot, or with a sentence and without one."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gpb.errors import GpbError
from gpb.settings import Settings
from gpb.workspace import Workspace
from tests.api.conftest import Canned, ScriptedServer
from tests.examples import examples

API, SIS = "/canvas/api/v1", "/focus/api/1.0"
GROUP = {
    "id": 31, "name": "Homework", "position": 1, "group_weight": 40.0, "sis_source_id": None,
    "integration_data": {"sistemic": {"categoryMapping": {"s-21": {"categoryId": "c-1"}}}},
    "assignments": [{"id": 41, "name": "Essay", "published": True, "post_to_sis": True, "due_at": None}],
}  # fmt: skip
SECTION = {"name": "Biology 1", "course_id": 11, "nonxlist_course_id": None, "integration_id": None}
COURSE = {
    "name": "Biology", "course_code": "B", "account_id": 2, "enrollment_term_id": 5, "workflow_state": "available",
    "apply_assignment_group_weights": True, "teachers": [{"id": 9, "display_name": "Zoë"}],
}  # fmt: skip
TERM = {"id": 5, "name": "Fall", "sis_term_id": "F", "start_at": "2026-08-10T05:00:00Z", "end_at": None,
        "workflow_state": "active"}  # fmt: skip
CATEGORY = {"uuid": "c-1", "title": "Homework", "active": True, "section_uuids": ["s-21"]}
REPLIES: dict[str, Any] = {
    f"{API}/accounts/self": {"id": 1, "name": "District", "parent_account_id": None},
    f"{API}/accounts/1/sub_accounts": [{"id": 2, "name": "Cedar", "parent_account_id": 1, "sis_account_id": "S"}],
    f"{API}/accounts/self/terms": {"enrollment_terms": [TERM]},
    f"{API}/accounts/1/courses": [{**COURSE, "id": 11}, {**COURSE, "id": 12}],
    f"{API}/courses/11/sections": [{**SECTION, "id": 21, "sis_section_id": "s-21"}],
    f"{API}/courses/12/sections": [{**SECTION, "id": 22, "sis_section_id": "s-22", "course_id": 12}],
    f"{API}/courses/11/assignment_groups": [GROUP],
    f"{API}/courses/12/assignment_groups": [{**GROUP, "id": 32}],
    f"{SIS}/sections": {"total": 1, "data": [{"uuid": "s-21", "title": "Biology 1", "active": True}]},
    f"{SIS}/assignment_categories": {"total": 1, "data": [CATEGORY]},
}
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8))
JSON = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(), inner)))
NUMBERS = [2**63, -(2**63) - 1, 10**400, 21, 31, 11, float("nan"), float("inf"), "9" * 5000]
TEXTS = ["\ud800", "\0", "2026-02-30T00:00:00Z", "2026-08-10", "99999-01-01", "0001-01-01T00:00:00Z", "s-21", "x" * 300]
VALUES = st.one_of(JSON, st.sampled_from([*NUMBERS, *TEXTS, True, [], {}]))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside a reply."""
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key))


PLACES = [(call, path) for call, reply in REPLIES.items() for path in places(reply)]


def spoiled(reply: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The reply with another value in this place."""
    if not path:
        return value
    changed = copy.deepcopy(reply)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


@pytest.fixture(scope="module")
def answering() -> Iterator[ScriptedServer]:
    """A server for all examples."""
    made = ScriptedServer()
    made.on(f"POST {SIS}/token", Canned(body={"access_token": "t", "expires_in": 3600}))
    yield made
    made.close()


@pytest.fixture(scope="module")
def workspace(answering: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The program on this server, after one good pull."""
    addresses = {"canvas_url": f"{answering.url}/canvas", "sis_url": answering.url + SIS}
    secrets = {"canvas_token": "t", "sis_client_id": "client", "sis_client_secret": "hush", "term": "5"}
    given: dict[str, Any] = {**addresses, **secrets, "data_dir": tmp_path_factory.mktemp("data")}
    made = Workspace(Settings(_env_file=None, **given))  # type: ignore[call-arg]  # pydantic-settings takes it
    pull(made, answering)
    yield made
    made._database.close()


def pull(workspace: Workspace, server: ScriptedServer, call: str = "", reply: Any = None) -> None:
    """Pull while the server answers one call so, and all others well."""
    for path, good in REPLIES.items():
        headers = {"Link": f'<{server.url}{path}>; rel="first"'} if path.startswith(API) else {}
        server.on(f"GET {path}", Canned(body=json.dumps(reply if path == call else good), headers=headers))
    with stamina.set_testing(True, attempts=3, cap=True):
        asyncio.run(workspace.term.pull())


def stored(folder: Path) -> set[str]:
    """All that lies in the folder of the snapshots, half-written ones among it."""
    return {entry.name for entry in (folder / "snapshots").iterdir()}


SECTIONS, GROUPS = f"{API}/courses/12/sections", f"{API}/courses/12/assignment_groups"


@settings(max_examples=examples(50), deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.sampled_from(PLACES), value=VALUES)
@example((SECTIONS, (0, "id")), 21)  # a section that moves to another course while they are read
@example((GROUPS, (0, "id")), 31)
@example((SECTIONS, (0, "course_id")), 2**63)
@example((GROUPS, (0, "group_weight")), float("nan"))
@example((GROUPS, (0, "group_weight")), 10**400)
@example((f"{API}/accounts/self", ("id",)), "9" * 5000)
@example((f"{SIS}/sections", ("total",)), "9" * 5000)
@example((f"{API}/accounts/self/terms", ("enrollment_terms", 0, "start_at")), "2026-08-10")
@example((f"{API}/accounts/1/sub_accounts", (0, "name")), "\ud800")
def test_any_value_in_any_place_makes_a_snapshot_or_a_sentence(
    workspace: Workspace, answering: ScriptedServer, place: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    """A snapshot can be read back and planned from; a sentence leaves nothing behind."""
    call, path = place
    before = stored(workspace.settings.data_dir)
    try:
        pull(workspace, answering, call, spoiled(REPLIES[call], path, value))
    except GpbError as error:
        assert str(error).endswith((".", "…"))
        assert stored(workspace.settings.data_dir) == before
        return
    anew = Workspace(workspace.settings)
    assert len(anew.term.rows()) == len(anew.term.latest().associations())
    assert anew.plan().changes == ()
    anew._database.close()
