"""Faults 13 and 14: two coordinators at once, and a holder of the term that died."""

from __future__ import annotations

import getpass
import time
from pathlib import Path

import pytest

from tests.conftest import edit_now
from tests.faults.harness import Fault, Scene, check, fault, rounds_of
from tests.faults.judge import Figures
from tests.lent import settled
from tests.processes import wait_until


@fault(13, "two apply at once", rounds=1, rows=24, full_rounds=5, full_rows=60)
def two_at_once(folder: Path, rows: int, round_: int) -> Figures:
    """The second is told who and since when, and writes nothing; the first finishes."""
    with Scene(folder, rows) as scene:
        scene.choose()
        scene.script("slow", method="PUT")
        first = scene.start("apply", "--yes")
        while not scene.sent("PUT"):
            time.sleep(0.005)
        second = scene.apply()
        scene.expect(not first.has_ended, "the first was over before the second began")
        scene.expect(second.code == 1, f"the second ended with {second.code}: {second.out}")
        named = getpass.getuser() in second.err and time.strftime("%Y-", time.gmtime()) in second.err
        scene.expect(named, f"the second was not told who and since when: {second.err}")
        resumed = scene.run("resume")
        scene.expect("confirmed" not in resumed.out, "a living run was resumed")
        scene.calm()
        scene.expect(scene.heard(first.wait()).code == 0, "the first did not finish")
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@fault(13, "two coordinators edit the same row", rounds=1, full_rounds=3)
def same_row(folder: Path, rows: int, round_: int) -> Figures:
    """The later wish holds, and everybody reads whose it is and of when; an undo brings the other one back."""
    with Scene(folder, rows) as scene:
        scene.choose(person="ann")
        key = (scene.changes[0]["group_id"], scene.changes[0]["section_id"])
        row = scene.workspace.term.rows().set_index(["group_id", "section_id"]).loc[key]
        options = scene.workspace.term.latest().validity.options(row["class_id"])
        other = next(one for one in options if one not in (row["category_id"], row["stored_category_id"]))
        edit_now(scene.workspace, {key: other}, person="bob", label="test")
        draft = scene.workspace.term.drafts().frame().set_index(["group_id", "section_id"]).loc[key]
        scene.expect((draft["person"], draft["category_id"]) == ("bob", other), f"the draft is {dict(draft)}")
        scene.expect(draft["edited_at"][:2] == "20", "the draft does not say when")
        scene.workspace.term.drafts().undo("bob")
        back = scene.workspace.term.rows().set_index(["group_id", "section_id"]).loc[key]
        scene.expect((back["person"], back["category_id"]) == ("ann", row["category_id"]), "the wish of ann is lost")
        scene.note()
        scene.apply()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@fault(14, "the holder of the term dies", rounds=2, rows=24, full_rounds=6, full_rows=60)
def holder_dies(folder: Path, rows: int, round_: int) -> Figures:
    """A new run is refused with the way on; taking the dead one over is a command of its own, and finishes it."""
    with Scene(folder, rows, latency_ms=10) as scene:
        scene.choose()
        program = scene.start("apply", "--yes")
        wait_until(lambda: len(scene.sent("PUT")) > 4 * round_, every=0.002)
        program.kill()
        scene.expect(program.wait().code == -9, "it was not killed")
        settled(scene.box)
        written = len(scene.look("writes"))
        refused = scene.apply()
        scene.expect(refused.code == 1 and "resume" in refused.err.lower(), f"no way on was told: {refused.err}")
        scene.expect(len(scene.look("writes")) == written, "the refused run wrote")
        scene.expect(scene.run("resume").code == 0, "resume did not finish")
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@pytest.mark.parametrize("one", [two_at_once, same_row], ids=lambda one: one.name)
@pytest.mark.slow
def test_two_coordinators_do_not_overwrite_each_other(one: Fault, tmp_path: Path) -> None:
    """One run at a time, and every wish has a name."""
    check(one, 0, tmp_path)


@pytest.mark.parametrize("round_", rounds_of(holder_dies))
@pytest.mark.slow
def test_a_dead_holder_is_taken_over_knowingly(round_: int, tmp_path: Path) -> None:
    """By ``resume``, and by nothing else."""
    check(holder_dies, round_, tmp_path)
