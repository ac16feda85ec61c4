"""The store's connections."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, update

from gpb.errors import StoreError
from gpb.store.database import Database, drafts
from tests.store.test_migrations import run_sql


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
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


def test_a_transaction_waits_for_the_one_before_it_and_sees_what_that_wrote(database: Database) -> None:
    """Two at once that read, then write what they read plus one: no update is lost."""
    row = {"scope": "s", "group_id": 1, "section_id": 1, "person": "ann", "edited_at": "0"}
    with database.write() as connection:
        connection.execute(drafts.insert(), row)

    def count_up(_: int) -> None:
        with database.write() as connection:
            before = int(connection.execute(select(drafts.c.edited_at)).scalar_one())
            time.sleep(0.005)
            connection.execute(update(drafts).values(edited_at=str(before + 1)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(20)))
    with database.read() as connection:
        assert connection.execute(select(drafts.c.edited_at)).scalar_one() == "20"


def test_reading_goes_on_beside_a_transaction_and_sees_none_of_it(database: Database) -> None:
    """Pages are drawn while a run writes; and an open read keeps nobody from writing."""
    row = {"scope": "s", "group_id": 1, "section_id": 1, "person": "ann", "edited_at": "now"}
    with database.read() as reader, database.write() as connection:
        assert reader.execute(drafts.select()).all() == []
        connection.execute(drafts.insert(), row)
        assert reader.execute(drafts.select()).all() == []


def test_a_thread_that_draws_a_page_asks_once_what_others_have_stored(database: Database, database_url: str) -> None:
    """Until it is done, or another thread has come to see that; before and after, each time it asks."""
    by_others = "UPDATE sequence SET last = last + 1"
    with database.steady():
        first = database.number()
        run_sql(database_url, by_others)
        assert database.number() == first
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(database.number).result() == first + 1
        assert database.number() == first + 1
        with database.write():
            pass
        assert database.number() == first + 2
        run_sql(database_url, by_others)
        assert database.number() == first + 2
    assert database.number() == first + 3


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
