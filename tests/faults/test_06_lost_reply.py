"""Fault 6: the reply is lost after the server has carried the write out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures

SHAPES = ("sistemic", "flat")
LOST = 5
"""As many as the retry budget of a small run lets it look after."""


@fault(6, "the reply is lost after the server applied the write", rounds=2, full_rounds=10, full_rows=60)
def lost_reply(folder: Path, rows: int, round_: int) -> Figures:
    """Some writes in a row, all of a small plan: one effect each, and the row ends confirmed by re-reading."""
    with Scene(folder, rows, shape=SHAPES[round_ % 2]) as scene:
        scene.choose()
        scene.script("lost-reply", method="PUT", after=round_, times=LOST)
        scene.apply()
        scene.expect(0 in {seen["status"] for seen in scene.sent("PUT")}, "no reply was lost")
        scene.calm()
        scene.finish()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@pytest.mark.parametrize("round_", rounds_of(lost_reply))
@pytest.mark.slow
def test_a_lost_reply_has_one_effect(round_: int, tmp_path: Path) -> None:
    """The row is confirmed by reading again, in both shapes."""
    check(lost_reply, round_, tmp_path)
