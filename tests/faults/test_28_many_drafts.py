"""Fault 28: 40,000 drafts are accepted, settled, discarded or taken back at once, while others edit and a run beats."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.sharedctypes import Synchronized
from typing import Any

import pytest

from gpb.store.database import Database
from gpb.store.drafts import DraftStore, Wish
from gpb.store.runs import Journal
from tests.builders import row
from tests.conftest import ON_BOTH
from tests.faults.programs import CONTEXT
from tests.processes import wait_until

MANY = 40_000
COLLEAGUES = ("ann", "bea", "cleo")
PAUSE = 0.03
"""Seconds between two edits of a colleague."""
BEAT = 0.05
"""Seconds between two beats of the run."""
OFTEN = 3
"""So often each of them gets her turn at least: the work is done in sixteen parts, for a busy machine starves some."""


def wishes() -> list[Wish]:
    """Ten sections in each of 4,000 groups."""
    return [Wish(n // 10, n % 10, "c1", "Homework", None, is_change=True) for n in range(MANY)]


WORK: dict[str, Callable[[DraftStore], object]] = {
    "settled": lambda drafts: drafts.settle({(n // 10, n % 10): "c1" for n in range(MANY)}),
    "accepted": lambda drafts: drafts.put([*wishes()], "bulk", "accepted"),
    "discarded": lambda drafts: drafts.discard([(n // 10, n % 10) for n in range(MANY)], "bulk"),
    "taken back": lambda drafts: drafts.undo("bulk"),
}


def edit_again_and_again(url: str, person: str, stored: Synchronized[int], is_over: Synchronized[int]) -> None:
    """A process of its own, as another dashboard or command line is."""
    database = Database(url)
    drafts = DraftStore(database, "scope")
    while not is_over.value:
        group_id = 9_000_000 + 1_000_000 * COLLEAGUES.index(person) + stored.value
        drafts.put([Wish(group_id, 1, "c2", "Tests", None, is_change=True)], person, "grid")
        stored.value += 1
        time.sleep(PAUSE)
    database.close()


@ON_BOTH
@pytest.mark.parametrize("what", WORK)
@pytest.mark.slow
def test_nobody_stands_still_while_many_drafts_are(database_url: str, what: str) -> None:
    """Every colleague edits on, the run goes on beating, and nothing of theirs is lost."""
    bulk = Database(database_url)
    drafts, journal = DraftStore(bulk, "scope"), Journal(bulk)
    if what != "accepted":
        drafts.put(wishes(), "bulk", "accepted")
    plan: dict[str, Any] = {"scope": "another", "snapshot": "s", "checksum": "c", "undo_of": None, "changes": []}
    run_id = journal.begin(plan, [row(1, 1)], term="Fall", person="dee")
    is_over = CONTEXT.Value("i", 0)
    stored = [CONTEXT.Value("i", 0) for _ in COLLEAGUES]
    processes = [
        CONTEXT.Process(target=edit_again_and_again, args=(database_url, person, count, is_over))
        for person, count in zip(COLLEAGUES, stored, strict=True)
    ]
    with ExitStack() as stack:
        stack.enter_context(journal.beating(run_id, every=BEAT))
        for process in processes:
            process.start()
        wait_until(lambda: all(count.value for count in stored))
        before = [*(count.value for count in stored), beats(journal)]
        WORK[what](drafts)
        after = [*(count.value for count in stored), beats(journal)]
        is_over.value = 1
        for process in processes:
            process.join()
    assert [process.exitcode for process in processes] == [0] * len(COLLEAGUES)
    assert min(now - then for now, then in zip(after, before, strict=True)) >= OFTEN
    left = drafts.frame()["person"].value_counts()
    assert [left[person] for person in COLLEAGUES] == [count.value for count in stored]
    assert left.get("bulk", 0) == (MANY if what == "accepted" else 0)
    bulk.close()


def beats(journal: Journal) -> int:
    """Of the run."""
    return journal.holders()[0].beats
