"""What the journal tells: runs, their operations and the outcome of every row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import and_, case, exists, func, or_, select, true

from gpb.errors import InputError
from gpb.keys import Key
from gpb.store import sound
from gpb.store.accepted import Accepted, from_text
from gpb.store.database import Database, operation_rows, operations, run_contents, runs
from gpb.store.run_records import (
    OPEN,
    ChangeKind,
    OperationState,
    RowOfRun,
    RowOutcome,
    RunRecord,
    RunState,
    Target,
)

_RECORD = [runs.c[field.name] for field in fields(RunRecord)]
_ROWS = operation_rows.join(
    operations, and_(*(operations.c[one] == operation_rows.c[one] for one in ("run_id", "kind", "target_id")))
)
_OUTCOME = case(
    (operation_rows.c.outcome.is_(None) & (operations.c.state == OperationState.INTENDED), RowOutcome.UNKNOWN),
    else_=operation_rows.c.outcome,
).label("outcome")
"""Of a row whose write was begun and whose reply nobody has noted, Canvas may have carried it out."""


JOURNAL = "the journal of a run"


class JournalReading:
    """Runs of all scopes, to look at."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._totals: dict[str, int] = {}
        self._summaries: dict[tuple[str, str], dict[str, int]] = {}

    def accepted(self, run_id: str) -> list[Accepted]:
        """What was accepted of that which spoke against a run; runs of releases before 0.3.2 did not keep it."""
        with self._database.read() as connection:
            text = connection.execute(select(run_contents.c.accepted).where(run_contents.c.run_id == run_id)).scalar()
        return from_text(text)

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
            wanted = select(run_contents.c.plan).where(run_contents.c.run_id == run_id)
            text = connection.execute(wanted).scalar()
        return sound.json_object(text, f"the plan of run {run_id}")

    def runs(self, scope: str | None = None) -> list[RunRecord]:
        """All runs (of a scope), the newest first."""
        wanted = select(*_RECORD).order_by(runs.c.began_no.desc())
        if scope is not None:
            wanted = wanted.where(runs.c.scope == scope)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(wanted).mappings()]

    def ended(self, at_most: int) -> dict[str, tuple[str, str]]:
        """Scope, and when it ended, of the runs that were taken up last of those that have ended, by run id."""
        own = runs.c
        wanted = select(own.run_id, own.scope, own.ended_at).where(own.ended_at.is_not(None))
        wanted = wanted.order_by(func.coalesce(own.held_no, own.began_no).desc()).limit(at_most)
        with self._database.read() as connection:
            found = sound.rows(connection.execute(wanted), (str, str, str), JOURNAL)
        return {run_id: (scope, ended_at) for run_id, scope, ended_at in found}

    def queued(self) -> list[RunRecord]:
        """Runs of all scopes that wait for a worker, the oldest first."""
        wanted = select(*_RECORD).where(runs.c.state == RunState.QUEUED).order_by(runs.c.began_no)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(wanted).mappings()]

    def unfinished(self, scope: str | None = None) -> list[RunRecord]:
        """Runs that have not ended, or have ended with open rows: not attempted, or nobody knows their outcome.

        Those that were closed are not among them.
        """
        is_open = exists().where(operations.c.run_id == runs.c.run_id, operations.c.state.in_(OPEN))
        is_left = or_(runs.c.state == RunState.RUNNING, is_open)
        wanted = select(*_RECORD).where(runs.c.closed_by.is_(None), is_left).order_by(runs.c.began_no.desc())
        if scope is not None:
            wanted = wanted.where(runs.c.scope == scope)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(wanted).mappings()]

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

    def progress(self, run_id: str) -> tuple[int, int]:
        """How many operations of a run have an outcome, and how many there are."""
        mine = operations.c.run_id == run_id
        ahead = select(func.count()).where(mine, operations.c.state.in_(list(OperationState))).scalar_subquery()
        total = self._totals.get(run_id)
        columns = [ahead] if total is not None else [ahead, select(func.count()).where(mine).scalar_subquery()]
        with self._database.read() as connection:
            ((left, *counted),) = sound.rows(connection.execute(select(*columns)), (int,) * len(columns), JOURNAL)
        total = self._totals[run_id] = counted[0] if counted else total or 0  # a plan never grows
        return total - left, total

    def open_operations(self, run_id: str) -> dict[Target, str]:
        """State of the operations that have not ended: ``planned``, ``intended`` or ``unknown``."""
        wanted = select(operations.c.kind, operations.c.target_id, operations.c.state).where(
            operations.c.run_id == run_id, operations.c.state.in_(OPEN)
        )
        with self._database.read() as connection:
            found = sound.rows(connection.execute(wanted), (str, str, str), JOURNAL)
        return {_target(kind, identifier): state for kind, identifier, state in found}

    def rows(self, run_id: str) -> pd.DataFrame:
        """The rows of a run in plan order: ``group_id, section_id`` int64, ``change`` (kind), ``outcome, reason`` str.

        ``outcome`` is NaN where nothing was attempted yet, and ``unknown`` also while a write is under way.
        """
        own = operation_rows.c
        columns = [own.group_id, own.section_id, own.kind, _OUTCOME, own.reason]
        wanted = select(*columns).select_from(_ROWS).where(operation_rows.c.run_id == run_id)
        wanted = wanted.order_by(operation_rows.c.position)
        with self._database.read() as connection:
            found = connection.execute(wanted).all()
        kinds = {"group_id": "int64", "section_id": "int64", "change": "str", "outcome": "str?", "reason": "str?"}
        if any(row.outcome not in (None, *RowOutcome) for row in found):
            raise sound.damaged(JOURNAL)
        return sound.frame(found, kinds, JOURNAL)

    def runs_of_row(self, scope: str, group_id: int, section_id: int) -> list[RowOfRun]:
        """The runs that planned a row, and how it ended in each, the oldest first."""
        numbers = (runs.c.began_no, operations.c.intended_no, operations.c.settled_no)
        wanted = (
            select(*_RECORD, operations.c.kind, _OUTCOME, operation_rows.c.reason.label("row_reason"), *numbers)
            .select_from(_ROWS.join(runs, operation_rows.c.run_id == runs.c.run_id))
            .where(runs.c.scope == scope, operation_rows.c.group_id == group_id)
            .where(operation_rows.c.section_id == section_id)
            .order_by(runs.c.began_no)
        )
        with self._database.read() as connection:
            found = [dict(row) for row in connection.execute(wanted).mappings()]
        told = [
            [row.pop(name) for name in ("kind", "outcome", "row_reason", *(c.name for c in numbers))] for row in found
        ]
        kinds = (str, str | None, str | None, int, int | None, int | None)
        checked = sound.rows(told, kinds, JOURNAL)
        return [RowOfRun(_record(row), *rest) for row, rest in zip(found, checked, strict=True)]

    def written_after(self, run_id: str, kind: ChangeKind | None = None) -> dict[Key, str]:
        """The rows that another run has written (a kind of), or may have, since this one was begun, with its id."""
        began = select(runs.c.began_no).where(runs.c.run_id == run_id).scalar_subquery()
        # the first two are missing of what a release before 0.3.2 left in the middle of a write
        began_or_held = func.coalesce(operations.c.intended_no, runs.c.held_no)
        last = func.coalesce(operations.c.settled_no, began_or_held)
        settled_later = operations.c.settled_no > began  # by the index: of many runs few rows were
        open_later = and_(operations.c.settled_no.is_(None), began_or_held > began)
        wanted = (
            select(operation_rows.c.group_id, operation_rows.c.section_id, operations.c.run_id)
            .select_from(_ROWS.join(runs, operation_rows.c.run_id == runs.c.run_id))
            .where(runs.c.scope == self.run(run_id).scope, runs.c.run_id != run_id, or_(settled_later, open_later))
            .where(_OUTCOME.element.in_((RowOutcome.CONFIRMED, RowOutcome.UNKNOWN)))
            .where(true() if kind is None else operations.c.kind == kind)
            .order_by(last)
        )
        with self._database.read() as connection:
            found = sound.rows(connection.execute(wanted), (int, int, str), JOURNAL)
        return {(group_id, section_id): other for group_id, section_id, other in found}

    def stored_before(self, run_id: str) -> dict[Target, dict[str, Any]]:
        """What was stored before the writes of a run, by target; runs of releases before 0.3.1 did not keep it."""
        wanted = select(operations.c.kind, operations.c.target_id, operations.c.stored)
        mine = wanted.where(operations.c.run_id == run_id, operations.c.stored.is_not(None))
        with self._database.read() as connection:
            found = sound.rows(connection.execute(mine), (str, str, str), JOURNAL)
        return {_target(kind, identifier): sound.json_object(text, JOURNAL) for kind, identifier, text in found}

    def summary(self, run_id: str) -> dict[str, int]:
        """Rows by outcome: ``planned``, each RowOutcome and ``not_attempted``; the last six add up to ``planned``."""
        return self._counted([run_id]).get(run_id, _summary({}))

    def summaries(self, records: Iterable[RunRecord]) -> dict[str, dict[str, int]]:
        """The same of several runs, by id; of one that has ended it is counted once."""
        ends = {record.run_id: record.ended_at for record in records}
        fresh = [run_id for run_id, ended_at in ends.items() if (run_id, ended_at) not in self._summaries]
        counted = self._counted(fresh)
        for run_id in fresh:
            counts, ended_at = counted.setdefault(run_id, _summary({})), ends[run_id]
            if ended_at is not None:
                self._summaries[run_id, ended_at] = counts
        return {run_id: counted.get(run_id) or self._summaries[run_id, str(end)] for run_id, end in ends.items()}

    def _counted(self, run_ids: Sequence[str]) -> dict[str, dict[str, int]]:
        if not run_ids:
            return {}
        some = operation_rows.c.run_id.in_(run_ids)
        told = select(operation_rows.c.run_id, _OUTCOME).select_from(_ROWS).where(some).subquery()
        wanted = select(told.c.run_id, told.c.outcome, func.count()).group_by(told.c.run_id, told.c.outcome)
        with self._database.read() as connection:
            found = sound.rows(connection.execute(wanted), (str, str | None, int), JOURNAL)
        by_run: dict[str, dict[str | None, int]] = {}
        for run_id, outcome, number in found:
            by_run.setdefault(run_id, {})[outcome] = number
        return {run_id: _summary(counts) for run_id, counts in by_run.items()}


def _summary(counts: Mapping[str | None, int]) -> dict[str, int]:
    if not counts.keys() <= {None, *RowOutcome}:
        raise sound.damaged(JOURNAL)
    ended = {outcome.value: counts.get(outcome, 0) for outcome in RowOutcome}
    return {"planned": sum(counts.values()), **ended, "not_attempted": counts.get(None, 0)}


def _target(kind: str, identifier: str) -> Target:
    if kind not in tuple(ChangeKind):
        raise sound.damaged(JOURNAL)
    return Target(ChangeKind(kind), identifier)


def _record(row: Mapping[Any, Any]) -> RunRecord:
    found = sound.record(RunRecord, row, JOURNAL, times=("started_at", "ended_at", "closed_at"))
    if found.state not in tuple(RunState):
        raise sound.damaged(JOURNAL)
    return found
