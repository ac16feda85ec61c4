"""Fault 7: ``kill -9`` at every boundary of the journal, and at random moments."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures
from tests.faults.programs import Program, Trouble

BOUNDARIES = (
    ("Journal", "begin", 1, "before"),
    ("Journal", "begin", 1, "after"),
    ("Journal", "intend", 1, "before"),
    ("Journal", "intend", 3, "after"),
    ("Journal", "settle", 1, "before"),
    ("Journal", "settle", 3, "before"),
    ("Journal", "settle", 3, "after"),
    ("Journal", "end", 1, "before"),
    ("Journal", "end", 1, "after"),
    ("DraftStore", "settle", 1, "after"),
    ("SnapshotStore", "write", 1, "after"),
    ("SnapshotStore", "place", 1, "after"),
)
"""From planned to intended, to sent, to confirmed, to the summary, each just before and just after it is stored."""
KILLS = 20
PATIENCE = 60.0


@fault(7, "kill -9 at every boundary of the journal", rounds=len(BOUNDARIES), full_rows=100)
def killed_at_a_boundary(folder: Path, rows: int, round_: int) -> Figures:
    """The process kills itself; whoever comes next finishes."""
    with Scene(folder, rows) as scene:
        scene.choose()
        ended = scene.apply(Trouble(kill_at=BOUNDARIES[round_]))
        scene.expect(ended.code == -9, f"it was not killed but ended with {ended.code}")
        scene.converge()
        return scene.figures()


@fault(7, "kill -9 twenty times in one run, at random moments", rounds=5, rows=80)
def killed_again_and_again(folder: Path, rows: int, round_: int) -> Figures:
    """Each rescuer gets a few requests far, and is killed, too; the one after the last finishes."""
    luck = random.Random(f"again {round_}")
    with Scene(folder, rows, latency_ms=2) as scene:
        scene.choose()
        kills = 0
        while kills < KILLS:
            begun = scene.run_id is not None
            program = scene.start("resume") if begun else scene.start("apply", "--yes")
            _kill_after(scene, luck, 8, program)
            kills += program.wait().code == -9
            if begun and not scene.workspace.runs.unfinished():
                break
        scene.expect(kills >= KILLS // 2, f"the run was over after {kills} kills")
        scene.converge()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@fault(7, "kill -9 at a random moment", rounds=1, rows=12, full_rounds=100, full_rows=500)
def killed_at_random(folder: Path, rows: int, round_: int) -> Figures:
    """After any number of requests, and any number of milliseconds more; in every third round the rescuer, too."""
    luck = random.Random(f"kill {round_}")
    with Scene(folder, rows, latency_ms=2) as scene:
        scene.choose()
        for words in (["apply", "--yes"], ["resume"])[: 2 if round_ % 3 == 2 else 1]:
            program = scene.start(*words)
            _kill_after(scene, luck, 2 * len(scene.changes), program)
            scene.heard(program.wait())
        scene.converge()
        return scene.figures()


def _kill_after(scene: Scene, luck: random.Random, most_requests: int, program: Program) -> None:
    """After up to so many requests, and up to ten milliseconds."""
    count, log = luck.randint(0, most_requests), scene.box.log
    seen, patience = len(log), time.monotonic() + PATIENCE
    while len(log) < seen + count and not program.has_ended and time.monotonic() < patience:
        time.sleep(0.001)
    time.sleep(luck.uniform(0, 0.01))
    program.kill()


@pytest.mark.parametrize("round_", rounds_of(killed_at_a_boundary))
def test_a_kill_at_a_boundary_loses_and_doubles_nothing(round_: int, tmp_path: Path) -> None:
    """Restart converges."""
    check(killed_at_a_boundary, round_, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(killed_again_and_again.rounds))
def test_a_hundred_kills_lose_and_double_nothing(round_: int, tmp_path: Path) -> None:
    """Twenty in each of five runs; restart converges."""
    check(killed_again_and_again, round_, tmp_path)


@pytest.mark.slow
def test_a_kill_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Restart converges; the report kills a hundred runs of 500 rows so."""
    check(killed_at_random, 0, tmp_path)
