"""Gates: what asks for a second look before the first write, and which settings move the limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gpb.errors import AlreadyPassedBack, SnapshotOld, SnapshotShrank, TooManyChanges
from gpb.sandbox import Running
from gpb.sync.gates import Limits, raise_if_passed_back, raise_if_unsafe
from gpb.workspace import Workspace
from tests.conftest import look, settings_for
from tests.sync.test_plan import change, plan

JUST_NOW = timedelta()


@pytest.mark.parametrize(
    ("changes", "associated", "message"),
    [
        ([("c1", "c2")] * 11, 100, "11 of 100 associated rows would be reassociated .limit 10"),
        ([("c1", "c2")] * 201, 2000, "201 of 2000 .* reassociated .limit 200"),
        ([("c1", None)] * 101, 2000, "101 of 2000 associated rows would be unassociated .limit 100"),
        ([("c1", "c2")] * 300 + [("c1", None)] * 201, 9000, "501 existing associations .*limit 500"),
        ([(None, "c1")] * 2001, 9000, "2001 new associations .*limit 2000"),
    ],
)
def test_a_plan_over_a_limit_is_stopped(
    changes: list[tuple[str | None, str | None]], associated: int, message: str
) -> None:
    """The sentence says how much, of what, and the limit."""
    made = plan(*(change(i, *values) for i, values in enumerate(changes)), associated=associated)
    with pytest.raises(TooManyChanges, match=message):
        raise_if_unsafe(made, Limits(), JUST_NOW)


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
    raise_if_unsafe(made, Limits(), JUST_NOW)


def test_a_pull_that_shrank_stops_every_plan() -> None:
    """Half a district looks like thousands of rows that are gone."""
    raise_if_unsafe(plan(change(), shrunk=0.05), Limits(), JUST_NOW)
    with pytest.raises(SnapshotShrank, match="6% fewer rows"):
        raise_if_unsafe(plan(change(), shrunk=0.06), Limits(), JUST_NOW)


def test_a_pull_of_yesterday_asks_for_a_refresh() -> None:
    """What was reviewed may not be there any more."""
    raise_if_unsafe(plan(change()), Limits(), timedelta(hours=24))
    with pytest.raises(SnapshotOld, match=r"read 25 hours ago .limit 24 hours"):
        raise_if_unsafe(plan(change()), Limits(), timedelta(hours=25, minutes=30))


def test_each_limit_is_a_setting(box: Running, tmp_path: Path) -> None:
    """In percent, rows and hours."""
    given = {"max_reassociated_percent": 1, "max_unassociated_percent": 2, "max_overwritten": 3, "max_new": 4}
    given |= {"max_shrunk_percent": 6, "max_snapshot_hours": 7}
    workspace = Workspace(settings_for(box, tmp_path, **given))
    assert workspace.limits == Limits(0.01, 0.02, 3, 4, 0.06, timedelta(hours=7))
    assert Workspace(settings_for(box, tmp_path)).limits == Limits()


@pytest.fixture(params=["focus", "oneroster"])
def reassociating(box: Running, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    """A pulled term in which two associated rows are drafted to another category, in either dialect."""
    base = box.settings["GPB_SIS_URL"].removesuffix("/ims/oneroster/v1p1")
    url = base + ("/ims/oneroster/v1p1" if request.param == "oneroster" else "")
    made = Workspace(settings_for(box, tmp_path, sis_dialect=request.param, sis_url=url))
    yield made
    made.database.close()


async def test_rows_that_leave_a_used_category_are_named(reassociating: Workspace, box: Running) -> None:
    """Focus has an assignment of the section under the category that the first row would leave; not so the second."""
    workspace = reassociating
    await workspace.pull()
    rows = workspace.rows()
    rows = rows.loc[rows["status"].eq("Synchronized")].drop_duplicates("class_id").head(2)
    choices = {}
    for row in rows.to_dict("records"):
        others = list(workspace.latest().validity.options(row["class_id"]))
        choices[row["group_id"], row["section_id"]] = next(o for o in others if o != row["stored_category_id"])
    workspace.edit(choices, person="ann", label="another category")
    assert await workspace.passed_back(workspace.plan()) == []
    first, second = rows.to_dict("records")
    used = {"section_uuid": first["class_id"], "assignment_category_uuid": first["stored_category_id"]}
    box.world.write_sis_assignment("a-1", {**used, "title": "Essay", "uuid": "a-1"})
    other = next(iter(set(choices.values()) - {second["stored_category_id"]}))
    box.world.write_sis_assignment("a-2", {"section_uuid": second["class_id"], "assignment_category_uuid": other})
    concerned = await workspace.passed_back(workspace.plan())
    assert [found.key for found in concerned] == [(first["group_id"], first["section_id"])]
    with pytest.raises(AlreadyPassedBack, match="1 row leaves a category .* “" + first["group"]):
        raise_if_passed_back(concerned)
    assert [entry for entry in look(box, "requests") if entry["method"] == "PUT"] == []


async def test_a_section_that_focus_does_not_know_any_more_holds_nothing(
    reassociating: Workspace, box: Running
) -> None:
    """The gate passes; the write itself decides."""
    workspace = reassociating
    await workspace.pull()
    row = workspace.rows().query("status == 'Synchronized'").iloc[0]
    workspace.edit({(row["group_id"], row["section_id"]): None}, person="ann", label="away")
    del box.world.sis_sections[row["class_id"]]
    assert await workspace.passed_back(workspace.plan()) == []


async def test_new_associations_ask_focus_nothing(workspace: Workspace, box: Running) -> None:
    """They leave no category, so the gate costs no request."""
    await workspace.pull()
    rows = workspace.rows().query("status == 'Unassociated'").head(3)
    choices = {
        (row["group_id"], row["section_id"]): next(iter(workspace.latest().validity.options(row["class_id"])))
        for row in rows.to_dict("records")
    }
    workspace.edit(choices, person="ann", label="new")
    before = len(look(box, "requests"))
    assert await workspace.passed_back(workspace.plan()) == []
    assert len(look(box, "requests")) == before
