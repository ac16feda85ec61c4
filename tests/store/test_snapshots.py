"""Snapshots are whole or not there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from gpb.errors import StoreError
from gpb.store.snapshots import SnapshotStore, saved_at

TABLES = {"terms": pd.DataFrame({"term_id": [1], "term": ["Fall ×"]})}
FACTS = {"term_id": 1}
SOURCE = "https://district.instructure.com#self"


def store_in(folder: Path, source: str = SOURCE) -> SnapshotStore:
    """The snapshots of a Canvas below a folder."""
    return SnapshotStore.at(f"file://{folder}", folder / "unused", source)


def saved(store: SnapshotStore, facts: dict[str, object] | None = None) -> str:
    """A snapshot in its place; its id."""
    identifier = store.write(facts or FACTS, TABLES)
    store.place(identifier)
    return identifier


def files(folder: Path) -> set[str]:
    """All files below a folder."""
    return {str(entry.relative_to(folder)) for entry in folder.rglob("*") if entry.is_file()}


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """Facts and tables come back, by whoever opens the place."""
    identifier = saved(store_in(tmp_path), {"term": "Fall", "term_id": 1})
    facts, tables = store_in(tmp_path).load(identifier)
    assert facts == {"term": "Fall", "term_id": 1}
    assert tables["terms"].to_dict("list") == TABLES["terms"].to_dict("list")


def test_the_folders_say_whose_reading_it_is(tmp_path: Path) -> None:
    """As Hive has it, so that any engine finds them; what a run wrote is a part, and no reading."""
    store = store_in(tmp_path)
    base = saved(store)
    part = store.write(FACTS, {"groups": pd.DataFrame({"group_id": [7, 8]})}, base, [7])
    store.place(part)
    own = "canvas=district.instructure.com_self/term_id=1"
    assert files(tmp_path) == {
        *(f"{own}/reading={base}/{name}" for name in ("terms.parquet", "facts.json", "manifest.json")),
        *(f"{own}/run={part}/{name}" for name in ("groups.parquet", "facts.json", "manifest.json")),
    }


def test_districts_share_a_place_and_do_not_see_each_other(tmp_path: Path) -> None:
    """Each has its own folder in it."""
    ours, theirs = store_in(tmp_path), store_in(tmp_path, "https://other.instructure.com#self")
    first, second = saved(ours), saved(theirs)
    assert (ours.identifiers(), theirs.identifiers()) == ({first}, {second})
    assert ours.strangers() == theirs.strangers() == []


def test_a_snapshot_is_there_once_it_is_placed(tmp_path: Path) -> None:
    """A reader never sees one that is being written, and one that is dropped leaves nothing."""
    store, reader = store_in(tmp_path), store_in(tmp_path)
    first, second, third = (store.write(FACTS, TABLES) for _ in range(3))
    assert (reader.identifiers(), reader.has(first)) == (set(), False)
    store.place(first)
    store.place(second)
    store.drop(third)
    assert (reader.identifiers(), reader.has(first), reader.strangers()) == ({first, second}, True, [])
    assert not [name for name in files(tmp_path) if third in name]


def test_a_removed_one_is_gone_at_once(tmp_path: Path) -> None:
    """For others, too."""
    store, reader = store_in(tmp_path), store_in(tmp_path)
    first, second = saved(store), saved(store)
    assert reader.has(first)
    store.remove(first)
    assert (reader.has(first), reader.identifiers()) == (False, {second})
    with pytest.raises(StoreError, match="Refresh"):
        reader.facts(first)


def test_what_a_dead_program_left_is_swept_away_after_a_while(tmp_path: Path) -> None:
    """Not what is being written, and nothing that is placed."""
    store = store_in(tmp_path)
    placed, left = saved(store), store.write(FACTS, TABLES)
    store.sweep(saved_at(left) - timedelta(hours=1))
    assert [name for name in files(tmp_path) if left in name]
    store.sweep(datetime.now(UTC) + timedelta(hours=1))
    assert {name.split("/")[2] for name in files(tmp_path)} == {f"reading={placed}"}


def test_snapshots_of_older_releases_lie_beside_each_other(tmp_path: Path) -> None:
    """They are read, and deleted in their time."""
    store = store_in(tmp_path)
    identifier = saved(store)
    (tmp_path / "canvas=district.instructure.com_self" / "term_id=1" / f"reading={identifier}").rename(
        tmp_path / identifier
    )
    reader = store_in(tmp_path)
    assert (reader.identifiers(), reader.has(identifier), reader.strangers()) == ({identifier}, True, [])
    assert reader.load(identifier)[1]["terms"].equals(TABLES["terms"])
    reader.remove(identifier)
    assert (reader.identifiers(), files(tmp_path)) == (set(), set())


@pytest.mark.parametrize(
    "name",
    [
        "Thumbs.db",
        "backup",
        "20260901T080000000000-abcde",
        "20269901T080000000000-abcdef",
        "20260901T080000000000-abcdef copy",
    ],
)
def test_a_stranger_is_no_snapshot(tmp_path: Path, name: str) -> None:
    """Neither a file that a system leaves nor a folder that somebody made."""
    store = store_in(tmp_path)
    (tmp_path / name).mkdir()
    assert (store.identifiers(), store.strangers()) == (set(), [name])


def test_no_folder_yet_means_no_snapshots(tmp_path: Path) -> None:
    """The first start."""
    assert store_in(tmp_path / "none").identifiers() == set()


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """And nothing is left behind."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be saved"):
        store_in(tmp_path / "file").write(FACTS, TABLES)


def test_a_damaged_snapshot_is_a_sentence(tmp_path: Path) -> None:
    """It says how to go on."""
    store = store_in(tmp_path)
    name = saved(store)
    place = Path(store.told_path(name))
    (place / "terms.parquet").write_bytes(b"half")
    with pytest.raises(StoreError, match="Refresh"):
        store.load(name)
    with pytest.raises(StoreError, match="Refresh"):
        store.require_whole(name, TABLES)
    (place / "facts.json").write_text("[]")
    with pytest.raises(StoreError, match="Refresh"):
        store.facts(name)
