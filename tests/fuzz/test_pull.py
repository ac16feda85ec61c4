"""Whatever stands in one place of one reply: a pull ends with a whole snapshot, or with a sentence and without one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gpb.errors import GpbError
from gpb.workspace import Workspace
from tests.examples import examples
from tests.recorded import API, REPLIES, SIS, Recorded

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
def term(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """A server for all examples, and the program on it after one good pull."""
    with Recorded(tmp_path_factory.mktemp("data")) as made:
        made.pull()
        yield made


def stored(folder: Path) -> set[str]:
    """All that lies in the folder of the snapshots, half-written ones among it."""
    return {str(entry) for entry in (folder / "snapshots").rglob("*") if entry.is_file()}


SECTIONS, GROUPS = f"{API}/courses/12/sections", f"{API}/courses/12/assignment_groups"


@pytest.mark.slow
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
    term: Recorded, place: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    """A snapshot can be read back and planned from; a sentence leaves nothing behind."""
    call, path = place
    workspace = term.workspace
    before = stored(workspace.settings.data_dir)
    try:
        term.pull({call: spoiled(REPLIES[call], path, value)})
    except GpbError as error:
        assert str(error).endswith((".", "…"))
        assert stored(workspace.settings.data_dir) == before
        return
    anew = Workspace(workspace.settings)
    assert len(anew.term.rows()) == len(anew.term.latest().associations())
    assert anew.plan().changes == ()
    anew._database.close()
