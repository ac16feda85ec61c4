"""The tables of the store, and connections to it: SQLite by default, PostgreSQL by URL.

Times are ISO 8601 text in UTC, so that both databases keep and sort them alike.
"""

from __future__ import annotations

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
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from gpb.errors import StoreError

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
    Column("state", Text, nullable=False),  # running, finished, stopped
    Column("reason", Text),  # the sentence that says why it stopped
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
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

    Both raise StoreError where the database cannot be used.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        with self._sentence():
            metadata.create_all(self.engine)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end, rolled back on any error."""
        with self._sentence(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection without a transaction."""
        with self._sentence(), self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @contextmanager
    def _sentence(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            where = self.engine.url.render_as_string(hide_password=True)
            cause = str(getattr(error, "orig", None) or type(error).__name__)
            raise StoreError(
                f"The store at {where} cannot be used ({cause}). Nothing was sent; check its disk and rights."
            ) from error


def _engine(url: str) -> Engine:
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address)
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise StoreError(f"GPB_STORE_URL cannot be used as a database address ({type(error).__name__}).") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """A rollback journal and full syncs: WAL has a corruption race before SQLite 3.51.3."""
    connection.isolation_level = None  # the driver's own BEGIN comes too late to lock
    for pragma in ("journal_mode=DELETE", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
