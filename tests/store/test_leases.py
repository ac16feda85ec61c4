"""Leases: who lives, who is dead, and that nobody writes a run that somebody else has taken over."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from sqlalchemy import update

from gpb.errors import LeaseLost, RunInProgress
from gpb.store.database import Database, leases
from gpb.store.leases import DEAD_AFTER, Lease, LeaseWatch
from gpb.store.run_records import Outcome
from gpb.store.runs import Journal
from tests.builders import association
from tests.processes import PATIENCE, wait_until
from tests.store.test_runs import PLAN, ROWS, begun

ELSEWHERE = Lease("scope", "run", "ann", "elsewhere", 1, "2026-09-01T08:00:00+00:00", "token", "5", 3)


class Clock:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """The present time."""
        return self.seconds


def change_lease(database: Database, **values: object) -> None:
    """Let the holder be somebody else."""
    with database.write() as connection:
        connection.execute(update(leases).values(**values))


def lease_of(database: Database) -> Lease:
    """The only lease."""
    with database.read() as connection:
        return Lease(**connection.execute(leases.select()).mappings().one())


@contextmanager
def another_process(program: str = "input()") -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until the end of the block."""
    process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait()


def held_by(database: Database, process: int) -> Lease:
    """The lease as that process of this machine would hold it."""
    started = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    change_lease(database, process=process, process_started=started, token="theirs")
    return lease_of(database)


def test_a_holder_elsewhere_is_dead_when_its_beats_have_stood_still_before_the_eyes_of_the_watch() -> None:
    """Not when the watch sees it for the first time, however old the lease is."""
    clock = Clock()
    watch = LeaseWatch(clock=clock)
    states = [watch.is_dead(ELSEWHERE)]
    for _ in range(2):
        clock.seconds += DEAD_AFTER / 2
        states.append(watch.is_dead(ELSEWHERE))
    assert states == [False, False, True]


def test_every_beat_and_every_new_holder_starts_the_watch_anew() -> None:
    """An older reading that comes late is no beat."""
    clock = Clock()
    watch = LeaseWatch(clock=clock)
    watch.is_dead(ELSEWHERE)
    clock.seconds += DEAD_AFTER
    assert not watch.is_dead(replace(ELSEWHERE, beats=4))
    clock.seconds += DEAD_AFTER
    assert watch.is_dead(replace(ELSEWHERE, beats=3))
    assert not watch.is_dead(replace(ELSEWHERE, token="next", beats=0))


def test_a_holder_is_in_doubt_until_it_has_beaten_or_is_dead() -> None:
    """That is how long `resume` waits."""
    clock = Clock()
    living, dead = LeaseWatch(clock=clock), LeaseWatch(clock=clock)
    assert [living.is_in_doubt(ELSEWHERE), dead.is_in_doubt(ELSEWHERE)] == [True, True]
    assert not living.is_in_doubt(replace(ELSEWHERE, beats=4))
    clock.seconds += DEAD_AFTER
    assert not dead.is_in_doubt(ELSEWHERE)


