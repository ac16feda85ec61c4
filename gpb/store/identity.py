"""Which store this is: asked at every step, so that another one in its place is noticed before anything goes on in it.

A store can be replaced, emptied, or put back from a backup while the program runs. What a page shows, and what a run
has noted, would then be of one store and the next step of another. Three things tell them apart: the id that a store
got when it was made; for SQLite the file itself; and the number that every transaction raises, which a backup that
was copied over the very same file has lower. A process knows a store once, as long as it has it open anywhere: a
workspace that is opened later must not take another store for the first one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from gpb.errors import StoreError
from gpb.store import sound
from gpb.store.failures import gone, lacks_tables

EVENTS = "the order of events"
_ASK = text("SELECT store_id, last FROM sequence")
_RAISE = text("UPDATE sequence SET last = last + 1")

_lock = threading.Lock()
_open: dict[str, Identity] = {}


def state(connection: Connection) -> tuple[str, int]:
    """The id of a store and its newest number; raises StoreError where they are damaged."""
    found = sound.rows(connection.execute(_ASK), (str, int), EVENTS)
    if len(found) != 1:
        raise sound.damaged(EVENTS)
    return found[0][0], found[0][1]


def raise_number(connection: Connection) -> None:
    """Go on to the next number."""
    connection.execute(_RAISE)


def identity_of(url: str, user: object) -> Identity:
    """What this process knows of the store at this address, while one of its users has it open."""
    with _lock:
        found = _open.get(url)
        if found is None or not found.users or ":memory:" in url or url == "sqlite://":  # each of these is another one
            found = _open[url] = Identity(url)
        found.users.add(user)
        return found


class Identity:
    """One store. Until ``note`` nothing is known of it, and nothing is held against it."""

    def __init__(self, url: str) -> None:
        self.users: WeakSet[object] = WeakSet()
        self._url = url
        self._known: tuple[str, int] | None = None
        self._file: Path | None = None
        self._node: tuple[int, int] | None = None
        self._thread = threading.local()

    @property
    def number(self) -> int:
        """The newest number that was seen; 0 before ``note``."""
        return self._known[1] if self._known is not None else 0

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Within, this thread looks once at how much others have stored: a page would ask that sixty times.

        What this process writes meanwhile, and whatever it comes to see of others, counts at once.
        """
        before = vars(self._thread).copy()
        self._thread.is_asked = False
        try:
            yield
        finally:
            vars(self._thread).clear()
            vars(self._thread).update(before)

    @property
    def is_asked(self) -> bool:
        """Whether this thread need not look again."""
        return getattr(self._thread, "is_asked", False)

    def note(self, connection: Connection) -> None:
        """This is the store, from now on."""
        if self._known is not None:
            return
        if connection.dialect.name == "sqlite":
            (place,) = [row[2] for row in connection.exec_driver_sql("PRAGMA database_list") if row[1] == "main"]
            self._file = Path(place) if place else None  # none is in memory
            self._node = self._present_node()
        self._remember(state(connection))

    def check_file(self, *, is_writing: bool = False) -> None:
        """Raise StoreError when the file is another one; before a connection is made, which would make a new file."""
        if self._known is not None and self._present_node() != self._node:
            raise StoreError(gone(make_url(self._url), is_writing=is_writing))

    def check(self, connection: Connection, *, is_writing: bool = False) -> None:
        """Raise StoreError when this connection leads to another store."""
        known = self._known  # before the store is asked: other threads go on meanwhile
        if known is None:
            return
        try:
            found = [tuple(row) for row in connection.execute(_ASK)]
        except SQLAlchemyError as error:
            if not lacks_tables(error):
                raise
            found = []
        if len(found) == 1 and found[0][0] == known[0] and found[0][1] is not None:
            if sound.number(found[0][1], EVENTS) >= known[1]:
                self._remember((known[0], found[0][1]))
                if hasattr(self._thread, "is_asked"):
                    self._thread.is_asked = True
                return
        elif len(found) > 1:
            raise sound.damaged(EVENTS)
        raise StoreError(gone(make_url(self._url), is_writing=is_writing))

    def step(self, connection: Connection) -> tuple[str, int] | None:
        """Check, and raise the number for a transaction; what to ``commit`` at its end."""
        self.check(connection, is_writing=True)
        if self._known is None:
            return None
        raise_number(connection)
        return state(connection)

    def commit(self, reached: tuple[str, int] | None) -> None:
        """Remember what a transaction has reached, now that it is stored."""
        if reached is not None:
            self._remember(reached)

    def _remember(self, found: tuple[str, int]) -> None:
        with _lock:
            self._known = max(self._known or found, found)

    def _present_node(self) -> tuple[int, int] | None:
        if self._file is None:
            return None
        try:
            there = self._file.stat()
        except OSError:
            return None
        return there.st_dev, there.st_ino
