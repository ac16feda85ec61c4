"""The faults in which the store decides, on PostgreSQL: crashes, a store that fails, two who apply, a dead holder."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.faults.harness import Fault, all_rounds, check, store_on
from tests.faults.test_06_lost_reply import lost_reply
from tests.faults.test_07_kill import killed_at_a_boundary
from tests.faults.test_13_two_coordinators import holder_dies, same_row, two_at_once
from tests.faults.test_15_store import locked, read_only, store_fails
from tests.faults.test_20_restarts import replayed

FAULTS = (
    lost_reply,
    killed_at_a_boundary,
    two_at_once,
    same_row,
    holder_dies,
    store_fails,
    read_only,
    locked,
    replayed,
)
LONG = {killed_at_a_boundary: range(0, 11, 4), store_fails: range(0, 4, 3), locked: range(1)}
"""Of these, so many rounds are played here; the report plays all."""
ROUNDS = [
    pytest.param(one, round_, id=f"{one.name} {round_}")
    for one, round_ in all_rounds(*FAULTS)
    if round_ in LONG.get(one, range(one.rounds))
]


@pytest.mark.slow
@pytest.mark.parametrize(("one", "round_"), ROUNDS)
def test_what_holds_on_sqlite_holds_on_postgresql(one: Fault, round_: int, tmp_path: Path, postgresql: Engine) -> None:
    """The same rounds, the same judge, another store."""
    with store_on(postgresql):
        check(one, round_, tmp_path)
