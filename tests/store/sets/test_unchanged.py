"""What was read from a store is read again when something was stored, by whomever."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import insert

from gpb.store.choices.abbreviations import AbbreviationStore
from gpb.store.database import Database, audits
from gpb.store.sets.unchanged import Unchanged


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """A store, opened twice as by two processes."""
    url = f"sqlite:///{tmp_path}/gpb.sqlite"
    opened = Database(url), Database(url)
    yield opened
    for one in opened:
        one.close()


def store_something(database: Database) -> None:
    """A line of no interest."""
    with database.write() as connection:
        line = {"scope": "s", "snapshot_id": str(database.number()), "audited_at": "2026"}
        connection.execute(insert(audits).values(**line))


def test_an_answer_holds_until_something_is_stored(two: tuple[Database, Database]) -> None:
    """Each question has its own; a change by another process counts as well as an own one."""
    own, other = two
    numbers = count(1)
    kept: Unchanged[int] = Unchanged(own.number)

    def ask(what: str) -> int:
        return kept.of(what, lambda: next(numbers))

    assert [ask("a"), ask("a"), ask("b"), ask("a")] == [1, 1, 2, 1]
    store_something(other)
    assert [ask("a"), ask("a"), ask("b")] == [3, 3, 4]
    store_something(own)
    assert ask("b") == 5


def test_what_another_process_says_of_a_word_is_known_at_once(two: tuple[Database, Database]) -> None:
    """Though the table is read once as long as nobody changes anything."""
    mine, theirs = (AbbreviationStore(one, "source") for one in two)
    assert mine.frame() is mine.frame()
    theirs.put({"hw": "homework"}, "bob")
    assert mine.frame()["long"].tolist() == ["homework"]
