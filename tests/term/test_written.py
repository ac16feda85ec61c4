"""What is written after a pull is a few groups that name the snapshot they belong to."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pandas as pd
from pandas.testing import assert_frame_equal

from gpb.frames.snapshot import Snapshot
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import tell
from tests.old_snapshots import as_of_0_6


def changed(box: Running, opened: Workspace, place: int) -> tuple[Snapshot, int]:
    """A group loses its associations, and is read again; the snapshot that comes of it."""
    rows = opened.term.latest().associations()
    row = rows.loc[rows["status"].eq("Synchronized")].drop_duplicates("group_id").iloc[place]
    tell(box, f"integration_data/{row['group_id']}", {})
    return asyncio.run(opened.term.read_again({int(row["group_id"]): int(row["course_id"])})), int(row["group_id"])


def computed(snapshot: Snapshot) -> pd.DataFrame:
    """The rows as its tables alone make them."""
    return Snapshot(snapshot.id, snapshot.facts, dict(snapshot.tables)).associations()


def test_a_part_opens_as_the_whole_would(box: Running, pulled: Workspace) -> None:
    """Two in a row rest on the pull; tables, rows and counts are those of a snapshot made of all that is there."""
    files, base = pulled.term.snapshots, pulled.term.latest_id()
    before = computed(pulled.term.latest())
    (_, first), (made, second) = changed(box, pulled, 0), changed(box, pulled, 1)
    assert (files.base_of(made.id), files.whole_of(made.id)[1]) == (base, frozenset({first, second}))
    assert {place.stem for place in Path(files.told_path(made.id)).glob("*.parquet")} == {"groups", "stored", "rows"}
    opened = pulled.term.readings.load_once(made.id)
    assert_frame_equal(opened.associations(), computed(opened))
    assert_frame_equal(opened.associations(), made.associations())
    assert opened.counts() == made.facts.counts
    differing = opened.associations()["status"].ne(before["status"])
    assert set(before.loc[differing, "group_id"]) == {first, second}
    assert files.integration_data(made.id, first) == "{}"
    left = next(one for one in before["group_id"] if one not in (first, second))
    assert json.loads(str(files.integration_data(made.id, left))) == opened.stored(left)


def test_a_base_is_kept_as_long_as_a_part_needs_it(box: Running, pulled: Workspace) -> None:
    """Where the base is gone the part is, too; and the next pull is whole again."""
    base = str(pulled.term.latest_id())
    made, _ = changed(box, pulled, 0)
    asyncio.run(pulled.term.pull())
    assert pulled.term.snapshots.base_of(str(pulled.term.latest_id())) is None
    assert pulled.term.is_whole(made.id)
    pulled.term.snapshots.remove(base)
    pulled.term.problems()
    assert not pulled.term.is_whole(made.id)


def test_a_snapshot_of_an_older_release_opens(box: Running, pulled: Workspace) -> None:
    """Its rows are computed from its tables, and what comes after it is whole."""
    newest = str(pulled.term.latest_id())
    rows = pulled.term.latest().associations()
    as_of_0_6(Path(pulled.term.snapshots.told_path(newest)))
    anew = Workspace(pulled.settings)
    assert_frame_equal(anew.term.latest().associations(), rows)
    made, _ = changed(box, anew, 0)
    assert anew.term.snapshots.base_of(made.id) is None
    anew.close()
