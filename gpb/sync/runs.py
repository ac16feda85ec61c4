"""The runs of one term: carrying them out, what became of their rows, and the plan that takes one back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any

import pandas as pd

from gpb.api.connect import connect
from gpb.errors import GpbError, InputError
from gpb.keys import keys
from gpb.settings import Settings
from gpb.store.accepted import Accepted
from gpb.store.leases import Lease
from gpb.store.run_records import ChangeKind, RowOutcome, RunRecord
from gpb.store.runs import Journal
from gpb.sync import run as running
from gpb.sync.evidence import shape_objection
from gpb.sync.passed_back import leaving
from gpb.sync.plan import Plan, plan_of
from gpb.sync.row_history import Written, row_history, seen_in
from gpb.sync.undo import Undo, undo_run
from gpb.term.pull import no_progress
from gpb.term.term import Term
from gpb.term.underway.courses import Progress

PLANS = 4
"""Of the runs looked at last, kept in memory: one of 20,000 rows takes a second to read."""


class Runs:
    """Runs come in through the door alone; here they are carried out, watched and looked back at."""

    def __init__(self, settings: Settings, journal: Journal, term: Term) -> None:
        self._settings = settings
        self._journal = journal
        self._term = term
        self._plan_of = lru_cache(PLANS)(partial(plan_of, journal))
        self._way_back = lru_cache(PLANS)(self._find_way_back)

    async def perform(
        self, run_id: str, progress: Progress = no_progress, why_stop: Callable[[], str | None] = lambda: None
    ) -> dict[str, Any]:
        """Carry out what is open of a run, bring snapshot and drafts up to date; the summary of the run.

        Raises LeaseLost, and leaves the run to whoever has it, when somebody took it over meanwhile.
        """
        reason: str | None = "The program ended in the middle of the run. Press Resume to continue."
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def give_up() -> None:  # also what only waits to be sent must not leave any more
            if task is not None:
                loop.call_soon_threadsafe(task.cancel)

        try:
            with self._journal.beating(run_id, give_up):
                reason = await self._carry_out(run_id, progress, why_stop)
                await self._bring_up_to_date(run_id)
        except GpbError as error:
            reason = str(error)
            raise
        finally:
            self._journal.end(run_id, reason)
        return self.summary(run_id)

    def run(self, run_id: str) -> RunRecord:
        """One run; raises InputError where there is none with this id."""
        return self._journal.run(run_id)

    def of_term(self) -> list[RunRecord]:
        """All runs of the term, the newest first."""
        return self._journal.runs(self._term.latest().facts.scope)

    def all(self) -> list[RunRecord]:
        """All runs of this store, of whatever term, the newest first."""
        return self._journal.runs()

    def queued(self) -> list[RunRecord]:
        """Runs of any term of this Canvas and account that wait for a worker, the oldest first."""
        return [run for run in self._journal.queued() if self._is_ours(run.scope)]

    def live(self) -> RunRecord | None:
        """The run of the term that is queued or being carried out at this moment, in whatever process."""
        holder = self.holder()
        return self._journal.run(holder.run_id) if holder else None

    def live_anywhere(self) -> list[Lease]:
        """The leases of all live runs of this Canvas and account, of whatever term, in whatever process."""
        return [lease for lease in self._journal.holders() if self._is_ours(lease.scope)]

    def ended_anywhere(self, at_most: int = 20) -> dict[str, str]:
        """When the last runs of this Canvas and account ended (ISO 8601 text), of whatever term, by run id."""
        found = self._journal.ended(at_most).items()
        return {run_id: ended_at for run_id, (scope, ended_at) in found if self._is_ours(scope)}

    def unfinished(self) -> list[RunRecord]:
        """Runs of the term that left rows open and that nobody works on or will work on, the newest first."""
        left = self._journal.unfinished(self._term.latest().facts.scope)
        return [run for run in left if not self._journal.is_live(run.run_id)]

    def holder(self) -> Lease | None:
        """The lease of the term, with who has it; None where the term is free."""
        return self._journal.holder(self._term.latest().facts.scope)

    def is_in_doubt(self) -> bool:
        """Whether it takes a while to see if somebody works on a run of the term, see ``Journal.is_in_doubt``."""
        return self._journal.is_in_doubt(self._term.latest().facts.scope)

    def is_live(self, run_id: str) -> bool:
        """Whether somebody works on a run, or will."""
        return self._journal.is_live(run_id)

    def progress(self, run_id: str) -> tuple[int, int]:
        """Groups that are settled, and all groups, of a run."""
        return self._journal.progress(run_id)

    def cancel(self, run_id: str, person: str) -> None:
        """Ask whoever carries a run out to stop after what is in flight."""
        self._journal.cancel(run_id, person)

    def cancelled_by(self, run_id: str) -> str | None:
        """Who has asked a run to stop, None where nobody has."""
        return self._journal.cancel_requested(run_id)

    def close(self, run_id: str, person: str) -> None:
        """End a run for good: its open rows are never written."""
        self._journal.close(run_id, person)

    def counts(self, run_id: str) -> dict[str, int]:
        """The rows of a run by outcome, ``planned`` first: see ``Journal.summary``."""
        return self._journal.summary(run_id)

    def counts_of(self, records: Iterable[RunRecord]) -> dict[str, dict[str, int]]:
        """The same of several runs, by run id."""
        return self._journal.summaries(records)

    def summary(self, run_id: str) -> dict[str, Any]:
        """The counts of a run's rows with its id, and the sentence that says why it stopped, if it did."""
        record = self._journal.run(run_id)
        reason = {"reason": record.reason} if record.reason else {}
        return {"run": run_id, **self.counts(run_id), **reason}

    def accepted(self, run_id: str) -> list[Accepted]:
        """What spoke against a run and was accepted by name."""
        return self._journal.accepted(run_id)

    def outcomes(self, record: RunRecord) -> pd.DataFrame:
        """The rows of a run for people, see ``run.outcome_frame``."""
        return running.outcome_frame(self._journal, record.run_id, self._planned(record.run_id))

    def undo(self, run_id: str) -> Undo:
        """The plan that takes a run back, with the rows that somebody changed since."""
        ended_at = self._journal.run(run_id).ended_at
        find = self._way_back if ended_at else self._find_way_back  # one that has not ended may go on
        return find(run_id, ended_at, self._term.latest().id)

    def row_history(self, group_id: int, section_id: int) -> pd.DataFrame:
        """Every value that a row had, see ``row_history.COLUMNS``; raises InputError for a row that the term lacks."""
        snapshot = self._term.latest()
        rows = snapshot.associations()
        row = rows.loc[rows["group_id"].eq(group_id) & rows["section_id"].eq(section_id)]
        if row.empty:
            raise InputError(f"This term has no group {group_id} in section {section_id}. Check the numbers.")
        key = row["sis_section_id"].iloc[0]
        beside = snapshot.sis_ids(int(row["course_id"].iloc[0]))
        readings = self._term.readings.with_facts()
        seen = seen_in(self._term.snapshots, readings, snapshot.codec, group_id, key, beside)
        written = []
        for run in self._journal.runs_of_row(snapshot.facts.scope, group_id, section_id):
            changes = self._planned(run.record.run_id).changes
            written.append(
                Written(run, next(one for one in changes if (*one.key, one.kind) == (group_id, section_id, run.kind)))
            )
        return row_history(seen, written, snapshot.validity)

    async def _carry_out(self, run_id: str, progress: Progress, why_stop: Callable[[], str | None]) -> str | None:
        plan = self._planned(run_id)
        shape = self._term.on_trial([change.key for change in plan.changes]) or self._term.shape()
        snapshot = self._term.snapshot(self._journal.run(run_id).snapshot_id)
        against = shape_objection(self._term, plan, snapshot)  # a worker comes later than the click
        if against is not None:
            return against.sentence
        latest = self._term.latest()
        run = running.Run(
            run_id,
            plan,
            snapshot,
            shape.coder,
            self._journal,
            progress,
            latest.not_read,
            why_stop,
            leaving(plan, latest.associations()),
            {row for one in self._journal.accepted(run_id) for row in one.rows},
        )
        async with connect(self._settings) as connections:
            return await run.perform(connections)

    async def _bring_up_to_date(self, run_id: str) -> None:
        """Lay what Canvas told over the newest snapshot, then settle the drafts that came true."""
        await self._term.catch_up()
        if self._journal.run(run_id).undo_of is None:
            rows = self._journal.rows(run_id)
            is_done = rows["outcome"].isin([RowOutcome.CONFIRMED, RowOutcome.UNCHANGED])
            done = set(keys(rows.loc[is_done & rows["change"].ne(ChangeKind.MEMBERSHIP)]))
            changes = self._planned(run_id).changes
            carried_out = {change.key: change.after_id for change in changes if change.key in done}
            await asyncio.to_thread(self._term.drafts().settle, carried_out)  # others give way to many of them

    def _is_ours(self, scope: str) -> bool:
        return scope.startswith(f"{self._settings.source}#")

    def _find_way_back(self, run_id: str, _ended_at: str | None, snapshot_id: str) -> Undo:
        """Of a run that has ended then, from a snapshot: the same as long as both are."""
        return undo_run(self._journal, run_id, self._planned(run_id), self._term.snapshot(snapshot_id))

    def _planned(self, run_id: str) -> Plan:
        """What was planned never changes."""
        return self._plan_of(run_id)
