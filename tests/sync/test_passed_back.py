"""What Focus has under the categories that rows leave: at the review, and once more before each write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpb.sandbox import Running
from gpb.sync.gates import Objection
from gpb.workspace import Workspace
from tests.conftest import edit_now, look, tell
from tests.lent import confirm, settings_for
from tests.sync.test_door import asked, leaving, pass_back, writes
from tests.variants import first_quick


async def told(workspace: Workspace) -> tuple[Objection, ...]:
    """What speaks against the plan of the drafts, Focus asked."""
    return (await workspace.door.review(workspace.plan())).objections


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


async def test_what_arrives_after_the_review_keeps_its_row_back(box: Running, pulled: Workspace) -> None:
    """The run asks once more before each write; reviewed again, and accepted, the row is written, too."""
    first, _ = leaving(pulled, 2)
    review = await pulled.door.review(pulled.plan())
    assert review.objections == ()
    before = len(asked(box))
    pass_back(box, first)
    run_id = await pulled.door.begin(review, (), "ann")
    assert len(asked(box)) == before  # what the review was told
    summary = await pulled.runs.perform(run_id)
    assert (summary["confirmed"], summary["rejected"], len(asked(box)) - before) == (1, 1, 2)
    outcomes = pulled.runs.outcomes(pulled.runs.run(run_id)).set_index("outcome")
    assert outcomes.loc["rejected", "section"] == first["section"]
    assert str(outcomes.loc["rejected", "reason"]).startswith("By now Focus has assignments of this section under “")
    review = await pulled.door.review(pulled.plan())
    assert [one.name for one in review.objections] == ["already_passed_back"]
    summary = await pulled.runs.perform(await pulled.door.begin(review, {"already_passed_back"}, "ann"))
    assert summary["confirmed"] == 1
    assert len(writes(box)) == 2


async def test_a_run_asks_nothing_of_what_was_accepted(box: Running, pulled: Workspace) -> None:
    """Nor of rows that leave no category."""
    (row,) = leaving(pulled, 1)
    pass_back(box, row)
    run_id = await pulled.door.begin(await pulled.door.review(pulled.plan()), {"already_passed_back"}, "ann")
    before = len(asked(box))
    assert (await pulled.runs.perform(run_id))["confirmed"] == 1
    assert len(asked(box)) == before


@pytest.mark.parametrize(("fault", "done", "why"), [
    ("forbidden", {"confirmed": 1, "rejected": 1}, "We could not check whether Focus already has assignments"),
    ("500", {"confirmed": 1, "rejected": 1}, "failed with status 500"),
])  # fmt: skip
async def test_where_focus_does_not_show_a_section_its_row_is_left(
    box: Running, pulled: Workspace, fault: str, done: dict[str, int], why: str
) -> None:
    """Whatever was seen at the review; the other row is written."""
    first, _ = leaving(pulled, 2)
    run_id = await pulled.door.begin(await pulled.door.review(pulled.plan()), (), "ann")
    tell(box, "script", [{"fault": fault, "path": f"/{first['class_id']}/assignments"}])
    summary = await pulled.runs.perform(run_id)
    assert {name: summary[name] for name in done} == done
    outcomes = pulled.runs.outcomes(pulled.runs.run(run_id)).set_index("outcome")
    assert why in str(outcomes.loc["rejected", "reason"])


async def test_a_focus_that_is_down_stops_the_run_before_the_write(box: Running, pulled: Workspace) -> None:
    """Nothing is written that was not asked about; Resume goes on when Focus is back."""
    leaving(pulled, 2)
    run_id = await pulled.door.begin(await pulled.door.review(pulled.plan()), (), "ann")
    tell(box, "script", [{"fault": "500", "path": "/focus/"}])
    summary = await pulled.runs.perform(run_id)
    assert (summary["not_attempted"], writes(box)) == (2, [])
    assert "Focus" in str(summary["reason"])
    tell(box, "script", [])
    resumed = await pulled.door.resume(run_id, (), "ann")
    assert (await pulled.runs.perform(resumed))["confirmed"] == 2
