"""What was confirmed stands, or is a finding: sequences of pulls, syncs, and what other hands do in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gpb.analysis import audited
from gpb.audit.reports.mail import markdown
from gpb.keys import Key, keys
from gpb.sandbox import Running
from gpb.store.run_records import ChangeKind
from gpb.sync.gates import WRITES_FOCUS
from gpb.workspace import Workspace
from tests.conftest import SMALL, edit_now, look, tell
from tests.lent import confirm, lent, settings_for
from tests.sync.conftest import apply, choose_first, free_rows, with_settings
from tests.sync.kinds.conftest import choose_names


def told(workspace: Workspace) -> dict[Key, str]:
    """The rows that do not stand, with the run that confirmed them, by the findings."""
    found = workspace.audit.findings().query("finding == 'changed_outside'").dropna(subset="run")
    return dict(zip(keys(found), found["run"], strict=True))


def stored(box: Running) -> dict[str, Any]:
    """What Canvas stores, by group id as text."""
    found: dict[str, Any] = look(box, "state")["groups"]
    return found


def put_back(box: Running, older: dict[str, Any], *groups: int) -> None:
    """Another tool writes its older copy of these groups back."""
    for group_id in groups:
        tell(box, f"integration_data/{group_id}", older[str(group_id)])


def pull(workspace: Workspace) -> None:
    """Read anew."""
    asyncio.run(workspace.term.pull())


def synced(workspace: Workspace, number: int) -> tuple[str, pd.DataFrame]:
    """A run that associated so many rows of different groups; its id and the rows."""
    rows = free_rows(workspace, number)
    choose_first(workspace, rows)
    done = apply(workspace)
    assert done["confirmed"] == number
    return str(done["run"]), rows


@pytest.mark.slow
def test_an_older_copy_that_comes_back_is_told_until_it_is_drafted_again_and_synced(
    box: Running, pulled: Workspace
) -> None:
    """With run, person, then and now; new since the audit before, also after further pulls; then all is well."""
    older = stored(box)
    pulled.audit.marks().mark(pulled.term.latest().id)
    run, rows = synced(pulled, 4)
    assert told(pulled) == {}
    lost = rows.head(3)
    put_back(box, older, *lost["group_id"])
    pull(pulled)
    assert told(pulled) == dict.fromkeys(keys(lost), run)
    (line,) = (
        pulled.audit.findings()
        .query(f"finding == 'changed_outside' and group_id == {lost['group_id'].iloc[0]}")
        .to_dict("records")
    )
    category = next(iter(pulled.term.latest().validity.options(lost["class_id"].iloc[0]).values()))
    assert line["sentence"].startswith(f"Synced as “{category}”; Canvas has nothing now. Run {run} (ann, ")
    pull(pulled)
    found = pulled.audit.findings().query("finding == 'changed_outside'")
    assert (sorted(keys(found)), found["is_new"].tolist()) == (sorted(keys(lost)), [True] * 3)
    pulled.audit.marks().mark(pulled.term.latest().id)
    pull(pulled)
    assert not pulled.audit.findings().query("finding == 'changed_outside'")["is_new"].any()

    again = pulled.draft_again(pulled.audit.no_longer_standing(), person="bob")
    assert (again.edited.moved, again.edited.refused, again.drafted_already) == (3, (), {})
    assert apply(pulled)["confirmed"] == 3
    assert told(pulled) == {}
    pull(pulled)
    assert told(pulled) == {}
    assert pulled.term.drafts().frame().empty


@pytest.mark.slow
def test_it_is_new_again_when_what_was_drafted_again_is_lost_again(box: Running, pulled: Workspace) -> None:
    """It is another run that is undone, though no audit has seen the row well in between."""
    older = stored(box)
    first, rows = synced(pulled, 1)
    group_id = int(rows["group_id"].iloc[0])
    put_back(box, older, group_id)
    pull(pulled)
    assert pulled.audit.findings().query("finding == 'changed_outside'")["is_new"].all()  # at the first audit, too
    pulled.audit.marks().mark(pulled.term.latest().id)
    pulled.draft_again(pulled.audit.no_longer_standing(), person="ann")
    second = str(apply(pulled)["run"])
    put_back(box, older, group_id)
    pull(pulled)
    assert told(pulled) == {keys(rows)[0]: second}
    assert second != first
    assert pulled.audit.findings().query("finding == 'changed_outside'")["is_new"].all()


@pytest.mark.slow
def test_only_what_differs_is_told(box: Running, pulled: Workspace) -> None:
    """One of the sections of a group; a teacher's other choice; a mapping that is gone; a value in another form."""
    rows = pulled.term.rows()
    free = rows.loc[rows["status"].eq("Unassociated") & rows["class_id"].notna()]
    free = free.loc[free.groupby("group_id")["section_id"].transform("size").ge(2)]
    group_id = int(free["group_id"].iloc[0])
    pair = free.loc[free["group_id"].eq(group_id)].head(2)
    choose_first(pulled, pair)
    apply(pulled)
    mine = stored(box)[str(group_id)]
    first, second = pair["sis_section_id"]
    mapping = mine["sistemic"]["categoryMapping"]
    place = dict(zip(pair["sis_section_id"], keys(pair), strict=True))

    def now(data: Any) -> set[Key]:
        tell(box, f"integration_data/{group_id}", data)
        pull(pulled)
        return set(told(pulled))

    without = {key: value for key, value in mapping.items() if key != first}
    assert now({"sistemic": {"categoryMapping": without}}) == {place[first]}
    other = [
        one
        for one in pulled.term.latest().validity.options(pair["class_id"].iloc[1])
        if one not in str(mapping[second])
    ]
    assert now({"sistemic": {"categoryMapping": {**mapping, second: {**mapping[second], "categoryId": other[0]}}}}) == {
        place[second]
    }
    assert now({"sistemic": {"categoryMapping": {**mapping, "foreign": 1}, "foreign": {}}}) == set()
    assert now({"sistemic": {}}) == set(place.values())
    assert now({"syncedWithSisCategory": True}) == set(place.values())
    sentences = pulled.audit.findings().query("finding == 'changed_outside'")["sentence"]
    assert sentences.str.contains("only the mark of the vendor's own system").all()


