"""What the state machine works on: a tiny district that is made once and begun anew for each example, and a store that
dies at a chosen transaction."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from gpb.sandbox import Running, SandboxConfig
from gpb.store.database import Database, leases, metadata, sequence
from gpb.workspace import Workspace
from tests.lent import confirm, settings_for

MEMORY = Path("/dev/shm")
"""Where a file system in memory is at hand, a sync of the store costs nothing there."""


class Crash(BaseException):
    """The process is gone: nothing that catches errors catches this."""


class DyingDatabase(Database):
    """Dies at its n-th write, before or after it is committed; a dead one stores nothing more, not even a clean-up."""

    def __init__(self, url: str, writes: int, *, committed: bool) -> None:
        self._left, self._committed, self.is_dead = writes, committed, False
        super().__init__(url)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction, unless this is the moment."""
        self._left -= 1
        last = self._left == 0
        if self.is_dead or (last and not self._committed):
            self.is_dead = True
            raise Crash
        with super().write() as connection:
            yield connection
        if last:
            self.is_dead = True
            raise Crash

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection, while alive."""
        if self.is_dead:
            raise Crash
        with super().read() as connection:
            yield connection


class TinyDistrict:
    """One school and two courses with all kinds of rows; ``begin`` puts everything back to the first pull.

    The store is a file beside the snapshots, or the database at ``store_url``.
    """

    def __init__(self, shape: str, store_url: str = "") -> None:
        self.box = Running(SandboxConfig(port=0, schools=1, courses=2, shape=shape)).__enter__()
        self._open: list[Workspace] = []
        self._place = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
        self.data = self._place / "data"
        self.settings = settings_for(self.box, self.data, store_url=store_url)
        first = Workspace(self.settings)
        asyncio.run(first.term.pull())
        confirm(first)
        self._loaded = first.term.readings._loaded  # a snapshot never changes, whoever reads it
        with first._database.read() as connection:
            found = {table: connection.execute(select(table)).mappings().all() for table in metadata.sorted_tables}
        self._rows = {table: [dict(row) for row in rows] for table, rows in found.items() if rows}
        first._database.close()
        shutil.copytree(self.data, self._place / "first")
        world = self.box.world
        self._groups = {key: group.stored for key, group in world.groups.items()}
        self._categories = {key: (one.title, one.active, one.deleted) for key, one in world.categories.items()}

    def begin(self) -> Workspace:
        """Canvas, Focus, snapshots and store as after the first pull."""
        world = self.box.world
        for key, stored in self._groups.items():
            world.groups[key].stored = stored
        for uuid, (title, active, deleted) in self._categories.items():
            one = world.categories[uuid]
            one.title, one.active, one.deleted = title, active, deleted
        world.writes.clear()
        self.box.log.clear()
        for opened in self._open:  # another store is put in the place of theirs
            opened._database.close()
        self._open.clear()
        shutil.rmtree(self.data)
        shutil.copytree(self._place / "first", self.data)
        opened = self._opened()
        if self.settings.store_url:  # the file is that of the first pull, a database is filled anew
            with opened._database.write() as connection:
                for table in reversed(metadata.sorted_tables):
                    if table is not sequence:  # it is the same store, and its numbers only grow
                        connection.execute(delete(table))
                for table, rows in self._rows.items():
                    if table is not sequence:
                        connection.execute(insert(table), rows)
        return opened

    def _opened(self, database: Database | None = None) -> Workspace:
        opened = Workspace(self.settings, database)
        self._open.append(opened)
        opened.term.readings._loaded = dict(self._loaded)
        return opened

    def dying(self, writes: int, *, committed: bool) -> Workspace:
        """The program in a process that will die."""
        return self._opened(DyingDatabase(self.settings.effective_store_url, writes, committed=committed))

    def groups(self) -> dict[str, Any]:
        """What Canvas holds now."""
        return {str(key): group.integration_data for key, group in self.box.world.groups.items()}


def leave_as_dead(workspace: Workspace) -> None:
    """The lease of this process, as that of a process that has ended."""
    with workspace._database.write() as connection:
        connection.execute(update(leases).values(process=_ended_process()))


@lru_cache(maxsize=1)
def _ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@lru_cache(maxsize=3)
def tiny_district(shape: str, store_url: str = "") -> TinyDistrict:
    """The district of this shape and store, one for the life of the process."""
    return TinyDistrict(shape, store_url)
