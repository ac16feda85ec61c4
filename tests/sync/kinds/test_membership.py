"""Adding sections to categories of Focus, before they are associated, and taking them out again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from gpb.cli.group import main
from gpb.errors import InputError, NotAccepted
from gpb.keys import Key, keys
from gpb.sandbox import Running
from gpb.sandbox.district.model import Category
from gpb.store.run_records import ChangeKind
from gpb.sync.gates import WRITES_FOCUS
from gpb.workspace import Workspace
from tests.conftest import look, tell
from tests.faults.programs import Program, Trouble
from tests.sync.conftest import choose_first, free_rows, with_settings
from tests.variants import first_quick


@pytest.fixture
def focused(pulled: Workspace) -> Workspace:
    """The same term in a district that lets a sync change categories."""
    return with_settings(pulled, write_focus=True)


def asked(workspace: Workspace, count: int, title: str = "Capstone") -> pd.DataFrame:
    """Draft a category that nobody has for so many rows of different sections; the rows."""
    rows = free_rows(workspace, 50).drop_duplicates("section_id").drop_duplicates("course_id").head(count)
    edited = workspace.add_categories(dict.fromkeys(keys(rows), title), person="ann")
    assert (edited.refused, edited.moved) == ((), count)
    return rows


def sync(workspace: Workspace) -> dict[str, object]:
    """Begin with what Focus is asked about accepted, and perform; the summary."""
    run = asyncio.run(workspace.door.begin(workspace.plan(), (WRITES_FOCUS,), "ann"))
    return asyncio.run(workspace.runs.perform(run))


def outcomes(workspace: Workspace, run: object) -> pd.DataFrame:
    """The rows of a run."""
    return workspace.runs.outcomes(workspace.runs.run(str(run)))


def served(box: Running, title: str) -> set[str]:
    """The sections of all categories of Focus with a title."""
    found = [one.section_uuids for one in box.world.categories.values() if one.title == title and not one.deleted]
    return {uuid for uuids in found for uuid in uuids}


def written(box: Running) -> list[str]:
    """Method and system of the requests that change something and came whole (they have a status), in order."""
    seen = [one for one in look(box, "requests") if one["method"] in ("PUT", "DELETE") and one["status"]]
    return [f"{one['method']} {one['path'].split('/')[1]}" for one in seen]


def test_a_new_category_is_made_then_associated_and_undo_takes_both_back(box: Running, focused: Workspace) -> None:
    """The snapshot knows it at once; the category goes in the end, since it is ours and nobody has need of it."""
    before = look(box, "state")
    rows = asked(focused, 2)
    plan = focused.plan()
    assert plan.kinds == {"associate": 2, "reassociate": 0, "unassociate": 0, "add to category": 2}
    summary = sync(focused)
    assert (summary["planned"], summary["confirmed"]) == (4, 4)
    assert written(box) == ["PUT focus", "PUT focus", "PUT canvas", "PUT canvas"]
    assert served(box, "Capstone") == set(rows["class_id"])
    now = focused.term.rows().set_index(["group_id", "section_id"]).loc[keys(rows)]
    assert now[["status", "category"]].drop_duplicates().to_numpy().tolist() == [["Synchronized", "Capstone"]]
    kept = focused.term.latest()
    asyncio.run(focused.term.pull())
    assert focused.term.latest().validity.pairs.shape == kept.validity.pairs.shape
    back = focused.runs.undo(str(summary["run"]))
    assert (len(back.plan.changes), back.skipped) == (4, ())
    run = asyncio.run(focused.door.begin(back.plan, (WRITES_FOCUS, "already_passed_back"), "ann"))
    assert asyncio.run(focused.runs.perform(run))["confirmed"] == 4
    assert written(box)[4:] == ["PUT canvas", "PUT canvas", "DELETE focus", "DELETE focus"]
    after = look(box, "state")
    codec = kept.codec
    read = [{one: codec.read(data) for one, data in state["groups"].items()} for state in (before, after)]
    assert read[0] == read[1]
    assert served(box, "Capstone") == set()
    assert not focused.term.latest().validity.titles.keys() & {change.target.id for change in plan.changes}


@pytest.mark.slow
def test_a_category_of_another_section_of_the_course_is_joined_and_left_again(box: Running, focused: Workspace) -> None:
    """It keeps its other sections whatever happens, also one that came meanwhile; undo does not delete it."""
    rows = focused.term.rows()
    first = rows.loc[rows["status"].eq("Unassociated")].drop_duplicates("section_id")
    pair = next(of for _, of in first.groupby("course_id") if len(of) > 1)
    one, other = pair["class_id"].iloc[:2]
    box.world.write_category(
        Category("b7d5c2a0-0000-4000-8000-000000000001", "", []), title="Seminar", section_uuids=[other]
    )
    asyncio.run(focused.term.pull())
    key = keys(pair)[0]
    focused.add_categories({key: "Seminar"}, person="ann")
    plan = focused.plan()
    third = next(uuid for uuid in box.world.sis_sections if uuid not in (one, other))
    (category,) = {change.target.id for change in plan.changes if change.kind is ChangeKind.MEMBERSHIP}
    box.world.write_category(box.world.categories[category], section_uuids=[other, third])
    summary = sync(focused)
    assert summary["confirmed"] == 2
    assert served(box, "Seminar") == {one, other, third}
    back = focused.runs.undo(str(summary["run"])).plan
    run = asyncio.run(focused.door.begin(back, (WRITES_FOCUS, "already_passed_back"), "ann"))
    assert asyncio.run(focused.runs.perform(run))["confirmed"] == 2
    assert served(box, "Seminar") == {other, third}


@pytest.mark.parametrize("fault", first_quick(["lost-reply", "reset", "cut", "503"]))
def test_a_shaky_focus_makes_one_category(box: Running, focused: Workspace, fault: str) -> None:
    """A reply that never came is settled by asking for the id that the category was sent with."""
    rows = asked(focused, 3)
    tell(box, "faults", {fault: 1.0 if fault == "lost-reply" else 0.15})
    summary = sync(focused)
    tell(box, "faults", {fault: 0.0})
    while focused.runs.unfinished():
        run = asyncio.run(focused.door.resume(focused.runs.unfinished()[0].run_id, (WRITES_FOCUS,), "bob"))
        summary = asyncio.run(focused.runs.perform(run))
    assert summary["confirmed"] == 6
    made = [one for one in box.world.categories.values() if one.title == "Capstone"]
    assert sorted(uuid for one in made for uuid in one.section_uuids) == sorted(rows["class_id"])


def test_what_rests_on_a_failed_change_is_not_attempted(box: Running, focused: Workspace) -> None:
    """The category was renamed, or has gone; the association says so, and Canvas is left as it is."""
    rows = focused.term.rows()
    free = rows.loc[rows["status"].eq("Unassociated")].drop_duplicates("section_id")
    titles = focused.term.latest().validity
    active = titles.categories.loc[titles.categories["active"], "category_id"]
    choices: dict[Key, str] = {}
    for key, class_id in zip(keys(free), free["class_id"], strict=True):
        foreign = [one for one in active if one not in titles.options(class_id)]
        if foreign and len(choices) < 2:
            choices[key] = next(one for one in foreign if one not in choices.values())
    focused.add_categories(choices, person="ann")
    plan, (renamed, gone) = focused.plan(), choices.values()
    assert plan.kinds["add to category"] == 2
    box.world.write_category(box.world.categories[renamed], title="Another title")
    box.world.delete_category(gone)
    before = look(box, "state")["groups"]
    summary = sync(focused)
    told = outcomes(focused, summary["run"])
    reasons = told.loc[told["change"].eq(ChangeKind.ASSOCIATION), "reason"]
    assert (summary["conflict"], summary["rejected"]) == (1, 3)
    assert reasons.str.startswith("Not attempted, because what it rests on was not done:").tolist() == [True, True]
    assert look(box, "state")["groups"] == before
    assert focused.runs.unfinished() == []


@pytest.mark.slow
def test_undo_leaves_what_others_have_need_of(box: Running, focused: Workspace) -> None:
    """Assignments under the category, and another row of the section that has it by now."""
    rows = asked(focused, 2)
    summary = sync(focused)
    used, shared = rows.to_dict("records")
    known = {one.title: one for one in box.world.categories.values() if used["class_id"] in one.section_uuids}
    box.world.write_sis_assignment("made", {"title": "Essay", "section_uuids": [used["class_id"]],
                                            "assignment_category_uuid": known["Capstone"].uuid})  # fmt: skip
    table = focused.term.rows()
    other = table.loc[table["section_id"].eq(shared["section_id"]) & table["status"].eq("Unassociated")].head(1)
    focused.add_categories(dict.fromkeys(keys(other), "Capstone"), person="ann")
    assert sync(focused)["confirmed"] == 1
    back = focused.runs.undo(str(summary["run"]))
    assert [(change.kind, change.class_id) for change in back.needed] == [(ChangeKind.MEMBERSHIP, shared["class_id"])]
    assert back.skipped == ()
    run = asyncio.run(focused.door.begin(back.plan, (WRITES_FOCUS, "already_passed_back"), "ann"))
    asyncio.run(focused.runs.perform(run))
    told = outcomes(focused, run)
    (reason,) = told.loc[told["change"].eq(ChangeKind.MEMBERSHIP), "reason"]
    assert "move or delete them in Focus first" in reason
    assert served(box, "Capstone") == {used["class_id"], shared["class_id"]}


def test_focus_is_written_only_where_switched_on_permitted_and_confirmed(box: Running, focused: Workspace) -> None:
    """Three gates of its own; nothing leaves before all are passed."""
    with pytest.raises(InputError, match="GPB_WRITE_FOCUS=true"):
        with_settings(focused, write_focus=False).add_categories({(1, 1): "x"}, person="ann")
    asked(focused, 1)
    plan = focused.plan()
    with pytest.raises(NotAccepted, match="changes the gradebook setup in Focus: 1 section would be added to 1"):
        asyncio.run(focused.door.begin(plan, (), "ann"))
    with pytest.raises(NotAccepted, match="not switched on"):
        asyncio.run(with_settings(focused, write_focus=False).door.begin(plan, (WRITES_FOCUS,), "ann"))
    reader = next(one for one in look(box, "tokens") if one["system"] == "focus" and one["rights"] == ["read"])
    client = {"sis_client_id": reader["client_id"], "sis_client_secret": SecretStr(reader["client_secret"])}
    summary = sync(with_settings(focused, **client))
    assert (summary["not_attempted"], written(box)) == (2, ["PUT focus"])
    assert "Ask a Focus administrator" in str(summary["reason"])
    run = asyncio.run(focused.door.resume(str(summary["run"]), (WRITES_FOCUS,), "ann"))
    assert asyncio.run(focused.runs.perform(run))["confirmed"] == 2


@pytest.mark.parametrize("boundary", [("Journal", "settle", 1, "before"), ("Journal", "intend", 1, "after")])
@pytest.mark.slow
def test_a_kill_between_both_systems_makes_one_category(
    box: Running, focused: Workspace, tmp_path: Path, boundary: tuple[str, str, int, str]
) -> None:
    """Whoever comes next finishes, in Focus first."""
    rows = asked(focused, 2)
    environment = {**box.settings, "GPB_DATA_DIR": str(focused.settings.data_dir), "GPB_WRITE_FOCUS": "true"}
    words = ["apply", "--yes", "--accept", WRITES_FOCUS]
    assert Program(words, environment, tmp_path / "out", Trouble(kill_at=boundary)).wait().code == -9
    assert written(box).count("PUT canvas") == 0
    resumed = Program(["resume", "--accept", WRITES_FOCUS], environment, tmp_path / "out", Trouble()).wait()
    assert resumed.code == 0, resumed.err
    assert served(box, "Capstone") == set(rows["class_id"])
    assert written(box).count("PUT focus") == 2
    assert focused.runs.counts(focused.runs.of_term()[0].run_id)["confirmed"] == 4


def test_a_refusal_of_focus_leaves_what_rests_on_it_alone(box: Running, focused: Workspace) -> None:
    """Other associations of the run are written; what waits says why, and resuming brings it about."""
    rows = asked(focused, 2)
    free = free_rows(focused, 60)
    others = choose_first(focused, free.loc[~free["group_id"].isin(rows["group_id"])].head(3))
    tell(box, "script", [{"fault": "forbidden", "method": "PUT", "path": "/assignment_categories"}])
    summary = sync(focused)
    assert (summary["confirmed"], summary["not_attempted"]) == (3, 4)
    assert "Only that, and what rests on it, was left" in str(summary["reason"])
    told = outcomes(focused, summary["run"])
    waiting = told.loc[told["outcome"].eq("not attempted") & told["change"].eq(ChangeKind.ASSOCIATION)]
    assert waiting["reason"].str.startswith("Not attempted yet, because it rests on a change in Focus").all()
    assert set(keys(waiting)) == set(keys(rows))
    assert set(keys(told.loc[told["outcome"].eq("confirmed")])) == others.keys()
    assert set(keys(focused.term.drafts().frame())) == set(keys(rows))
    tell(box, "script", [])
    run = asyncio.run(focused.door.resume(str(summary["run"]), (WRITES_FOCUS,), "ann"))
    assert asyncio.run(focused.runs.perform(run))["confirmed"] == 7
    assert served(box, "Capstone") == set(rows["class_id"])


def test_force_does_not_speak_for_a_change_in_focus(
    box: Running, focused: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is accepted by its own name, beside the others."""
    asked(focused, 1)
    folder = {"GPB_DATA_DIR": str(focused.settings.data_dir), "GPB_WRITE_FOCUS": "true"}
    for name, value in {**box.settings, **folder}.items():
        monkeypatch.setenv(name, value)
    refused = CliRunner().invoke(main, ["apply", "--yes", "--force"])
    assert (refused.exit_code, written(box)) == (1, [])
    assert "--accept writes_focus:" in refused.stderr
    assert CliRunner().invoke(main, ["apply", "--yes", "--force", "--accept", WRITES_FOCUS]).exit_code == 0
    assert written(box) == ["PUT focus", "PUT canvas"]


