"""A run: one application of a plan, group by group, journalled before anything is sent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from gpb.api.connect import Connections
from gpb.api.records import Odd
from gpb.errors import ApiError, GpbError, LeaseLost, StoreError
from gpb.frames.codec import Codec
from gpb.frames.snapshot import Snapshot
from gpb.frames.tables import categories_frame, category_sections_frame
from gpb.frames.validity import Validity
from gpb.keys import Key
from gpb.store.run_records import GroupState
from gpb.store.runs import Journal
from gpb.sync.operation import CourseSections, Operation
from gpb.sync.plan import Plan, rows_of
from gpb.term.pull import Progress, no_progress, telling_pauses

log = logging.getLogger(__name__)
IN_FLIGHT = 8  # what Canvas' leaky bucket allows per token without a throttled reply
CANCEL_POLL = 0.5  # seconds between two looks into the journal whether somebody cancelled


@dataclass
class Run:
    """A run held by its journal that can be carried out; ``codec`` is that of the shape known now.

    ``not_read`` are the rows of which the newest snapshot could not read something: nothing is written there.
    ``why_stop`` is asked before each operation: a sentence stops the run there, None lets it go on.
    """

    run_id: str
    plan: Plan
    snapshot: Snapshot
    codec: Codec
    journal: Journal
    progress: Progress = no_progress
    not_read: frozenset[Key] = frozenset()
    why_stop: Callable[[], str | None] = lambda: None
    _reason: str | None = None
    _next_look: float = field(default_factory=time.monotonic)

    async def perform(self, connections: Connections) -> str | None:
        """Carry out what is open: everything at first, the rest when the run is resumed.

        Stops at the first error that concerns more than one group, or when somebody wishes, and leaves the remaining
        operations planned; returns the sentence that says why, None at the end. Raises LeaseLost when somebody took
        the run over.
        """
        try:
            validity = await _fresh_validity(connections)
            with telling_pauses(connections.canvas, self.progress) as told:
                await self._perform_open(connections, validity, told)
        except LeaseLost:
            raise
        except (ApiError, StoreError) as error:
            log.warning("run %s stopped: %s", self.run_id, error)
            return str(error)
        return self._reason

    async def _perform_open(self, connections: Connections, validity: Validity, progress: Progress) -> None:
        states = self.journal.open_groups(self.run_id)
        queue = [(group_id, changes) for group_id, changes in self.plan.by_group().items() if group_id in states]
        waiting, done, stopped = iter(queue), 0, False
        sections, titles = CourseSections(connections.canvas), self.snapshot.validity.titles
        since = self.journal.written_after(self.run_id)

        async def work() -> None:
            nonlocal done, stopped
            for group_id, changes in waiting:  # shared: each worker takes the next group
                if stopped or self._shall_stop():
                    return
                was_sent = states[group_id] != GroupState.PLANNED
                operation = Operation(self.run_id, changes, sections, titles, since, self.not_read, was_sent=was_sent)
                try:
                    await operation.perform(connections.canvas, self.codec, validity, self.journal)
                except GpbError:
                    stopped = True  # the others finish what they have in flight
                    raise
                done += 1
                progress(done, len(queue), f"{done} of {len(queue)} assignment groups written")

        ended = await asyncio.gather(*(work() for _ in range(IN_FLIGHT)), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error

    def _shall_stop(self) -> bool:
        if self._reason is None:
            self._reason = self.why_stop() or self._cancelled()
        return self._reason is not None

    def _cancelled(self) -> str | None:
        if time.monotonic() < self._next_look:
            return None
        self._next_look = time.monotonic() + CANCEL_POLL
        person = self.journal.cancel_requested(self.run_id)
        return f"{person} canceled the run. Press Resume to continue." if person else None


async def _fresh_validity(connections: Connections) -> Validity:
    """The categories as the SIS has them now: one may have gone since the pull."""
    odd: list[Odd] = []  # one that cannot be read is not valid anywhere: its rows are refused, one by one
    categories = await connections.sis.categories(odd)
    return Validity(categories_frame(categories), category_sections_frame(categories))


def outcome_frame(journal: Journal, run_id: str, plan: Plan) -> pd.DataFrame:
    """The rows of a run for people: columns of ``rows_of`` with ``outcome`` and ``reason``."""
    rows = rows_of(plan).merge(journal.rows(run_id), on=["group_id", "section_id"])
    return rows.fillna({"outcome": "not attempted", "reason": ""})
