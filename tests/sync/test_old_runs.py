"""A run that was left: finished at once without a question, asked about when much may have happened, or closed."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gpb.errors import InputError, LeaseLost, NotAccepted, RunInProgress
from gpb.sandbox import Running
from gpb.store.database import leases, operations, runs
from gpb.store.leases import LeaseWatch
from gpb.store.runs import Journal
from gpb.workspace import Workspace
from tests.conftest import edit_now, tell
from tests.sync.conftest import apply, choose_first, free_rows
from tests.sync.test_door import missing, writes
from tests.variants import first_quick


def stopped(box: Running, workspace: Workspace, count: int) -> str:
    """A run of so many rows of which none was written."""
    choose_first(workspace, free_rows(workspace, count))
    tell(box, "faults", {"503": 1.0})
    run_id = str(apply(workspace)["run"])
    tell(box, "faults", {"503": 0.0})
    return run_id


def cut_off(workspace: Workspace) -> None:
    """The process that holds the term is gone."""
    with workspace._database.write() as connection:
        connection.execute(update(leases).values(process_started="1"))


def stand_still(workspace: Workspace, run_id: str, length: timedelta) -> None:
    """Let a run have been begun, and left, so long ago."""
    moment = (datetime.now(UTC) - length).isoformat()
    with workspace._database.write() as connection:
        connection.execute(update(runs).where(runs.c.run_id == run_id).values(started_at=moment))
        connection.execute(update(operations).where(operations.c.run_id == run_id).values(changed_at=moment))


def test_a_store_put_back_from_a_backup_does_not_force_back_what_was_undone(
    box: Running, pulled: Workspace, tmp_path: Path
) -> None:
    """The backup was made in the middle of a run; the run ended and was taken back. Resume asks, and names the rows."""
    choose_first(pulled, free_rows(pulled, 10))
    run_id = asyncio.run(pulled.door.begin(pulled.plan(), (), "ann"))
    store = Path(pulled.settings.data_dir) / "gpb.sqlite"
    shutil.copy(store, tmp_path / "backup")
    assert asyncio.run(pulled.runs.perform(run_id))["confirmed"] == 10
    back = asyncio.run(pulled.door.begin(pulled.runs.undo(run_id).plan, (), "ann"))
    assert asyncio.run(pulled.runs.perform(back))["confirmed"] == 10
    pulled._database.close()
    shutil.copy(tmp_path / "backup", store)
    restored, before = Workspace(pulled.settings), len(writes(box))
    cut_off(restored)
    assert [one.run_id for one in restored.runs.unfinished()] == [run_id]
    with pytest.raises(NotAccepted, match="was it restored from a backup") as refused:
        asyncio.run(restored.door.resume(run_id, (), "bob"))
    assert "10 rows are not yet written, 0 of them may have been sent" in str(refused.value)
    assert (missing(refused), len(writes(box))) == (["old_run"], before)
    restored.runs.close(run_id, "bob")
    assert restored.runs.unfinished() == []
    restored._database.close()


def test_a_run_that_was_left_a_moment_ago_goes_on_without_a_question(box: Running, pulled: Workspace) -> None:
    """After a crash or an error nobody shall have to think."""
    run_id = stopped(box, pulled, 2)
    review = asyncio.run(pulled.door.review_resume(run_id))
    assert (review.objections, len(review.plan.changes)) == ((), 2)
    assert asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.resume(review, (), "bob"))))["confirmed"] == 2


@pytest.mark.parametrize(
    ("length", "told"), first_quick([(timedelta(hours=2), "2 hours ago"), (timedelta(days=-400), "is in the future")])
)
def test_a_run_that_stood_still_is_asked_about_with_its_age(
    box: Running, pulled: Workspace, length: timedelta, told: str
) -> None:
    """And is finished with the name of the question; what was accepted is kept with it."""
    run_id = stopped(box, pulled, 2)
    stand_still(pulled, run_id, length)
    with pytest.raises(NotAccepted, match=told) as refused:
        asyncio.run(pulled.door.resume(run_id, (), "bob"))
    again = asyncio.run(pulled.door.resume(run_id, refused.value.missing, "bob"))
    assert asyncio.run(pulled.runs.perform(again))["confirmed"] == 2
    assert [(one.name, one.person) for one in pulled._journal.accepted(run_id)] == [("old_run", "bob")]


def test_a_pull_since_then_is_a_reason_to_ask(box: Running, pulled: Workspace) -> None:
    """Somebody has looked, and decided, perhaps."""
    run_id = stopped(box, pulled, 1)
    asyncio.run(pulled.term.pull())
    with pytest.raises(NotAccepted, match="the term has been refreshed since"):
        asyncio.run(pulled.door.resume(run_id, (), "bob"))


def test_a_pull_since_then_is_told_though_the_clock_was_put_back(box: Running, pulled: Workspace) -> None:
    """By the clock the run is of later than the reading; the store knows better."""
    run_id = stopped(box, pulled, 1)
    stand_still(pulled, run_id, -timedelta(minutes=50))
    asyncio.run(pulled.term.pull())
    with pytest.raises(NotAccepted, match="the term has been refreshed since"):
        asyncio.run(pulled.door.resume(run_id, (), "bob"))


@pytest.mark.parametrize("ahead", first_quick([timedelta(minutes=50), timedelta(0)]))
def test_a_row_that_a_later_run_wrote_is_left_alone(box: Running, pulled: Workspace, ahead: timedelta) -> None:
    """It was written and taken back, so Canvas shows it as before the first run: still the later word counts."""
    run_id = stopped(box, pulled, 2)
    stand_still(pulled, run_id, -ahead)
    pulled.term.drafts().undo("ann")
    choose_first(pulled, free_rows(pulled, 1))
    second = apply(pulled)["run"]
    asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.begin(pulled.runs.undo(second).plan, (), "ann"))))
    before = len(writes(box))
    with pytest.raises(NotAccepted, match="1 later run has changed rows"):
        asyncio.run(pulled.door.resume(run_id, (), "bob"))
    summary = asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.resume(run_id, {"old_run"}, "bob"))))
    assert (summary["confirmed"], summary["conflict"], len(writes(box)) - before) == (1, 1, 1)
    reasons = pulled._journal.rows(run_id)["reason"].dropna().tolist()
    assert ["has changed this row since this run started" in reason for reason in reasons] == [True]


def test_resume_asks_focus_again(box: Running, pulled: Workspace) -> None:
    """What was accepted when the run began need not be said twice; a row that came since must be."""
    rows = pulled.term.rows().query("status == 'Synchronized'").drop_duplicates("class_id").head(2).to_dict("records")
    edit_now(pulled, {(row["group_id"], row["section_id"]): None for row in rows}, person="ann", label="away")

    def arrives(row: dict[Any, Any]) -> None:
        used = {"section_uuid": row["class_id"], "assignment_category_uuid": row["stored_category_id"]}
        tell(box, f"sis_assignments/a-{row['class_id']}", used)

    arrives(rows[0])
    run_id = asyncio.run(pulled.door.begin(pulled.plan(), {"already_passed_back"}, "ann"))
    tell(box, "script", [{"fault": "503", "method": "PUT"}])
    asyncio.run(pulled.runs.perform(run_id))
    tell(box, "script", [])
    assert asyncio.run(pulled.door.review_resume(run_id)).objections == ()
    arrives(rows[1])
    with pytest.raises(NotAccepted, match="2 rows leave a category"):
        asyncio.run(pulled.door.resume(run_id, (), "bob"))


def test_a_closed_run_is_never_written(box: Running, pulled: Workspace) -> None:
    """By nobody and by no way; its open rows stay as they are, and the term is free for others."""
    run_id = stopped(box, pulled, 2)
    pulled.runs.close(run_id, "bob")
    record, before = pulled._journal.run(run_id), len(writes(box))
    assert (record.state, record.closed_by, record.closed_at is not None) == ("closed", "bob", True)
    assert pulled.runs.summary(run_id)["not_attempted"] == 2
    with pytest.raises(InputError, match="was closed by bob"):
        asyncio.run(pulled.door.resume(run_id, {"old_run"}, "ann"))
    with pytest.raises(InputError, match="was closed"):
        pulled._journal.take_over(run_id, "ann")
    assert (pulled.runs.unfinished(), len(writes(box))) == ([], before)
    assert apply(pulled)["confirmed"] == 2


def test_a_run_that_lives_cannot_be_closed(pulled: Workspace) -> None:
    """It is cancelled instead; one that only waits for a worker can be closed, and is not claimed any more."""
    choose_first(pulled, free_rows(pulled, 1))
    run_id = asyncio.run(pulled.door.begin(pulled.plan(), (), "ann"))
    with pytest.raises(RunInProgress):
        Workspace(pulled.settings).runs.close(run_id, "bob")
    pulled._journal.end(run_id, "enough")
    queued = asyncio.run(pulled.door.resume(run_id, (), "ann", queued=True))
    pulled.runs.close(queued, "bob")
    assert (pulled.door.claim(queued), pulled.runs.live()) == (False, None)


def test_whoever_held_a_closed_run_sends_nothing_more(pulled: Workspace) -> None:
    """A process that stood still comes back and finds that somebody has closed its run."""
    choose_first(pulled, free_rows(pulled, 1))
    run_id = asyncio.run(pulled.door.begin(pulled.plan(), (), "ann"))
    Journal(pulled._database, LeaseWatch(dead_after=0)).close(run_id, "bob")
    with pytest.raises(LeaseLost):
        asyncio.run(pulled.runs.perform(run_id))
    assert pulled._journal.run(run_id).state == "closed"
