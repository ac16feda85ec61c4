"""The worker carries out what the pages queue, and may be stopped or killed at any moment."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gpb.errors import RunInProgress
from gpb.sandbox import Running
from gpb.settings import Settings
from gpb.worker import Worker
from gpb.workspace import Workspace
from tests.conftest import Slow
from tests.lent import confirm, settings_for
from tests.processes import PATIENCE, program, wait_until
from tests.sync.conftest import choose_first, free_rows, with_settings

POLL = 0.1


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker of this process looks into the queue more often than one that works for days."""
    monkeypatch.setattr("gpb.worker.POLL", POLL)


def queued(workspace: Workspace, count: int) -> tuple[str, list[str]]:
    """A queued run of so many groups, and their ids."""
    rows = free_rows(workspace, count)
    choose_first(workspace, rows)
    return asyncio.run(workspace.door.begin(workspace.plan(), (), "ann", queued=True)), sorted(
        str(group) for group in rows["group_id"]
    )


def state(workspace: Workspace, run_id: str) -> str:
    """Of the run."""
    return workspace._journal.run(run_id).state


@contextmanager
def worker_in_thread(settings: Settings) -> Iterator[list[str]]:
    """A worker of this process, stopped at the end of the block; what it says."""
    said: list[str] = []
    worker = Worker(settings, said.append)
    thread = threading.Thread(target=worker.work)
    thread.start()
    try:
        yield said
    finally:
        worker.stop()
        thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_worker_carries_out_a_queued_run_and_ends_at_sigterm(slow: Slow) -> None:
    """One line per event on stderr; another process sees the progress and the outcome."""
    with program(slow.workspace.settings, "worker") as worker:
        run_id, groups = queued(slow.workspace, 10)
        wait_until(lambda: 0 < slow.workspace._journal.progress(run_id)[0] < 10)
        live = slow.workspace.runs.live()
        assert live is not None
        assert (live.run_id, live.state) == (run_id, "running")
        wait_until(lambda: state(slow.workspace, run_id) == "finished")
        worker.send_signal(signal.SIGTERM)
        out, told = worker.communicate(timeout=PATIENCE)
    name = f"Run {run_id} of ann ({slow.workspace.term.latest().facts.term})"
    assert (worker.returncode, out) == (0, "")
    assert told.splitlines() == [
        "The worker is ready.",
        f"{name} has started.",
        f"{name} ended: 10 planned, 10 confirmed, 0 unchanged, 0 conflict, 0 rejected, 0 unknown, 0 not_attempted.",
        "The worker has stopped.",
    ]
    assert slow.effects() == groups
    assert slow.workspace.term.drafts().frame().empty


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.slow
def test_a_worker_that_is_stopped_finishes_what_is_in_flight(slow: Slow) -> None:
    """Nothing is left open, the rest stays planned, and the run says why it stopped."""
    run_id, groups = queued(slow.workspace, 30)
    with program(slow.workspace.settings, "worker") as worker:
        wait_until(lambda: bool(slow.writes()))
        worker.send_signal(signal.SIGINT)
        _, told = worker.communicate(timeout=PATIENCE)
    record, left = slow.workspace._journal.run(run_id), slow.workspace._journal.open_operations(run_id)
    assert (worker.returncode, record.state) == (0, "stopped")
    assert record.reason == "The worker was stopped. Press Resume to continue."
    assert set(left.values()) == {"planned"}
    assert sorted([*slow.effects(), *(one.id for one in left)]) == groups
    assert told.splitlines()[-1] == "The worker has stopped."


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_run_of_a_killed_worker_is_taken_over_and_finished_by_the_next(slow: Slow) -> None:
    """Knowingly: nobody takes it before a person says so, and nothing is written twice."""
    workspace = slow.workspace
    run_id, groups = queued(workspace, 30)
    with program(workspace.settings, "worker") as worker:
        wait_until(lambda: bool(slow.writes()))
        worker.kill()
        slow.arrived()
        assert [run.run_id for run in workspace.runs.unfinished()] == [run_id]
    with pytest.raises(RunInProgress, match="was interrupted"):
        asyncio.run(workspace.door.begin(workspace.plan(), (), "bob", queued=True))
    with program(workspace.settings, "worker"):
        time.sleep(2.0)
        assert state(workspace, run_id) == "running"
        asyncio.run(workspace.door.resume(run_id, (), "bob", queued=True))
        wait_until(lambda: state(workspace, run_id) == "finished")
    assert workspace.runs.summary(run_id)["confirmed"] == len(groups)
    assert slow.effects() == groups


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_run_in_a_worker_is_cancelled_from_elsewhere(slow: Slow) -> None:
    """As the page's button does."""
    run_id, groups = queued(slow.workspace, 40)
    with worker_in_thread(slow.workspace.settings) as said:
        wait_until(lambda: bool(slow.writes()))
        slow.workspace._journal.cancel(run_id, "bob")
        wait_until(lambda: state(slow.workspace, run_id) == "stopped")
        assert slow.workspace._journal.run(run_id).reason == "bob canceled the run. Press Resume to continue."
        assert len(slow.writes()) < len(groups)
        wait_until(lambda: said[-1].endswith("bob canceled the run. Press Resume to continue."))