def test_the_wall_clock_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may jump by years."""
    watch = LeaseWatch()
    watch.is_dead(ELSEWHERE)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert not watch.is_dead(replace(ELSEWHERE, since="1999-01-01T00:00:00+00:00"))


def test_a_process_of_this_machine_lives_or_is_dead_at_once(database: Database) -> None:
    """Also when it was killed and its parent has not noticed yet."""
    journal, run = begun(database)
    with another_process() as process:
        held_by(database, process.pid)
        assert journal.is_live(run)
        with pytest.raises(RunInProgress):
            journal.take_over(run, "bob")
        process.kill()
        wait_until(lambda: not journal.is_live(run))  # nobody has waited for it: its number is still taken


def test_another_process_with_the_number_of_the_holder_is_not_the_holder(database: Database) -> None:
    """Numbers come again."""
    journal, run = begun(database)
    with another_process() as process:
        lease = held_by(database, process.pid)
        assert journal.is_live(run)
        change_lease(database, process_started=str(int(lease.process_started or 0) - 1))
        assert not journal.is_live(run)


@pytest.mark.parametrize("number", [-1, 0, 2**31 - 1])
def test_a_number_that_no_process_has_is_dead(database: Database, number: int) -> None:
    """Also one that none can have."""
    journal, run = begun(database)
    change_lease(database, process=number, token="theirs")
    assert not journal.is_live(run)


def test_looking_at_a_holder_sends_it_no_signal(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows even signal 0 ends a process; there the moment of its start tells it from a later one."""
    journal, run = begun(database)
    monkeypatch.setattr("gpb.store.leases.LINUX", False)
    monkeypatch.setattr("gpb.store.leases.WINDOWS", True)
    with another_process() as process, monkeypatch.context() as looking:
        looking.setattr(os, "kill", lambda *_: pytest.fail("a signal"))
        started = f"{psutil.Process(process.pid).create_time() * 100:.0f}"
        change_lease(database, process=process.pid, process_started=started, token="theirs")
        assert journal.is_live(run)
        change_lease(database, process_started=str(int(started) - 1))
        assert not journal.is_live(run)


