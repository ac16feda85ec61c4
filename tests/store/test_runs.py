"""The journal knows of every row how it ended."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import update

from gpb.errors import InputError, RunInProgress, StoreError
from gpb.store.accepted import Accepted
from gpb.store.database import Database, leases
from gpb.store.order import Order
from gpb.store.run_records import Outcome
from gpb.store.runs import Journal
from tests.builders import association, row

PLAN: dict[str, Any] = {"scope": "scope", "snapshot": "s1", "checksum": "x", "undo_of": None, "changes": []}
ROWS = [row(1, 1), row(1, 2), row(2, 1)]


def begun(database: Database) -> tuple[Journal, str]:
    """A journal with one running run of three rows."""
    journal = Journal(database)
    return journal, journal.begin(PLAN, ROWS, term="Fall", person="ann")


def dead_process() -> int:
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_new_run_has_every_row_open(database: Database) -> None:
    """Nothing has been attempted."""
    journal, run = begun(database)
    assert journal.summary(run) == {
        "planned": 3, "confirmed": 0, "unchanged": 0, "conflict": 0, "rejected": 0, "unknown": 0, "not_attempted": 3,
    }  # fmt: skip
    assert journal.open_operations(run) == {association(1): "planned", association(2): "planned"}


def test_a_write_without_an_outcome_is_unknown(database: Database) -> None:
    """Its process may have died before or after the request left; the rest was not attempted."""
    journal, run = begun(database)
    journal.intend(run, association(1), {"sistemic": {}}, {})
    summary = journal.summary(run)
    assert (summary["unknown"], summary["not_attempted"]) == (2, 1)
    assert journal.rows(run)["outcome"].fillna("").tolist() == ["unknown", "unknown", ""]
    told = [journal.runs_of_row(PLAN["scope"], one.group_id, one.section_id)[0].outcome for one in ROWS]
    assert told == ["unknown", "unknown", None]


def test_what_was_stored_before_the_first_of_two_writes_is_kept(database: Database) -> None:
    """A second one of the same group begins from what the first has left; a withdrawn one has left nothing."""
    journal, run = begun(database)
    journal.intend(run, association(1), {}, {"was": 0})
    journal.withdraw(run, association(1))
    assert journal.stored_before(run) == {}
    journal.intend(run, association(1), {}, {"was": 1})
    journal.intend(run, association(1), {}, {"was": 2})
    assert journal.stored_before(run) == {association(1): {"was": 1}}


def test_the_outcomes_add_up_to_what_was_planned(database: Database) -> None:
    """Rows of one group may end differently; the operation bears the weightiest."""
    journal, run = begun(database)
    journal.intend(run, association(1), {"sistemic": {}}, {})
    assert journal.open_operations(run)[association(1)] == "intended"
    journal.settle(
        run, association(1), [Outcome(1, 1, "confirmed"), Outcome(1, 2, "conflict", "Somebody did.")], {"echo": 1}
    )
    summary = journal.summary(run)
    assert (summary["confirmed"], summary["conflict"], summary["not_attempted"]) == (1, 1, 1)
    assert sum(count for name, count in summary.items() if name != "planned") == summary["planned"]
    _, settled = Order(database).settled_since("scope", 0)
    assert [(one.group_id, one.told) for one in settled] == [(1, {"integration_data": {"echo": 1}})]
    assert journal.open_operations(run) == {association(2): "planned"}


def test_a_second_run_of_the_term_is_told_who_is_at_it(database: Database) -> None:
    """One run at a time."""
    journal, run = begun(database)
    with pytest.raises(RunInProgress, match=f"ann has been syncing this term since .* \\(run {run}\\)"):
        journal.begin(PLAN, ROWS, term="Fall", person="bob")
    journal.begin({**PLAN, "scope": "other"}, ROWS, term="Spring", person="bob")


def test_the_end_gives_the_term_back(database: Database) -> None:
    """Finished or stopped, the next run may begin."""
    journal, run = begun(database)
    journal.end(run, "Canvas is down.")
    record = journal.run(run)
    assert (record.state, record.reason) == ("stopped", "Canvas is down.")
    assert journal.begin(PLAN, ROWS, term="Fall", person="bob") != run


def test_a_run_of_a_dead_process_can_be_taken_over_and_a_live_one_cannot(database: Database) -> None:
    """Recovery never works beside the one that it recovers."""
    journal, run = begun(database)
    assert journal.is_live(run)
    with pytest.raises(RunInProgress):
        journal.take_over(run, "bob")
    with database.write() as connection:
        connection.execute(update(leases).values(process=dead_process()))
    assert not journal.is_live(run)
    with pytest.raises(RunInProgress, match="was interrupted"):
        journal.begin(PLAN, ROWS, term="Fall", person="bob")
    journal.take_over(run, "bob")
    assert journal.is_live(run)
    with database.read() as connection:
        assert connection.execute(leases.select()).one().process == os.getpid()


def test_unfinished_runs_are_those_with_open_operations(database: Database) -> None:
    """An unknown outcome is open, too: a re-read can settle it."""
    journal, run = begun(database)
    journal.settle(run, association(1), [Outcome(1, 1, "confirmed"), Outcome(1, 2, "confirmed")])
    journal.settle(run, association(2), [Outcome(2, 1, "unknown", "The reply was lost.")])
    journal.end(run, None)
    assert [record.run_id for record in journal.unfinished("scope")] == [run]
    journal.take_over(run, "bob")
    journal.settle(run, association(2), [Outcome(2, 1, "confirmed")])
    assert [record.run_id for record in journal.unfinished("scope")] == [run]  # nothing is open, but it has not ended
    journal.end(run, None)
    assert journal.unfinished("scope") == []


def test_an_intent_that_cannot_be_stored_is_an_error(database: Database) -> None:
    """Then nothing may be sent."""
    journal, run = begun(database)
    with pytest.raises(StoreError, match="Nothing was sent"):
        journal.intend(run, association(99), {}, {})


def test_a_withdrawn_operation_is_planned_again(database: Database) -> None:
    """The request was certainly not carried out."""
    journal, run = begun(database)
    journal.intend(run, association(1), {}, {})
    journal.withdraw(run, association(1))
    assert journal.open_operations(run) == {association(1): "planned", association(2): "planned"}


def test_an_unknown_run_is_a_sentence(database: Database) -> None:
    """With the way to the right id."""
    with pytest.raises(InputError, match="There is no run nope"):
        Journal(database).run("nope")


def test_a_request_to_cancel_is_seen_by_every_process_and_forgotten_by_the_next_attempt(database: Database) -> None:
    """Whoever resumes the run wants it to go on."""
    journal, run = begun(database)
    assert journal.cancel_requested(run) is None
    Journal(database).cancel(run, "bob")
    assert (journal.cancel_requested(run), journal.run(run).state) == ("bob", "running")
    journal.end(run, "bob canceled the run.")
    journal.take_over(run, "ann")
    assert journal.cancel_requested(run) is None


def test_a_queued_run_is_cancelled_at_once(database: Database) -> None:
    """No worker takes it any more, the term is free, and it can still be resumed."""
    journal = Journal(database)
    run = journal.begin(PLAN, ROWS, term="Fall", person="ann", queued=True)
    journal.cancel(run, "bob")
    record = journal.run(run)
    assert (record.state, record.reason) == (
        "stopped", "bob canceled the run before it started. Press Resume to carry it out after all.",
    )  # fmt: skip
    assert (journal.queued(), journal.claim(run), journal.is_live(run)) == ([], False, False)
    assert [left.run_id for left in journal.unfinished("scope")] == [run]
    journal.begin(PLAN, ROWS, term="Fall", person="bob")


def test_progress_counts_operations_with_an_outcome(database: Database) -> None:
    """From the journal, so that every process can show it."""
    journal, run = begun(database)
    seen = [journal.progress(run)]
    journal.intend(run, association(1), {}, {})
    seen.append(journal.progress(run))
    journal.settle(run, association(1), [Outcome(1, 1, "confirmed"), Outcome(1, 2, "unknown", "The reply was lost.")])
    seen.append(Journal(database).progress(run))
    assert seen == [(0, 2), (0, 2), (1, 2)]


def test_a_run_that_died_before_its_end_is_unfinished(database: Database) -> None:
    """Every row is settled, but it holds the term: without this nobody could give it back."""
    journal, run = begun(database)
    journal.settle(run, association(1), [Outcome(1, 1, "confirmed"), Outcome(1, 2, "confirmed")])
    journal.settle(run, association(2), [Outcome(2, 1, "confirmed")])
    assert [record.run_id for record in journal.unfinished("scope")] == [run]
    journal.end(run, None)
    assert journal.unfinished("scope") == []


def test_what_another_run_wrote_since_is_known_by_row(database: Database) -> None:
    """Written for certain, or perhaps; not what it left as it was."""
    journal, first = begun(database)
    journal.end(first, "It stopped.")
    assert journal.written_after(first) == {}
    second = journal.begin(PLAN, ROWS, term="Fall", person="bob")
    journal.settle(second, association(1), [Outcome(1, 1, "confirmed"), Outcome(1, 2, "unchanged")])
    journal.intend(second, association(2), {"sent": 1}, {})
    assert journal.written_after(first) == {(1, 1): second, (2, 1): second}
    assert journal.written_after(second) == {}


def test_a_closed_run_frees_its_scope_and_keeps_who_closed_it(database: Database) -> None:
    """Closing it again changes nothing; while somebody works on it, it is not closed."""
    journal, run = begun(database)
    with pytest.raises(RunInProgress):
        journal.close(run, "bob")
    journal.end(run, "It stopped.")
    journal.close(run, "bob")
    journal.close(run, "cid")
    record = journal.run(run)
    assert (record.state, record.closed_by, journal.unfinished()) == ("closed", "bob", [])
    with pytest.raises(InputError, match="was closed"):
        journal.take_over(run, "ann")
    assert journal.holder("scope") is None
    assert journal.begin(PLAN, ROWS, term="Fall", person="ann") != run


def test_what_was_accepted_is_kept_from_the_beginning_and_from_each_resume(database: Database) -> None:
    """One after the other, with its rows."""
    first, second = (
        Accepted(name, "Because.", "ann", "2026-09-01T00:00:00+00:00", ((1, 2, "c1"),)) for name in ("a", "b")
    )
    journal = Journal(database)
    run = journal.begin(PLAN, ROWS, term="Fall", person="ann", accepted=[first])
    journal.end(run, "It stopped.")
    journal.take_over(run, "ann", accepted=[second])
    assert journal.accepted(run) == [first, second]
