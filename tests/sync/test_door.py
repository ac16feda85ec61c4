"""The door: nobody begins a run against what was not accepted by name, whatever was looked at before."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from gpb.errors import InputError, NotAccepted, PlanStale, Unavailable
from gpb.sandbox import Running
from gpb.store.database import leases
from gpb.store.runs import Journal
from gpb.sync.gates import NAMES, Objection
from gpb.sync.passed_back import Answers
from gpb.sync.plan import plan_of
from gpb.workspace import Workspace
from tests.conftest import edit_now, look, tell
from tests.sync.conftest import apply, choose_first, free_rows, with_settings

Row = dict[Hashable, Any]


def writes(box: Running) -> list[Any]:
    """The requests that would change Canvas."""
    return [seen for seen in look(box, "requests") if seen["method"] == "PUT"]


def asked(box: Running) -> list[Any]:
    """Requests for assignments of sections in Focus."""
    return [
        seen for seen in look(box, "requests") if seen["path"].startswith("/focus") and "/assignments" in seen["path"]
    ]


def leaving(workspace: Workspace, count: int) -> list[Row]:
    """So many associated rows of different classes, drafted to Unassociated."""
    rows = workspace.term.rows().query("status == 'Synchronized'").drop_duplicates("class_id").head(count)
    keys = zip(rows["group_id"].tolist(), rows["section_id"].tolist(), strict=True)
    edit_now(workspace, dict.fromkeys(keys), person="ann", label="away")
    found: list[Row] = rows.to_dict("records")
    return found


def pass_back(box: Running, row: Row) -> None:
    """An assignment arrives in Focus under the category that the row has."""
    fields = {"section_uuid": row["class_id"], "assignment_category_uuid": row["stored_category_id"], "title": "Essay"}
    tell(box, f"sis_assignments/a-{row['class_id']}", fields)


def missing(refused: pytest.ExceptionInfo[NotAccepted]) -> list[str]:
    """The names of what was not accepted."""
    return [name.partition(":")[0] for name in refused.value.missing]


async def test_the_plan_of_a_run_is_what_was_stored_and_is_not_read_back_where_it_was(
    box: Running, pulled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of thousands of rows that takes as long as to write them down; another process reads the same plan."""
    choose_first(pulled, free_rows(pulled, 2))
    shown = await pulled.door.review(pulled.plan())
    run_id = await pulled.door.begin(shown, NAMES, "ann")
    stored = plan_of(Journal(pulled._database), run_id)
    assert (stored, stored.to_json()) == (shown.plan, shown.plan.to_json())
    monkeypatch.setattr(Journal, "plan", lambda *_: pytest.fail("read back"))
    assert plan_of(pulled.door._journal, run_id) == stored


async def test_a_run_over_a_limit_does_not_begin_without_its_name(box: Running, pulled: Workspace) -> None:
    """Whoever calls; with the name it begins, and the run keeps what was accepted, by whom."""
    rows = pulled.term.rows().query("status == 'Synchronized'")
    keys = zip(rows["group_id"].tolist(), rows["section_id"].tolist(), strict=True)
    edit_now(pulled, dict.fromkeys(keys), person="ann", label="everything away")
    plan = pulled.plan()
    for accepted in ((), ("snapshot_old",), ("too_many_changes:00000000",)):
        with pytest.raises(NotAccepted, match="would be unassociated") as refused:
            await pulled.door.begin(plan, accepted, "ann")
        assert missing(refused) == ["too_many_changes"]
    assert (pulled._journal.runs(), writes(box)) == ([], [])
    run_id = await pulled.door.begin(plan, {"too_many_changes"}, "ann")
    (kept,) = pulled._journal.accepted(run_id)
    assert (kept.name, kept.person, "would be unassociated" in kept.sentence) == ("too_many_changes", "ann", True)


async def test_what_was_accepted_for_one_row_is_not_accepted_for_another(box: Running, pulled: Workspace) -> None:
    """Whoever begins with a plan alone has Focus asked anew."""
    first, second = leaving(pulled, 2)
    pass_back(box, first)
    review = await pulled.door.review(pulled.plan())
    with pytest.raises(NotAccepted, match="1 row leaves a category under which Focus already has") as refused:
        await pulled.door.begin(review, (), "ann")
    assert missing(refused) == ["already_passed_back"]
    accepted = [one.acceptance for one in review.objections]
    pass_back(box, second)
    with pytest.raises(NotAccepted, match="2 rows leave a category") as refused:
        await pulled.door.begin(pulled.plan(), accepted, "ann")  # its mark is that of one row
    assert writes(box) == []
    assert await pulled.door.begin(pulled.plan(), refused.value.missing, "ann")


async def test_an_assignment_that_was_taken_away_is_no_reason_to_ask_again(box: Running, pulled: Workspace) -> None:
    """What was accepted for two rows holds for one of them."""
    first, second = leaving(pulled, 2)
    pass_back(box, first)
    pass_back(box, second)
    review = await pulled.door.review(pulled.plan())
    tell(box, f"sis_assignments/a-{second['class_id']}", {})
    assert await pulled.door.begin(review, {"already_passed_back"}, "ann")


