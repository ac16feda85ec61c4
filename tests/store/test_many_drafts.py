"""Work on 20,000 drafts at once: a colleague's single edit and the heartbeat go on in between."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from gpb.store.database import Database
from gpb.store.drafts import DraftStore, Wish
from tests.conftest import ON_BOTH
from tests.variants import first_quick

MANY = 20_000
PAUSE = 0.03
"""Seconds between two edits of the colleague. SQLite lets nobody queue: one who never pauses would shut others out."""


def wishes() -> list[Wish]:
    """Ten sections in each of 2,000 groups."""
    return [Wish(n // 10, n % 10, "c1", "Homework", None, is_change=True) for n in range(MANY)]


WORK: dict[str, Callable[[DraftStore], object]] = {
    "accepted": lambda drafts: drafts.put([*wishes()], "bulk", "accepted"),
    "settled": lambda drafts: drafts.settle({(n // 10, n % 10): "c1" for n in range(MANY)}),
    "discarded": lambda drafts: drafts.discard([(n // 10, n % 10) for n in range(MANY)], "bulk"),
    "taken back": lambda drafts: drafts.undo("bulk"),
}


@ON_BOTH
@pytest.mark.parametrize("what", first_quick(WORK))
def test_a_colleague_edits_while_many_drafts_are(database_url: str, what: str) -> None:
    """Her edits are stored one after the other before the long work has ended, and none is lost."""
    bulk, single = Database(database_url), Database(database_url)
    drafts, hers = DraftStore(bulk, "scope"), DraftStore(single, "scope")
    if what != "accepted":
        drafts.put(wishes(), "bulk", "accepted")
    work = threading.Thread(target=WORK[what], args=(drafts,))
    work.start()
    stored = 0
    while work.is_alive():
        hers.put([Wish(9_000_000 + stored, 1, "c2", "Tests", None, is_change=True)], "ann", "grid")
        stored += work.is_alive()
        time.sleep(PAUSE)
    work.join()
    left = hers.frame()
    assert stored >= 3
    assert int(left["person"].eq("ann").sum()) >= stored
    assert int(left["person"].eq("bulk").sum()) == (MANY if what == "accepted" else 0)
    bulk.close()
    single.close()
