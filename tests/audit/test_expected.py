"""The audit finds what the sandbox's own, separate reckoning expects: nothing missing, nothing more."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from gpb.audit.kinds import KINDS
from gpb.keys import keys
from gpb.sandbox import Running, SandboxConfig, running
from gpb.sync.gates import WRITES_FOCUS
from gpb.workspace import Workspace
from tests.conftest import SMALL, look, tell
from tests.lent import confirm, lent, settings_for
from tests.sync.conftest import apply
from tests.sync.kinds.conftest import choose_names

Finding = tuple[str, int | None, int | None, int | None, str | None, int]
IDS = ["course_id", "group_id", "section_id", "class_id"]
NEEDS_TWO_PULLS = {"new_section", "changed_outside", "refreshed", "renamed_outside", "taken_out_outside"}
NEEDS_A_FAULT = {"could_not_be_read"}
NEEDS_A_DECISION = {"differs_from_decision"}
NEEDS_A_CATEGORY = {name for name in KINDS if name.startswith("category_")} | {"unequal"}
"""Kinds that speak of an association's category, which a Canvas with the flag alone does not tell."""


def found_by_audit(workspace: Workspace) -> pd.DataFrame:
    """The findings of the newest snapshot, and of what changed since the pull before it."""
    return workspace.audit.findings()


def as_tuples(found: pd.DataFrame) -> Counter[Finding]:
    """Name, ids and weight of each finding; the class only where it is what the finding is about."""
    frame = found[["finding", *IDS, "assignments"]].astype(object)
    frame["class_id"] = frame["class_id"].where(frame["finding"].eq("no_canvas_section"))
    frame = frame.where(frame.notna(), None)
    return Counter(frame.itertuples(index=False, name=None))


def expected(box: Running) -> Counter[Finding]:
    """The same tuples, as the sandbox reckons them."""
    columns = ["finding", *IDS, "assignments"]
    return Counter(tuple(one[column] for column in columns) for one in look(box, "expected_findings"))


def pulled(box: Running, folder: Path, dialect: str = "focus") -> Workspace:
    """A workspace that has just read the district, with sections as Canvas' GraphQL tells them."""
    url = box.sis_url if dialect == "focus" else box.oneroster_url
    workspace = Workspace(settings_for(box, folder, sis_dialect=dialect, sis_url=url, full_refresh_hours=24))
    asyncio.run(workspace.term.pull())
    return workspace


