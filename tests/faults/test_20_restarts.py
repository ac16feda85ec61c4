"""Faults 20, 21 and 22: restarts in the middle of an edit or a run, a replay, and clocks that jump."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures
from tests.faults.programs import Trouble

EDIT_BOUNDARIES = (("DraftStore", "put", 1, "before"), ("DraftStore", "put", 1, "after"))


@fault(20, "the program is killed in the middle of an edit", rounds=2, full_rows=100)
def killed_while_editing(folder: Path, rows: int, round_: int) -> Figures:
    """Just before its drafts are stored there are none of them, just after it there are all; others stay."""
    with Scene(folder, rows) as scene:
        scene.choose()
        file = folder / "edit.csv"
        taken = {(change["group_id"], change["section_id"]) for change in scene.changes}
        table = scene.workspace.term.rows()
        free = table.loc[table["status"].eq("Unassociated")]
        wanted = [row for row in free.itertuples() if (row.group_id, row.section_id) not in taken][:3]
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["group_id", "section_id", "category_id"])
            for row in wanted:
                choice = next(iter(scene.workspace.term.latest().validity.options(row.class_id)))
                writer.writerow([row.group_id, row.section_id, choice])
        ended = scene.run("import", str(file), trouble=Trouble(kill_at=EDIT_BOUNDARIES[round_]))
        scene.expect(ended.code == -9, f"it was not killed but ended with {ended.code}")
        drafts = len(scene.workspace.term.drafts().frame())
        scene.expect(drafts == len(taken) + round_ * len(wanted), f"there are {drafts} drafts")
        scene.note()
        scene.expect(scene.apply().code == 0, "apply failed")
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@fault(20, "every process of a run is killed, and the servers restart", rounds=1, rows=24, full_rows=100)
def everything_restarts(folder: Path, rows: int, round_: int) -> Figures:
    """Program and servers die together in the middle; both come back, and the run resumes."""
    with Scene(folder, rows, state_file=folder / "canvas.jsonl") as scene:
        scene.choose()
        ended = scene.apply(Trouble(kill_at=("Journal", "settle", 4, "before")))
        scene.expect(ended.code == -9, f"it was not killed but ended with {ended.code}")
        scene.stop_listening()
        scene.listen_again()
        scene.expect(scene.run("resume").code == 0, "resume failed")
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@fault(21, "a finished run is replayed", rounds=1, full_rows=200)
def replayed(folder: Path, rows: int, round_: int) -> Figures:
    """From its drafts, which are gone, and from its plan in a file: the second plan is empty, not one write."""
    with Scene(folder, rows) as scene:
        scene.choose()
        file = str(folder / "plan.json")
        scene.expect(scene.run("plan", "-o", file).code == 2, "there was nothing to plan")
        scene.expect(scene.apply().code == 0, "apply failed")
        written = len(scene.sent("PUT"))
        scene.expect((scene.run("plan").code, scene.apply().code) == (0, 0), "the second plan is not empty")
        scene.expect(scene.run("apply", file, "--yes").code == 0, "the replay failed")
        scene.expect_outcomes(unchanged=len(scene.changes))
        scene.expect(len(scene.sent("PUT")) == written, "the replay wrote")
        return scene.figures()


@fault(22, "clocks that jump", rounds=2, rows=16, full_rows=100)
def jumping_clock(folder: Path, rows: int, round_: int) -> Figures:
    """By hours, days and a year, at every look; in a run with retries, and in one that is cut off and resumed.

    How old the reading and the run are is told by that clock, and asked about.
    """
    with Scene(folder, rows) as scene:
        scene.choose()
        jumping, apply = Trouble(jumping_clock=True), ("apply", "--yes", "--accept", "snapshot_old")
        if round_:
            scene.run(*apply, trouble=Trouble(jumping_clock=True, kill_at=("Journal", "settle", 3, "before")))
            refused = scene.run("apply", "--yes", trouble=jumping)
            scene.expect(refused.code == 1, f"a second run ended with {refused.code}")
            ended = scene.run("resume", "--accept", "old_run", "--accept", "snapshot_old", trouble=jumping)
        else:
            scene.tell("faults", {"throttle": 0.1, "503": 0.02})
            ended = scene.run(*apply, trouble=jumping)
        scene.expect(ended.code == 0, f"the run ended with {ended.code}: {ended.err}")
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@pytest.mark.parametrize("round_", rounds_of(killed_while_editing))
def test_a_killed_edit_leaves_all_of_its_drafts_or_none(round_: int, tmp_path: Path) -> None:
    """The drafts of before are all there."""
    check(killed_while_editing, round_, tmp_path)


@pytest.mark.slow
def test_a_run_goes_on_after_everything_restarted(tmp_path: Path) -> None:
    """By ``resume``."""
    check(everything_restarts, 0, tmp_path)


@pytest.mark.slow
def test_a_replay_writes_nothing(tmp_path: Path) -> None:
    """The second plan is empty."""
    check(replayed, 0, tmp_path)


@pytest.mark.parametrize("round_", rounds_of(jumping_clock))
@pytest.mark.slow
def test_jumping_clocks_change_nothing(round_: int, tmp_path: Path) -> None:
    """Leases and back-off do not look at the wall clock."""
    check(jumping_clock, round_, tmp_path)
