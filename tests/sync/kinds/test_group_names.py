"""Renaming groups through the door: the same promises as for associations."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gpb.errors import InputError, NotAccepted, PlanStale
from gpb.sandbox import Running
from gpb.sync.plan import Plan
from gpb.workspace import Workspace
from tests.conftest import look, tell
from tests.faults.programs import Program, Trouble
from tests.sync.conftest import apply, with_settings
from tests.sync.kinds.conftest import choose_names


def names(box: Running) -> dict[int, str]:
    """What the groups are called in Canvas."""
    return {group.id: group.name for group in box.world.groups.values()}


def ended(workspace: Workspace, run_id: str) -> pd.DataFrame:
    """The rows of a run."""
    return workspace.runs.outcomes(workspace.runs.run(run_id))


def test_a_sync_renames_and_the_night_finds_the_category_by_the_name(flagged: Running, by_name: Workspace) -> None:
    """One PUT of the name alone for each group; snapshot and drafts are up to date, and undo brings all back."""
    before, chosen = names(flagged), choose_names(by_name, 3)
    plan = by_name.plan()
    summary = apply(by_name)
    assert (summary["confirmed"], summary["planned"]) == (len(plan.changes), len(plan.changes))
    assert names(flagged) == before | chosen
    assert sum(seen["method"] == "PUT" for seen in look(flagged, "requests")) == 3
    assert by_name.term.drafts().frame().empty
    shown = by_name.term.rows().set_index(["group_id", "section_id"])["name_match_id"]
    assert all(shown[change.key] == change.after_id for change in plan.changes)
    wanted = {change.key: change.after_id for change in plan.changes}
    arrived = {(line["group_id"], line["section_id"]): line["category_id"] for line in night(flagged)}
    assert arrived.keys() & wanted.keys()
    assert all(arrived[key] == wanted[key] for key in arrived.keys() & wanted.keys())
    back = by_name.runs.undo(summary["run"]).plan
    run = asyncio.run(by_name.door.begin(back, ("already_passed_back",), "ann"))
    assert asyncio.run(by_name.runs.perform(run))["confirmed"] == len(plan.changes)
    assert names(flagged) == before
    history = by_name.runs.row_history(*plan.changes[0].key)
    assert history["what"].tolist() == ["rename (undo)", "rename"]


def night(box: Running) -> list[dict[str, Any]]:
    """Let the spring term begin, and the vendor's tool pass it back; what arrived somewhere."""
    for course in box.world.courses.values():
        course.workflow_state = "available"
    body = json.dumps({"term_id": max(box.world.terms)}).encode()
    request = urllib.request.Request(f"{box.base_url}/_sandbox/passback", body, method="POST")
    with urllib.request.urlopen(request, timeout=30) as reply:
        return [line for line in json.load(reply) if line["category_id"] is not None]


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["lost-reply", "503", "reset", "cut", "throttle"])
def test_a_shaky_server_costs_time_but_no_name(flagged: Running, by_name: Workspace, fault: str) -> None:
    """Each group is renamed once, and its rows are confirmed by reading again."""
    chosen = choose_names(by_name, 4)
    tell(flagged, "faults", {fault: 1.0 if fault == "lost-reply" else 0.2})
    summary = apply(by_name)
    tell(flagged, "faults", {fault: 0.0})
    while by_name.runs.unfinished():
        run_id = asyncio.run(by_name.door.resume(by_name.runs.unfinished()[0].run_id, (), "bob"))
        summary = asyncio.run(by_name.runs.perform(run_id))
    assert summary["confirmed"] == summary["planned"]
    assert chosen.items() <= names(flagged).items()


def test_what_changed_meanwhile_is_told_and_not_overwritten(flagged: Running, by_name: Workspace) -> None:
    """Renamed, deleted, the name taken, the category renamed: each concerns its own group, and the fifth goes on."""
    chosen = choose_names(by_name, 5)
    renamed, gone, taken, other_title, fine = chosen
    plan, world = by_name.plan(), flagged.world
    world.write_group(world.groups[renamed], name="Mine")
    world.delete_group(gone)
    sibling = next(one for course in world.courses.values() if taken in course.group_ids for one in course.group_ids
                   if one != taken)  # fmt: skip
    world.write_group(world.groups[sibling], name=chosen[taken].upper())
    in_use = {change.after_id for change in plan.changes if change.group_id == other_title}
    for uuid in in_use:
        world.write_category(world.categories[str(uuid)], title="Another title")
    summary = asyncio.run(by_name.runs.perform(asyncio.run(by_name.door.begin(plan, (), "ann"))))
    rows = ended(by_name, summary["run"]).drop_duplicates("group_id").set_index("group_id")
    outcome, reason = rows["outcome"].to_dict(), rows["reason"].to_dict()
    assert outcome[renamed] == "conflict"
    assert f"is “Mine” now; you wanted “{chosen[renamed]}”" in reason[renamed]
    assert outcome[gone] == "rejected"
    assert "Not renamed: the course has another group called" in reason[taken]
    assert "is now called “Another title”" in reason[other_title]
    assert names(flagged)[renamed] == "Mine"
    assert (outcome[fine], names(flagged)[fine]) == ("confirmed", chosen[fine])


