"""A run can be taken back, except where somebody has changed the row since."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from gpb.keys import keys
from gpb.sandbox import Running
from gpb.store.run_records import Outcome, RowOutcome
from gpb.sync.plan import Plan
from gpb.workspace import Workspace
from tests.conftest import edit_now, look, tell
from tests.sync.conftest import apply, choose_first, free_rows


def test_undo_brings_canvas_back_to_before_the_run(box: Running, pulled: Workspace) -> None:
    """Associated, reassociated and unassociated rows alike."""
    before = look(box, "state")
    choose_first(pulled, free_rows(pulled, 3))
    rows = pulled.term.rows()
    done = rows.loc[rows["status"].eq("Synchronized")].head(2)
    gone = dict.fromkeys(keys(done))
    edit_now(pulled, gone)
    run = apply(pulled)["run"]
    back = pulled.runs.undo(run)
    assert (back.plan.kinds, back.skipped) == ({"associate": 2, "reassociate": 0, "unassociate": 3}, ())
    summary = asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.begin(back.plan, (), "ann"))))
    assert summary["confirmed"] == 5
    assert associations(look(box, "state")) == associations(before)
    assert pulled._journal.run(summary["run"]).undo_of == run


def test_of_a_run_that_goes_on_each_look_finds_what_it_has_done_by_then(pulled: Workspace) -> None:
    """One that was killed and resumed is killed again: it has not ended, and has done more."""
    choose_first(pulled, free_rows(pulled, 2))
    run_id = asyncio.run(pulled.door.begin(pulled.plan(), (), "ann"))
    for number, change in enumerate(pulled.plan().changes, start=1):
        pulled._journal.intend(run_id, change.target, {}, {})
        pulled._journal.settle(run_id, change.target, [Outcome(*change.key, RowOutcome.CONFIRMED)], {})
        assert len(pulled.runs.undo(run_id).skipped) == number  # Canvas was not told, so there is nothing to take back
    pulled._journal.end(run_id, None)
    assert pulled.runs.undo(run_id) is pulled.runs.undo(run_id)


def test_undo_brings_back_what_stood_beside_the_category(box: Running, pulled: Workspace) -> None:
    """An association that was taken away is as it was, with the fields of other tools; a plan file holds them, too."""
    rows = pulled.term.rows()
    row = rows.loc[rows["status"].eq("Synchronized")].iloc[0]
    group, key = int(row["group_id"]), str(row["sis_section_id"])
    data = look(box, "state")["groups"][str(group)]
    data["sistemic"]["categoryMapping"][key] |= {"since": "2026-08-10", "by": {"tool": "another"}}
    tell(box, f"integration_data/{group}", data)
    edit_now(pulled, {(group, int(row["section_id"])): None})
    run = apply(pulled)["run"]
    assert key not in associations(look(box, "state"))[str(group)]
    back = Plan.from_json(json.loads(json.dumps(pulled.runs.undo(run).plan.to_json())))
    assert asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.begin(back, (), "ann"))))["confirmed"] == 1
    assert look(box, "state")["groups"][str(group)] == data


def test_undo_finds_the_category_where_its_title_alone_is_stored(box: Running, pulled: Workspace) -> None:
    """As some districts keep it: the row is associated with the same category again."""
    rows = pulled.term.rows()
    row = rows.loc[rows["status"].eq("Synchronized")].iloc[0]
    group, key = int(row["group_id"]), str(row["sis_section_id"])
    data = look(box, "state")["groups"][str(group)]
    data["sistemic"]["categoryMapping"][key] = {"categoryTitle": row["stored_category"]}
    tell(box, f"integration_data/{group}", data)
    asyncio.run(pulled.term.pull())
    edit_now(pulled, {(group, int(row["section_id"])): None})
    back = pulled.runs.undo(apply(pulled)["run"]).plan
    assert asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.begin(back, (), "ann"))))["confirmed"] == 1
    assert (
        pulled.term.rows().set_index(["group_id", "section_id"]).loc[(group, row["section_id"]), "status"]
        == "Synchronized"
    )


def associations(state: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Category id by group and section."""
    mappings = {group: (data.get("sistemic") or {}).get("categoryMapping") for group, data in state["groups"].items()}
    return {
        group: {section: value["categoryId"] for section, value in (mapping or {}).items()}
        for group, mapping in mappings.items()
    }


def test_rows_changed_since_are_left_alone_and_named(box: Running, pulled: Workspace) -> None:
    """Somebody's later decision is not taken back."""
    rows = free_rows(pulled, 2)
    choose_first(pulled, rows)
    run = apply(pulled)["run"]
    tell(box, f"integration_data/{rows.iloc[0]['group_id']}", {})
    asyncio.run(pulled.term.pull())
    back = pulled.runs.undo(run)
    assert [change.group_id for change in back.plan.changes] == [rows.iloc[1]["group_id"]]
    assert [change.group_id for change in back.skipped] == [rows.iloc[0]["group_id"]]