async def test_many_who_look_at_once_ask_focus_as_little_as_one(box: Running, pulled: Workspace) -> None:
    """A colleague's edit makes a plan anew, while its page still asks about that of before: the answers are shared."""
    sections = len(leaving(pulled, 60))
    plan, known = pulled.plan(), dict[str, Answers]()
    before = len(asked(box))
    seen = await asyncio.gather(*(pulled.door.look(plan, known) for _ in range(5)))
    number = len(asked(box)) - before
    assert number == sections
    assert seen == [seen[0]] * 5
    await pulled.door.look(plan, known)
    assert len(asked(box)) - before == number


async def test_that_nobody_could_look_is_accepted_alone(box: Running, pulled: Workspace) -> None:
    """The client may not read assignments: that is no right to overrule another gate, and no end."""
    leaving(pulled, 2)
    pulled = with_settings(pulled, max_snapshot_hours=1e-9)
    tell(box, "script", [{"fault": "forbidden", "path": "/assignments"}])
    review = await pulled.door.review(pulled.plan())
    assert [one.name for one in review.objections] == ["snapshot_old", "could_not_look"]
    assert "has no permission for the assignments" in review.objections[1].sentence
    for name, other in (("could_not_look", "snapshot_old"), ("snapshot_old", "could_not_look")):
        with pytest.raises(NotAccepted) as refused:
            await pulled.door.begin(review, {name}, "ann")
        assert missing(refused) == [other]
    assert await pulled.door.begin(review, {"could_not_look", "snapshot_old"}, "ann")


async def test_a_focus_that_does_not_answer_is_an_error_and_no_objection(box: Running, pulled: Workspace) -> None:
    """It may answer in a minute: nothing else of it is answered either."""
    leaving(pulled, 1)
    tell(box, "script", [{"fault": "503", "path": "/focus"}])
    with pytest.raises(Unavailable):
        await pulled.door.begin(pulled.plan(), NAMES, "ann")
    assert pulled._journal.runs() == []


async def test_a_plan_of_yesterday_is_made_anew(box: Running, pulled: Workspace) -> None:
    """A row that Canvas has otherwise now is named; the others are as the newest reading has them."""
    choose_first(pulled, free_rows(pulled, 2))
    plan = pulled.plan()
    await pulled.term.pull()
    fresh = (await pulled.door.review(plan)).plan
    assert (fresh.changes, fresh.snapshot) == (plan.changes, pulled.term.latest_id())
    theirs = {plan.changes[0].sis_section_id: {"categoryId": "theirs"}}
    tell(box, f"integration_data/{plan.changes[0].group_id}", {"sistemic": {"categoryMapping": theirs}})
    await pulled.term.pull()
    with pytest.raises(PlanStale, match=r"1 of 2 planned rows no longer match the plan.* it has changed since"):
        await pulled.door.begin(plan, NAMES, "ann")


async def test_an_empty_plan_begins_nothing(pulled: Workspace) -> None:
    """A run without rows would only stand in the history."""
    with pytest.raises(InputError, match="nothing to sync"):
        await pulled.door.begin(pulled.plan(), (), "ann")


def test_a_run_that_waited_for_hours_is_not_carried_out(box: Running, pulled: Workspace) -> None:
    """What was reviewed then may not hold now: it stops, and Resume asks with its age."""
    choose_first(pulled, free_rows(pulled, 1))
    run_id = asyncio.run(pulled.door.begin(pulled.plan(), (), "ann", queued=True))
    with pulled._database.write() as connection:
        long_ago = datetime.now(UTC) - timedelta(hours=3)
        connection.execute(update(leases).values(since=long_ago.isoformat()))
    assert pulled.door.claim(run_id) is False
    record = pulled._journal.run(run_id)
    assert (record.state, "waited 3 hours for a worker" in str(record.reason)) == ("stopped", True)
    assert (pulled.runs.live(), writes(box)) == (None, [])
    again = asyncio.run(pulled.door.resume(run_id, (), "bob", queued=True))
    assert pulled.door.claim(again) is True


def test_an_undo_is_derived_from_the_journal(box: Running, pulled: Workspace) -> None:
    """A row that somebody changed since the way back was shown is not taken back."""
    choose_first(pulled, free_rows(pulled, 2))
    back = pulled.runs.undo(apply(pulled)["run"]).plan
    tell(box, f"integration_data/{back.changes[0].group_id}", {})
    asyncio.run(pulled.term.pull())
    before = len(writes(box))
    with pytest.raises(PlanStale, match="what its undo would do has changed"):
        asyncio.run(pulled.door.begin(back, NAMES, "ann"))
    assert len(writes(box)) == before


ROWS = st.frozensets(st.tuples(st.integers(1, 3), st.integers(1, 3), st.sampled_from(["c1", "c2"])))
OBJECTIONS = st.builds(Objection, st.sampled_from(["a", "b"]), st.just("s"), st.booleans(), ROWS, st.sampled_from("xy"))


@given(OBJECTIONS, OBJECTIONS)
def test_an_acceptance_covers_what_was_shown_and_no_more(shown: Objection, found: Objection) -> None:
    """Rows that were not on the screen are never covered; equal marks mean equal things."""
    if shown.covers(found):
        assert (found.name, found.about) == (shown.name, shown.about)
        assert found.rows <= shown.rows
    same = (shown.name, shown.rows, shown.about) == (found.name, found.rows, found.about)
    assert (shown.acceptance == found.acceptance) == same
