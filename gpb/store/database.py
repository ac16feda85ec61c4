"""The tables of the store, and connections to it: SQLite by default, PostgreSQL by URL.

Times are ISO 8601 text in UTC, so that both databases keep and sort them alike.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
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
from gpb.store.failures import place, sentence
from gpb.store.identity import identity_of
from gpb.store.sets.turns import LOCK_OUT_WRITERS, WAIT, give_way, lock_out_writers
from gpb.store.sound import damaged

VERSION = "10"  # of these tables: the newest revision in ``migrations/versions``

PART = 2_500
"""Rows in one transaction; also of an edit that is taken back as one."""

Item = TypeVar("Item")

OPTIONS: dict[str, dict[str, Any]] = {"psycopg": {"prepare_threshold": None}}
"""A plan that PostgreSQL keeps of a table that was empty reads all of it when it is large."""

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
    *(Column(name, Text, nullable=False, server_default="") for name in ("source", "reason")),  # see ``drafts.Wish``
)

draft_edits = Table(
    "draft_edits",
    metadata,
    Column("edit_id", Integer, primary_key=True, autoincrement=True),
    Column("scope", Text, nullable=False),
    Column("batch", Text, nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("edited_at", Text, nullable=False),
    Column("group_id", BigInteger, nullable=False),
    Column("section_id", BigInteger, nullable=False),
    Column("before", Text),  # JSON of the draft before the edit, null: there was none
    Column("session", Text, nullable=False, server_default=""),  # tells browsers of one person apart
    Column("after", Text),  # JSON of the draft that the edit left, null: none
)
Index("ix_draft_edits_row", draft_edits.c.scope, draft_edits.c.group_id, draft_edits.c.section_id)
Index("ix_draft_edits_person", *(draft_edits.c[name] for name in ("scope", "person", "session", "edit_id")))

draft_versions = Table(
    "draft_versions",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),  # another one after every change of a draft
)

draft_changes = Table(  # see ``sets.draft_changes``
    "draft_changes",
    metadata,
    Column("scope", Text, primary_key=True),
    *(Column(name, BigInteger, primary_key=True) for name in ("number", "group_id", "section_id")),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("scope", Text, nullable=False, index=True),
    *(Column(name, Text, nullable=False) for name in ("term", "snapshot_id", "checksum", "person")),
    Column("undo_of", Text),
    Column("state", Text, nullable=False),  # queued, running, finished, stopped, closed
    Column("reason", Text),  # the sentence that says why it stopped
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("cancel_requested", Text),  # the person who wants it to stop
    Column("closed_by", Text),  # the person who ended it for good with open rows
    Column("closed_at", Text),
    Column("began_no", BigInteger),  # its place in the order of ``sequence``
    Column("held_no", BigInteger),  # that of its last beginning: it may have been queued, or taken over
)

run_contents = Table(  # apart from ``runs``: they are long, and whoever lists runs would have to read past them
    "run_contents",
    metadata,
    Column("run_id", Text, ForeignKey("runs.run_id"), primary_key=True),
    Column("plan", Text, nullable=False),  # JSON
    Column("accepted", Text),  # JSON: what spoke against it when it was begun or resumed, and who accepted it
)

operations = Table(
    "operations",
    metadata,
    Column("run_id", Text, ForeignKey("runs.run_id"), primary_key=True),
    *(Column(name, Text, primary_key=True) for name in ("kind", "target_id")),  # see ``run_records.Target``
    Column("system", Text, nullable=False),  # Canvas or Focus
    Column("state", Text, nullable=False),  # planned, intended, then the weightiest outcome of its rows
    Column("sent", Text),  # JSON of what the request says, for an association of integration_data alone
    Column("echo", Text),  # JSON of what was answered
    Column("changed_at", Text),
    Column("stored", Text),  # JSON of what was there before it
    Column("intended_no", BigInteger),  # in the order of ``sequence``, as the next one
    Column("settled_no", BigInteger, index=True),
)
Index("ix_operations_state", operations.c.state, operations.c.run_id)

operation_rows = Table(
    "operation_rows",
    metadata,
    Column("run_id", Text, ForeignKey("runs.run_id"), primary_key=True),
    *(Column(name, Text, primary_key=True) for name in ("kind", "target_id")),
    *(Column(name, BigInteger, primary_key=True) for name in ("group_id", "section_id")),
    Column("position", Integer, nullable=False),
    Column("outcome", Text),  # confirmed, unchanged, conflict, rejected, unknown; null: not attempted
    Column("reason", Text),
)
Index("ix_operation_rows_row", operation_rows.c.group_id, operation_rows.c.section_id)

leases = Table(
    "leases",
    metadata,
    Column("scope", Text, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("run_id", "person", "host")),
    Column("process", Integer, nullable=False),
    Column("since", Text, nullable=False),
    Column("token", Text),  # whoever holds the lease knows it; null: the run is queued, nobody holds it yet
    Column("process_started", Text),  # tells the holder from a later process with its number
    Column("beats", Integer, nullable=False, server_default="0"),  # rises as long as the holder lives
)

acceptances = Table(
    "exceptions",
    metadata,
    Column("exception_id", Integer, primary_key=True, autoincrement=True),
    *(Column(name, Text, nullable=False) for name in ("scope", "finding", "key", "reason", "person", "accepted_at")),
    Column("until", Text, nullable=False),  # the last day on which it holds, YYYY-MM-DD
    Column("withdrawn_at", Text),
)
Index("ix_exceptions_key", acceptances.c.scope, acceptances.c.key)

audits = Table(
    "audits",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("snapshot_id", Text, primary_key=True),
    Column("audited_at", Text, nullable=False),
)

sequence = Table(
    "sequence",
    metadata,
    Column("store_id", Text, primary_key=True),  # tells this store from another one in its place
    Column("last", BigInteger, nullable=False),  # the newest number of the order in which things happened
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("snapshot_id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False, index=True),  # see ``order.Reading``
    Column("scope", Text, nullable=False, index=True),
    Column("source", Text, nullable=False, index=True),
    Column("term_setting", Text, nullable=False),
    Column("term_id", Text, nullable=False),
    Column("sis_term_id", Text),
    Column("after_run", Text),
    Column("includes", BigInteger, nullable=False),
    Column("read_until", BigInteger, nullable=False),
)

shape_evidence = Table(
    "shape_evidence",
    metadata,
    Column("canvas", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("form_key", Text, primary_key=True),
    Column("form", Text, nullable=False),  # JSON of what its entries have in common
    Column("entries", Integer, nullable=False),  # in the last reading of the scope
    Column("seen", Text, nullable=False),  # JSON of values told apart by number, and of a few examples
    Column("settled", Integer, nullable=False),  # entries when the shape was known last
    Column("settled_seen", Text, nullable=False),  # as ``seen``, then
    Column("read_at", Text, nullable=False),
)

first_contacts = Table(
    "first_contacts",
    metadata,
    Column("contact_id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),  # in the order of ``sequence``
    Column("canvas", Text, nullable=False, index=True),
    *(Column(name, Text, nullable=False) for name in ("scope", "kind", "state", "person", "began_at")),
    Column("place", Text, nullable=False),  # JSON of the rows that were chosen
    Column("stored_before", Text, nullable=False),  # JSON: group id to integration_data
    Column("stored_after", Text, nullable=False),  # the same, when it was read last
    Column("steps", Text, nullable=False),  # JSON of what was done and seen: at, person, told
    Column("run_id", Text),  # of the row that the program wrote
    Column("shape", Text),  # JSON of the shape that was found
    *(Column(name, Text) for name in ("answer", "answered_by", "answered_at")),
)


def now() -> str:
    """The present time as it is stored."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Database:
    """One store. ``write()`` opens a transaction, ``read()`` a connection that sees only committed rows.

    Both raise StoreError where the database cannot be used, or is another one by now (``identity``). Opening a store
    brings its tables to the present version; StoreError when a newer program made it. ``setting`` is the one that leads
    to it, for the sentences.
    """

    def __init__(self, url: str, setting: str = "GPB_STORE_URL") -> None:
        self._setting = setting
        self._identity = identity_of(url, self)
        self._identity.check_file()  # before a file could be made in the place of one that is gone
        self.engine = _engine(url, setting)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with self.read() as connection:
            version = _version(connection)
        if version != VERSION:
            self._upgrade()
        with self.read() as connection:
            self._identity.note(connection)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction, the only one that writes: committed at the end, rolled back on any error."""
        with self._told(is_writing=True):
            self._identity.check_file(is_writing=True)
            with self.engine.begin() as connection:
                lock_out_writers(connection)
                reached = self._identity.step(connection)
                yield connection
            self._identity.commit(reached)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection without a transaction; it locks nobody out."""
        with self._told(is_writing=False):
            self._identity.check_file()
            with self._reading.connect() as connection:
                self._identity.check(connection)
                yield connection

    def number(self) -> int:
        """The newest number of the store: another one after every transaction of whatever process."""
        if not self._identity.is_asked:
            with self.read():
                pass
        return self._identity.number

    def steady(self) -> AbstractContextManager[None]:
        """Within, this thread asks for ``number`` once, see ``Identity.steady``."""
        return self._identity.steady()

    def write_in_parts(self, items: Sequence[Item], work: Callable[[Connection, Sequence[Item]], int]) -> int:
        """Do ``work`` on PART items at a time, in a transaction each; the sum of what it returns.

        Between two of them others get their turn, so that nobody waits for more than one. Raises StoreError, which
        tells how far it came, when a later one fails: those before it stay.
        """
        total = 0
        for start in range(0, len(items), PART):
            if start:
                self.give_way()
            try:
                with self.write() as connection:
                    total += work(connection, items[start : start + PART])
            except StoreError as error:
                if not start:
                    raise
                raise StoreError(
                    f"{error} The first {start:,} of {len(items):,} rows had already been saved."
                ) from error
        return total

    def give_way(self) -> None:
        """Let those who wait write first."""
        give_way(self.engine.dialect.name)

    def close(self) -> None:
        """Give the connections back. Whoever opens the store when all have closed it takes it as it is then."""
        self.engine.dispose()
        self._identity.users.discard(self)

    def _upgrade(self) -> None:
        with _upgrading, self.write() as connection:
            version = _version(connection)  # again: another process may have been faster
            if version == VERSION:
                return
            if version is not None and not (version.isdecimal() and int(version) < int(VERSION)):
                raise StoreError(
                    f"The store at {place(self.engine.url)} was created by a newer version of this program. Update "
                    "this one, or set GPB_STORE_URL to another store."
                )
            # not at the top: Alembic takes longer to load than an up-to-date store to open
            from gpb.store.migrations import upgrade  # noqa: PLC0415

            upgrade(connection, is_unversioned=version is None and inspect(connection).has_table(runs.name))

    @contextmanager
    def _told(self, *, is_writing: bool) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise StoreError(sentence(error, self.engine.url, self._setting, is_writing=is_writing)) from error
        except UnicodeDecodeError as error:  # of the driver: names in a damaged schema are no text
            raise damaged("a table") from error


