"""Faults 17, 18 and 29: a source that has lost much, a change of everything, and what arrives after somebody looked."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures
from tests.faults.programs import Ended

PATHS = {
    "courses": "/accounts/1/courses",
    "sections": "/sections",
    "groups": "/assignment_groups",
    "categories": "/assignment_categories",
}
SHRINKING = ("empty courses", "empty sections", "empty groups", "fewer courses", "empty categories")


@fault(17, "the source answers with nothing, or with much less", rounds=len(SHRINKING))
def shrunk(folder: Path, rows: int, round_: int) -> Figures:
    """Plan and apply are refused with the reason; when the source is whole again, the drafts are all there."""
    with Scene(folder, rows) as scene:
        scene.choose()
        kind = SHRINKING[round_]
        if kind == "fewer courses":
            _hide_courses(scene, 3)
        else:
            scene.script("empty-list", method="GET", path=PATHS[kind.split()[1]])
        pulled = scene.run("pull")
        scene.expect(pulled.code in (0, 1), "the pull crashed")
        if pulled.code == 0:
            refused = scene.apply()
            scene.expect(refused.code == 1, f"apply ended with {refused.code}: {refused.out}{refused.err}")
            scene.expect("Refresh" in refused.err, f"the sentence was {refused.err}")
            scene.expect("fewer rows or category choices" in scene.run("plan").err, "plan did not warn")
        else:  # no reading at all: what was read before stays, and a term without courses is no other term
            scene.expect("has no courses" in pulled.err, f"the sentence was {pulled.err}")
        scene.expect_untouched()
        scene.calm()
        _hide_courses(scene, 0)
        scene.expect(scene.run("pull").code == 0, "the pull failed")
        scene.expect(len(scene.workspace.plan().changes) == len(scene.changes), "drafts are lost")
        scene.expect(scene.apply().code == 0, "the whole source was refused")
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


def _hide_courses(scene: Scene, count: int) -> None:
    """Let so many of the term's courses look deleted, all others not."""
    current = [course for course in scene.box.world.courses.values() if course.term_id == 3 and course.sis_course_id]
    alive = [course for course in current if course.name != "Deleted by mistake"]
    for number, course in enumerate(reversed(alive)):
        course.workflow_state = "deleted" if number < count else "available"


@fault(18, "everything changed at once by an import", rounds=2)
def bad_import(folder: Path, rows: int, round_: int) -> Figures:
    """Every association shall go, or become another: a sentence asks before the first write, ``--force`` means it."""
    with Scene(folder, rows) as scene:
        file = folder / "all.csv"
        scene.expect(scene.run("export", str(file)).code == 0, "the export failed")
        lines = list(csv.DictReader(file.open(encoding="utf-8-sig", newline="")))
        _spoil(scene, lines, reassociate=bool(round_))
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, ["group_id", "section_id", "category_id"], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(lines)
        meant = [] if round_ else ["--take-away"]
        if meant:
            scene.expect(scene.run("import", str(file)).code == 1, "nobody was asked before everything is taken away")
        scene.expect(scene.run("import", str(file), *meant).code == 0, "the import failed")
        scene.note()
        refused = scene.apply()
        verb = "reassociated" if round_ else "unassociated"
        scene.expect((refused.code, verb in refused.err) == (1, True), f"the sentence was {refused.err}")
        scene.expect_untouched()
        forced = scene.run("apply", "--yes", "--force")
        scene.expect(forced.code == 0, f"forced apply ended with {forced.code}: {forced.err[-300:]}")
        return scene.figures()


def _spoil(scene: Scene, lines: list[dict[str, str]], *, reassociate: bool) -> None:
    rows = scene.workspace.term.rows()
    done = rows.loc[rows["status"].eq("Synchronized")]
    others: dict[tuple[str, str], str] = {}
    for row in done.itertuples():
        options = scene.workspace.term.latest().validity.options(row.class_id)
        other = next((key for key in options if key != row.stored_category_id), "")
        others[str(row.group_id), str(row.section_id)] = other if reassociate else ""
    for line in lines:
        line["category_id"] = others.get((line["group_id"], line["section_id"]), line["category_id"])


@fault(29, "assignments arrive in Focus after somebody has looked", rounds=2)
def passed_back_since(folder: Path, rows: int, round_: int) -> Figures:
    """What was accepted for one row is asked about again for the next; in the second round nobody may look at all."""
    with Scene(folder, rows) as scene:
        scene.choose()
        table = scene.workspace.term.rows().set_index(["group_id", "section_id"])
        gone = [change for change in scene.changes if change["after_id"] is None and change["class_id"]]
        used = [table.loc[(change["group_id"], change["section_id"])] for change in gone]
        refused = []
        if round_:
            scene.script("forbidden", path="/assignments")
            refused.append(scene.apply())
        for number, row in enumerate(() if round_ else used[:2]):
            fields = {"section_uuid": row["class_id"], "assignment_category_uuid": row["stored_category_id"]}
            scene.tell(f"sis_assignments/a-{number}", fields)
            refused.append(scene.run("apply", "--yes", *_options(refused)))
        scene.expect([ended.code for ended in refused] == [1] * len(refused), f"it began: {refused}")
        scene.expect_untouched()
        accepted = scene.run("apply", "--yes", *_options(refused))
        scene.expect(accepted.code == 0, f"apply ended with {accepted.code}: {accepted.err[-300:]}")
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


def _options(refused: list[Ended]) -> list[str]:
    """What the last refusal says one may add to the command."""
    named = re.findall(r"--accept \w+:\w+", refused[-1].err) if refused else []
    return [word for option in named for word in option.split()]


@pytest.mark.parametrize("round_", rounds_of(shrunk))
def test_a_source_that_lost_much_is_not_planned_from(round_: int, tmp_path: Path) -> None:
    """The shrink gate, with a sentence."""
    check(shrunk, round_, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("round_", rounds_of(bad_import))
def test_a_change_of_everything_asks_first(round_: int, tmp_path: Path) -> None:
    """The change gate, before the first write."""
    check(bad_import, round_, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("round_", rounds_of(passed_back_since))
def test_what_arrives_after_somebody_looked_is_asked_about(round_: int, tmp_path: Path) -> None:
    """The gate of assignments under a category, each time anew."""
    check(passed_back_since, round_, tmp_path)
