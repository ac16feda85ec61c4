"""Leases: who carries out the run of a scope, whether they still live, and the proof that the run is still theirs.

The holder of a lease raises its ``beats`` from a thread of its own. Nobody compares the clocks of two machines: whoever
wants to know whether a holder lives watches whether the beats go on rising. The ``token`` is the fence: a holder that
was paused, and comes back after somebody took over, finds another token and may not write any more.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields

import psutil
from psutil import LINUX, WINDOWS
from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, select, update

from gpb.errors import LeaseLost, RunInProgress, StoreError
from gpb.store import sound
from gpb.store.database import Database, leases, now, runs

log = logging.getLogger(__name__)
HEARTBEAT = 2.0
DEAD_AFTER = 15.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The lease of a scope; ``token`` is None while its run is queued and nobody holds it."""

    scope: str
    run_id: str
    person: str
    host: str
    process: int
    since: str
    token: str | None
    process_started: str | None
    beats: int


_LEASE = [leases.c[field.name] for field in fields(Lease)]
_HELD = select(leases.c.scope).where(leases.c.run_id == bindparam("run_id"), leases.c.token == bindparam("token"))


@dataclass(slots=True)
class _Seen:
    token: str | None
    beats: int
    at: float
    has_risen: bool = False


@dataclass
class LeaseWatch:
    """Tells a living holder from a dead one by the clock of this process alone, which only ever goes forward.

    On this machine a process that is gone is dead at once. Elsewhere, and where the process only stands still, a holder
    is dead when its beats have not risen for ``dead_after`` seconds under the eyes of this watch.
    """

    dead_after: float = DEAD_AFTER
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, _Seen] = field(default_factory=dict)

    def is_dead(self, lease: Lease) -> bool:
        """Whether the death of the holder is established."""
        return _has_ended(lease) or self.silence(lease) >= self.dead_after

    def is_in_doubt(self, lease: Lease) -> bool:
        """Whether watching longer will tell: neither is its death established nor has it been seen to live."""
        return not self.is_dead(lease) and not self._look(lease).has_risen

    def silence(self, lease: Lease) -> float:
        """Seconds since its beats were seen to rise, or since this watch first saw it."""
        seen = self._look(lease)
        return self.clock() - seen.at

    def _look(self, lease: Lease) -> _Seen:
        seen = self._seen.get(lease.scope)
        if seen is None or seen.token != lease.token:
            seen = self._seen[lease.scope] = _Seen(lease.token, lease.beats, self.clock())
        elif lease.beats > seen.beats:
            seen.beats, seen.at, seen.has_risen = lease.beats, self.clock(), True
        return seen