@pytest.mark.parametrize("fault", ["no access", "no start"])
def test_a_holder_whose_start_is_not_told_lives_as_long_as_its_number(
    database: Database, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """A process of somebody else, or a system that has no steady moment of its start; the beats tell the rest."""

    def no_access(_: psutil.Process) -> str:
        raise psutil.AccessDenied

    journal, run = begun(database)
    with another_process() as process:
        held_by(database, process.pid)
        if fault == "no access":
            monkeypatch.setattr(psutil.Process, "status", no_access)
        else:
            monkeypatch.setattr("gpb.store.leases.LINUX", False)
        assert journal.is_live(run)
    if fault == "no start":
        assert not journal.is_live(run)


def test_a_step_of_the_wall_clock_leaves_the_holder_what_it_is(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux tells the start of the machine by the wall clock, and psutil that of a process by it."""
    journal, run = begun(database)
    with another_process() as process:
        held_by(database, process.pid)
        boot = psutil.boot_time() + 3600
        monkeypatch.setattr(psutil, "boot_time", lambda: boot)
        monkeypatch.setattr("psutil._pslinux.boot_time", lambda: boot)
        assert journal.is_live(run)


def test_a_number_of_another_container_means_nothing_here(database: Database) -> None:
    """Only its beats tell."""
    journal, run = begun(database)
    with another_process() as process:
        held_by(database, process.pid)
    assert not journal.is_live(run)
    change_lease(database, host="elsewhere")
    assert journal.is_live(run)


def test_the_sentence_says_who_since_when_and_when_last_seen(database: Database) -> None:
    """So that the other coordinator can ask."""
    clock = Clock()
    _, run = begun(database)
    change_lease(database, host="elsewhere")
    watcher = Journal(database, LeaseWatch(clock=clock))
    since = lease_of(database).since
    with pytest.raises(
        RunInProgress, match=r"ann has been syncing this term since .* `resume` finds out within 15 seconds"
    ):
        watcher.begin(PLAN, ROWS, term="Fall", person="bob")
    change_lease(database, beats=7)
    assert watcher.is_live(run)
    clock.seconds += 9
    with pytest.raises(RunInProgress) as caught:
        watcher.take_over(run, "bob")
    assert f"since {since} (run {run}), last seen alive 9 seconds ago" in str(caught.value)
    clock.seconds += 6
    watcher.take_over(run, "bob")
    assert lease_of(database).person == "bob"


WRITES: dict[str, Callable[[Journal, str], None]] = {
    "intend": lambda journal, run: journal.intend(run, association(1), {}, {}),
    "withdraw": lambda journal, run: journal.withdraw(run, association(1)),
    "settle": lambda journal, run: journal.settle(run, association(2), [Outcome(2, 1, "confirmed")]),
    "end": lambda journal, run: journal.end(run, None),
}


@pytest.mark.parametrize("write", WRITES)
def test_after_a_take_over_the_former_holder_writes_nothing(database: Database, write: str) -> None:
    """It is told who took the run over; the journal stays as the new holder has it."""
    paused, run = begun(database)
    paused.intend(run, association(1), {"sent": 1}, {})
    change_lease(database, host="elsewhere")
    Journal(database, LeaseWatch(dead_after=0)).take_over(run, "bob")
    before = (paused.open_operations(run), lease_of(database), paused.run(run))
    with pytest.raises(LeaseLost, match="bob took it over at 20"):
        WRITES[write](paused, run)
    assert (paused.open_operations(run), lease_of(database), paused.run(run)) == before


@pytest.mark.parametrize("write", WRITES)
def test_nobody_writes_a_run_that_another_has_ended(database: Database, write: str) -> None:
    """Its lease is gone."""
    paused, run = begun(database)
    change_lease(database, host="elsewhere")
    other = Journal(database, LeaseWatch(dead_after=0))
    other.take_over(run, "bob")
    other.end(run, None)
    with pytest.raises(LeaseLost, match="someone took it over and ended it"):
        WRITES[write](paused, run)
    assert other.run(run).state == "finished"


def test_a_holder_at_work_beats_and_nobody_takes_over(database: Database) -> None:
    """Not even a watch whose patience is short; afterwards the beats stand still."""
    journal, run = begun(database)
    watch = LeaseWatch(dead_after=5)
    with journal.beating(run, every=0.02):
        wait_until(lambda: watch.is_dead(lease_of(database)) or lease_of(database).beats >= 5)
        assert not watch.is_dead(lease_of(database))
    beats = lease_of(database).beats
    assert beats >= 5
    time.sleep(0.1)
    assert lease_of(database).beats == beats


def test_a_process_never_takes_a_run_from_itself_while_it_works_on_it(database: Database) -> None:
    """After a pause its own watch has seen no beat for long."""
    clock = Clock()
    journal = Journal(database, LeaseWatch(clock=clock))
    run = journal.begin(PLAN, ROWS, term="Fall", person="ann")
    assert journal.is_live(run)
    clock.seconds += 10 * DEAD_AFTER
    with journal.beating(run, every=60):
        assert journal.is_live(run)
    assert not journal.is_live(run)


def test_the_heartbeat_tells_that_the_lease_is_lost(database: Database) -> None:
    """So that requests that only wait to be sent are held back."""
    journal, run = begun(database)
    lost = threading.Event()
    with journal.beating(run, lost.set, every=0.02):
        change_lease(database, token="theirs", person="bob")
        assert lost.wait(PATIENCE)
    assert lease_of(database).beats <= 1


def test_a_queued_run_keeps_its_scope_and_is_claimed_once(database: Database) -> None:
    """By the first of many workers."""
    app = Journal(database)
    run = app.begin(PLAN, ROWS, term="Fall", person="ann", queued=True)
    with pytest.raises(
        RunInProgress, match=f"ann asked for a sync of this term at .* \\(run {run}\\), and it is waiting"
    ):
        app.begin(PLAN, ROWS, term="Fall", person="bob")
    assert ([record.run_id for record in app.queued()], app.is_live(run)) == ([run], True)
    with pytest.raises(LeaseLost):
        app.intend(run, association(1), {}, {})
    workers = [Journal(database) for _ in range(4)]
    results = [False] * 4

    def claim(place: int) -> None:
        results[place] = workers[place].claim(run)

    threads = [threading.Thread(target=claim, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    assert (app.queued(), app.run(run).state, lease_of(database).process) == ([], "running", os.getpid())
    workers[results.index(True)].intend(run, association(1), {}, {})


def test_a_run_that_was_cut_off_can_be_queued_again(database: Database) -> None:
    """The person decides, the worker does it."""
    _, run = begun(database)
    with another_process() as process:
        held_by(database, process.pid)
    app = Journal(database)
    app.take_over(run, "bob", queued=True)
    assert (app.run(run).state, lease_of(database).token) == ("queued", None)
    app.take_over(run, "bob")  # somebody has no patience with the worker
    assert (app.run(run).state, lease_of(database).token is None) == ("running", False)
