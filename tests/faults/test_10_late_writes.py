"""Fault 10 once more: Canvas was edited while a write waited, in the client or because its process stood still."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from gpb.sync.run import IN_FLIGHT
from tests.faults.harness import Scene, cases_of, check, fault
from tests.faults.judge import Figures
from tests.faults.programs import Program, Trouble
from tests.processes import wait_until
from tests.sync.conftest import choose_first

STANDSTILL = 2.2  # seconds: longer than a write may leave after its reading
STOPS = (
    ("Journal", "intend", 1, "after"),
    ("Notes", "check_held", 2, "before"),  # the headers of one have gone
    ("Journal", "intend", 1, "before"),
    ("CanvasClient", "write_integration_data", 1, "before"),
    ("Notes", "check_held", 1, "before"),  # its headers are about to go
)
"""Moments at which groups have been read and no write has left."""


def plan_one_of_several(scene: Scene, groups: int) -> None:
    """Draft one new row in each of so many groups that lie in several sections."""
    table = scene.workspace.term.rows()
    shared = table.loc[table.groupby("group_id")["section_id"].transform("count").gt(1)]
    free = shared.loc[shared["status"].eq("Unassociated")].drop_duplicates("group_id")
    choose_first(scene.workspace, free.head(groups))
    scene.note()


def teach(scene: Scene, change: dict[str, Any], key: str) -> None:
    """A teacher associates the section of this SIS id in the group of a planned row."""
    stored = scene.look("state")["groups"][str(change["group_id"])]
    vendor = stored.get("sistemic") or {}
    mapping = {**(vendor.get("categoryMapping") or {}), key: {"categoryId": "theirs", "by": "a teacher"}}
    scene.edit_group(change["group_id"], {**stored, "sistemic": {**vendor, "categoryMapping": mapping}})


def teach_neighbours(scene: Scene) -> None:
    """In every planned group a teacher associates a section that is not planned."""
    table = scene.workspace.term.rows()
    for change in scene.changes:
        others = table.loc[table["group_id"].eq(change["group_id"]) & table["section_id"].ne(change["section_id"])]
        teach(scene, change, others["sis_section_id"].iloc[0])


def teach_planned(scene: Scene) -> None:
    """A teacher associates the very rows that are planned."""
    for change in scene.changes:
        teach(scene, change, change["sis_section_id"])


def met_again(scene: Scene, after: int) -> bool:
    """Whether later than so many requests there was one for every planned group."""
    paths = [seen["path"] for seen in scene.look("requests")[after:]]
    return all(any(path.endswith(f"/{change['group_id']}") for path in paths) for change in scene.changes)


def started(scene: Scene, stop_at: tuple[str, str, int, str]) -> Program:
    """A sync that stands still there."""
    program = scene.start("apply", "--yes", trouble=Trouble(stop_at=stop_at))
    wait_until(lambda: program.stands_still or program.has_ended)
    return program


@fault(10, "another section of the group is associated while writes are throttled", rounds=1, rows=24, full_rounds=4)
def throttled(folder: Path, rows: int, round_: int) -> Figures:
    """All writes are turned away until the teachers are done: theirs and the planned ones survive."""
    with Scene(folder, rows, latency_ms=20, seed=round_ + 1) as scene:
        plan_one_of_several(scene, rows // 3)
        scene.script("throttle", method="PUT")
        program = scene.start("apply", "--yes")
        wait_until(lambda: len(scene.sent("PUT")) > 0 or program.has_ended)
        teach_neighbours(scene)
        taught = len(scene.look("requests"))
        wait_until(lambda: met_again(scene, taught) or program.has_ended)
        scene.calm()
        scene.heard(program.wait())
        scene.finish()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@fault(10, "another section is associated while the program stands still", rounds=2, rows=24, full_rounds=len(STOPS))
def stood_still(folder: Path, rows: int, round_: int) -> Figures:
    """Between comparing and sending: what teachers associated meanwhile and what was planned survive."""
    with Scene(folder, rows) as scene:
        plan_one_of_several(scene, IN_FLIGHT)
        program = started(scene, STOPS[round_ % len(STOPS)])
        teach_neighbours(scene)
        time.sleep(STANDSTILL)
        program.go_on()
        ended = scene.heard(program.wait())
        scene.expect(ended.code == 0, f"apply ended with {ended.code}: {ended.err}{ended.out}")
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@fault(10, "the row itself is associated while the program stands still", rounds=1, rows=24)
def stood_still_at_the_row(folder: Path, rows: int, round_: int) -> Figures:
    """A conflict, and what the teachers chose stays."""
    with Scene(folder, rows) as scene:
        plan_one_of_several(scene, IN_FLIGHT)
        program = started(scene, STOPS[0])
        teach_planned(scene)
        time.sleep(STANDSTILL)
        program.go_on()
        ended = scene.heard(program.wait())
        scene.expect(ended.code == 3, f"apply ended with {ended.code}: {ended.err}")
        scene.expect_outcomes(conflict=len(scene.changes))
        return scene.figures()


CASES = cases_of(throttled, stood_still, stood_still_at_the_row)


@pytest.mark.parametrize(("one", "round_"), CASES, ids=lambda value: getattr(value, "name", str(value)))
@pytest.mark.slow
def test_no_write_is_made_from_an_old_reading(one: Any, round_: int, tmp_path: Path) -> None:
    """Not one association of a teacher is overwritten."""
    check(one, round_, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("round_", range(stood_still.rounds, stood_still.full_rounds))
def test_no_standstill_anywhere_makes_a_late_write(round_: int, tmp_path: Path) -> None:
    """Also before the headers, between headers and body, and before the intent."""
    check(stood_still, round_, tmp_path)
