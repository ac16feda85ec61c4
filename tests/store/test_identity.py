"""A store that is replaced, emptied or put back while the program runs is another one: nothing goes on in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import make_url, select

from gpb.errors import StoreError
from gpb.store.database import Database, drafts
from gpb.store.drafts import DraftStore, Wish
from tests.conftest import ON_BOTH
from tests.store.test_migrations import OPEN, run_sql

ANOTHER = "is not the one that the program started with: .* Restart the program"


def draft(database: Database, section: int) -> None:
    """Ann wants something for a row."""
    DraftStore(database, "s").put([Wish(1, section, "c", "C", None, is_change=True)], "ann", "grid")


def in_another_process(url: str) -> None:
    """Somebody else opens the store, which makes its tables."""
    subprocess.run([sys.executable, "-c", OPEN, url], check=True)


def file_of(url: str) -> Path:
    """Of a store on SQLite."""
    return Path(make_url(url).database or "")


def expect_refused(database: Database, url: str) -> None:
    """Neither this connection nor a fresh one goes on."""
    with pytest.raises(StoreError, match=ANOTHER), database.read() as connection:
        connection.execute(select(drafts)).all()
    with pytest.raises(StoreError, match="nothing from this step was saved"):
        draft(database, 9)
    with pytest.raises(StoreError, match=ANOTHER):
        Database(url)


def test_an_emptied_store_is_not_begun_anew(database: Database, database_url: str) -> None:
    """Its tables are gone, and stay so."""
    draft(database, 1)
    if database.engine.dialect.name == "sqlite":
        os.truncate(file_of(database_url), 0)
    else:
        run_sql(database_url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    expect_refused(database, database_url)
    with pytest.raises(Exception, match=r"no such table|does not exist"):
        run_sql(database_url, "SELECT * FROM drafts")


@ON_BOTH
def test_another_store_in_the_same_place_is_told(database: Database, database_url: str) -> None:
    """Somebody has emptied it, and another program has made it anew."""
    draft(database, 1)
    if database.engine.dialect.name == "sqlite":
        os.truncate(file_of(database_url), 0)
    else:
        run_sql(database_url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    in_another_process(database_url)
    expect_refused(database, database_url)


def test_rows_that_are_put_back_from_a_backup_are_told(database: Database, database_url: str) -> None:
    """It is the same store by its id, and knows less than it did: one draft."""
    run_sql(database_url, "CREATE TABLE backup AS SELECT * FROM sequence")
    draft(database, 1)
    run_sql(database_url, "DELETE FROM drafts", "DELETE FROM sequence", "INSERT INTO sequence SELECT * FROM backup")
    expect_refused(database, database_url)


def copied_over(backup: Path, store: Path) -> None:
    """As ``cp`` does it: the file stays the same one."""
    shutil.copyfile(backup, store)


def moved_over(backup: Path, store: Path) -> None:
    """As ``mv`` does it."""
    shutil.copyfile(backup, store.with_suffix(".new"))
    store.with_suffix(".new").replace(store)


@pytest.mark.parametrize("put_back", [copied_over, moved_over])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_is_put_back_is_told_and_not_touched(
    database: Database, database_url: str, tmp_path: Path, put_back: Callable[[Path, Path], None]
) -> None:
    """A restart opens it as it is."""
    store, backup = file_of(database_url), tmp_path / "backup"
    draft(database, 1)
    shutil.copyfile(store, backup)
    draft(database, 2)
    put_back(backup, store)
    expect_refused(database, database_url)
    assert store.read_bytes() == backup.read_bytes()
    database.close()
    again = Database(database_url)
    assert DraftStore(again, "s").frame()["section_id"].tolist() == [1]
    again.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_is_gone_is_not_made_anew(database: Database, database_url: str) -> None:
    """Nobody would notice an empty one."""
    file_of(database_url).unlink()
    expect_refused(database, database_url)
    assert not file_of(database_url).exists()


def test_many_who_work_on_one_store_do_not_disturb_each_other(database: Database, database_url: str) -> None:
    """Threads, and another opening of it; numbers of others come between a look and its comparison."""
    other = Database(database_url)

    def work(number: int) -> None:
        for _ in range(5):
            draft((database, other)[number % 2], number)
            DraftStore(other, "s").frame()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert len(DraftStore(database, "s").frame()) == 8
    other.close()
    draft(database, 9)
