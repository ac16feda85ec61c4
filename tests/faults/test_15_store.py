"""Faults 15 and 16: a store that is full, read-only or locked, and a snapshot that is half written."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from tests.damage import its_id, snapshots_in
from tests.faults.harness import STORES, Scene, check, fault, rounds_of
from tests.faults.judge import Figures
from tests.faults.programs import Program, Trouble

PAGE = 4096


def _store(scene: Scene) -> Path:
    return scene.folder / "data" / "gpb.sqlite"


def _expect_intents_first(scene: Scene) -> None:
    """Every group that was sent anything is known to the journal as more than planned."""
    still_planned = set()
    if scene.run_id:
        states = scene.workspace._journal.open_operations(scene.run_id)
        still_planned = {int(target.id) for target, state in states.items() if state == "planned"}
    written = {int(seen["path"].rsplit("/", 1)[1]) for seen in scene.sent("PUT")}
    scene.expect(not written & still_planned, "a request left before its intent was stored")


@fault(15, "the disk is full; on PostgreSQL, connections are cut", rounds=4, rows=24, full_rounds=12, full_rows=100)
def store_fails(folder: Path, rows: int, round_: int) -> Figures:
    """No file can grow beyond some pages more than now: at the beginning of the run, or somewhere in it."""
    with Scene(folder, rows) as scene:
        scene.choose()
        if STORES:
            program = scene.start("apply", "--yes")
            _wait_for_writes(scene, 2 * round_, program)
            _on_postgresql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                           "AND datname = current_database()")  # fmt: skip
            scene.heard(program.wait())
        else:
            room = _store(scene).stat().st_size + (2 * round_ - 2) * PAGE
            ended = scene.apply(Trouble(room=max(PAGE, room)))
            scene.expect(ended.code != 0 or round_ > 1, "a full disk was not noticed")
        _expect_intents_first(scene)
        scene.converge()
        return scene.figures()


@fault(15, "the store is read-only", rounds=1)
def read_only(folder: Path, rows: int, round_: int) -> Figures:
    """A sentence, and not one write."""
    with Scene(folder, rows) as scene:
        scene.choose()
        changed: dict[str, Any] = {}
        if STORES:
            _on_postgresql(f'ALTER DATABASE "{_database()}" SET default_transaction_read_only = on')
        else:
            changed["GPB_STORE_URL"] = f"sqlite:///file:{_store(scene)}?mode=ro&uri=true"
        ended = scene.run("apply", "--yes", **changed)
        scene.expect((ended.code, "cannot be used" in ended.err) == (1, True), f"the sentence was {ended.err}")
        scene.expect_untouched()
        return scene.figures(applied=False)


@fault(15, "the store is locked by another program", rounds=2, rows=16)
def locked(folder: Path, rows: int, round_: int) -> Figures:
    """For a while, in the middle of a run: it waits. For longer than it waits: a sentence, and resume finishes."""
    with Scene(folder, rows, latency_ms=15) as scene:
        scene.choose()
        program = scene.start("apply", "--yes")
        _wait_for_writes(scene, 1, program)
        seconds = (1.0, 14.0)[round_]
        if STORES:
            _on_postgresql("LOCK TABLE operations IN ACCESS EXCLUSIVE MODE", f"SELECT pg_sleep({seconds})")
        else:
            _lock(_store(scene), seconds)
        scene.heard(program.wait())
        _expect_intents_first(scene)
        scene.converge()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


def _wait_for_writes(scene: Scene, count: int, program: Program) -> None:
    while len(scene.sent("PUT")) < count and not program.has_ended:
        time.sleep(0.005)


def _lock(file: Path, seconds: float) -> None:
    """Hold the whole store for so long."""
    connection = sqlite3.connect(file, timeout=10, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    time.sleep(seconds)
    connection.execute("ROLLBACK")
    connection.close()


def _on_postgresql(*statements: str) -> None:
    """In one transaction of another program."""
    engine = create_engine(STORES["url"])
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _database() -> str:
    return make_url(STORES["url"]).database or ""


@fault(16, "a snapshot is half written", rounds=3, full_rounds=3)
def half_snapshot(folder: Path, rows: int, round_: int) -> Figures:
    """The pull dies while it stores, or a stored file is cut: readers see the snapshot before."""
    with Scene(folder, rows) as scene:
        scene.choose()
        newest, read = scene.workspace.term.latest_id() or "", len(scene.workspace.term.rows())
        if round_ < 2:
            died = scene.run("pull", trouble=Trouble(kill_at=("Disk", "write", 1 + 3 * round_, "after")))
            scene.expect(died.code == -9, f"it was not killed but ended with {died.code}")
        else:
            scene.expect(scene.run("pull").code == 0, "a second pull failed")
            _cut(scene.folder / "data" / "snapshots", newest)
            told = scene.run("plan")
            scene.expect(told.code == 2, f"the whole one before was not used: {told.code}: {told.out}{told.err}")
            scene.expect(scene.run("pull").code == 0, "a new pull failed")
        scene.expect(len(scene.workspace.term.rows()) == read, "readers see half a snapshot")
        scene.expect(scene.run("apply", "--yes").code == 0, "apply failed")
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


def _cut(snapshots: Path, before: str) -> None:
    (newest,) = (place for place in snapshots_in(snapshots) if its_id(place) != before)
    table = newest / "groups.parquet"
    table.write_bytes(table.read_bytes()[: table.stat().st_size // 2])


@pytest.mark.parametrize("round_", rounds_of(store_fails))
@pytest.mark.slow
def test_a_full_disk_lets_no_unnoted_request_leave(round_: int, tmp_path: Path) -> None:
    """And the run goes on when there is room."""
    check(store_fails, round_, tmp_path)


def test_a_read_only_store_is_a_sentence(tmp_path: Path) -> None:
    """Nothing is written."""
    check(read_only, 0, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(locked.rounds))
def test_a_locked_store_is_waited_for(round_: int, tmp_path: Path) -> None:
    """Not for ever."""
    check(locked, round_, tmp_path)


@pytest.mark.parametrize("round_", rounds_of(half_snapshot))
@pytest.mark.slow
def test_half_a_snapshot_is_never_seen(round_: int, tmp_path: Path) -> None:
    """Readers keep the one before."""
    check(half_snapshot, round_, tmp_path)
