"""The journal: runs, their operations (one group each) and the outcome of every row."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, case, func, insert, select, update

from gpb.errors import InputError, StoreError
from gpb.store import sound
from gpb.store.accepted import Accepted, as_text, from_text
from gpb.store.database import Database, now, operation_rows, operations, runs
from gpb.store.leases import HEARTBEAT, Lease, Leases, LeaseWatch
from gpb.store.order import tick
from gpb.store.run_records import OPEN, WEIGHT, GroupState, Outcome, RowOfRun, RowOutcome, RunRecord, RunRow, RunState

_RECORD = [runs.c[field.name] for field in fields(RunRecord)]
_ROWS = operation_rows.join(
    operations,
    (operations.c.run_id == operation_rows.c.run_id) & (operations.c.group_id == operation_rows.c.group_id),
)
_OUTCOME = case(
    (operation_rows.c.outcome.is_(None) & (operations.c.state == GroupState.INTENDED), RowOutcome.UNKNOWN),
    else_=operation_rows.c.outcome,
).label("outcome")
"""Of a row whose write was begun and whose reply nobody has noted, Canvas may have carried it out."""


JOURNAL = "the journal of a run"


class Journal:
    """Runs of all scopes.

    A run is written only by whoever holds its lease: ``intend``, ``withdraw``, ``settle`` and ``end`` raise LeaseLost,
    and store nothing, unless this journal has begun, claimed or taken over the run and nobody has since.
    """

    def __init__(self, database: Database, watch: LeaseWatch | None = None) -> None:
        self._database = database
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
        common, whole = {"run_id": run_id}, json.dumps(plan, ensure_ascii=False)  # all of it before others must wait
        groups = {row.group_id: row.course_id for row in planned}
        states = [{**common, "group_id": g, "course_id": c, "state": GroupState.PLANNED} for g, c in groups.items()]
        places = [
            {**common, "group_id": row.group_id, "section_id": row.section_id, "position": position}
            for position, row in enumerate(planned)
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
                    plan=whole,
                    person=person,
                    undo_of=plan["undo_of"],
                    state=RunState.QUEUED if queued else RunState.RUNNING,
                    started_at=now(),
                    accepted=as_text(accepted),
                    began_no=(began := tick(connection)),
                    held_no=began,
                )
            )
            connection.execute(insert(operations), states)
            connection.execute(insert(operation_rows), places)
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
            held = {**fresh, "held_no": tick(connection), "accepted": as_text(known)}
            if not connection.execute(update(runs).where(is_open).values(**held)).rowcount:
                raise InputError(f"Run {run_id} was closed and cannot be resumed. Sync the current drafts instead.")

    def close(self, run_id: str, person: str) -> None:
        """End a run for good: its open rows are never written. Raises RunInProgress while somebody works on it."""
        self.run(run_id)
        reason = f"{person} closed the run: its remaining rows will not be written."
        with self._database.write() as connection:
            self._leases.evict(connection, run_id)
            ended = {"ended_at": func.coalesce(runs.c.ended_at, now()), "closed_by": person, "closed_at": now()}
            still_open = (runs.c.run_id == run_id) & runs.c.closed_by.is_(None)
            connection.execute(update(runs).where(still_open).values(state=RunState.CLOSED, reason=reason, **ended))

    def accepted(self, run_id: str) -> list[Accepted]:
        """What was accepted of that which spoke against a run; runs of releases before 0.3.2 did not keep it."""
        with self._database.read() as connection:
            text = connection.execute(select(runs.c.accepted).where(runs.c.run_id == run_id)).scalar()
        return from_text(text)

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

    def intend(self, run_id: str, group_id: int, sent: Mapping[str, Any], stored: Mapping[str, Any]) -> None:
        """Keep what is about to be sent, and what is there before it; must return before the request leaves."""
        first = func.coalesce(operations.c.stored, json.dumps(stored, ensure_ascii=False))  # of what was begun anew
        sending = json.dumps(sent, ensure_ascii=False)
        values = {"state": GroupState.INTENDED, "sent": sending, "stored": first, "changed_at": now()}
        with self._database.write() as connection:
            self._set(connection, run_id, group_id, **values, intended_no=tick(connection))

    def withdraw(self, run_id: str, group_id: int) -> None:
        """Back to planned: the request was certainly not carried out."""
        values = {"state": GroupState.PLANNED, "sent": None, "stored": None, "changed_at": now(), "intended_no": None}
        with self._database.write() as connection:
            self._set(connection, run_id, group_id, **values)

    def settle(
        self, run_id: str, group_id: int, outcomes: Iterable[Outcome], echo: Mapping[str, Any] | None = None
    ) -> None:
        """Store how the rows of a group ended, with what Canvas stores now, where that is known."""
        ended = list(outcomes)
        state = max((outcome.outcome for outcome in ended), key=WEIGHT.__getitem__)
        with self._database.write() as connection:
            self._leases.check(connection, run_id)
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
                    settled_no=tick(connection),
                )
            )

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

    def run(self, run_id: str) -> RunRecord:
        """One run; raises InputError when there is none of this id."""
        with self._database.read() as connection:
            row = connection.execute(select(*_RECORD).where(runs.c.run_id == run_id)).mappings().first()
        if row is None:
            raise InputError(f"There is no run {run_id}. The command `runs` and the History page list all runs.")
        return _record(row)

    def plan(self, run_id: str) -> dict[str, Any]:
        """The plan of a run as JSON; raises InputError when there is none of this id."""
        self.run(run_id)
        with self._database.read() as connection:
            text = connection.execute(select(runs.c.plan).where(runs.c.run_id == run_id)).scalar_one()
        return sound.json_object(text, f"the plan of run {run_id}")

    def runs(self, scope: str | None = None) -> list[RunRecord]:
        """All runs (of a scope), the newest first."""
        wanted = select(*_RECORD).order_by(runs.c.began_no.desc())
        if scope is not None:
            wanted = wanted.where(runs.c.scope == scope)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(wanted).mappings()]

    def queued(self) -> list[RunRecord]:
        """Runs of all scopes that wait for a worker, the oldest first."""
        return [record for record in reversed(self.runs()) if record.state == RunState.QUEUED]

    def unfinished(self, scope: str | None = None) -> list[RunRecord]:
        """Runs that have not ended, or have ended with open rows: not attempted, or nobody knows their outcome.

        Those that were closed are not among them.
        """
        wanted = select(operations.c.run_id).where(operations.c.state.in_(OPEN)).distinct()
        with self._database.read() as connection:
            left = {run_id for (run_id,) in sound.rows(connection.execute(wanted), (str,), JOURNAL)}
        listed = [record for record in self.runs(scope) if record.closed_by is None]
        return [record for record in listed if record.state == RunState.RUNNING or record.run_id in left]

    def last_change(self, run_id: str) -> datetime:
        """When a run was begun or last noted anything about what it writes, whichever is later by the clock."""
        began = self.run(run_id).started_at
        with self._database.read() as connection:
            noted = connection.execute(select(func.max(operations.c.changed_at)).where(operations.c.run_id == run_id))
            texts = [began, noted.scalar()]
        return max(found for text in texts if (found := sound.moment(text, JOURNAL)) is not None)

    def last_number(self, run_id: str) -> int:
        """As ``last_change``, by the order of the store."""
        numbers = (
            runs.c.began_no,
            runs.c.held_no,
            func.max(operations.c.intended_no),
            func.max(operations.c.settled_no),
        )
        wanted = select(*numbers).join(operations).where(runs.c.run_id == run_id).group_by(runs.c.run_id)
        with self._database.read() as connection:
            found = sound.rows(connection.execute(wanted), (int | None,) * len(numbers), JOURNAL)
        return max((number for row in found for number in row if number is not None), default=0)

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

    def is_in_doubt(self, scope: str) -> bool:
        """Whether it takes more watching to say if the holder of the scope lives; at most LeaseWatch.dead_after."""
        lease = self._leases.of_scope(scope)
        return lease is not None and self._leases.is_in_doubt(lease)

    def progress(self, run_id: str) -> tuple[int, int]:
        """How many operations of a run have an outcome, and how many there are."""
        wanted = select(operations.c.state, func.count()).where(operations.c.run_id == run_id)
        with self._database.read() as connection:
            counts = dict(sound.rows(connection.execute(wanted.group_by(operations.c.state)), (str, int), JOURNAL))
        total = sum(counts.values())
        return total - sum(counts.get(state, 0) for state in GroupState), total

    def open_groups(self, run_id: str) -> dict[int, str]:
        """State by group id of the operations that have not ended: ``planned``, ``intended`` or ``unknown``."""
        wanted = select(operations.c.group_id, operations.c.state).where(
            operations.c.run_id == run_id, operations.c.state.in_(OPEN)
        )
        with self._database.read() as connection:
            return dict(sound.rows(connection.execute(wanted), (int, str), JOURNAL))

    def rows(self, run_id: str) -> pd.DataFrame:
        """The rows of a run in plan order: ``group_id, section_id`` int64, ``outcome, reason`` str.

        ``outcome`` is NaN where nothing was attempted yet, and ``unknown`` also while a write is under way.
        """
        columns = [operation_rows.c.group_id, operation_rows.c.section_id, _OUTCOME, operation_rows.c.reason]
        wanted = select(*columns).select_from(_ROWS).where(operation_rows.c.run_id == run_id)
        wanted = wanted.order_by(operation_rows.c.position)
        with self._database.read() as connection:
            found = connection.execute(wanted).all()
        kinds = {"group_id": "int64", "section_id": "int64", "outcome": "str?", "reason": "str?"}
        if any(row.outcome not in (None, *RowOutcome) for row in found):
            raise sound.damaged(JOURNAL)
        return sound.frame(found, kinds, JOURNAL)

    def runs_of_row(self, scope: str, group_id: int, section_id: int) -> list[RowOfRun]:
        """The runs that planned a row, and how it ended in each, the oldest first."""
        numbers = (runs.c.began_no, operations.c.intended_no, operations.c.settled_no)
        wanted = (
            select(*_RECORD, _OUTCOME, operation_rows.c.reason.label("row_reason"), *numbers)
            .select_from(_ROWS.join(runs, operation_rows.c.run_id == runs.c.run_id))
            .where(runs.c.scope == scope, operation_rows.c.group_id == group_id)
            .where(operation_rows.c.section_id == section_id)
            .order_by(runs.c.began_no)
        )
        with self._database.read() as connection:
            found = [dict(row) for row in connection.execute(wanted).mappings()]
        told = [[row.pop(name) for name in ("outcome", "row_reason", *(c.name for c in numbers))] for row in found]
        kinds = (str | None, str | None, int, int | None, int | None)
        checked = sound.rows(told, kinds, JOURNAL)
        return [RowOfRun(_record(row), *rest) for row, rest in zip(found, checked, strict=True)]

    def written_after(self, run_id: str) -> dict[tuple[int, int], str]:
        """The rows that another run has written, or may have, since this one was begun: (group, section) → its id."""
        began = select(runs.c.began_no).where(runs.c.run_id == run_id).scalar_subquery()
        # the first two are missing of what a release before 0.3.2 left in the middle of a write
        last = func.coalesce(operations.c.settled_no, operations.c.intended_no, runs.c.held_no)
        wanted = (
            select(operations.c.group_id, operation_rows.c.section_id, operations.c.run_id)
            .select_from(_ROWS.join(runs, operation_rows.c.run_id == runs.c.run_id))
            .where(runs.c.scope == self.run(run_id).scope, runs.c.run_id != run_id, last > began)
            .where(_OUTCOME.element.in_((RowOutcome.CONFIRMED, RowOutcome.UNKNOWN)))
            .order_by(last)
        )
        with self._database.read() as connection:
            found = sound.rows(connection.execute(wanted), (int, int, str), JOURNAL)
        return {(group_id, section_id): other for group_id, section_id, other in found}

    def stored_before(self, run_id: str) -> dict[int, dict[str, Any]]:
        """What Canvas stored before the writes of a run, by group id; runs of releases before 0.3.1 did not keep it."""
        wanted = select(operations.c.group_id, operations.c.stored).where(operations.c.run_id == run_id)
        with self._database.read() as connection:
            found = connection.execute(wanted.where(operations.c.stored.is_not(None))).all()
        return {group_id: sound.json_object(text, JOURNAL) for group_id, text in found}

    def summary(self, run_id: str) -> dict[str, int]:
        """Rows by outcome: ``planned``, each RowOutcome and ``not_attempted``; the last six add up to ``planned``."""
        told = select(_OUTCOME).select_from(_ROWS).where(operation_rows.c.run_id == run_id).subquery()
        wanted = select(told.c.outcome, func.count()).group_by(told.c.outcome)
        with self._database.read() as connection:
            counts = dict(sound.rows(connection.execute(wanted), (str | None, int), JOURNAL))
        if not counts.keys() <= {None, *RowOutcome}:
            raise sound.damaged(JOURNAL)
        ended = {outcome.value: counts.get(outcome, 0) for outcome in RowOutcome}
        return {"planned": sum(counts.values()), **ended, "not_attempted": counts.get(None, 0)}

    def _set(self, connection: Connection, run_id: str, group_id: int, **values: object) -> None:
        same = (operations.c.run_id == run_id) & (operations.c.group_id == group_id)
        self._leases.check(connection, run_id)
        if connection.execute(update(operations).where(same).values(**values)).rowcount != 1:
            raise StoreError(f"The journal of run {run_id} has no group {group_id}. Nothing was sent for it.")


def _record(row: Mapping[Any, Any]) -> RunRecord:
    found = sound.record(RunRecord, row, JOURNAL, times=("started_at", "ended_at", "closed_at"))
    if found.state not in tuple(RunState):
        raise sound.damaged(JOURNAL)
    return found