def test_names_come_after_what_they_rest_on(flagged: Running, by_name: Workspace) -> None:
    """A run of two kinds: Focus first, then the name; the other way round in its undo, and all is as it was."""
    opened = with_settings(by_name, write_focus=True)
    before = {group.id: group.name for group in flagged.world.groups.values()}
    rows = opened.term.rows()
    group = rows.loc[rows["status"].eq("Unassociated")].groupby("group_id").filter(lambda of: len(of) > 1)
    own = group.loc[group["group_id"].eq(group["group_id"].iloc[0])]
    opened.add_categories(dict.fromkeys(keys(own), "Capstone"), person="ann")
    plan = opened.plan()
    assert (plan.kinds["rename"], plan.kinds["add to category"]) == (len(own), len(own))
    summary = sync(opened)
    assert summary["confirmed"] == 2 * len(own)
    assert written(flagged) == ["PUT focus", "PUT canvas"]  # one category for the course
    shown = opened.term.rows().set_index(["group_id", "section_id"]).loc[keys(own)]
    assert shown["name_match"].tolist() == ["Capstone"] * len(own)
    back = opened.runs.undo(str(summary["run"]))
    assert back.skipped == ()
    run = asyncio.run(opened.door.begin(back.plan, (WRITES_FOCUS, "already_passed_back"), "ann"))
    assert asyncio.run(opened.runs.perform(run))["confirmed"] == 2 * len(own)
    assert {group.id: group.name for group in flagged.world.groups.values()} == before
    assert served(flagged, "Capstone") == set()
    assert outcomes(opened, run)["outcome"].unique().tolist() == ["confirmed"]
