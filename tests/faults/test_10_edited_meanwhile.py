"""Faults 10, 11 and 12: Canvas or Focus was changed between plan and apply."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.faults.harness import Scene, cases_of, check, fault
from tests.faults.judge import Figures

CATEGORY_CHANGES: tuple[dict[str, Any], ...] = (
    {"deleted": True},
    {"active": False},
    {"title": "Named otherwise"},
    {"section_uuids": []},
)


def first_new(scene: Scene) -> dict[str, Any]:
    """The first planned row that shall get a category."""
    return next(change for change in scene.changes if change["after_id"])


@fault(10, "the group was edited in Canvas between plan and apply", rounds=2, full_rows=60)
def edited(folder: Path, rows: int, round_: int) -> Figures:
    """The planned row itself: a conflict. Another key: both survive."""
    with Scene(folder, rows) as scene:
        scene.choose()
        change = first_new(scene)
        stored = scene.before[str(change["group_id"])]
        if round_ == 0:
            theirs = {change["sis_section_id"]: {"categoryId": "theirs", "by": "somebody else"}}
            vendor = stored.get("sistemic") or {}
            mapping = vendor.get("categoryMapping") or {}
            stored = {**stored, "sistemic": {**vendor, "categoryMapping": {**mapping, **theirs}}}
        else:
            stored = {**stored, "another tool": {"since": "today"}}
        scene.edit_group(change["group_id"], stored)
        scene.apply()
        scene.expect_outcomes(conflict=1 - round_, confirmed=len(scene.changes) - 1 + round_)
        if round_ == 0:
            scene.expect("Someone changed this in Canvas" in "".join(scene.told()), f"told was {scene.told()}")
        return scene.figures()


@fault(11, "the category was deleted, switched off, renamed, moved", rounds=4, full_rows=60)
def category_changed(folder: Path, rows: int, round_: int) -> Figures:
    """Between plan and apply: its rows are refused with the reason, the others go on."""
    with Scene(folder, rows) as scene:
        scene.choose()
        category = first_new(scene)["after_id"]
        concerned = sum(change["after_id"] == category for change in scene.changes)
        scene.tell(f"categories/{category}", CATEGORY_CHANGES[round_])
        ended = scene.apply()
        scene.expect(ended.code == 3, f"apply ended with {ended.code}")
        reason = "no longer valid for this section" if round_ != 2 else "is now called “Named otherwise”"
        scene.expect(sum(reason in told for told in scene.told()) == concerned, f"told was {scene.told()}")
        scene.expect_outcomes(rejected=concerned, confirmed=len(scene.changes) - concerned)
        return scene.figures()


@fault(11, "the category of a synchronized row went away", rounds=4)
def category_gone(folder: Path, rows: int, round_: int) -> Figures:
    """The next pull shows what it left behind as Broken, or the new name; nothing is written silently."""
    with Scene(folder, rows) as scene:
        scene.choose()
        scene.apply()
        change = first_new(scene)
        scene.tell(f"categories/{change['after_id']}", CATEGORY_CHANGES[round_])
        scene.expect(scene.run("pull").code == 0, "the pull failed")
        key = (change["group_id"], change["section_id"])
        status = scene.workspace.term.rows().set_index(["group_id", "section_id"]).loc[key, "status"]
        wanted = "Synchronized" if round_ == 2 else "Broken"
        scene.expect(status == wanted, f"the row is {status}, not {wanted}")
        scene.expect(not scene.workspace.plan().changes, "the change made a plan by itself")
        return scene.figures()


@fault(12, "group or section deleted, section moved to another course", rounds=3, full_rows=60)
def gone(folder: Path, rows: int, round_: int) -> Figures:
    """Between plan and apply: those rows are rejected, the others go on."""
    with Scene(folder, rows) as scene:
        scene.choose()
        change = scene.changes[0]
        if round_ == 0:
            concerned = [one for one in scene.changes if one["group_id"] == change["group_id"]]
            scene.tell(f"groups/{change['group_id']}", {"deleted": True})
            del scene.before[str(change["group_id"])]
        else:
            concerned = [one for one in scene.changes if one["section_id"] == change["section_id"]]
            other = next(one for one in scene.box.world.courses if one != change["course_id"])
            scene.tell(f"sections/{change['section_id']}", {"deleted": True} if round_ == 1 else {"course_id": other})
        ended = scene.apply()
        scene.expect(ended.code == 3, f"apply ended with {ended.code}")
        scene.expect_outcomes(rejected=len(concerned), confirmed=len(scene.changes) - len(concerned))
        scene.expect(len(scene.told()) == len(concerned), f"told was {scene.told()}")
        return scene.figures()


CASES = cases_of(edited, category_changed, category_gone, gone)


@pytest.mark.parametrize(("one", "round_"), CASES, ids=lambda value: getattr(value, "name", str(value)))
def test_what_others_changed_meanwhile_is_respected(one: Any, round_: int, tmp_path: Path) -> None:
    """Conflict, refusal or both survive; the other rows go on."""
    check(one, round_, tmp_path)
