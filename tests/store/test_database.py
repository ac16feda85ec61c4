"""The store's connections."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpb.errors import StoreError
from gpb.store.database import Database, drafts


def test_sqlite_keeps_a_rollback_journal_and_syncs_fully(database: Database) -> None:
    """WAL has a corruption race before SQLite 3.51.3."""
    with database.read() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    assert (journal, synchronous) == ("delete", 2)


def test_an_error_in_a_transaction_leaves_nothing(database: Database) -> None:
    """All of an edit or none of it."""
    row = {"scope": "s", "group_id": 1, "section_id": 1, "person": "ann", "edited_at": "now"}
    with pytest.raises(ZeroDivisionError), database.write() as connection:
        connection.execute(drafts.insert(), row)
        raise ZeroDivisionError
    with database.read() as connection:
        assert connection.execute(drafts.select()).all() == []


@pytest.mark.parametrize("url", ["nonsense", "sqlite:////proc/no/such/place.sqlite", "oracle://u:secret@h/x"])
def test_an_unusable_address_is_a_sentence_without_the_password(url: str) -> None:
    """The coordinator reads what to correct."""
    with pytest.raises(StoreError) as caught:
        Database(url)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    """Nothing is overwritten."""
    place = tmp_path / "store.sqlite"
    place.write_text("not a database, but long enough to be looked at" * 50)
    with pytest.raises(StoreError, match="cannot be used"):
        Database(f"sqlite:///{place}")
    assert place.read_text().startswith("not a database")