@pytest.mark.slow
def test_what_runs_of_ours_change_or_take_back_is_no_change_from_outside(box: Running, pulled: Workspace) -> None:
    """The last word counts: of a later run, or of an undo, whose own word stands as well."""
    run, rows = synced(pulled, 2)
    (first, second), groups = keys(rows), rows["group_id"].tolist()
    synced_state = stored(box)
    assert edit_now(pulled, {first: None}).refused == ()
    apply(pulled)
    pull(pulled)
    assert told(pulled) == {}
    undo = pulled.runs.undo(run)
    assert [change.key for change in undo.skipped] == [first]
    back = str(asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.begin(undo.plan, (), "ann"))))["run"])
    pull(pulled)
    assert told(pulled) == {}
    put_back(box, synced_state, groups[1])
    pull(pulled)
    assert told(pulled) == {second: back}


@pytest.mark.slow
def test_an_undo_leaves_alone_what_another_hand_changed_since(box: Running, pulled: Workspace) -> None:
    """Known by the reading: it is left out; changed after that: a conflict, and what is there stays."""
    run, rows = synced(pulled, 2)
    (known, later), groups = keys(rows), rows["group_id"].tolist()
    options = list(pulled.term.latest().validity.options(rows["class_id"].iloc[1]))
    theirs = stored(box)
    put_back(box, {**theirs, str(groups[0]): {"sistemic": {}}}, groups[0])
    pull(pulled)
    undo = pulled.runs.undo(run)
    assert [change.key for change in undo.skipped] == [known]
    entry = {"categoryId": options[1], "categoryTitle": "theirs"}
    written = {"sistemic": {"categoryMapping": {rows["sis_section_id"].iloc[1]: entry}}}
    tell(box, f"integration_data/{groups[1]}", written)
    done = asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.begin(undo.plan, (), "ann"))))
    assert (done["conflict"], done["confirmed"]) == (1, 0)
    assert stored(box)[str(groups[1])] == written
    assert set(told(pulled)) == {known, later}


