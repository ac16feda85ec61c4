"""Fault 19: null ids, ids as text, equal titles, emoji, markup, formulas, right-to-left, 255 characters."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
TITLES = ("=1+1", "@sum(A1)", "<script>alert(1)</script>", "👋🏽 تقييم", "Long " * 51, "-2+3", "Homework\u200b")


@fault(19, "awkward names and ids", rounds=2, rows=16, full_rows=100)
def awkward(folder: Path, rows: int, round_: int) -> Figures:
    """The hand-made courses with names of all kinds; in the second round Canvas sends all its ids as text."""
    with Scene(folder, rows) as scene:
        _rename(scene)
        if round_:
            scene.tell("faults", {"string-ids": 1.0})
        read = scene.workspace.term.rows()
        scene.expect(scene.run("pull").code == 0, "the pull failed")
        again = scene.workspace.term.rows()
        keys = [sorted(zip(table["group_id"], table["section_id"], strict=True)) for table in (read, again)]
        scene.expect(keys[0] == keys[1], "rows differ")
        scene.choose()
        file = folder / "all.csv"
        scene.run("export", str(file))
        cells = [cell for line in csv.reader(file.open(encoding="utf-8-sig", newline="")) for cell in line]
        scene.expect(not any(cell.startswith(FORMULAS) for cell in cells), "a cell would run as a formula")
        scene.expect(scene.run("import", str(file)).code == 0, "the own export is refused")
        scene.expect(scene.workspace.plan().to_json()["changes"] == scene.changes, "the own export changed a draft")
        scene.apply()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


def _rename(scene: Scene) -> None:
    """Give groups and categories awkward names, two of them the same."""
    world = scene.box.world
    for number, group in enumerate(world.groups.values()):
        world.write_group(group, name=TITLES[number % len(TITLES)][:255])
    for number, category in enumerate(world.categories.values()):
        world.write_category(category, title=TITLES[number // 2 % len(TITLES)][:255])


@pytest.mark.slow
@pytest.mark.parametrize("round_", rounds_of(awkward))
def test_awkward_names_are_text_and_rows_are_matched_by_id(round_: int, tmp_path: Path) -> None:
    """Exported safely, imported unchanged, written to the right rows."""
    check(awkward, round_, tmp_path)
