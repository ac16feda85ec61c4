"""Ways to ask a workspace for changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pandas as pd

from gpb.store.runs import Journal
from gpb.workspace import Workspace
from tests.conftest import edit_now


def with_journal(workspace: Workspace, journal: Journal) -> Workspace:
    """The same term and store with another journal."""
    return Workspace(workspace.settings, workspace._database, journal)


def with_settings(workspace: Workspace, **changed: Any) -> Workspace:
    """The same term and store with other settings."""
    return Workspace(workspace.settings.model_copy(update=changed), workspace._database, workspace._journal)


def free_rows(workspace: Workspace, count: int) -> pd.DataFrame:
    """Unassociated rows of different groups that have something to choose."""
    rows = workspace.term.rows()
    return rows.loc[rows["status"].eq("Unassociated")].drop_duplicates("group_id").head(count)


def choose_first(workspace: Workspace, rows: pd.DataFrame) -> dict[tuple[int, int], str]:
    """Draft the first valid category for each row; the choices."""
    options = workspace.term.latest().validity.options
    keys = zip(rows["group_id"], rows["section_id"], rows["class_id"], strict=True)
    choices = {(int(group), int(section)): next(iter(options(class_id))) for group, section, class_id in keys}
    assert edit_now(workspace, choices).refused == ()
    return choices


def apply(workspace: Workspace, **arguments: Any) -> dict[str, Any]:
    """Plan from the drafts, begin and perform; the summary."""
    plan = workspace.plan()
    return asyncio.run(workspace.runs.perform(asyncio.run(workspace.door.begin(plan, (), "ann")), **arguments))
