"""Fault 27: one course that always fails or is forbidden; the rest is read and written, and nothing is there."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gpb.sync.gates import NAMES
from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures

KINDS = ("500", "504", "forbidden", "scope", "html200", "not-json", "reset")


@fault(27, "one course that is forbidden, or always fails", rounds=len(KINDS))
def one_course(folder: Path, rows: int, round_: int) -> Figures:
    """A run that was begun before writes everywhere else; a new plan leaves the course out until it can be read."""
    with Scene(folder, rows) as scene:
        scene.choose()
        workspace, read = scene.workspace, scene.workspace.term.rows()
        course_id = scene.changes[0]["course_id"]
        there = [change for change in scene.changes if change["course_id"] == course_id]
        run_id = asyncio.run(workspace.door.begin(workspace.plan(), NAMES, "ann"))
        scene.script(KINDS[round_], method="GET", path=f"/courses/{course_id}/assignment_groups")
        pulled = scene.run("pull")
        scene.expect(pulled.code == 0, f"the pull ended with {pulled.code}: {pulled.err}")
        scene.expect(json.loads(pulled.out or "{}").get("unread") == 1, f"the summary was {pulled.out}")
        now = workspace.term.rows()
        scene.expect(len(now) == len(read), "rows have gone or come")
        marked = set(now.loc[now["not_read"], "course_id"])
        scene.expect(marked == {course_id}, f"the marks are in the courses {marked}")
        planned = {change.course_id for change in workspace.plan().changes}
        scene.expect(course_id not in planned, "the plan has rows of the course")
        asyncio.run(workspace.runs.perform(run_id))
        scene.expect_outcomes(confirmed=len(scene.changes) - len(there), rejected=len(there))
        figures = scene.figures()
        scene.calm()
        scene.expect(json.loads(scene.run("pull").out)["unread"] == 0, "the course is still not read")
        scene.expect(workspace.term.shrunk() == 0.0, "the shrink gate saw something go")
        left = {(change.group_id, change.section_id) for change in workspace.plan().changes}
        scene.expect(left == {(one["group_id"], one["section_id"]) for one in there}, "other drafts are left")
        figures.failings = scene.failings
        return figures


@pytest.mark.slow
@pytest.mark.parametrize("round_", rounds_of(one_course))
def test_a_course_that_fails_stops_nothing_else(round_: int, tmp_path: Path) -> None:
    """Its rows are kept, marked, refused one by one, and written once it can be read."""
    check(one_course, round_, tmp_path)
