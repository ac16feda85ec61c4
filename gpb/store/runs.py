"""The journal: runs, their operations (one group each) and the outcome of every row."""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, delete, func, insert, select, update

from gpb.errors import InputError, RunInProgress, StoreError
from gpb.store.database import Database, leases, now, operation_rows, operations, runs

OUTCOMES = ("confirmed", "unchanged", "conflict", "rejected", "unknown")
OPEN = ("planned", "intended", "unknown")
WEIGHT = {"unchanged": 0, "confirmed": 1, "conflict": 2, "rejected": 3, "unknown": 4}


@dataclass(frozen=True, slots=True)
class RunRow:
    """One planned row of a run: which association belongs to which operation."""

    group_id: int
    course_id: int
    section_id: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a row ended; ``reason`` is a sentence for everything but confirmed and unchanged."""

    section_id: int
    outcome: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as it is listed, without its plan.

    ``state`` is ``running``, ``finished`` or ``stopped``; times are ISO 8601 UTC.
    """

    run_id: str
    scope: str
    term: str
    snapshot_id: str
    checksum: str
    person: str
    undo_of: str | None
    state: str
    reason: str | None
    started_at: str
    ended_at: str | None


_RECORD = [runs.c[field.name] for field in fields(RunRecord)]


class Journal:
    """Runs of all scopes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, plan: Mapping[str, Any], rows: Iterable[RunRow], *, term: str, person: str) -> str:
        """Store a run with all its operations as planned, and take the lease of the plan's scope; the run's id.

        ``plan`` is the plan as JSON, from which ``scope, snapshot, checksum, undo_of`` are read. Raises RunInProgress
        when another run holds the scope.
        """
        run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:4]}"
        planned = list(rows)
        groups = {row.group_id: row.course_id for row in planned}
        with self._database.write() as connection:
            self._take_lease(connection, plan["scope"], run_id, person)
            connection.execute(
                insert(runs).values(
                    run_id=run_id,
                    scope=plan["scope"],
                    term=term,
                    snapshot_id=plan["snapshot"],
                    checksum=plan["checksum"],
                    plan=json.dumps(plan, ensure_ascii=False),
                    person=person,
                    undo_of=plan["undo_of"],
                    state="running",
                    started_at=now(),
                )
            )
            common = {"run_id": run_id}
            states = [{**common, "group_id": g, "course_id": c, "state": "planned"} for g, c in groups.items()]
            connection.execute(insert(operations), states)
            places = [
                {**common, "group_id": row.group_id, "section_id": row.section_id, "position": position}
                for position, row in enumerate(planned)
            ]
            connection.execute(insert(operation_rows), places)
        return run_id

    def take_over(self, run_id: str, person: str) -> None:
        """Take the lease of a run whose process is gone; raises RunInProgress while its process lives."""
        record = self.run(run_id)
        with self._database.write() as connection:
            holder = connection.execute(select(leases).where(leases.c.scope == record.scope)).first()
            if holder is not None and _alive(holder.host, holder.process):
                raise RunInProgress(_held(holder))
            connection.execute(delete(leases).where(leases.c.scope == record.scope))
            self._take_lease(connection, record.scope, run_id, person)
            connection.execute(
                update(runs).where(runs.c.run_id == run_id).values(state="running", reason=None, ended_at=None)
            )

    def intend(self, run_id: str, group_id: int, sent: Mapping[str, Any]) -> None:
        """Store what is about to be sent; must return before the request leaves."""
        self._set(run_id, group_id, state="intended", sent=json.dumps(sent, ensure_ascii=False), changed_at=now())

    def withdraw(self, run_id: str, group_id: int) -> None:
        """Back to planned: the request was certainly not carried out."""
        self._set(run_id, group_id, state="planned", sent=None, changed_at=now())

    def settle(
        self, run_id: str, group_id: int, outcomes: Iterable[Outcome], echo: Mapping[str, Any] | None = None
    ) -> None:
        """Store how the rows of a group ended, with what Canvas stores now, where that is known."""
        ended = list(outcomes)
        state = max((outcome.outcome for outcome in ended), key=WEIGHT.__getitem__)
        with self._database.write() as connection:
            for outcome in ended:
                connection.execute(
                    update(operation_rows)
                    .where(
                        operation_rows.c.run_id == run_id,
                        operation_rows.c.group_id == group_id,
                        operation_rows.c.section_id == outcome.section_id,
                    )
                    .values(outcome=outcome.outcome, reason=outcome.reason)
                )
            connection.execute(
                update(operations)
                .where(operations.c.run_id == run_id, operations.c.group_id == group_id)
                .values(
                    state=state,
                    echo=None if echo is None else json.dumps(echo, ensure_ascii=False),
                    changed_at=now(),
                )
            )

    def end(self, run_id: str, reason: str | None) -> None:
        """Close a run (``reason`` None: finished, else stopped) and give its lease back."""
        with self._database.write() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.run_id == run_id)
                .values(state="stopped" if reason else "finished", reason=reason, ended_at=now())
            )
            connection.execute(delete(leases).where(leases.c.run_id == run_id))

    def run(self, run_id: str) -> RunRecord:
        """One run; raises InputError when there is none of this id."""
        with self._database.read() as connection:
            row = connection.execute(select(*_RECORD).where(runs.c.run_id == run_id)).mappings().first()
        if row is None:
            raise InputError(f"There is no run {run_id}. The command `runs` and the History page list all runs.")
        return RunRecord(**row)

    def plan(self, run_id: str) -> dict[str, Any]:
        """The plan of a run as JSON; raises InputError when there is none of this id."""
        self.run(run_id)
        with self._database.read() as connection:
            text = connection.execute(select(runs.c.plan).where(runs.c.run_id == run_id)).scalar_one()
        plan: dict[str, Any] = json.loads(text)
        return plan

    def runs(self, scope: str | None = None) -> list[RunRecord]:
        """All runs (of a scope), the newest first."""
        wanted = select(*_RECORD).order_by(runs.c.started_at.desc(), runs.c.run_id.desc())
        if scope is not None:
            wanted = wanted.where(runs.c.scope == scope)
        with self._database.read() as connection:
            return [RunRecord(**row) for row in connection.execute(wanted).mappings()]

    def unfinished(self, scope: str | None = None) -> list[RunRecord]:
        """Runs that a crash or an error left with open rows, or without an end: such a one still holds its scope."""
        wanted = select(operations.c.run_id).where(operations.c.state.in_(OPEN)).union(select(leases.c.run_id))
        with self._database.read() as connection:
            left = set(connection.execute(wanted).scalars())
        return [record for record in self.runs(scope) if record.run_id in left]

    def is_live(self, run_id: str) -> bool:
        """Whether a living process works on the run at this moment."""
        with self._database.read() as connection:
            holder = connection.execute(select(leases).where(leases.c.run_id == run_id)).first()
        return holder is not None and _alive(holder.host, holder.process)

    def open_groups(self, run_id: str) -> dict[int, str]:
        """State by group id of the operations that have not ended: ``planned``, ``intended`` or ``unknown``."""
        wanted = select(operations.c.group_id, operations.c.state).where(
            operations.c.run_id == run_id, operations.c.state.in_(OPEN)
        )
        with self._database.read() as connection:
            return {row.group_id: row.state for row in connection.execute(wanted)}

    def rows(self, run_id: str) -> pd.DataFrame:
        """The rows of a run in plan order: ``group_id, section_id`` int64, ``outcome, reason`` str (NaN: open)."""
        columns = [operation_rows.c[name] for name in ("group_id", "section_id", "outcome", "reason")]
        wanted = select(*columns).where(operation_rows.c.run_id == run_id).order_by(operation_rows.c.position)
        with self._database.read() as connection:
            found = connection.execute(wanted).all()
        frame = pd.DataFrame(found, columns=[column.name for column in columns])
        return frame.astype({"group_id": "int64", "section_id": "int64", "outcome": "str", "reason": "str"})

    def echoes(self, run_id: str) -> dict[int, dict[str, Any]]:
        """What Canvas stored at last, by group id, where a run saw it."""
        wanted = select(operations.c.group_id, operations.c.echo).where(
            operations.c.run_id == run_id, operations.c.echo.is_not(None)
        )
        with self._database.read() as connection:
            return {row.group_id: json.loads(row.echo) for row in connection.execute(wanted)}

    def summary(self, run_id: str) -> dict[str, int]:
        """Rows by outcome: ``planned``, the OUTCOMES and ``not_attempted``; the last six add up to ``planned``."""
        wanted = (
            select(operation_rows.c.outcome, func.count())
            .where(operation_rows.c.run_id == run_id)
            .group_by(operation_rows.c.outcome)
        )
        with self._database.read() as connection:
            counts: dict[str | None, int] = {row[0]: row[1] for row in connection.execute(wanted)}
        ended = {outcome: counts.get(outcome, 0) for outcome in OUTCOMES}
        return {"planned": sum(counts.values()), **ended, "not_attempted": counts.get(None, 0)}

    def _set(self, run_id: str, group_id: int, **values: object) -> None:
        same = (operations.c.run_id == run_id) & (operations.c.group_id == group_id)
        with self._database.write() as connection:
            if connection.execute(update(operations).where(same).values(**values)).rowcount != 1:
                raise StoreError(f"The journal of run {run_id} lacks the group {group_id}. Nothing was sent for it.")

    @staticmethod
    def _take_lease(connection: Connection, scope: str, run_id: str, person: str) -> None:
        holder = connection.execute(select(leases).where(leases.c.scope == scope)).first()
        if holder is not None:
            raise RunInProgress(_held(holder))
        lease = {"scope": scope, "run_id": run_id, "person": person, "since": now()}
        connection.execute(insert(leases).values(**lease, host=socket.gethostname(), process=os.getpid()))


def _held(holder: Any) -> str:
    run, person = holder.run_id, holder.person
    if _alive(holder.host, holder.process):
        return f"{person} has been syncing this term since {holder.since} (run {run}). Wait for its end."
    return f"Run {run} of {person} was cut off. Finish it first: `resume`, or Resume on the History page."


def _alive(host: str, process: int) -> bool:
    """Whether the process lives; a process of another machine is taken for alive, since nothing tells otherwise."""
    if host != socket.gethostname():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
