"""What runs say that Canvas stores, in the order in which they said it."""

from __future__ import annotations

from gpb.store.database import Database
from gpb.store.order import Order
from gpb.store.run_records import Outcome
from gpb.store.runs import Journal
from tests.builders import association, row
from tests.store.test_runs import PLAN


def test_only_what_canvas_may_store_is_a_word_and_the_last_one_comes_last(database: Database) -> None:
    """A conflict and a refusal say nothing; a write that has not ended has no number; another scope is another term."""
    journal = Journal(database)
    rows = [row(group, section) for group in (1, 2, 3) for section in (1, 2)]
    first = journal.begin(PLAN, rows, term="Fall", person="ann")
    journal.settle(first, association(2), [Outcome(2, 1, "conflict", "changed"), Outcome(2, 2, "confirmed")])
    journal.settle(first, association(1), [Outcome(1, 1, "unchanged"), Outcome(1, 2, "rejected", "gone")])
    journal.intend(first, association(3), {}, {})
    journal.end(first, None)
    second = journal.begin(PLAN, [row(2, 2), row(4, 1)], term="Fall", person="bob")
    journal.settle(second, association(2), [Outcome(2, 2, "unknown", "no reply")])
    words = Order(database).words("scope")
    told = words[["group_id", "section_id", "run", "outcome", "person"]].values.tolist()
    assert told == [
        [2, 2, first, "confirmed", "ann"],
        [1, 1, first, "unchanged", "ann"],
        [3, 1, first, "unknown", "ann"],
        [3, 2, first, "unknown", "ann"],
        [2, 2, second, "unknown", "bob"],
    ]
    assert words["settled"].isna().tolist() == [False, False, True, True, False]
    assert words["at"].is_monotonic_increasing
    assert Order(database).words("another").empty
