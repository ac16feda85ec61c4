"""What a write must never do: leave before its intent is stored, count without proof, go on after a stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest

from gpb.errors import LeaseLost, StoreError
from gpb.sandbox import Running
from gpb.store.database import Database
from gpb.store.leases import LeaseWatch
from gpb.store.run_records import Target
from gpb.store.runs import Journal
from gpb.sync.run import IN_FLIGHT
from gpb.sync.underway.notes import HOLDS
from gpb.workspace import Workspace
from tests.conftest import edit_now, look, tell
from tests.sync.conftest import apply, choose_first, free_rows, with_journal


def writes(box: Running) -> list[str]:
    """Ids of the groups that were written, in order."""
    return [seen["path"].rsplit("/", 1)[1] for seen in look(box, "requests") if seen["method"] == "PUT"]


class Witness(Journal):
    """Notes, whenever an intent has been stored, whether its request had already left."""

    def __init__(self, database: Database, box: Running) -> None:
        super().__init__(database)
        self.box = box
        self.seen: dict[int, tuple[str, bool]] = {}

    def intend(self, run_id: str, target: Target, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """Store the intent, then look."""
        super().intend(run_id, target, sent, stored)
        self.seen[int(target.id)] = self.open_operations(run_id)[target], target.id in writes(self.box)


class FullDisk(Journal):
    """Can store so many intents and no more, once; the disk has room again afterwards."""

    def __init__(self, database: Database, room: int) -> None:
        super().__init__(database)
        self.room = room

    def intend(self, run_id: str, target: Target, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """Fail when the room is used up."""
        self.room -= 1
        if self.room == -1:
            raise StoreError("The disk is full.")
        super().intend(run_id, target, sent, stored)


class Overtaken(Journal):
    """Loses the run to somebody else in the moment between an intent and its request."""

    def intend(self, run_id: str, target: Target, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """Store the intent, then stand still for longer than others have patience."""
        super().intend(run_id, target, sent, stored)
        time.sleep(2 * HOLDS)
        Journal(self._database, LeaseWatch(dead_after=0)).take_over(run_id, "bob")


def test_a_write_whose_run_was_taken_over_after_its_intent_does_not_leave(box: Running, pulled: Workspace) -> None:
    """The process is told so, and leaves the run as the other one has it."""
    choose_first(pulled, free_rows(pulled, 1))
    pulled = with_journal(pulled, Overtaken(pulled._database))
    with pytest.raises(LeaseLost, match="bob took it over"):
        apply(pulled)
    run = pulled._journal.runs()[0]
    assert (writes(box), run.state, run.ended_at, run.reason) == ([], "running", None, None)
    assert list(pulled._journal.open_operations(run.run_id).values()) == ["intended"]
    assert len(pulled.term.drafts().frame()) == 1


def test_the_intent_is_stored_before_its_request_leaves(box: Running, pulled: Workspace) -> None:
    """After a crash at any moment the journal knows of every request that may have been carried out."""
    choose_first(pulled, free_rows(pulled, 4))
    witness = Witness(pulled._database, box)
    apply(with_journal(pulled, witness))
    assert sorted(witness.seen) == sorted(map(int, writes(box)))
    assert set(witness.seen.values()) == {("intended", False)}


def test_no_request_leaves_whose_intent_cannot_be_stored(box: Running, pulled: Workspace) -> None:
    """A full disk stops the run; the row stays planned."""
    choose_first(pulled, free_rows(pulled, 1))
    summary = apply(with_journal(pulled, FullDisk(pulled._database, room=0)))
    assert (writes(box), summary["not_attempted"], summary["reason"]) == ([], 1, "The disk is full.")


def test_an_error_of_one_group_stops_the_others_after_what_is_in_flight(box: Running, pulled: Workspace) -> None:
    """They do not work on as if nothing had happened."""
    rows = free_rows(pulled, 30)
    assert len(rows) > IN_FLIGHT + 1
    choose_first(pulled, rows)
    summary = apply(with_journal(pulled, FullDisk(pulled._database, room=1)))
    assert summary["not_attempted"] >= len(rows) - IN_FLIGHT - 1
    assert summary["confirmed"] == len(writes(box))


def test_an_answer_that_does_not_show_the_association_confirms_nothing(box: Running, pulled: Workspace) -> None:
    """A Canvas that says 200 and stores nothing: the row is open, and can be resumed."""
    choose_first(pulled, free_rows(pulled, 1))
    box.world.merge_integration_data = lambda *_: None  # type: ignore[method-assign]  # the counterpart lies
    summary = apply(pulled)
    assert (summary["confirmed"], summary["unknown"]) == (0, 1)
    assert [record.run_id for record in pulled.runs.unfinished()] == [summary["run"]]


def test_a_key_in_another_letter_case_is_written_and_no_second_one_beside_it(box: Running, pulled: Workspace) -> None:
    """Read as the section's, overwritten, taken away and brought back; and what else is stored stays."""
    row = pulled.term.rows().query("status == 'Synchronized'").iloc[0]
    group_id, section_id, sis_id = int(row["group_id"]), int(row["section_id"]), str(row["sis_section_id"])
    data = look(box, "state")["groups"][str(group_id)]
    mapping = {key.upper(): value for key, value in data["sistemic"]["categoryMapping"].items()}
    tell(box, f"integration_data/{group_id}", {**data, "sistemic": {**data["sistemic"], "categoryMapping": mapping}})
    asyncio.run(pulled.term.pull())
    options = pulled.term.latest().validity.options(row["class_id"])
    other = next(one for one in options if one != row["stored_category_id"])
    runs: list[str] = []
    entry: dict[str, str] = {}
    for wanted in (other, None):
        assert edit_now(pulled, {(group_id, section_id): wanted}).refused == ()
        done = apply(pulled)
        runs.append(done["run"])
        assert done["confirmed"] == 1
        stored = look(box, "state")["groups"][str(group_id)]["sistemic"].get("categoryMapping", {})
        assert stored.keys() == mapping.keys() - (set() if wanted else {sis_id.upper()})
        assert stored.get(sis_id.upper(), {}).get("categoryId") == wanted
        entry = stored.get(sis_id.upper(), {}) or entry
    back = pulled.runs.undo(runs[1])
    asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.begin(back.plan, (), "ann"))))
    assert entry.keys() > {"categoryId", "categoryTitle"}
    assert look(box, "state")["groups"][str(group_id)]["sistemic"]["categoryMapping"][sis_id] == entry
    assert len(pulled.runs.row_history(group_id, section_id)) == 3
