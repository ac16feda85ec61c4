"""Earlier terms: read beside the one in use, grouped once, and carried forward."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from gpb.errors import InputError
from gpb.sandbox import Running
from gpb.suggest.decisions.carry import Outcome
from gpb.suggest.schemas import PAST
from gpb.workspace import Workspace
from tests.lent import settings_for

EMPTY = "4"
"""The term of the sandbox in which nobody has associated anything yet."""


def read_earlier(workspace: Workspace) -> str:
    """Read the term before the one in use; its name."""
    earlier = workspace.earlier.listed()[0]
    asyncio.run(workspace.earlier.pull(f"sis_term_id:{earlier.sis_term_id}"))
    return earlier.term


def test_reading_an_earlier_term_changes_nothing_about_the_one_in_use(pulled: Workspace) -> None:
    """Nor does reading the one in use again; without a snapshot there is nothing to carry forward, and it says how."""
    before, chosen = pulled.term.latest_id(), pulled.term.choices.chosen()
    with pytest.raises(InputError, match=r"pull --past"):
        pulled.carrying.preview()
    with pytest.raises(InputError, match=r"is no term before the one in use\. The terms before it are: "):
        asyncio.run(pulled.earlier.pull(str(pulled.term.latest().facts.term_id)))
    name = read_earlier(pulled)
    assert (pulled.term.latest_id(), pulled.term.choices.chosen()) == (before, chosen)
    assert pulled.term.shrunk() == 0.0
    listed = {one.term: one.snapshot_id for one in pulled.earlier.listed()}
    asyncio.run(pulled.term.pull())
    assert {one.term: one.snapshot_id for one in pulled.earlier.listed()} == listed
    assert listed[name] is not None


@pytest.mark.slow
def test_an_empty_term_is_read_as_the_earlier_one_shows_it(box: Running, tmp_path: Path) -> None:
    """It shows nothing of how this Canvas keeps associations, and must not hide what the earlier term has."""
    workspace = Workspace(settings_for(box, tmp_path, term=EMPTY))
    asyncio.run(workspace.term.pull())
    assert workspace.term.shape().unknown is not None
    before = workspace.term.latest().facts
    read_earlier(workspace)
    assert workspace.term.shape().unknown is None
    assert workspace.term.latest().codec == workspace.term.shape().coder
    assert (workspace.term.latest().facts.scope, workspace.term.latest().facts.rows) == (before.scope, before.rows)
    assert workspace.carrying.preview().counts()[Outcome.NEW] < len(workspace.carrying.preview().lines)
    workspace.close()


def test_cases_are_grouped_once_and_made_anew_where_they_are_damaged_or_gone(pulled: Workspace) -> None:
    """They add up to what the snapshot has associated; what is kept of a snapshot that is gone goes, too."""
    name, folder = read_earlier(pulled), pulled.settings.data_dir / "past"
    found, snapshot_id = pulled.deciding.memory.past(), str(pulled.earlier.named(name).snapshot_id)
    rows = pulled.term.snapshot(snapshot_id).associations()
    rows = rows.loc[rows["status"].eq("Synchronized")]
    assert {column: str(dtype) for column, dtype in found.dtypes.items()} == PAST
    assert set(found["term"]) == {name}
    assert (found["rows"].sum(), found["assignments"].sum()) == (len(rows), rows["assignments"].sum())
    assert all(json.loads(titles) == sorted(json.loads(titles)) for titles in found["titles"].unique())
    (kept,) = folder.iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_bytes(b"PAR1 damaged")
    stale = kept.with_name("20200101T000000000000-abcdef-0123456789ab.parquet")
    stale.write_bytes(b"")
    pd.testing.assert_frame_equal(Workspace(pulled.settings).deciding.memory.past(), found)
    assert [file.name for file in folder.iterdir()] == [kept.name]
    version = pulled.deciding.memory.version()
    shutil.rmtree(Path(pulled.term.snapshots.told_path(snapshot_id)))
    assert Workspace(pulled.settings).deciding.memory.past().empty
    assert pulled.deciding.memory.version() != version


def test_what_is_decided_becomes_drafts_with_their_reason(box: Running, tmp_path: Path) -> None:
    """Each valid where it is; those of others stay; an undo takes all of them back."""
    pulled = Workspace(settings_for(box, tmp_path, term=EMPTY))
    asyncio.run(pulled.term.pull())
    for term in pulled.earlier.listed()[:2]:
        asyncio.run(pulled.earlier.pull(str(term.term_id)))
    found = pulled.carrying.preview()
    assert found.counts()[Outcome.DECIDED] == len(found.decided) > 0
    assert sum(found.counts().values()) == len(found.lines)
    row = found.decided.iloc[0]
    key = (int(row["group_id"]), int(row["section_id"]))
    pulled.edit({key: "Unassociated"}, seen={key: None}, person="bob", label="by hand")
    other = found.decided.iloc[-1]
    mine = (int(other["group_id"]), int(other["section_id"]))
    class_id = pulled.term.rows().set_index(["group_id", "section_id"]).loc[mine, "class_id"]
    choice = next(one for one in pulled.term.latest().validity.options(class_id) if one != other["category_id"])
    pulled.edit({mine: choice}, seen={mine: None}, person="bob", label="by hand")
    edited = pulled.carrying.draft(found, person="ann")
    assert edited.refused == ()
    assert (edited.left, edited.moved) == ({mine: "bob"}, len(found.decided) - 1)
    drafts = pulled.term.drafts().frame().query("person == 'ann'")
    assert set(drafts["source"]) == {"past terms"}
    assert set(drafts["reason"]) <= set(found.decided["reason"])
    pulled.term.drafts().undo("ann")
    assert pulled.term.drafts().frame()["person"].tolist() == ["bob"]
    pulled.close()
