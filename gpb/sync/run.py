"""A run: one application of a plan, group by group, journalled before anything is sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from gpb.api.connect import Connections
from gpb.errors import ApiError, GpbError, StoreError
from gpb.frames.snapshot import Snapshot
from gpb.frames.tables import categories_frame, category_sections_frame
from gpb.frames.validity import Validity
from gpb.store.runs import Journal, RunRow
from gpb.sync.operation import CourseSections, Operation
from gpb.sync.plan import Plan, rows_of
from gpb.sync.pull import Progress, no_progress

log = logging.getLogger(__name__)
IN_FLIGHT = 8  # what Canvas' leaky bucket allows per token without a throttled reply


def begin(journal: Journal, plan: Plan, term: str, person: str) -> str:
    """Store the run with every operation as planned; its id. Raises RunInProgress when the term is taken."""
    rows = [RunRow(change.group_id, change.course_id, change.section_id) for change in plan.changes]
    return journal.begin(plan.to_json(), rows, term=term, person=person)


@dataclass
class Run:
    """A begun run that can be carried out. ``is_cancelled`` is asked before each operation."""

    run_id: str
    plan: Plan
    snapshot: Snapshot
    journal: Journal
    progress: Progress = no_progress
    is_cancelled: Callable[[], bool] = lambda: False

    async def perform(self, connections: Connections) -> None:
        """Carry out what is open: everything at first, the rest when the run is resumed.

        Stops at the first error that concerns more than one group, and leaves the remaining operations planned; the
        run then keeps the sentence as its reason.
        """
        reason: str | None = "The program ended in the middle of the run. Press Resume."
        try:
            validity = await _fresh_validity(connections)
            await self._perform_open(connections, validity)
            reason = "The run was cancelled. Press Resume to go on." if self.is_cancelled() else None
        except (ApiError, StoreError) as error:
            log.warning("run %s stopped: %s", self.run_id, error)
            reason = str(error)
        finally:
            self.journal.end(self.run_id, reason)

    async def _perform_open(self, connections: Connections, validity: Validity) -> None:
        states = self.journal.open_groups(self.run_id)
        queue = [(group_id, changes) for group_id, changes in self.plan.by_group().items() if group_id in states]
        waiting, done, stopped = iter(queue), 0, False
        sections, titles = CourseSections(connections.canvas), self.snapshot.validity.titles

        async def work() -> None:
            nonlocal done, stopped
            for group_id, changes in waiting:  # shared: each worker takes the next group
                if stopped or self.is_cancelled():
                    return
                was_sent = states[group_id] != "planned"
                operation = Operation(self.run_id, changes, sections, titles, was_sent=was_sent)
                try:
                    await operation.perform(connections.canvas, self.snapshot.codec, validity, self.journal)
                except GpbError:
                    stopped = True  # the others finish what they have in flight
                    raise
                done += 1
                self.progress(done, len(queue), f"{done} of {len(queue)} assignment groups written")

        ended = await asyncio.gather(*(work() for _ in range(IN_FLIGHT)), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error


async def _fresh_validity(connections: Connections) -> Validity:
    """The categories as the SIS has them now: one may have gone since the pull."""
    categories = await connections.sis.categories()
    return Validity(categories_frame(categories), category_sections_frame(categories))


def outcome_frame(journal: Journal, run_id: str, plan: Plan) -> pd.DataFrame:
    """The rows of a run for people: columns of ``rows_of`` with ``outcome`` and ``reason``."""
    rows = rows_of(plan).merge(journal.rows(run_id), on=["group_id", "section_id"])
    return rows.fillna({"outcome": "not attempted", "reason": ""})
