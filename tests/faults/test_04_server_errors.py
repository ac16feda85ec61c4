"""Fault 4: 500, 502, 503 and 504, now and then and without end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures

STATUSES = ("500", "502", "503", "504")
FLOOR = 10 + 8
"""Retries that even a small run may make, and what is in flight when they are spent."""


@fault(4, "500, 502, 503, 504 now and then", rounds=4, rows=40, full_rounds=8, full_rows=200)
def now_and_then(folder: Path, rows: int, round_: int) -> Figures:
    """Three of a hundred requests fail: every row is confirmed in the end, with at most a tenth more requests."""
    with Scene(folder, rows) as scene:
        scene.choose()
        scene.tell("faults", {STATUSES[round_ % 4]: 0.03})
        scene.apply()
        _expect_within_budget(scene)
        scene.calm()
        scene.finish()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@fault(4, "nothing but 503 for a while", rounds=3, rows=40, full_rows=200)
def without_end(folder: Path, rows: int, round_: int) -> Figures:
    """For all requests, for writes alone, or for reads alone: the run stops within its budget, and resume finishes."""
    with Scene(folder, rows) as scene:
        scene.choose()
        scene.script("503", method=("", "PUT", "GET")[round_], path="/canvas/", after=6)
        ended = scene.apply()
        scene.expect(ended.code == 3, f"apply ended with {ended.code}: {ended.err}")
        scene.expect("Try again" in "".join(scene.told()) + ended.out, f"no advice was given: {ended.err}")
        _expect_within_budget(scene)
        scene.calm()
        scene.finish()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


def _expect_within_budget(scene: Scene) -> None:
    """At most 1.1 times the requests of an undisturbed run, but for the floor that small runs have."""
    groups = {change["group_id"] for change in scene.changes}
    courses = {change["course_id"] for change in scene.changes}
    planned = 2 * len(groups) + len(courses)
    sent = len([seen for seen in scene.look("requests") if "/canvas/" in seen["path"]])
    most = max(1.1 * planned, planned + FLOOR)
    scene.expect(sent <= most, f"{sent} requests were sent where {planned} would have done")


@pytest.mark.slow
@pytest.mark.parametrize("round_", rounds_of(now_and_then))
def test_errors_now_and_then_cost_time_but_no_row(round_: int, tmp_path: Path) -> None:
    """Within the budget."""
    check(now_and_then, round_, tmp_path)


@pytest.mark.parametrize("round_", rounds_of(without_end))
@pytest.mark.slow
def test_a_server_that_is_down_stops_the_run(round_: int, tmp_path: Path) -> None:
    """Within the budget, and resume finishes."""
    check(without_end, round_, tmp_path)
