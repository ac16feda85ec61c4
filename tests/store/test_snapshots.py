"""Snapshots are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from gpb.errors import StoreError
from gpb.store.snapshots import SnapshotStore

TABLES = {"terms": pd.DataFrame({"term_id": [1], "term": ["Fall ×"]})}


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    """Facts and tables come back."""
    store = SnapshotStore(tmp_path)
    facts, tables = store.load(store.save({"term": "Fall"}, TABLES))
    assert facts == {"term": "Fall"}
    assert tables["terms"].to_dict("list") == TABLES["terms"].to_dict("list")


def test_identifiers_are_newest_first_and_leave_half_written_ones_out(tmp_path: Path) -> None:
    """A reader never sees a snapshot that is being written."""
    store = SnapshotStore(tmp_path)
    first, second = store.save({}, TABLES), store.save({}, TABLES)
    (tmp_path / ".20990101T000000-x.part").mkdir()
    assert store.identifiers() == [second, first]


def test_no_folder_yet_means_no_snapshots(tmp_path: Path) -> None:
    """The first start."""
    assert SnapshotStore(tmp_path / "none").identifiers() == []


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    """And nothing is left behind."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be stored"):
        SnapshotStore(tmp_path / "file").save({}, TABLES)


def test_a_damaged_snapshot_is_a_sentence(tmp_path: Path) -> None:
    """It says how to go on."""
    store = SnapshotStore(tmp_path)
    name = store.save({}, TABLES)
    (tmp_path / name / "terms.parquet").write_bytes(b"half")
    with pytest.raises(StoreError, match="Refresh"):
        store.load(name)