@pytest.mark.slow
def test_what_another_installation_writes_is_a_change_from_outside_for_this_one(
    box: Running, pulled: Workspace, tmp_path: Path
) -> None:
    """Two stores know nothing of each other; the one that wrote last has nothing to tell."""
    run, rows = synced(pulled, 1)
    other = Workspace(settings_for(box, tmp_path / "other"))
    pull(other)
    confirm(other)
    assert edit_now(other, {keys(rows)[0]: None}).refused == ()
    apply(other)
    pull(pulled)
    pull(other)
    assert (told(pulled), told(other)) == ({keys(rows)[0]: run}, {})
    other.close()


@pytest.mark.slow
def test_a_write_that_nobody_knows_the_end_of_excuses_its_row(box: Running, pulled: Workspace) -> None:
    """The reply was lost and Canvas has it: that is our own write."""
    (key,) = keys(synced(pulled, 1)[1])
    assert edit_now(pulled, {key: None}).refused == ()
    tell(
        box,
        "script",
        [
            {"fault": "lost-reply", "method": "PUT"},
            {"fault": "503", "path": "/assignment_groups/", "method": "GET", "after": 1},
        ],
    )
    assert apply(pulled)["unknown"] == 1
    tell(box, "script", [])
    pull(pulled)
    assert told(pulled) == {}


@pytest.mark.slow
def test_rows_that_are_gone_are_not_told_and_those_without_their_category_say_so(
    box: Running, pulled: Workspace
) -> None:
    """The group was deleted; the category was switched off, so it cannot be drafted again. A draft is left as it is."""
    older = stored(box)
    run, rows = synced(pulled, 4)
    (_, off, drafted, plain), groups = keys(rows), rows["group_id"].tolist()
    options = pulled.term.latest().validity.options
    category, second = next(iter(options(rows["class_id"].iloc[1]))), list(options(rows["class_id"].iloc[2]))[1]
    tell(box, f"groups/{groups[0]}", {"deleted": True})
    put_back(box, older, *groups[1:])
    pull(pulled)
    assert edit_now(pulled, {drafted: second}, person="bob").refused == ()
    tell(box, f"categories/{category}", {"active": False})
    pull(pulled)
    assert told(pulled) == dict.fromkeys((off, drafted, plain), run)
    lost = pulled.audit.no_longer_standing()
    again = pulled.draft_again(lost, person="ann")
    refused = {refusal.key for refusal in again.edited.refused}
    assert (off in refused, again.drafted_already) == (True, {drafted: "bob"})
    assert again.edited.moved + len(refused) == 2
    unusable = pulled.audit.findings().query(f"finding == 'changed_outside' and group_id == {groups[1]}")["sentence"]
    assert unusable.str.contains("is not valid for this section any more").all()
    drafts = pulled.term.drafts().frame()
    assert dict(zip(keys(drafts), drafts["person"], strict=True))[drafted] == "bob"


@pytest.mark.slow
def test_a_canvas_that_was_refreshed_is_told_once(box: Running, pulled: Workspace) -> None:
    """Everything is as it was before the sync; one finding, and drafting again brings all of it back."""
    older = stored(box)
    pulled.audit.marks().mark(pulled.term.latest().id)
    synced(pulled, 15)
    for group_id, data in older.items():
        if stored(box)[group_id] != data:
            tell(box, f"integration_data/{group_id}", data)
    pull(pulled)
    found = pulled.audit.findings()
    assert not found["finding"].eq("changed_outside").any()
    (line,) = found.query("finding == 'refreshed'").to_dict("records")
    assert line["sentence"].startswith("15 of 15 associations that syncs had confirmed are not in Canvas any more.")
    assert line["is_new"]
    mail = markdown(audited(pulled), date.today())
    assert ("Whole term" in mail, "restored from an older copy" in mail) == (True, True)
    assert pulled.draft_again(pulled.audit.no_longer_standing(), person="ann").edited.moved == 15
    assert apply(pulled)["confirmed"] == 15
    assert not pulled.audit.findings()["finding"].isin(["changed_outside", "refreshed"]).any()


def test_a_finding_that_was_accepted_is_not_drafted_again(box: Running, pulled: Workspace) -> None:
    """A teacher meant it; the other row is brought back."""
    older = stored(box)
    _, rows = synced(pulled, 2)
    put_back(box, older, *rows["group_id"])
    pull(pulled)
    found = pulled.audit.findings().query("finding == 'changed_outside'")
    meant = found.iloc[0]
    until = date.today() + timedelta(days=7)
    pulled.audit.acceptances().accept([meant["key"]], reason="The teacher meant it.", person="ann", until=until)
    assert set(keys(pulled.audit.no_longer_standing())) == set(keys(rows)) - {(meant["group_id"], meant["section_id"])}