class Leases:
    """The leases of a store; this object holds those that were taken through it."""

    def __init__(self, database: Database, watch: LeaseWatch) -> None:
        self._database = database
        self._watch = watch
        self._tokens: dict[str, str] = {}  # by run id
        self._beating: set[str] = set()  # tokens

    def of_scope(self, scope: str) -> Lease | None:
        """The lease of a scope, if there is one."""
        with self._database.read() as connection:
            return _found(connection, leases.c.scope == scope)

    def of_run(self, run_id: str) -> Lease | None:
        """The lease under which a run is carried out or queued."""
        with self._database.read() as connection:
            return _found(connection, leases.c.run_id == run_id)

    def every(self) -> list[Lease]:
        """The leases of all scopes."""
        with self._database.read() as connection:
            rows = connection.execute(select(*_LEASE)).mappings().all()
        return [sound.record(Lease, row, "who syncs a term", times=("since",)) for row in rows]

    def is_alive(self, lease: Lease) -> bool:
        """Whether the lease is held by somebody who lives or may live, or waits in the queue."""
        return lease.token is None or lease.token in self._beating or not self._watch.is_dead(lease)

    def is_in_doubt(self, lease: Lease) -> bool:
        """Whether it takes more watching to say if the holder lives."""
        return lease.token is not None and lease.token not in self._beating and self._watch.is_in_doubt(lease)

    def place(self, connection: Connection, scope: str, run_id: str, person: str, *, queued: bool) -> None:
        """Take the lease of a free scope, or (queued) keep the scope for the run until somebody claims it.

        Raises RunInProgress when the scope is not free.
        """
        there = _found(connection, leases.c.scope == scope)
        if there is not None:
            raise RunInProgress(self._sentence(there))
        token = None if queued else uuid.uuid4().hex
        lease = {"scope": scope, "run_id": run_id, "person": person, "since": now(), **_this_process()}
        connection.execute(insert(leases).values(**lease, token=token, beats=0))
        if token is not None:
            self._tokens[run_id] = token

    def replace(self, connection: Connection, scope: str, run_id: str, person: str, *, queued: bool) -> None:
        """As ``place``, also where the holder is dead or the run itself is queued; else RunInProgress."""
        there = _found(connection, leases.c.scope == scope)
        if there is not None:
            is_queued = there.token is None and there.run_id == run_id
            if self.is_alive(there) and not is_queued:
                raise RunInProgress(self._sentence(there))
            connection.execute(delete(leases).where(leases.c.scope == scope))
        self.place(connection, scope, run_id, person, queued=queued)

    def evict(self, connection: Connection, run_id: str) -> None:
        """Free the scope of a run that is queued or whose holder is dead; RunInProgress while the holder lives."""
        there = _found(connection, leases.c.run_id == run_id)
        if there is not None and there.token is not None and self.is_alive(there):
            raise RunInProgress(self._sentence(there))
        self.give_back(connection, run_id)

    def claim(self, connection: Connection, run_id: str) -> bool:
        """Hold the lease of a queued run; False when another process was faster or the run is not queued any more."""
        token = uuid.uuid4().hex
        queued = (leases.c.run_id == run_id) & leases.c.token.is_(None)
        taken = connection.execute(update(leases).where(queued).values(token=token, **_this_process()))
        if taken.rowcount == 1:
            self._tokens[run_id] = token
        return taken.rowcount == 1

    def check(self, connection: Connection, run_id: str) -> None:
        """Raise LeaseLost unless the run is still held through this object, as of this transaction."""
        held = {"run_id": run_id, "token": self._tokens.get(run_id, "")}
        if connection.execute(_HELD, held).first() is not None:
            return
        there = connection.execute(select(*_LEASE).join(runs, runs.c.scope == leases.c.scope).where(
            runs.c.run_id == run_id)).mappings().first()  # fmt: skip
        who = f"{there['person']} took it over at {there['since']}" if there else "someone took it over and ended it"
        raise LeaseLost(
            f"Run {run_id} did not respond for too long, and {who}. Nothing more was written here. See the History "
            "page."
        )

    def give_back(self, connection: Connection, run_id: str) -> None:
        """Free the scope."""
        connection.execute(delete(leases).where(leases.c.run_id == run_id))
        self._tokens.pop(run_id, None)

    @contextmanager
    def beating(self, run_id: str, every: float, on_lost: Callable[[], None]) -> Iterator[None]:
        """Raise the beats of a held lease every so many seconds.

        ``on_lost`` is called once, in the thread that beats, when the lease is not held any more.
        """
        token, stop = self._tokens.get(run_id, ""), threading.Event()
        thread = threading.Thread(
            target=self._beat, args=(token, every, stop, on_lost), name=f"gpb-heartbeat-{run_id}", daemon=True
        )
        self._beating.add(token)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self._beating.discard(token)

    def _beat(self, token: str, every: float, stop: threading.Event, on_lost: Callable[[], None]) -> None:
        one_more = update(leases).where(leases.c.token == token).values(beats=leases.c.beats + 1)
        while not stop.wait(every):
            try:
                with self._database.write() as connection:
                    is_held = connection.execute(one_more).rowcount == 1
            except StoreError as error:  # the next intent will tell whether the store has come back
                log.warning("no heartbeat: %s", error)
                continue
            if not is_held:
                return None if stop.is_set() else on_lost()
        return None

    def _sentence(self, lease: Lease) -> str:
        run, person = lease.run_id, lease.person
        if lease.token is None:
            return (
                f"{person} asked for a sync of this term at {lease.since} (run {run}), and it is waiting for the "
                "worker. Wait until it ends, or cancel it on the Review page."
            )
        if not self.is_alive(lease):
            return f"Run {run} of {person} was interrupted. Finish it first: `resume`, or Resume on the History page."
        began = f"{person} has been syncing this term since {lease.since} (run {run})"
        if self.is_in_doubt(lease):
            seconds = f"{self._watch.dead_after:.0f} seconds"
            return f"{began}. Wait until it ends; `resume` finds out within {seconds} whether it is still running."
        return f"{began}, last seen alive {self._watch.silence(lease):.0f} seconds ago. Wait until it ends."


def _found(connection: Connection, condition: ColumnElement[bool]) -> Lease | None:
    row = connection.execute(select(*_LEASE).where(condition)).mappings().first()
    return None if row is None else sound.record(Lease, row, "who syncs a term", times=("since",))


def _this_process() -> dict[str, str | int | None]:
    process = os.getpid()
    return {"host": _this_host(), "process": process, "process_started": _started(process)}


def _this_host() -> str:
    """The machine, and within it the container: process numbers mean something only inside of one."""
    try:
        return f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # no Linux
        return socket.gethostname()


def _has_ended(lease: Lease) -> bool:
    if lease.host != _this_host():
        return False
    started = _started(lease.process)
    return started is None or ("" not in (started, lease.process_started) and started != lease.process_started)


def _started(process: int) -> str | None:
    """When a process of this machine began, in hundredths of a second; None when it is gone.

    Linux counts from the start of the machine, and what psutil makes of that moves with the wall clock; Windows keeps
    the moment. Elsewhere the text is empty: a later process of the same number is then told by its silence.
    """
    try:
        found = psutil.Process(process)
        if found.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):  # it only waits for its parent
            return None
        zero = psutil.boot_time() if LINUX else 0.0
        return f"{(found.create_time() - zero) * 100:.0f}" if LINUX or WINDOWS else ""
    except (psutil.NoSuchProcess, ValueError):  # a number that no process can have
        return None
    except psutil.AccessDenied:
        return ""