def test_one_section_against_it_keeps_the_whole_group_back(flagged: Running, by_name: Workspace) -> None:
    """A name serves all sections or none: a section that left the course, and one that came into it."""
    rows = by_name.term.rows()
    several = rows.groupby("group_id")["section_id"].nunique()
    chosen = choose_names(by_name, 6)
    group_id = next(one for one in chosen if several[one] > 1)
    before, plan = names(flagged), by_name.plan()
    moved = next(change for change in plan.changes if change.group_id == group_id)
    course = flagged.world.courses[moved.course_id]
    course.section_ids.remove(moved.section_id)
    summary = asyncio.run(by_name.runs.perform(asyncio.run(by_name.door.begin(plan, (), "ann"))))
    told = ended(by_name, summary["run"])
    own = told.loc[told["group_id"].eq(group_id)]
    assert own["outcome"].unique().tolist() == ["rejected"]
    assert own["reason"].str.contains("Not written, because of another section").any()
    assert names(flagged)[group_id] == before[group_id]


@pytest.mark.slow
def test_undo_leaves_what_was_renamed_since(flagged: Running, by_name: Workspace) -> None:
    """It is named."""
    first, *_ = choose_names(by_name, 2)
    run = apply(by_name)["run"]
    flagged.world.write_group(flagged.world.groups[first], name="Mine")
    asyncio.run(by_name.term.pull())
    back = by_name.runs.undo(run)
    assert {change.group_id for change in back.skipped} == {first}
    assert first not in {change.group_id for change in back.plan.changes}


def test_renaming_has_to_be_switched_on(by_name: Workspace) -> None:
    """A plan of names, also one from a file, does not pass the door of a district that did not ask for it."""
    choose_names(by_name, 1)
    plan = Plan.from_json(json.loads(json.dumps(by_name.plan().to_json())))
    elsewhere = with_settings(by_name, write="associations")
    with pytest.raises(NotAccepted, match="GPB_WRITE=names"):
        asyncio.run(elsewhere.door.begin(plan, ("too_many_changes",), "ann"))


def test_a_plan_of_names_is_made_anew_at_the_door(by_name: Workspace) -> None:
    """One that leaves a section out is no plan: its name would decide for that section, too."""
    choose_names(by_name, 6)
    plan = by_name.plan()
    several = next(rows for rows in plan.by_target().values() if len(rows) > 1)
    part = Plan(plan.scope, plan.snapshot, (several[0],), plan.associated)
    with pytest.raises(PlanStale, match="only some of its sections ask for"):
        asyncio.run(by_name.door.begin(part, (), "ann"))


def test_drafts_that_no_name_can_bring_about_wait(by_name: Workspace) -> None:
    """They are not in the plan, and stay."""
    rows = by_name.term.rows()
    chosen = choose_names(by_name, 1)
    own = rows.loc[rows["group_id"].isin(chosen)]
    other = rows.loc[rows["course_id"].eq(own["course_id"].iloc[0]) & rows["status"].eq("Unassociated")
                     & ~rows["group_id"].isin(chosen)]  # fmt: skip
    title = next(iter(chosen.values()))
    key = (int(other["group_id"].iloc[0]), int(other["section_id"].iloc[0]))
    by_name.edit({key: title}, seen={key: None}, person="ann", label="test")
    drafted = by_name.planning.drafted()
    assert [one.change.key for one in drafted.left_out] == [key]
    apply(by_name)
    assert len(by_name.term.drafts().frame()) == 1
    with pytest.raises(InputError, match="nothing to sync"):
        apply(by_name)


@pytest.mark.parametrize(
    "boundary",
    [
        ("Journal", "settle", 2, "before"),
        ("Journal", "intend", 2, "after"),
        ("Journal", "end", 1, "before"),
    ],
)
@pytest.mark.slow
def test_a_kill_at_a_boundary_of_the_journal_renames_once(
    flagged: Running, by_name: Workspace, tmp_path: Path, boundary: tuple[str, str, int, str]
) -> None:
    """Whoever comes next finishes: every group is renamed by one request, and every row is confirmed.

    A request that the kill cut off before its body had come has no status: nothing was renamed by it.
    """
    before, chosen = names(flagged), choose_names(by_name, 4)
    own = {"GPB_DATA_DIR": str(tmp_path), "GPB_WRITE": "names", "GPB_TERM": by_name.settings.term}
    environment = {**flagged.settings, **own}
    killed = Program(["apply", "--yes"], environment, tmp_path / "out", Trouble(kill_at=boundary)).wait()
    assert killed.code == -9
    resumed = Program(["resume"], environment, tmp_path / "out", Trouble()).wait()
    assert resumed.code == 0, resumed.err
    assert names(flagged) == before | chosen
    puts = [seen["path"] for seen in look(flagged, "requests") if seen["method"] == "PUT" and seen["status"]]
    assert len(puts) == len(set(puts)) == len(chosen)
    assert ended(by_name, by_name.runs.of_term()[0].run_id)["outcome"].unique().tolist() == ["confirmed"]
    assert by_name.term.drafts().frame().empty