@pytest.mark.slow
def test_names_of_groups_are_drafted_again(tmp_path: Path) -> None:
    """A teacher's new name is a finding; drafted again and synced, the group is called so again; no more findings."""
    with lent(replace(SMALL, shape="flag-only")) as box:
        workspace = Workspace(settings_for(box, tmp_path, write="names"))
        pull(workspace)
        choose_names(workspace, 4)
        chosen = {change.group_id: str(change.after_title) for change in workspace.plan().changes}
        run = str(apply(workspace)["run"])
        first, second, *_ = chosen
        tell(box, f"groups/{first}", {"name": "Mine"})
        pull(workspace)
        lost = workspace.audit.no_longer_standing()
        assert set(zip(lost["group_id"], lost["run"], lost["was"], lost["now"], strict=True)) == {
            (first, run, chosen[first], "Mine")
        }
        assert lost["key"].isin(workspace.audit.findings().query("finding == 'renamed_outside'")["key"]).all()
        assert workspace.draft_again(lost, person="bob").edited.moved == len(lost)
        assert workspace.plan().kinds["rename"] == len(lost)
        assert apply(workspace)["confirmed"] == len(lost)
        pull(workspace)
        names = workspace.term.rows().drop_duplicates("group_id").set_index("group_id")["group"]
        assert names[[first, second]].tolist() == [chosen[first], chosen[second]]
        assert workspace.audit.no_longer_standing().empty
        workspace.close()


@pytest.mark.slow
@pytest.mark.parametrize("deleted", [False, True])
def test_a_section_is_drafted_again_into_the_category_that_a_run_had_added_it_to(
    box: Running, pulled: Workspace, deleted: bool
) -> None:
    """Its association stands in Canvas, and is Broken; ours is made again. After an undo nothing is expected."""
    focused = with_settings(pulled, write_focus=True)
    row = free_rows(focused, 1)
    (key,), class_id = keys(row), row["class_id"].iloc[0]
    focused.add_categories({key: "Capstone"}, person="ann")

    def sync() -> str:
        run = asyncio.run(focused.door.begin(focused.plan(), (WRITES_FOCUS,), "ann"))
        assert asyncio.run(focused.runs.perform(run))["confirmed"] >= 1
        return run

    def of_category() -> list[list[str]]:
        categories = box.world.categories.values()
        return [one.section_uuids for one in categories if one.title == "Capstone" and not one.deleted]

    run = sync()
    (ours,) = [one for one in box.world.categories.values() if one.title == "Capstone"]
    if deleted:
        box.world.delete_category(ours.uuid)
    else:
        box.world.write_category(ours, section_uuids=[])
    pull(focused)
    lost = focused.audit.no_longer_standing()
    assert (keys(lost), lost["change"].tolist(), lost["run"].tolist()) == ([key], [ChangeKind.MEMBERSHIP], [run])
    (line,) = focused.audit.findings().query("finding == 'taken_out_outside'").to_dict("records")
    assert f"added this section to “Capstone” in Focus, and it is not in that category now. Run {run} (ann" in str(line)
    assert "syncs do not change categories here" in pulled.draft_again(lost, person="bob").edited.refused[0].reason
    assert focused.draft_again(lost, person="bob").edited.moved == 1
    assert focused.plan().kinds["add to category"] == 1
    again = sync()
    assert of_category() == [[class_id]]
    assert focused.term.drafts().frame().empty
    pull(focused)
    assert focused.audit.no_longer_standing().empty
    assert focused.term.rows().set_index(["group_id", "section_id"]).loc[key, "status"] == "Synchronized"
    assert focused.runs.undo(again).plan.changes == ()  # the association of the first run has need of it
    back = focused.runs.undo(run)
    undo = asyncio.run(focused.door.begin(back.plan, (WRITES_FOCUS, "already_passed_back"), "ann"))
    assert asyncio.run(focused.runs.perform(undo))["confirmed"] == 2
    pull(focused)
    assert of_category() == []
    assert focused.audit.no_longer_standing().empty
