"""The tables of the store, and connections to it: SQLite by default, PostgreSQL by URL.

Times are ISO 8601 text in UTC, so that both databases keep and sort them alike.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from gpb.errors import StoreError
from gpb.private import make_file, make_folder

VERSION = "4"  # of these tables: the newest revision in ``migrations/versions``

LOCK_OUT_WRITERS = {
    "sqlite": ["BEGIN IMMEDIATE"],
    # One writer at a time, as SQLite has it: a transaction then sees all that was committed before it, so nothing in
    # it has to be tried again, and writes here are far too few for anybody to wait.
    "postgresql": ["SET LOCAL lock_timeout = '10s'", "SELECT pg_advisory_xact_lock(71150218)"],
}

metadata = MetaData()

drafts = Table(
    "drafts",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("group_id", BigInteger, primary_key=True),
    Column("section_id", BigInteger, primary_key=True),
    Column("category_id", Text),  # null: the association shall go
    Column("category", Text),
    Column("baseline", Text),  # the stored reference that the coordinator saw
    Column("person", Text, nullable=False),
    Column("edited_at", Text, nullable=False),
)

draft_edits = Table(
    "draft_edits",
    metadata,
    Column("edit_id", Integer, primary_key=True, autoincrement=True),
    Column("scope", Text, nullable=False, index=True),
    Column("batch", Text, nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("edited_at", Text, nullable=False),
    Column("group_id", BigInteger, nullable=False),
    Column("section_id", BigInteger, nullable=False),
    Column("before", Text),  # JSON of the draft before the edit, null: there was none
    Column("session", Text, nullable=False, server_default=""),  # tells browsers of one person apart
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("scope", Text, nullable=False, index=True),
    Column("term", Text, nullable=False),
    Column("snapshot_id", Text, nullable=False),
    Column("checksum", Text, nullable=False),
    Column("plan", Text, nullable=False),  # JSON
    Column("person", Text, nullable=False),
    Column("undo_of", Text),
    Column("state", Text, nullable=False),  # queued, running, finished, stopped, closed
    Column("reason", Text),  # the sentence that says why it stopped
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("cancel_requested", Text),  # the person who wants it to stop
    Column("accepted", Text),  # JSON: what spoke against it when it was begun or resumed, and who accepted it
    Column("closed_by", Text),  # the person who ended it for good with open rows
    Column("closed_at", Text),
)

operations = Table(
    "operations",
    metadata,
    Column("run_id", Text, ForeignKey("runs.run_id"), primary_key=True),
    Column("group_id", BigInteger, primary_key=True),
    Column("course_id", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # planned, intended, then the weightiest outcome of its rows
    Column("sent", Text),  # JSON of the request's integration_data
    Column("echo", Text),  # JSON of the integration_data that Canvas answered with
    Column("changed_at", Text),
    Column("stored", Text),  # JSON of the integration_data that was there before it
)

operation_rows = Table(
    "operation_rows",
    metadata,
    Column("run_id", Text, ForeignKey("runs.run_id"), primary_key=True),
    Column("group_id", BigInteger, primary_key=True),
    Column("section_id", BigInteger, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("outcome", Text),  # confirmed, unchanged, conflict, rejected, unknown; null: not attempted
    Column("reason", Text),
)

leases = Table(
    "leases",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("process", Integer, nullable=False),
    Column("since", Text, nullable=False),
    Column("token", Text),  # whoever holds the lease knows it; null: the run is queued, nobody holds it yet
    Column("process_started", Text),  # tells the holder from a later process with its number
    Column("beats", Integer, nullable=False, server_default="0"),  # rises as long as the holder lives
)

exceptions = Table(
    "exceptions",
    metadata,
    Column("exception_id", Integer, primary_key=True, autoincrement=True),
    Column("scope", Text, nullable=False, index=True),
    Column("finding", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("accepted_at", Text, nullable=False),
    Column("until", Text, nullable=False),  # the last day on which it holds, YYYY-MM-DD
    Column("withdrawn_at", Text),
)

audits = Table(
    "audits",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("snapshot_id", Text, primary_key=True),
    Column("audited_at", Text, nullable=False),
)


def now() -> str:
    """The present time as it is stored."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Database:
    """One store. ``write()`` opens a transaction, ``read()`` a connection that sees only committed rows.

    Both raise StoreError where the database cannot be used. Opening a store brings its tables to the present version;
    StoreError when a newer program made it.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        with self.read() as connection:
            version = _version(connection)
        if version != VERSION:
            self._upgrade()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction, the only one that writes: committed at the end, rolled back on any error."""
        with self._sentence(), self.engine.begin() as connection:
            for statement in LOCK_OUT_WRITERS[self.engine.dialect.name]:
                connection.exec_driver_sql(statement)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection without a transaction; it locks nobody out."""
        with self._sentence(), self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def _upgrade(self) -> None:
        with _upgrading, self.write() as connection:
            version = _version(connection)  # again: another process may have been faster
            if version == VERSION:
                return
            if version is not None and not (version.isdecimal() and int(version) < int(VERSION)):
                raise StoreError(
                    f"The store at {self._place} was made by a newer version of this program. "
                    "Update this one, or set GPB_STORE_URL to another store."
                )
            # not at the top: Alembic takes longer to load than an up-to-date store to open
            from gpb.store.migrations import upgrade  # noqa: PLC0415

            upgrade(connection, is_unversioned=version is None and inspect(connection).has_table(runs.name))

    @property
    def _place(self) -> str:
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def _sentence(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            where = self._place
            cause = str(getattr(error, "orig", None) or type(error).__name__)
            raise StoreError(
                f"The store at {where} cannot be used ({cause}). Nothing was sent; check its disk and rights."
            ) from error


_upgrading = threading.Lock()  # Alembic keeps its context in the module


def _version(connection: Connection) -> str | None:
    """The version of the tables; None for an empty store and for one of release 0.1, which wrote none down."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and address.database:
            make_folder(Path(address.database).parent)
            make_file(Path(address.database))  # its journal gets the same rights from SQLite
        engine = create_engine(address, pool_pre_ping=True)
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise StoreError(f"GPB_STORE_URL cannot be used as a database address ({type(error).__name__}).") from error
    if engine.dialect.name not in LOCK_OUT_WRITERS:
        raise StoreError(f"GPB_STORE_URL names a database of the kind {engine.dialect.name}. Use SQLite or PostgreSQL.")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """A rollback journal and full syncs: WAL has a corruption race before SQLite 3.51.3."""
    connection.isolation_level = None  # the driver's own BEGIN comes too late to lock
    for pragma in ("journal_mode=DELETE", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