@pytest.mark.parametrize(
    ("seed", "shape", "drawn"),
    [
        (1, "sistemic", False),
        pytest.param(2, "flat", False, marks=pytest.mark.slow),
        pytest.param(3, "sistemic", True, marks=pytest.mark.slow),
        pytest.param(4, "flag-only", True, marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_nothing_is_missing_and_nothing_is_made_up(seed: int, shape: str, drawn: bool, tmp_path: Path) -> None:
    """Both dialects of Focus, all shapes of the stored associations, ids and weights alike."""
    config = SandboxConfig(port=0, schools=4, courses=60, seed=seed, shape=shape, drawn_layout=drawn)
    with running(config) as box:
        wanted = expected(box)
        unknowable = NEEDS_A_CATEGORY if shape == "flag-only" else set()
        assert {
            name for name, *_ in wanted
        } == KINDS.keys() - NEEDS_TWO_PULLS - NEEDS_A_FAULT - NEEDS_A_DECISION - unknowable
        for dialect in ("focus", "oneroster"):
            found = as_tuples(found_by_audit(pulled(box, tmp_path / dialect, dialect)))
            assert {"missing": wanted - found, "made up": found - wanted} == {"missing": {}, "made up": {}}


def test_a_new_section_and_a_change_by_somebody_else_are_found_by_the_second_pull(box: Running, tmp_path: Path) -> None:
    """Two things happen between two pulls, and just these two are told of; all else agrees as before."""
    workspace = pulled(box, tmp_path)
    row = workspace.term.rows().query("course == 'Biology I' and group == 'HW' and status == 'Synchronized'").iloc[0]
    tell(box, f"integration_data/{row['group_id']}", {})
    history = next(course.id for course in box.world.courses.values() if course.name == "World History")
    tell(box, "sections", {"course_id": history})
    asyncio.run(workspace.term.pull())
    found = as_tuples(found_by_audit(workspace))
    wanted = expected(box)
    section = max(box.world.sections)
    assert wanted - found == {}
    assert found - wanted == {
        ("new_section", history, None, section, None, 17): 1,
        ("changed_outside", row["course_id"], row["group_id"], row["section_id"], None, 3): 1,
    }


@pytest.mark.slow
def test_a_group_that_a_run_named_and_a_teacher_renamed_is_found(tmp_path: Path) -> None:
    """The next pull tells it, until the name is back, or a run says another one."""
    with lent(replace(SMALL, shape="flag-only")) as box:
        workspace = Workspace(settings_for(box, tmp_path, write="names"))
        asyncio.run(workspace.term.pull())
        choose_names(workspace, 4)
        chosen = {change.group_id: str(change.after_title) for change in workspace.plan().changes}
        run = apply(workspace)["run"]
        first, second, *_ = chosen
        for name, number in (("Mine", 1), (chosen[first], 0)):
            tell(box, f"groups/{first}", {"name": name})
            asyncio.run(workspace.term.pull())
            found, wanted = as_tuples(found_by_audit(workspace)), expected(box)
            assert {"missing": wanted - found, "made up": found - wanted} == {"missing": {}, "made up": {}}
            assert sum(one[0] == "renamed_outside" for one in found) == number
        tell(box, f"groups/{second}", {"name": "Mine"})
        asyncio.run(workspace.term.pull())
        (line,) = workspace.audit.findings().query("finding == 'renamed_outside'").to_dict("records")
        assert (line["group_id"], line["run"]) == (second, run)
        assert f"Synced as “{chosen[second]}”, and called “Mine” now" in line["sentence"]
        workspace.close()


@pytest.mark.slow
@pytest.mark.parametrize("write", ["associations", "names"])
@pytest.mark.parametrize("deleted", [False, True])
def test_a_section_that_a_run_added_and_a_person_took_out_is_found(
    deleted: bool, write: str, box: Running, tmp_path: Path
) -> None:
    """By the next pull, for the rows that the run added it for alone, and until a run adds it again."""
    workspace = Workspace(settings_for(box, tmp_path, write=write, write_focus=True))
    asyncio.run(workspace.term.pull())
    confirm(workspace)
    shown = workspace.term.rows()
    free = shown["status"].eq("Unassociated").groupby(shown["group_id"]).transform("all")  # a name is for all sections
    rows = keys(shown.loc[shown["group_id"].eq(shown.loc[free, "group_id"].iloc[0])])

    def added() -> int:
        workspace.add_categories(dict.fromkeys(rows, "Capstone"), person="ann")
        run = asyncio.run(workspace.door.begin(workspace.plan(), (WRITES_FOCUS,), "ann"))
        asyncio.run(workspace.runs.perform(run))
        asyncio.run(workspace.term.pull())
        found, wanted = as_tuples(found_by_audit(workspace)), expected(box)
        assert {"missing": wanted - found, "made up": found - wanted} == {"missing": {}, "made up": {}}
        return sum(one[0] == "taken_out_outside" for one in found)

    assert added() == 0
    (ours,) = [one for one in box.world.categories.values() if one.title == "Capstone"]
    if deleted:
        box.world.delete_category(ours.uuid)
    else:
        box.world.write_category(ours, section_uuids=[])
    asyncio.run(workspace.term.pull())
    found, wanted = as_tuples(found_by_audit(workspace)), expected(box)
    assert {"missing": wanted - found, "made up": found - wanted} == {"missing": {}, "made up": {}}
    assert sorted(one[2:4] for one in found if one[0] == "taken_out_outside") == sorted(rows)
    assert added() == 0
