"""A store of every released version becomes one of the present version, with all that is in it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url

from gpb.errors import StoreError
from gpb.store.choices.tables import decisions
from gpb.store.database import VERSION, Database
from gpb.store.drafts import DraftStore
from gpb.store.runs import Journal
from gpb.store.sets.turns import LOCK_OUT_WRITERS
from tests.builders import association
from tests.conftest import ON_BOTH
from tests.processes import PATIENCE

RELEASED = {
    release: Path(__file__).with_name(f"release_{release.replace('.', '_')}.sql").read_text(encoding="utf-8")
    for release in ("0.1", "0.3")
}
OPEN = "import sys; from gpb.store.database import Database; Database(sys.argv[1]).close()"


def make_released(url: str, release: str) -> None:
    """A store as that release made it, with a draft and a run that was interrupted."""
    serial = {"sqlite": "INTEGER", "postgresql": "SERIAL"}[make_url(url).get_backend_name()]
    run_sql(url, *RELEASED[release].format(serial=serial).strip().splitlines())


def run_sql(url: str, *statements: str) -> None:
    """Change a store from outside."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def differences(database: Database) -> list[object]:
    """Between the tables of the store and those that the program declares."""
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, decisions.metadata))


def test_a_new_store_has_the_declared_tables(database: Database) -> None:
    """The migrations alone lead there."""
    assert differences(database) == []


@pytest.mark.parametrize("release", RELEASED)
def test_a_released_store_is_upgraded_with_its_content(database_url: str, release: str) -> None:
    """Drafts, the journal and the lease are as they were; the tables are the declared ones."""
    make_released(database_url, release)
    database = Database(database_url)
    journal = Journal(database)
    run = journal.unfinished("box#1#5")[0]
    assert DraftStore(database, "box#1#5").frame()["category_id"].tolist() == ["c1"]
    assert getattr(DraftStore(database, "box#1#5").last_edit("ann"), "label", None) == "grid"
    assert journal.open_operations(run.run_id) == {association(1): "intended"}
    assert journal.is_live(run.run_id)  # the old program may still be at it: nobody has watched it yet
    assert journal.stored_before(run.run_id) == {}
    assert differences(database) == []
    database.close()


@ON_BOTH
def test_opening_again_changes_nothing_and_does_not_load_alembic(database_url: str) -> None:
    """Every command opens the store."""
    Database(database_url).close()
    program = f"{OPEN}; print('alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program, database_url], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.slow
@ON_BOTH
def test_processes_that_open_an_old_store_at_once_upgrade_it_once(database_url: str) -> None:
    """All have seen that it is old before the first may begin."""
    make_released(database_url, "0.1")
    engine = create_engine(database_url)
    with engine.begin() as connection:
        for statement in LOCK_OUT_WRITERS[engine.dialect.name]:
            connection.exec_driver_sql(statement)
        opening = [subprocess.Popen([sys.executable, "-c", OPEN, database_url]) for _ in range(3)]
        time.sleep(1.5)
        assert [process.poll() for process in opening] == [None] * 3
    assert [process.wait(PATIENCE) for process in opening] == [0, 0, 0]
    engine.dispose()
    database = Database(database_url)
    assert differences(database) == []
    database.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(database_url: str) -> None:
    """Its last step cannot be done, so the earlier ones are taken back."""
    make_released(database_url, "0.1")
    run_sql(database_url, "CREATE TABLE audits (mine TEXT)")
    with pytest.raises(StoreError, match="audits"):
        Database(database_url)
    engine = create_engine(database_url)
    present = inspect(engine)
    assert not present.has_table("alembic_version")
    assert not present.has_table("exceptions")
    assert "beats" not in {column["name"] for column in present.get_columns("leases")}
    engine.dispose()


@pytest.mark.parametrize("version", [str(int(VERSION) + 1), "other"])
def test_a_store_of_a_newer_program_is_refused(database_url: str, version: str) -> None:
    """It may keep what this program would lose."""
    Database(database_url).close()
    run_sql(database_url, f"UPDATE alembic_version SET version_num = '{version}'")
    with pytest.raises(StoreError, match=r"newer version of this program\. Update this one"):
        Database(database_url)
