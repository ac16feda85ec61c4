"""Fault 7: ``kill -9`` at every boundary of the journal, and at random moments."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.faults.harness import Scene, check, fault
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
    ("SnapshotStore", "save", 1, "after"),
)
"""From planned to intended, to sent, to confirmed, to the summary, each just before and just after it is stored."""
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


@fault(7, "kill -9 at random moments", rounds=5, rows=12, full_rounds=100, full_rows=500)
def killed_at_random(folder: Path, rows: int, round_: int) -> Figures:
    """After any number of requests, and any number of milliseconds more; in every third round the rescuer, too."""
    luck = random.Random(f"kill {round_}")
    with Scene(folder, rows, latency_ms=2) as scene:
        scene.choose()
        for words in (["apply", "--yes"], ["resume"])[: 2 if round_ % 3 == 2 else 1]:
            program = scene.start(*words)
            _wait_for_requests(scene, luck.randint(0, 2 * len(scene.changes)), program)
            time.sleep(luck.uniform(0, 0.01))
            program.kill()
            scene.heard(program.wait())
        scene.converge()
        return scene.figures()


def _wait_for_requests(scene: Scene, count: int, program: Program) -> None:
    seen, patience = len(scene.box.log.as_list()), time.monotonic() + PATIENCE
    while len(scene.box.log.as_list()) < seen + count and not program.has_ended and time.monotonic() < patience:
        time.sleep(0.001)


@pytest.mark.parametrize("round_", range(killed_at_a_boundary.rounds))
def test_a_kill_at_a_boundary_loses_and_doubles_nothing(round_: int, tmp_path: Path) -> None:
    """Restart converges."""
    check(killed_at_a_boundary, round_, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(killed_at_random.rounds))
def test_a_kill_at_any_moment_loses_and_doubles_nothing(round_: int, tmp_path: Path) -> None:
    """Restart converges."""
    check(killed_at_random, round_, tmp_path)
