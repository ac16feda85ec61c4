"""The history of a row: every value it had, who gave it, and what came by another hand."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gpb.errors import InputError
from gpb.sandbox import Running
from gpb.sync.row_history import ANOTHER_HAND
from gpb.workspace import Workspace
from tests.conftest import edit_now, tell
from tests.sync.conftest import apply, free_rows


def story(workspace: Workspace, row: Any) -> list[tuple[str, str, str]]:
    """What happened, from what, to what; the oldest first."""
    history = workspace.runs.row_history(int(row["group_id"]), int(row["section_id"]))
    return list(history[["what", "before", "after"]].iloc[::-1].itertuples(index=False, name=None))


def choose(workspace: Workspace, row: Any, number: int) -> str:
    """Draft the category at this place of the section's list; its title."""
    options = workspace.term.latest().validity.options(row["class_id"])
    identifier = list(options)[number]
    edit_now(workspace, {(row["group_id"], row["section_id"]): identifier})
    return options[identifier]


def test_every_value_is_told_with_person_and_run(pulled: Workspace) -> None:
    """Associated, changed, taken back: three runs, the newest first, none of them by another hand."""
    row = free_rows(pulled, 1).iloc[0]
    first = choose(pulled, row, 0)
    apply(pulled)
    second = choose(pulled, row, 1)
    run = apply(pulled)
    back = asyncio.run(pulled.door.begin(pulled.runs.undo(run["run"]).plan, (), "bob"))
    asyncio.run(pulled.runs.perform(back))
    expected = [
        ("associate", "Unassociated", first),
        ("reassociate", first, second),
        ("reassociate (undo)", second, first),
    ]
    assert story(pulled, row) == expected
    history = pulled.runs.row_history(int(row["group_id"]), int(row["section_id"]))
    assert history["who"].tolist() == ["bob", "ann", "ann"]
    assert history["run"].tolist()[0] == back
    assert set(history["outcome"]) == {"confirmed"}
    asyncio.run(pulled.term.pull())
    assert story(pulled, row) == expected


def test_what_another_hand_changed_between_two_pulls_is_told_as_that(pulled: Workspace, box: Running) -> None:
    """With the time between which it happened, and no person."""
    row = free_rows(pulled, 1).iloc[0]
    mine = choose(pulled, row, 0)
    apply(pulled)
    options = pulled.term.latest().validity.options(row["class_id"])
    theirs = list(options)[1]
    mapping = {row["sis_section_id"]: {"categoryId": theirs}}
    tell(box, f"integration_data/{row['group_id']}", {"sistemic": {"categoryMapping": mapping}})
    asyncio.run(pulled.term.pull())
    assert story(pulled, row)[1:] == [(ANOTHER_HAND, mine, options[theirs])]
    line = pulled.runs.row_history(int(row["group_id"]), int(row["section_id"])).iloc[0]
    assert line["reason"].startswith("seen between ")
    assert line[["who", "run", "outcome"]].isna().all()


def test_a_row_that_the_term_lacks_is_a_sentence(pulled: Workspace) -> None:
    """Not an empty history."""
    with pytest.raises(InputError, match="This term has no group 1 in section 2"):
        pulled.runs.row_history(1, 2)
