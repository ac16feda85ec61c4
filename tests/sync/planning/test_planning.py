"""What the drafts ask for, what a person holds back of it, and how many assignments that brings to Focus."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pandas as pd
import pytest

from gpb.api.types import FlaggedAssignment
from gpb.audit.tonight.lines import tonight
from gpb.keys import Key, keys
from gpb.sandbox import Running
from gpb.sync.drafting import seen_in
from gpb.sync.passed_back import Answers
from gpb.sync.planning.reaching import reaching
from gpb.workspace import Workspace
from tests.audit.found import read
from tests.builders import FIRST, HOMEWORK, course, group, mapped, section
from tests.conftest import edit_now, look
from tests.sync.conftest import apply, choose_first, free_rows
from tests.sync.kinds import conftest
from tests.sync.test_door import leaving, writes

flagged, by_name = conftest.flagged, conftest.by_name  # fixtures


def test_what_is_held_back_is_not_written_and_stays_a_draft(box: Running, pulled: Workspace) -> None:
    """For everybody, with the name of whoever holds it; drafted anew, or let go, it is in the plan again."""
    choices = choose_first(pulled, free_rows(pulled, 4))
    out, again, *_ = choices
    drafted = pulled.planning.drafted()
    pulled.planning.hold(drafted, [out, again], "bob")
    elsewhere = Workspace(pulled.settings)
    assert elsewhere.planning.drafted().held == {out: "bob", again: "bob"}
    assert {change.key for change in elsewhere.plan().changes} == choices.keys() - {out, again}
    other = [*pulled.term.latest().validity.options(_class_of(pulled, again))][-1]
    edit_now(pulled, {again: other})
    assert pulled.planning.drafted().held == {out: "bob"}
    assert apply(pulled)["confirmed"] == 3
    assert str(out[0]) not in {path.rsplit("/", 1)[1] for path in map(_path, writes(box))}
    assert keys(pulled.term.drafts().frame()) == [out]
    assert pulled.plan().changes == ()
    pulled.planning.release([out])
    assert [change.key for change in pulled.plan().changes] == [out]
    elsewhere.close()


def test_a_plan_after_edits_is_the_one_that_would_be_made_anew(pulled: Workspace) -> None:
    """Changes of rows whose drafts stay what they were are not made again, and nothing else is taken from before."""
    rows = free_rows(pulled, 6)
    first, *others = choose_first(pulled, rows)
    options = pulled.term.latest().validity.options
    edits: list[dict[Key, str | None]] = [
        {first: [*options(_class_of(pulled, first))][-1]},
        {first: None},
        {one: [*options(_class_of(pulled, one))][-1] for one in others[:2]},
    ]
    for number, edit in enumerate(edits):
        before = {change.key: change for change in pulled.planning.asked().whole.changes}
        edit_now(pulled, edit, person="bea", label=f"edit {number}")
        pulled.edit(dict.fromkeys(others[3:], edit.get(others[0])) if number == 2 else {}, seen=seen_in(rows),
                    person="ann", label="why", source="rule", reason=f"because {number}")  # fmt: skip
        now, anew = pulled.planning.asked().whole, Workspace(pulled.settings)
        assert now.to_json() == anew.planning.asked().whole.to_json()
        anew.close()
        same = [change for change in now.changes if change is before.get(change.key)]
        assert {change.key for change in same} >= set(others[:-1]) - edit.keys() - set(others[3:])


def test_what_focus_has_answered_is_not_asked_again_for_the_screen(box: Running, pulled: Workspace) -> None:
    """But for what is new there; the sync itself asks about all of it, and so does a screen after a Refresh."""

    def asked() -> list[str]:
        return [
            seen["path"] for seen in look(box, "requests") if "/focus/" in seen["path"] and "token" not in seen["path"]
        ]

    leaving(pulled, 2)
    before, known = len(asked()), dict[str, Answers]()
    plan = pulled.planning.drafted().plan
    first = asyncio.run(pulled.door.look(plan, known))
    once = len(asked()) - before
    assert once == len(known[plan.snapshot].told) > 0
    assert asyncio.run(pulled.door.look(plan, known)) == first
    assert len(asked()) == before + once
    asyncio.run(pulled.door.review(plan))
    assert len(asked()) == before + 2 * once
    asyncio.run(pulled.term.pull())
    before = len(asked())
    assert asyncio.run(pulled.door.look(pulled.planning.drafted().plan, known)) == first
    assert len(asked()) == before + once


def _path(seen: object) -> str:
    return str(seen["path"] if isinstance(seen, dict) else seen)


def _class_of(workspace: Workspace, key: Key) -> object:
    rows = workspace.term.rows().set_index(["group_id", "section_id"])
    return rows["class_id"][key]


def test_of_two_groups_with_one_name_the_chosen_one_is_renamed(flagged: Running, by_name: Workspace) -> None:
    """By itself the one with more assignments; a person's choice holds the other back, and the door takes it so."""
    rows, options = by_name.term.rows(), by_name.term.latest().validity.options
    rows = rows.loc[rows["status"].eq("Unassociated")]
    for _, of_course in rows.groupby("course_id"):
        present = {name.casefold() for name in of_course["group"]}
        offered = set.intersection(*[set(options(one).values()) for one in of_course["class_id"]])
        free = sorted(title for title in offered if title.casefold() not in present)
        groups = of_course["group_id"].unique()[:2]
        if free and len(groups) == 2:
            break
    own = of_course.loc[of_course["group_id"].isin(groups)]
    edit_now(by_name, dict.fromkeys(keys(own), free[0]))
    names = by_name.planning.asked().names
    assert names is not None
    assert [{change.group_id for change in some} for some in names.contests] == [set(groups)]
    for chosen in groups:
        drafted = by_name.planning.drafted()
        by_name.planning.release([key for key in keys(own) if key[0] == chosen])
        by_name.planning.hold(drafted, [key for key in keys(own) if key[0] != chosen], "ann")
        assert {change.group_id for change in by_name.plan().changes} == {chosen}
        assert by_name.planning.drafted().left_out == ()
    assert apply(by_name)["confirmed"] == len(own.loc[own["group_id"].eq(groups[1])])
    assert flagged.world.groups[int(groups[1])].name == free[0]
    assert set(by_name.term.drafts().frame()["group_id"]) == {groups[0]}


