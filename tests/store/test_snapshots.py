"""Snapshots are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from gpb.errors import StoreError
from gpb.store.snapshots import SnapshotStore

TABLES = {"terms": pd.DataFrame({"term_id": [1], "term": ["Fall ×"]})}


def saved(store: SnapshotStore, facts: dict[str, str] | None = None) -> str:
    """A snapshot in its place; its id."""
    identifier = store.write(facts or {}, TABLES)
    store.place(identifier)
    return identifier


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """Facts and tables come back."""
    store = SnapshotStore(tmp_path)
    facts, tables = store.load(saved(store, {"term": "Fall"}))
    assert facts == {"term": "Fall"}
    assert tables["terms"].to_dict("list") == TABLES["terms"].to_dict("list")


def test_a_snapshot_is_there_once_it_is_placed(tmp_path: Path) -> None:
    """A reader never sees one that is being written, and one that is dropped leaves nothing."""
    store = SnapshotStore(tmp_path)
    first, second, third = (store.write({}, TABLES) for _ in range(3))
    assert (store.identifiers(), store.has(first)) == (set(), False)
    store.place(first)
    store.place(second)
    store.drop(third)
    assert (store.identifiers(), store.has(first), store.strangers()) == ({first, second}, True, [])
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([first, second])


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
    store = SnapshotStore(tmp_path)
    (tmp_path / name).mkdir()
    assert (store.identifiers(), store.strangers()) == (set(), [name])


def test_no_folder_yet_means_no_snapshots(tmp_path: Path) -> None:
    """The first start."""
    assert SnapshotStore(tmp_path / "none").identifiers() == set()


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """And nothing is left behind."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be saved"):
        SnapshotStore(tmp_path / "file").write({}, TABLES)


def test_a_damaged_snapshot_is_a_sentence(tmp_path: Path) -> None:
    """It says how to go on."""
    store = SnapshotStore(tmp_path)
    name = saved(store)
    (tmp_path / name / "terms.parquet").write_bytes(b"half")
    with pytest.raises(StoreError, match="Refresh"):
        store.load(name)
    with pytest.raises(StoreError, match="Refresh"):
        store.require_whole(name, TABLES)
    (tmp_path / name / "facts.json").write_text("[]")
    with pytest.raises(StoreError, match="Refresh"):
        store.facts(name)
