"""Two processes and one run: what a paused, killed or late process may not do."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import time

import psutil
import pytest

from gpb.errors import StoreError
from gpb.store.database import Database
from gpb.store.leases import LeaseWatch
from gpb.store.runs import Journal
from gpb.sync.run import IN_FLIGHT
from gpb.workspace import Workspace
from tests.conftest import ON_BOTH, Slow
from tests.processes import PATIENCE, program, wait_until
from tests.sync.conftest import choose_first, free_rows, with_journal


def impatient(workspace: Workspace) -> Workspace:
    """The workspace, which takes a holder for dead after a second of silence."""
    return with_journal(workspace, Journal(workspace._database, LeaseWatch(dead_after=1.0)))


def pause(process: subprocess.Popen[str], database: Database) -> None:
    """Let a process stand still, at a moment at which it does not hold the store: nobody could do anything then."""
    for _ in range(20):
        process.send_signal(signal.SIGSTOP)
        wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_STOPPED)  # it may take a moment
        try:
            with database.write():
                return
        except StoreError:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
    raise AssertionError("it holds the store all the time")


@ON_BOTH
@pytest.mark.slow
def test_a_paused_process_writes_nothing_after_somebody_took_over(slow: Slow) -> None:
    """It stood still in the middle of its writes; the other finishes the run, and nothing is written twice."""
    rows = free_rows(slow.workspace, 30)
    choose_first(slow.workspace, rows)
    workspace = impatient(slow.workspace)
    with program(slow.workspace.settings, "apply", "--yes") as paused:
        wait_until(lambda: len(slow.writes()) >= IN_FLIGHT)
        pause(paused, slow.workspace._database)
        written = slow.arrived()
        run_id = workspace.runs.of_term()[0].run_id
        wait_until(lambda: not workspace.runs.is_live(run_id))
        asyncio.run(workspace.door.resume(run_id, (), "bob"))
        paused.send_signal(signal.SIGCONT)
        _, told = paused.communicate(timeout=PATIENCE)
        assert slow.writes() == written
        assert (paused.returncode, "bob took it over at" in told, "Traceback" in told) == (1, True, False)
    assert workspace.runs.run(run_id).state == "running"
    summary = asyncio.run(workspace.runs.perform(run_id))
    assert (summary["confirmed"], summary["not_attempted"]) == (len(rows), 0)
    assert slow.effects() == sorted(str(group) for group in rows["group_id"])


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_killed_process_is_dead_at_once_and_its_run_is_finished_by_resume(slow: Slow) -> None:
    """Nothing that had arrived is sent again."""
    rows = free_rows(slow.workspace, 30)
    choose_first(slow.workspace, rows)
    with program(slow.workspace.settings, "apply", "--yes") as killed:
        wait_until(lambda: bool(slow.writes()))
        killed.kill()
        slow.arrived()
    with program(slow.workspace.settings, "resume") as resumed:
        out, told = resumed.communicate(timeout=PATIENCE)
    assert (resumed.returncode, told.count("Watching")) == (0, 0)
    assert json.loads(out)["confirmed"] == len(rows)
    assert slow.effects() == sorted(str(group) for group in rows["group_id"])


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_two_that_apply_at_once_one_is_told_who_is_at_it(slow: Slow) -> None:
    """And `resume` leaves a living run alone."""
    rows = free_rows(slow.workspace, 30)
    choose_first(slow.workspace, rows)
    command = slow.workspace.settings, "apply", "--yes"
    with program(*command) as first, program(*command) as second:
        ended = [process.communicate(timeout=PATIENCE) for process in (first, second)]
    codes = [first.returncode, second.returncode]
    refused = ended[codes.index(1)][1]
    assert sorted(codes) == [0, 1]
    assert "has been syncing this term since" in refused
    assert slow.effects() == sorted(str(group) for group in rows["group_id"])


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_resume_watches_a_holder_and_leaves_a_living_one_alone(slow: Slow) -> None:
    """It is another process that goes on beating."""
    choose_first(slow.workspace, free_rows(slow.workspace, 1))
    run_id = asyncio.run(slow.workspace.door.begin(slow.workspace.plan(), (), "ann"))
    with slow.workspace._journal.beating(run_id, every=0.1), program(slow.workspace.settings, "resume") as resumed:
        _, told = resumed.communicate(timeout=PATIENCE)
    assert f"Run {run_id} of ann is running, so it was not touched." in told
    assert slow.writes() == []