ESSAY = FlaggedAssignment(1, "Essay", True, False, False, False, False)
OTHERS = [
    replace(ESSAY, id=2, published=False),
    replace(ESSAY, id=3, no_due_date=True),
    replace(ESSAY, id=4, name_too_long=True),
    replace(ESSAY, id=5, differentiated=True),
]


@pytest.mark.parametrize("course_state", ["available", "unpublished"])
def test_the_number_that_will_arrive_is_what_the_prediction_passes_back(course_state: str) -> None:
    """What something else keeps back, and what is not published yet, are told apart."""
    groups = [group(1, "HW", mapped(class_1=HOMEWORK), flagged=(ESSAY, *OTHERS)), group(2, "Empty", flagged=())]
    made = read(groups, courses=[course(workflow_state=course_state)], sections=[section(1, FIRST)])
    counts = reaching(made, pd.Series([1, 2, 9]))
    asleep = {"available": 1, "unpublished": 2}[course_state]
    assert counts.to_numpy().tolist() == [[5, 2, asleep], [0, 0, 0], [0, 0, 0]]
    assert tonight(made)["outcome"].eq("passed back").sum() == 2 - asleep


def test_a_plan_from_before_somebody_held_a_row_back_is_another_one(pulled: Workspace) -> None:
    """Its name tells, as after each edit."""
    choices = choose_first(pulled, free_rows(pulled, 2))
    drafted = pulled.planning.drafted()
    assert pulled.planning.drafted() is drafted
    pulled.planning.hold(drafted, [next(iter(choices))], "bob")
    assert pulled.planning.drafted().name != drafted.name
