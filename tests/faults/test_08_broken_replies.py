"""Fault 8: cut bodies, invalid JSON, a web page with 200, and the bare-text 400 of Canvas."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures

BROKEN = ("cut", "not-json", "html200")
LISTS = ("/sections", "/assignment_groups", "/courses", "/assignment_categories")


@fault(8, "bodies cut short, invalid JSON, a web page with 200", rounds=3, rows=24, full_rounds=9, full_rows=100)
def broken_replies(folder: Path, rows: int, round_: int) -> Figures:
    """While a run writes; then while a pull reads: no reply is taken for an empty list."""
    with Scene(folder, rows) as scene:
        scene.choose()
        kind = BROKEN[round_ % 3]
        scene.tell("faults", {kind: 0.06})
        scene.apply()
        scene.calm()
        scene.finish()
        scene.expect_outcomes(confirmed=len(scene.changes))
        newest, read = scene.workspace.term.latest_id(), len(scene.workspace.term.rows())
        scene.script(kind, path=LISTS[round_ % 4], method="GET")
        pulled = scene.run("pull")
        scene.expect(pulled.code == 1, f"a pull of broken replies ended with {pulled.code}: {pulled.out}")
        scene.expect(scene.workspace.term.latest_id() == newest, "a broken pull left a snapshot")
        scene.script(kind, path=LISTS[round_ % 4], method="GET", times=2)
        scene.expect(scene.run("pull").code == 0, "a passing fault broke the pull")
        scene.expect(len(scene.workspace.term.rows()) == read, "rows have gone")
        return scene.figures()


@fault(8, "the bare-text 400 of Canvas", rounds=1, full_rows=60)
def bare_text(folder: Path, rows: int, round_: int) -> Figures:
    """One group is refused with the reason, the others go on."""
    with Scene(folder, rows) as scene:
        scene.choose()
        group = scene.changes[0]["group_id"]
        refused = sum(change["group_id"] == group for change in scene.changes)
        scene.script("bare-400", method="PUT", path=f"/assignment_groups/{group}")
        ended = scene.apply()
        scene.expect(ended.code == 3, f"apply ended with {ended.code}")
        scene.expect("Invalid integration data" in "".join(scene.told()), f"told was {scene.told()}")
        scene.expect_outcomes(rejected=refused, confirmed=len(scene.changes) - refused)
        return scene.figures()


@pytest.mark.parametrize("round_", rounds_of(broken_replies))
@pytest.mark.slow
def test_a_broken_reply_is_no_empty_list(round_: int, tmp_path: Path) -> None:
    """Neither in a run nor in a pull."""
    check(broken_replies, round_, tmp_path)


@pytest.mark.slow
def test_a_refusal_in_bare_text_concerns_one_group(tmp_path: Path) -> None:
    """With Canvas' own words."""
    check(bare_text, 0, tmp_path)
