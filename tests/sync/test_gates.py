"""Gates: what asks for a second look before the first write, and which settings move the limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gpb.sandbox import Running
from gpb.sync.gates import Limits, Objection, objections
from gpb.sync.plan import Plan
from gpb.workspace import Workspace
from tests.conftest import edit_now, look, tell
from tests.lent import confirm, settings_for
from tests.sync.test_plan import change, plan
from tests.variants import first_quick

JUST_NOW = timedelta()


def against(made: Plan, age: timedelta = JUST_NOW) -> list[tuple[str, str]]:
    """The gates that a plan does not pass: name and sentence."""
    return [(one.name, one.sentence) for one in objections(made, Limits(), age)]


async def told(workspace: Workspace) -> tuple[Objection, ...]:
    """What speaks against the plan of the drafts, Focus asked."""
    return (await workspace.door.review(workspace.plan())).objections


@pytest.mark.parametrize(
    ("changes", "associated", "message"),
    [
        ([("c1", "c2")] * 11, 100, "11 of 100 associated rows would be reassociated .limit 10"),
        ([("c1", "c2")] * 201, 2000, "201 of 2,000 .* reassociated .limit 200"),
        ([("c1", None)] * 101, 2000, "101 of 2,000 associated rows would be unassociated .limit 100"),
        ([("c1", "c2")] * 300 + [("c1", None)] * 201, 9000, "501 existing associations .*limit 500"),
        ([(None, "c1")] * 2001, 9000, "2,001 new associations .*limit 2,000"),
    ],
)
def test_a_plan_over_a_limit_is_stopped(
    changes: list[tuple[str | None, str | None]], associated: int, message: str
) -> None:
    """The sentence says how much, of what, and the limit."""
    made = plan(*(change(i, *values) for i, values in enumerate(changes)), associated=associated)
    ((kind, sentence),) = against(made)
    assert kind == "too_many_changes"
    assert re.search(message, sentence)


@pytest.mark.parametrize(
    ("changes", "associated"),
    [
        ([("c1", "c2")] * 10, 5),
        ([("c1", "c2")] * 200, 2000),
        ([("c1", None)] * 100, 2000),
        ([(None, "c1")] * 2000, 10),
    ],
)
def test_a_plan_at_a_limit_passes(changes: list[tuple[str | None, str | None]], associated: int) -> None:
    """A limit is what is still allowed; ten rows always are."""
    made = plan(*(change(i, *values) for i, values in enumerate(changes)), associated=associated)
    assert against(made) == []


def test_everything_that_speaks_against_a_plan_is_said_at_once() -> None:
    """Whoever overrules the first gate has read the others, too."""
    many = [change(i, "c1", None) for i in range(501)]
    found = against(plan(*many, associated=600, shrunk=0.2), timedelta(hours=30))
    assert [kind for kind, _ in found] == ["snapshot_shrank", "snapshot_old", "too_many_changes", "too_many_changes"]


def test_a_pull_that_shrank_stops_every_plan() -> None:
    """Half a district looks like thousands of rows that are gone."""
    assert against(plan(change(), shrunk=0.05)) == []
    ((kind, sentence),) = against(plan(change(), shrunk=0.06))
    assert (kind, "6% fewer rows" in sentence) == ("snapshot_shrank", True)


def test_a_pull_of_yesterday_asks_for_a_refresh() -> None:
    """What was reviewed may not be there any more."""
    assert against(plan(change()), timedelta(hours=24)) == []
    ((kind, sentence),) = against(plan(change()), timedelta(hours=25, minutes=30))
    assert (kind, "is 25 hours old (limit 24 hours)" in sentence) == ("snapshot_old", True)


def test_a_reading_from_the_future_asks_and_says_so() -> None:
    """A clock was ahead when it was read, so nobody knows its age; a few minutes between two machines are nothing."""
    assert against(plan(change()), -timedelta(minutes=4)) == []
    ((kind, sentence),) = against(plan(change()), -timedelta(hours=3, minutes=1))
    assert (kind, "the snapshot is dated 3 hours in the future" in sentence) == ("snapshot_old", True)
    assert against(plan(), -timedelta(hours=3)) == []


def test_each_limit_is_a_setting(box: Running, tmp_path: Path) -> None:
    """In percent, rows and hours."""
    given = {"max_reassociated_percent": 1, "max_unassociated_percent": 2, "max_overwritten": 3, "max_new": 4}
    given |= {"max_shrunk_percent": 6, "max_snapshot_hours": 7}
    assert Limits.of(settings_for(box, tmp_path, **given)) == Limits(0.01, 0.02, 3, 4, 0.06, timedelta(hours=7))
    assert Limits.of(settings_for(box, tmp_path)) == Limits()


@pytest.fixture(params=first_quick(["focus", "oneroster"]))
def reassociating(box: Running, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    """A pulled term in which two associated rows are drafted to another category, in either dialect."""
    base = box.settings["GPB_SIS_URL"].removesuffix("/ims/oneroster/v1p1")
    url = base + ("/ims/oneroster/v1p1" if request.param == "oneroster" else "")
    made = Workspace(settings_for(box, tmp_path, sis_dialect=request.param, sis_url=url))
    yield made
    made._database.close()


async def test_rows_that_leave_a_used_category_are_named(reassociating: Workspace, box: Running) -> None:
    """Focus has an assignment of the section under the category that the first row would leave; not so the second."""
    workspace = reassociating
    await workspace.term.pull()
    confirm(workspace)
    rows = workspace.term.rows()
    rows = rows.loc[rows["status"].eq("Synchronized")].drop_duplicates("class_id").head(2)
    choices = {}
    for row in rows.to_dict("records"):
        others = list(workspace.term.latest().validity.options(row["class_id"]))
        choices[row["group_id"], row["section_id"]] = next(o for o in others if o != row["stored_category_id"])
    edit_now(workspace, choices, person="ann", label="another category")
    assert await told(workspace) == ()
    first, second = rows.to_dict("records")
    used = {"section_uuid": first["class_id"], "assignment_category_uuid": first["stored_category_id"]}
    box.world.write_sis_assignment("a-1", {**used, "title": "Essay", "uuid": "a-1"})
    other = next(iter(set(choices.values()) - {second["stored_category_id"]}))
    box.world.write_sis_assignment("a-2", {"section_uuid": second["class_id"], "assignment_category_uuid": other})
    (objection,) = await told(workspace)
    assert objection.name == "already_passed_back"
    assert objection.rows == {(first["group_id"], first["section_id"], first["stored_category_id"])}
    assert re.search("1 row leaves a category .* “" + first["group"], objection.sentence)
    assert [entry for entry in look(box, "requests") if entry["method"] == "PUT"] == []


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("forbidden", "has no permission for the"),
        ("gone", "has no list of assignments"),
        ("expired-token", "Focus refuses this client the assignments of section"),
        ("500", "failed with status 500"),
    ],
)
@pytest.mark.slow
async def test_a_section_whose_assignments_focus_does_not_show_is_told_apart(
    reassociating: Workspace, box: Running, fault: str, why: str
) -> None:
    """No right, no such list, an error that stays: nobody could look, and the other section holds the plan as ever."""
    workspace = reassociating
    await workspace.term.pull()
    confirm(workspace)
    first, second = (
        workspace.term.rows().query("status == 'Synchronized'").drop_duplicates("class_id").head(2).to_dict("records")
    )
    keys = [(row["group_id"], row["section_id"]) for row in (first, second)]
    edit_now(workspace, dict.fromkeys(keys), person="ann", label="away")
    tell(box, "sis_assignments/a-1", {"section_uuid": second["class_id"], "title": "Essay",
                                      "assignment_category_uuid": second["stored_category_id"]})  # fmt: skip
    if fault == "gone":
        if workspace.settings.sis_dialect == "focus":
            return  # its native list of such a section is empty
        del box.world.sis_sections[first["class_id"]]
    else:
        tell(box, "script", [{"fault": fault, "path": f"/{first['class_id']}/"}])
    passed_back, unseen = await told(workspace)
    assert (passed_back.name, unseen.name) == ("already_passed_back", "could_not_look")
    assert [{row[:2] for row in one.rows} for one in (passed_back, unseen)] == [{keys[1]}, {keys[0]}]
    assert why in unseen.sentence


async def test_a_name_that_decided_until_now_counts_as_a_category(pulled: Workspace, box: Running) -> None:
    """For want of an association passback took the category of the group's name: what came there stays there."""
    rows = pulled.term.rows()
    row = rows.loc[rows["status"].eq("Unassociated") & rows["name_match_id"].notna()].iloc[0]
    others = pulled.term.latest().validity.options(row["class_id"])
    other = next(key for key in others if key != row["name_match_id"])
    used = {"section_uuid": row["class_id"], "assignment_category_uuid": row["name_match_id"]}
    box.world.write_sis_assignment("a-1", {**used, "title": "Essay", "uuid": "a-1"})
    key = (row["group_id"], row["section_id"])
    edit_now(pulled, {key: other}, person="ann", label="another than its name says")
    (objection,) = await told(pulled)
    assert objection.rows == {(*key, row["name_match_id"])}
    assert f"(“{row['group']}”)" in objection.sentence
    edit_now(pulled, {key: row["name_match_id"]}, person="ann", label="what its name says")
    assert await told(pulled) == ()


async def test_new_associations_ask_focus_nothing(pulled: Workspace, box: Running) -> None:
    """They leave no category, so the gate costs no request."""
    rows = pulled.term.rows().query("status == 'Unassociated' and name_match_id.isna()").head(3)
    choices = {
        (row["group_id"], row["section_id"]): next(iter(pulled.term.latest().validity.options(row["class_id"])))
        for row in rows.to_dict("records")
    }
    edit_now(pulled, choices, person="ann", label="new")
    before = len(look(box, "requests"))
    assert await told(pulled) == ()
    assert len(look(box, "requests")) == before
