"""Fault 9: a page walk that is cut, repeats a page, moves an item, or links to another host."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures

COURSES = 105
"""More than one page of 100."""
WALKS = ("cut-walk", "repeat-page", "shift-page", "skip-item", "other-host")
HARMLESS = ("shift-page", "skip-item", "other-host")


@fault(9, "page walks that are cut, repeat, move an item either way, leave the host", rounds=len(WALKS))
def page_walks(folder: Path, rows: int, round_: int) -> Figures:
    """A pull either ends with a sentence and without a snapshot, or has every row; drafts and run go on."""
    kind = WALKS[round_]
    with Scene(folder, rows, courses=COURSES) as scene:
        scene.choose()
        newest, read = scene.workspace.term.latest_id(), len(scene.workspace.term.rows())
        once = {"after": 1, "times": 1} if kind == "skip-item" else {}  # the second page of the first walk
        scene.script(kind, method="GET", path="/accounts/1/courses", **once)
        pulled = scene.run("pull")
        if kind in HARMLESS:
            scene.expect(pulled.code == 0, f"the pull ended with {pulled.code}: {pulled.err}")
        else:
            scene.expect(pulled.code == 1, f"the pull ended with {pulled.code}: {pulled.out}")
            scene.expect(scene.workspace.term.latest_id() == newest, "a pull of a broken walk left a snapshot")
        if kind == "other-host":  # the path is that of the same API, so it is followed where Canvas is configured
            followed = [seen for seen in scene.sent("GET", "/accounts/1/courses") if "page=" in seen["path"]]
            scene.expect(followed != [], "the next page was not asked for")
        scene.expect(len(scene.workspace.term.rows()) == read, "rows have gone or come twice")
        scene.calm()
        scene.apply()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@pytest.mark.slow
@pytest.mark.parametrize("round_", rounds_of(page_walks))
def test_a_walk_that_cannot_be_trusted_makes_nothing_vanish(round_: int, tmp_path: Path) -> None:
    """Detected, or harmless."""
    check(page_walks, round_, tmp_path)