_upgrading = threading.Lock()  # Alembic keeps its context in the module


def _version(connection: Connection) -> str | None:
    """The version of the tables; None for an empty store and for one of release 0.1, which wrote none down."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _engine(url: str, setting: str) -> Engine:
    try:
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and address.database:
            make_folder(Path(address.database).parent)
            make_file(Path(address.database))  # its journal gets the same rights from SQLite
        engine = create_engine(address, pool_pre_ping=True, connect_args=OPTIONS.get(address.get_driver_name(), {}))
    except OSError as error:
        raise StoreError(
            f"The folder of the store, {Path(address.database or '').parent}, cannot be used ({error.strerror}). Fix "
            f"its permissions, or correct {setting}."
        ) from error
    except ModuleNotFoundError as error:
        raise StoreError(
            f"{setting} needs the database driver {error.name}, which is not installed. For PostgreSQL, install it "
            "with `pip install psycopg[binary]`, and write postgresql+psycopg://user:password@host:5432/name."
        ) from error
    except (SQLAlchemyError, ValueError, TypeError) as error:  # the last two: a port, an option
        raise StoreError(
            f"{setting} cannot be used as a database address ({type(error).__name__}). "
            "Write it like sqlite:////folder/gpb.sqlite or postgresql+psycopg://user:password@host:5432/name."
        ) from error
    if engine.dialect.name not in LOCK_OUT_WRITERS:
        raise StoreError(f"{setting} names a {engine.dialect.name} database. Use SQLite or PostgreSQL.")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """A rollback journal and full syncs: WAL has a corruption race before SQLite 3.51.3."""
    connection.isolation_level = None  # the driver's own BEGIN comes too late to lock
    for pragma in (
        f"busy_timeout={WAIT * 1000}",  # first: the others may meet a lock
        "journal_mode=DELETE",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_spill=OFF",  # a transaction that outgrows the cache would lock readers out long before its end
        "cell_size_check=ON",  # damaged pages are told, not read
    ):
        connection.execute(f"PRAGMA {pragma}")