def told(workspace: Workspace, lines: int, **changes: Any) -> list[str]:
    """What a worker with other settings says: so many lines, and what else comes in a while."""
    with worker_in_thread(workspace.settings.model_copy(update=changes)) as said:
        wait_until(lambda: len(said) > lines)
        time.sleep(5 * POLL)
    return said[1:-1]


def test_a_worker_leaves_runs_of_others_alone(workspace: Workspace, box: Running, tmp_path: Path) -> None:
    """Another Canvas' or account's, or one whose snapshot it cannot read."""
    asyncio.run(workspace.term.pull())
    confirm(workspace)
    run_id, _ = queued(workspace, 1)
    workspace = with_settings(workspace, store_url=workspace.settings.effective_store_url)
    assert told(workspace, 0, canvas_account="2") == []
    missing = told(workspace, 1, data_dir=tmp_path / "elsewhere")
    assert missing == [f"Run {run_id} was not touched: its snapshot cannot be read from this GPB_DATA_DIR."]
    assert state(workspace, run_id) == "queued"


@pytest.mark.slow
def test_an_error_of_one_run_is_said_and_the_worker_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong setting is its sentence, a defect is one, too; the run can be resumed."""
    asyncio.run(workspace.term.pull())
    confirm(workspace)
    run_id, _ = queued(workspace, 1)
    said = told(workspace, 2, sis_url="")
    assert "The setting GPB_SIS_URL is missing" in said[1]
    assert "GPB_SIS_URL" in str(workspace._journal.run(run_id).reason)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    asyncio.run(workspace.door.resume(run_id, (), "bob", queued=True))
    monkeypatch.setattr("gpb.sync.runs.connect", broken)
    assert "Something went wrong inside this program" in told(workspace, 2)[1]
    monkeypatch.undo()
    asyncio.run(workspace.door.resume(run_id, (), "bob", queued=True))
    assert "ended: 1 planned, 1 confirmed" in told(workspace, 2)[1]


def test_a_store_that_is_away_for_a_while_is_waited_for(box: Running, tmp_path: Path, workspace: Workspace) -> None:
    """It is said once; when the store is back, so is the worker."""
    asyncio.run(workspace.term.pull())
    confirm(workspace)
    with worker_in_thread(settings_for(box, tmp_path)) as said:
        with workspace._database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE runs RENAME TO elsewhere")
        wait_until(lambda: len(said) > 1)
        time.sleep(1.2)
        with workspace._database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO runs")
        run_id, _ = queued(workspace, 1)
        wait_until(lambda: state(workspace, run_id) == "finished")
    assert [line for line in said if "cannot be used" in line] == said[1:2]
