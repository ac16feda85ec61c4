"""A district whose Canvas shows only that groups are aligned, in an empty term: names alone can be written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gpb.keys import Key, keys
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import SMALL, edit_now
from tests.lent import lent, settings_for


@pytest.fixture
def flagged() -> Iterator[Running]:
    """The district."""
    with lent(replace(SMALL, shape="flag-only")) as sandbox:
        yield sandbox


@pytest.fixture
def by_name(flagged: Running, tmp_path: Path) -> Workspace:
    """Its spring term, pulled, where a sync renames groups."""
    made = Workspace(settings_for(flagged, tmp_path, write="names", term=str(max(flagged.world.terms))))
    asyncio.run(made.term.pull())
    return made


def choose_names(workspace: Workspace, groups: int) -> dict[int, str]:
    """Draft for all sections of so many groups, of different courses, a title that is free there; by group id."""
    rows, options = workspace.term.rows(), workspace.term.latest().validity.options
    rows = rows.loc[rows["status"].eq("Unassociated")]
    choices: dict[Key, str] = {}
    chosen: dict[int, str] = {}
    for _, of_course in rows.groupby("course_id"):
        present = {name.casefold() for name in of_course["group"]}
        for group_id, of_group in of_course.groupby("group_id"):
            offered = [set(options(class_id).values()) for class_id in of_group["class_id"]]
            free = sorted(title for title in set.intersection(*offered) if title.casefold() not in present)
            if free and len(chosen) < groups:
                chosen[int(str(group_id))] = free[0]
                choices |= dict.fromkeys(keys(of_group), free[0])
                break
    assert edit_now(workspace, choices).refused == ()
    assert len(chosen) == groups
    return chosen
