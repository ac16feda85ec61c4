"""What readings have shown is kept per Canvas, over its terms, and outlives a reading that shows nothing."""

from __future__ import annotations

from gpb.store.database import Database
from gpb.store.shape.evidence import FormSeen, ShapeEvidence

A, B = FormSeen("a", "{}", 3, {"id": [1, 2]}, [{"group": 1}]), FormSeen("b", "[]", 1)


def test_a_reading_replaces_that_of_its_term_alone(database: Database) -> None:
    """Terms add up; another Canvas knows nothing of it."""
    store = ShapeEvidence(database, "https://one")
    store.note("fall", [A, B])
    store.note("spring", [A])
    store.note("fall", [B])
    assert store.latest() == [B, A]
    assert ShapeEvidence(database, "https://other").latest() == []


def test_what_was_settled_stays_when_a_later_reading_shows_nothing(database: Database) -> None:
    """Until something else is settled."""
    store = ShapeEvidence(database, "https://one")
    store.note("fall", [A])
    store.settle()
    store.note("fall", [])
    assert (store.latest(), store.settled()) == ([], [A])
    store.note("fall", [B])
    assert (store.latest(), store.settled()) == ([B], [A])
    store.settle()
    assert store.settled() == [B]
