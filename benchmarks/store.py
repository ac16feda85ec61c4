"""The store under 20,000 and 200,000 drafts, on SQLite and PostgreSQL, while a second process edits all the time."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure
from gpb.store.database import Database
from gpb.store.drafts import DraftStore, Wish
from tests.databases import empty_database, postgresql_server

MANY = 20_000
SIZES = (MANY, 10 * MANY)
ACCEPTED = 6_300
EDITS = 50
PAUSE = 0.02
"""Seconds between two edits of the other process."""
CONTEXT = multiprocessing.get_context("spawn")


def measure() -> list[Figure]:
    """Seconds of each piece of work, and the longest wait of the other process meanwhile; a wrong result ends it."""
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, postgresql_server() as server:
        for size in SIZES:
            found += _of(f"sqlite:///{Path(folder) / str(size)}.sqlite", "SQLite", size)
            with empty_database(server) as url:
                found += _of(url, "PostgreSQL", size)
    return found


def _of(url: str, name: str, size: int) -> list[Figure]:
    database = Database(url)
    drafts = DraftStore(database, "scope")
    keys = [(number // 10, number % 10) for number in range(size)]
    drafts.put(_wishes(keys[: size - MANY]), "bulk", "accepted")
    some = keys[size - MANY :]
    edit = _edit(drafts)
    work: dict[str, Callable[[], object]] = {
        f"accept {ACCEPTED:,}": lambda: drafts.put(_wishes(some[:ACCEPTED]), "bulk", "accepted"),
        f"accept {MANY - ACCEPTED:,} more": lambda: drafts.put(_wishes(some[ACCEPTED:]), "bulk", "accepted"),
        f"discard {MANY:,}": lambda: drafts.discard(some, "bulk"),
        f"take {MANY:,} back": lambda: drafts.undo("bulk"),
        f"settle {MANY:,}": lambda: drafts.settle(dict.fromkeys(some, "c1")),
    }
    seconds = {}
    with _another(url) as waits:
        for what, act in work.items():
            seconds[what] = _seconds(act)
    left = drafts.frame()["person"].eq("bulk").sum()
    assert left == size - MANY, f"{left} drafts are left"
    database.close()
    begun = f"{name}, {size:,} drafts"
    return [
        Figure(f"{begun}: one edit", edit * 1000, "ms", 5),
        *(Figure(f"{begun}: {what}", taken, "s", 1) for what, taken in seconds.items()),
        Figure(f"{begun}: longest wait of another", max(waits), "s", 1, told=f"of {len(waits)} edits"),
    ]


def _edit(drafts: DraftStore) -> float:
    """Median seconds of the edit of one row by a person."""
    wishes = [Wish(8_000_000 + number, 1, "c2", "Tests", None, is_change=True) for number in range(EDITS)]
    return median(_seconds(partial(drafts.put, [wish], "ann", "grid")) for wish in wishes)


@contextmanager
def _another(url: str) -> Iterator[list[float]]:
    """Another process edits inside the block; how long each of its edits took."""
    is_over, told = CONTEXT.Value("i", 0), CONTEXT.SimpleQueue()
    process = CONTEXT.Process(target=_edit_on, args=(url, is_over, told))
    waits: list[float] = []
    process.start()
    told.get()
    yield waits
    is_over.value = 1
    waits += told.get()
    process.join()


def _edit_on(url: str, is_over: Synchronized[int], told: multiprocessing.SimpleQueue[list[float]]) -> None:
    database = Database(url)
    drafts = DraftStore(database, "scope")
    waits: list[float] = []
    told.put([])
    while not is_over.value:
        wish = Wish(9_000_000 + len(waits), 1, "c2", "Tests", None, is_change=True)
        waits.append(_seconds(partial(drafts.put, [wish], "bea", "grid")))
        time.sleep(PAUSE)
    told.put(waits)
    database.close()


def _wishes(keys: list[tuple[int, int]]) -> list[Wish]:
    return [Wish(*key, "c1", "Homework", None, is_change=True) for key in keys]


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
