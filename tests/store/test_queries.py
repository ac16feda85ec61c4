"""What is asked again and again asks for what it shows: as many queries for few runs as for many, and no plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from gpb.store.database import Database
from gpb.store.drafts import DraftStore, Wish
from gpb.store.run_records import Outcome
from gpb.store.runs import Journal
from tests.builders import association, row
from tests.conftest import ON_BOTH

LOOKS: dict[str, Callable[[Journal, str], object]] = {
    "the bar": lambda journal, run: (journal.holders(), journal.run(run), journal.progress(run), journal.ended(20)),
    "the worker": lambda journal, _: journal.queued(),
    "Review": lambda journal, _: journal.unfinished("0"),
    "History": lambda journal, _: journal.summaries(journal.runs()),
}


def store_runs(journal: Journal, number: int, rows: int) -> str:
    """Runs of as many terms, half of their rows settled; the last one."""
    run_id = ""
    for scope in range(number):
        plan: dict[str, Any] = {"scope": str(scope), "snapshot": "s", "checksum": "c", "undo_of": None, "changes": []}
        run_id = journal.begin(plan, [row(group, 1) for group in range(rows)], term="Fall", person="ann")
        for group in range(rows // 2):
            journal.settle(run_id, association(group), [Outcome(group, 1, "confirmed")])
        journal.end(run_id, "It was cut short.")
    return run_id


@contextmanager
def asked(database: Database) -> Iterator[list[str]]:
    """The statements that a store is asked inside the block."""
    found: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        found.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


@ON_BOTH
@pytest.mark.parametrize("who", LOOKS)
def test_a_look_takes_as_many_queries_for_many_runs_as_for_few(database: Database, who: str) -> None:
    """The first look and the next one; and none reads a plan."""
    numbers = []
    for runs, rows in ((1, 2), (5, 8)):
        last = store_runs(Journal(database), runs, rows)
        journal = Journal(database)
        for _ in range(2):
            with asked(database) as statements:
                LOOKS[who](journal, last)
            numbers.append(len(statements))
            assert not any("run_contents" in one for one in statements)
    assert numbers[0] == numbers[2]
    assert numbers[1] == numbers[3]


def test_drafts_that_did_not_change_are_not_read_again(database: Database) -> None:
    """Nor after one's own edit; those of another process are."""
    own, other = (
        DraftStore(database, "scope"),
        DraftStore(Database(database.engine.url.render_as_string(False)), "scope"),
    )
    for number in range(3):
        own.put([Wish(number, 1, "c1", "Homework", None, is_change=True)], "ann", "grid")
    assert len(own.frame()) == 3
    own.put(
        [Wish(0, 1, "c2", "Tests", "was", is_change=True), Wish(9, 1, None, None, "was", is_change=True)], "ann", "x"
    )
    own.discard([(1, 1)], "ann")
    with asked(database) as statements:
        mine = own.frame()
    assert not any("FROM drafts" in one for one in statements)
    theirs = other.frame()
    order = ["group_id", "section_id"]
    assert mine.sort_values(order, ignore_index=True).equals(theirs.sort_values(order, ignore_index=True))
    other.discard([(0, 1)], "bea")
    own.undo("ann")
    assert sorted(own.frame()["group_id"]) == sorted(other.frame()["group_id"]) == [1, 2, 9]
    other._database.close()
