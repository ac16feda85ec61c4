"""The journal of a run beside the event loop: how often it is asked whether the run is still held."""

from __future__ import annotations

import asyncio

import pytest

from gpb.errors import LeaseLost
from gpb.sandbox import Running
from gpb.store.leases import LeaseWatch
from gpb.store.runs import Journal
from gpb.sync.gates import WITH_ALL_OTHERS
from gpb.sync.underway import notes as notes_module
from gpb.sync.underway.notes import HOLDS, Notes
from gpb.workspace import Workspace
from tests.sync.conftest import choose_first, free_rows


class Counted(Journal):
    """Counts how often it was asked."""

    asked = 0

    def check_held(self, run_id: str) -> None:
        """Count."""
        self.asked += 1
        super().check_held(run_id)


def begun(pulled: Workspace) -> tuple[Counted, str]:
    """A run of one row that nobody carries out yet."""
    choose_first(pulled, free_rows(pulled, 1))
    journal = pulled.door._journal = Counted(pulled._database)
    return journal, asyncio.run(pulled.door.begin(pulled.plan(), WITH_ALL_OTHERS, "ann"))


async def test_what_was_seen_held_just_now_is_not_asked_again(
    box: Running, pulled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor after something was stored, which looks as well; a moment later it is."""
    journal, run_id = await asyncio.to_thread(begun, pulled)
    (target,) = journal.open_operations(run_id)
    monkeypatch.setattr(notes_module, "HOLDS", 60.0)  # however slow this machine is
    async with Notes(journal, run_id) as notes:
        await notes.intend(target, {}, {})
        await notes.check_held()
        assert journal.asked == 0
    async with Notes(journal, run_id) as notes:
        await notes.check_held()
        await notes.check_held()
        assert journal.asked == 1
        monkeypatch.setattr(notes_module, "HOLDS", 0.01)
        await asyncio.sleep(0.02)
        await notes.check_held()
        assert journal.asked == 2


async def test_a_run_that_was_taken_over_is_found_out(box: Running, pulled: Workspace) -> None:
    """By the next look, and by each one after it."""
    journal, run_id = await asyncio.to_thread(begun, pulled)
    async with Notes(journal, run_id) as notes:
        await notes.check_held()
        Journal(pulled._database, LeaseWatch(dead_after=0)).take_over(run_id, "bob")
        await asyncio.sleep(1.5 * HOLDS)
        for _ in range(2):
            with pytest.raises(LeaseLost, match="bob took it over"):
                await notes.check_held()
