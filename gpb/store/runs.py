"""The journal: runs, their operations (one target each) and the outcome of every row."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, Update, and_, bindparam, func, insert, select, update

from gpb.errors import InputError, StoreError
from gpb.store.accepted import Accepted, as_text
from gpb.store.database import Database, now, operation_rows, operations, run_contents, runs
from gpb.store.journal_reading import JournalReading
from gpb.store.leases import HEARTBEAT, Lease, Leases, LeaseWatch
from gpb.store.order import tick
from gpb.store.run_records import (
    WEIGHT,
    OperationState,
    Outcome,
    RunRow,
    RunState,
    Target,
)
from gpb.store.sets.given import insert_values


class Journal(JournalReading):
    """Runs of all scopes, to look at and to write.

    A run is written only by whoever holds its lease: ``intend``, ``withdraw``, ``settle`` and ``end`` raise LeaseLost,
    and store nothing, unless this journal has begun, claimed or taken over the run and nobody has since.
    """

    def __init__(self, database: Database, watch: LeaseWatch | None = None) -> None:
        super().__init__(database)
        self._leases = Leases(database, watch or LeaseWatch())

    def begin(
        self,
        plan: Mapping[str, Any],
        rows: Iterable[RunRow],
        *,
        term: str,
        person: str,
        queued: bool = False,
        accepted: Iterable[Accepted] = (),
    ) -> str:
        """Store a run with all its operations as planned, and take the lease of the plan's scope; the run's id.

        A queued run keeps the scope, too, until a worker claims it. ``plan`` is the plan as JSON, from which ``scope,
        snapshot, checksum, undo_of`` are read. Raises RunInProgress when another run holds the scope.
        """
        run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"
        planned = list(rows)
        whole = json.dumps(plan, ensure_ascii=False)  # all of it before others must wait
        targets = dict.fromkeys(row.target for row in planned)
        states = [(run_id, one.kind, one.id, one.system, OperationState.PLANNED) for one in targets]
        places = [
            (run_id, row.target.kind, row.target.id, row.group_id, row.section_id, place)
            for place, row in enumerate(planned)
        ]
        with self._database.write() as connection:
            self._leases.place(connection, plan["scope"], run_id, person, queued=queued)
            connection.execute(
                insert(runs).values(
                    run_id=run_id,
                    scope=plan["scope"],
                    term=term,
                    snapshot_id=plan["snapshot"],
                    checksum=plan["checksum"],
                    person=person,
                    undo_of=plan["undo_of"],
                    state=RunState.QUEUED if queued else RunState.RUNNING,
                    started_at=now(),
                    began_no=(began := tick(connection)),
                    held_no=began,
                )
            )
            connection.execute(insert(run_contents).values(run_id=run_id, plan=whole, accepted=as_text(accepted)))
            insert_values(connection, operations, ("run_id", "kind", "target_id", "system", "state"), states)
            names = ("run_id", "kind", "target_id", "group_id", "section_id", "position")
            insert_values(connection, operation_rows, names, places)
        return run_id

    def claim(self, run_id: str) -> bool:
        """Take a queued run to carry it out; False when somebody else did, or it is not queued any more."""
        with self._database.write() as connection:
            is_ours = self._leases.claim(connection, run_id)
            if is_ours:
                held = {"state": RunState.RUNNING, "held_no": tick(connection)}
                connection.execute(update(runs).where(runs.c.run_id == run_id).values(**held))
        return is_ours

    def take_over(self, run_id: str, person: str, *, queued: bool = False, accepted: Iterable[Accepted] = ()) -> None:
        """Take a run whose holder is dead, or that has ended with open rows; or queue it for a worker to claim.

        Raises RunInProgress while the holder of its scope lives, or its death is not established, InputError when the
        run was closed.
        """
        record, known = self.run(run_id), [*self.accepted(run_id), *accepted]
        fresh = {
            "state": RunState.QUEUED if queued else RunState.RUNNING,
            "reason": None,
            "ended_at": None,
            "cancel_requested": None,
        }
        with self._database.write() as connection:
            self._leases.replace(connection, record.scope, run_id, person, queued=queued)
            is_open = (runs.c.run_id == run_id) & runs.c.closed_by.is_(None)
            held = {**fresh, "held_no": tick(connection)}
            if not connection.execute(update(runs).where(is_open).values(**held)).rowcount:
                raise InputError(f"Run {run_id} was closed and cannot be resumed. Sync the current drafts instead.")
            mine = run_contents.c.run_id == run_id
            connection.execute(update(run_contents).where(mine).values(accepted=as_text(known)))

    def close(self, run_id: str, person: str) -> None:
        """End a run for good: its open rows are never written. Raises RunInProgress while somebody works on it."""
        self.run(run_id)
        reason = f"{person} closed the run: its remaining rows will not be written."
        with self._database.write() as connection:
            self._leases.evict(connection, run_id)
            ended = {"ended_at": func.coalesce(runs.c.ended_at, now()), "closed_by": person, "closed_at": now()}
            still_open = (runs.c.run_id == run_id) & runs.c.closed_by.is_(None)
            connection.execute(update(runs).where(still_open).values(state=RunState.CLOSED, reason=reason, **ended))

    def beating(
        self, run_id: str, on_lost: Callable[[], None] = lambda: None, every: float = HEARTBEAT
    ) -> AbstractContextManager[None]:
        """Show others that the run is being carried out; ``on_lost`` is called, in a thread, when it is taken over."""
        return self._leases.beating(run_id, every, on_lost)

    def check_held(self, run_id: str) -> None:
        """Raise LeaseLost unless the run is still held here: a request may have waited for long after its intent."""
        with self._database.read() as connection:
            self._leases.check(connection, run_id)

    def cancel(self, run_id: str, person: str) -> None:
        """Ask whoever carries out the run to stop after what is in flight; a queued run ends at once."""
        reason = f"{person} canceled the run before it started. Press Resume to carry it out after all."
        this, is_queued = runs.c.run_id == run_id, runs.c.state == RunState.QUEUED
        with self._database.write() as connection:
            connection.execute(update(runs).where(this).values(cancel_requested=person))
            ended = {"state": RunState.STOPPED, "reason": reason, "ended_at": now()}
            if connection.execute(update(runs).where(this, is_queued).values(**ended)).rowcount:
                self._leases.give_back(connection, run_id)

    def cancel_requested(self, run_id: str) -> str | None:
        """The person who asked the run to stop, if somebody did."""
        with self._database.read() as connection:
            person: str | None = connection.execute(
                select(runs.c.cancel_requested).where(runs.c.run_id == run_id)
            ).scalar()
        return person

    def intend(self, run_id: str, target: Target, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """Keep what is about to be sent, and what is there before it; must return before the request leaves."""
        sending, there = (json.dumps(one, ensure_ascii=False) for one in (sent, stored))
        values = {"state": OperationState.INTENDED, "sent": sending, "there": there, "changed_at": now()}
        with self._database.write() as connection:
            self._set(_INTEND, connection, run_id, target, **values, intended_no=tick(connection))

    def withdraw(self, run_id: str, target: Target) -> None:
        """Back to planned: the request was certainly not carried out."""
        values = {
            "state": OperationState.PLANNED,
            "sent": None,
            "stored": None,
            "changed_at": now(),
            "intended_no": None,
        }
        with self._database.write() as connection:
            self._set(_CHANGE, connection, run_id, target, **values)

    def settle(
        self, run_id: str, target: Target, outcomes: Iterable[Outcome], echo: Mapping[str, Any] | None = None
    ) -> None:
        """Store how the rows of an operation ended, with what is stored now, where that is known."""
        ended = list(outcomes)
        state = max((outcome.outcome for outcome in ended), key=WEIGHT.__getitem__)
        text = None if echo is None else json.dumps(echo, ensure_ascii=False)
        this = _named(run_id, target)
        with self._database.write() as connection:
            self._leases.check(connection, run_id)
            for one in ended:
                row = {"this_group": one.group_id, "this_section": one.section_id}
                connection.execute(_END_ROW, this | row | {"outcome": one.outcome, "reason": one.reason})
            noted = {"state": state, "echo": text, "changed_at": now(), "settled_no": tick(connection)}
            connection.execute(_CHANGE, this | noted)

    def end(self, run_id: str, reason: str | None) -> None:
        """Close a run (``reason`` None: finished, else stopped) and give its lease back."""
        with self._database.write() as connection:
            self._leases.check(connection, run_id)
            connection.execute(
                update(runs)
                .where(runs.c.run_id == run_id)
                .values(state=RunState.STOPPED if reason else RunState.FINISHED, reason=reason, ended_at=now())
            )
            self._leases.give_back(connection, run_id)

    def waits_since(self, run_id: str) -> str | None:
        """Since when a run waits for a worker to claim it, None for one that does not."""
        lease = self._leases.of_run(run_id)
        return lease.since if lease is not None and lease.token is None else None

    def is_live(self, run_id: str) -> bool:
        """Whether the run is queued, or somebody works on it at this moment whose death is not established."""
        lease = self._leases.of_run(run_id)
        return lease is not None and self._leases.is_alive(lease)

    def holder(self, scope: str) -> Lease | None:
        """The lease of a scope whose run is live, see ``is_live``."""
        lease = self._leases.of_scope(scope)
        return lease if lease is not None and self._leases.is_alive(lease) else None

    def holders(self) -> list[Lease]:
        """The leases of all scopes whose run is live, see ``is_live``."""
        return [lease for lease in self._leases.every() if self._leases.is_alive(lease)]

    def is_in_doubt(self, scope: str) -> bool:
        """Whether it takes more watching to say if the holder of the scope lives; at most LeaseWatch.dead_after."""
        lease = self._leases.of_scope(scope)
        return lease is not None and self._leases.is_in_doubt(lease)

    def _set(self, change: Update, connection: Connection, run_id: str, target: Target, **values: object) -> None:
        self._leases.check(connection, run_id)
        if connection.execute(change, _named(run_id, target) | values).rowcount != 1:
            raise StoreError(f"The journal of run {run_id} has no {target.kind} {target.id}. Nothing was sent for it.")


def _this(table: Table) -> ColumnElement[bool]:
    """The operation that ``_named`` names, in one of its tables; made once, as a run asks thousands of times."""
    names = {"run_id": "this_run", "kind": "this_kind", "target_id": "this_target"}
    return and_(*(table.c[column] == bindparam(name) for column, name in names.items()))


def _named(run_id: str, target: Target) -> dict[str, object]:
    return {"this_run": run_id, "this_kind": target.kind, "this_target": target.id}


_CHANGE = update(operations).where(_this(operations))
_INTEND = _CHANGE.values(stored=func.coalesce(operations.c.stored, bindparam("there")))  # of what was begun anew
_END_ROW = update(operation_rows).where(
    _this(operation_rows),
    operation_rows.c.group_id == bindparam("this_group"),
    operation_rows.c.section_id == bindparam("this_section"),
)
