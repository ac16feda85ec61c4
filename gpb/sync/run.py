"""A run: one application of a plan, group by group, journalled before anything is sent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import pandas as pd

from gpb.api.connect import Connections
from gpb.api.focus import FocusClient
from gpb.errors import ApiError, GpbError, LeaseLost, NotPermitted, StoreError
from gpb.frames.codec import Codec
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.store.run_records import ChangeKind, OperationState, RowOutcome, Target
from gpb.store.runs import Journal
from gpb.sync.kinds.adapter import Adapter
from gpb.sync.kinds.association import Associations, CourseSections
from gpb.sync.kinds.change import Change
from gpb.sync.kinds.group_name import CourseGroups, GroupNames
from gpb.sync.kinds.membership import Memberships
from gpb.sync.operation import Operation
from gpb.sync.passed_back import Leaving, Left
from gpb.sync.plan import Plan, rows_of
from gpb.sync.underway.categories import PlanCategories
from gpb.sync.underway.notes import Notes
from gpb.term.pull import no_progress, telling_pauses
from gpb.term.underway.courses import Progress

log = logging.getLogger(__name__)
IN_FLIGHT = 14
"""Operations at a time: more than requests in flight (``concurrency``), for some of them are at the journal."""
AHEAD = 3 * IN_FLIGHT
"""Operations for which is asked what their targets share with others, before it is their turn."""
DOES = {
    ChangeKind.MEMBERSHIP: "categories changed in Focus",
    ChangeKind.GROUP_NAME: "assignment groups renamed",
    ChangeKind.ASSOCIATION: "assignment groups written",
}
ORDER = tuple(DOES)
"""In which the kinds of change are carried out: what others rest on comes first."""
WAITING = "It is not known yet whether Focus saved what the remaining changes rest on. Press Resume to find out."
THE_REST = "Only that, and what rests on it, was left: once it is put right, press Resume."
RESTS_ON_FOCUS = "Not attempted yet, because it rests on a change in Focus that was not made."
CANCEL_POLL = 0.5  # seconds between two looks into the journal whether somebody cancelled


@dataclass
class Run:
    """A run held by its journal that can be carried out; ``codec`` is that of the shape known now.

    ``not_read`` are the rows of which the newest snapshot could not read something: nothing is written there.
    ``why_stop`` is asked before each operation: a sentence stops the run there, None lets it go on. ``left`` and
    ``accepted``: see ``Leaving``.
    """

    run_id: str
    plan: Plan
    snapshot: Snapshot
    codec: Codec
    journal: Journal
    progress: Progress = no_progress
    not_read: frozenset[Key] = frozenset()
    why_stop: Callable[[], str | None] = lambda: None
    left: Mapping[Change, str] = field(default_factory=dict)
    accepted: Collection[Left] = ()
    _reason: str | None = None
    _left: str | None = None
    _next_look: float = field(default_factory=time.monotonic)

    async def perform(self, connections: Connections) -> str | None:
        """Carry out what is open: everything at first, the rest when the run is resumed.

        Stops at the first error that concerns more than one group, or when somebody wishes, and leaves the remaining
        operations planned; an error of Focus keeps only what is written there, and what rests on that. Returns the
        sentence that says why something is left, None at the end. Raises LeaseLost when somebody took the run over.
        """
        try:
            async with Notes(self.journal, self.run_id) as notes:
                with telling_pauses(connections.canvas, self.progress) as told:
                    await self._perform_open(connections, notes, told)
        except LeaseLost:
            raise
        except (ApiError, StoreError) as error:
            log.warning("run %s stopped: %s", self.run_id, error)
            return " ".join(dict.fromkeys(filter(None, (self._left, str(error)))))
        return " ".join(dict.fromkeys(filter(None, (self._left, self._reason)))) or None

    async def _perform_open(self, connections: Connections, notes: Notes, progress: Progress) -> None:
        states = self.journal.open_operations(self.run_id)
        targets = self.plan.by_target().items()
        sections = CourseSections(connections.canvas)
        leaving = Leaving(connections.sis, self.left, self.accepted)
        for kind in ORDER if self.plan.undo_of is None else reversed(ORDER):
            queue = {target: changes for target, changes in targets if target.kind is kind and target in states}
            blocked, waiting = self._rests_on(kind)
            ready = {one: rows for one, rows in queue.items() if not waiting.intersection(row.key for row in rows)}
            if ready and not await self._shall_stop(notes):
                # anew for each kind: what was written before may have changed them
                wanted = PlanCategories(connections.sis, (row for rows in ready.values() for row in rows))
                tell = partial(_told, kind, progress, len(ready))
                try:
                    adapter = self._adapter(kind, connections, wanted, sections)
                    await self._phase(adapter, leaving, notes, ready, states, blocked, tell)
                except ApiError as error:
                    if kind is not ChangeKind.MEMBERSHIP or isinstance(error, LeaseLost):
                        raise
                    log.warning("run %s leaves what it changes in Focus: %s", self.run_id, error)
                    self._left = f"{error} {THE_REST}"
            if len(ready) < len(queue):
                self._left = self._left or WAITING

    def _rests_on(self, kind: ChangeKind) -> tuple[dict[Key, str], set[Key]]:
        """Of the rows of a kind: those whose change of an earlier kind failed, with the reason, and those that wait.

        A membership and what makes use of it are changes of one row.
        """
        if not self.plan.is_of(ChangeKind.MEMBERSHIP):
            return {}, set()
        is_membership = kind is ChangeKind.MEMBERSHIP
        if is_membership != (self.plan.undo_of is not None):
            return {}, set()  # the first of the two
        rows = self.journal.rows(self.run_id)
        before = rows.loc[rows["change"].ne(ChangeKind.MEMBERSHIP) == is_membership]
        failed, waiting = {}, set()
        for key, outcome, reason in zip(keys(before), before["outcome"], before["reason"], strict=True):
            if outcome in (RowOutcome.CONFLICT, RowOutcome.REJECTED):
                failed[key] = f"Not attempted, because what it rests on was not done: {reason}"
            elif outcome not in (RowOutcome.CONFIRMED, RowOutcome.UNCHANGED):
                waiting.add(key)
        return failed, waiting

    def _adapter(
        self, kind: ChangeKind, connections: Connections, wanted: PlanCategories, sections: CourseSections
    ) -> Adapter:
        canvas, titles = connections.canvas, self.snapshot.validity.titles
        if kind is ChangeKind.MEMBERSHIP:
            return Memberships(_writable(connections), titles)
        if kind is ChangeKind.GROUP_NAME:
            known = frozenset(self.snapshot.tables["sections"]["section_id"])
            return GroupNames(canvas, wanted, titles, known, sections, CourseGroups(canvas))
        return Associations(canvas, self.codec, wanted, titles, sections)

    async def _phase(
        self,
        adapter: Adapter,
        leaving: Leaving,
        notes: Notes,
        queue: Mapping[Target, list[Change]],
        states: Mapping[Target, str],
        blocked: Mapping[Key, str],
        tell: Callable[[int], None],
    ) -> None:
        """Carry out all operations of one kind, several at a time."""
        waiting, done, stopped = iter(queue.items()), 0, False

        def expect(changes: list[Change]) -> None:
            adapter.expect(changes)
            leaving.expect(changes)

        for changes in islice(queue.values(), AHEAD):
            expect(changes)
        later = islice(queue.values(), AHEAD, None)
        since = self.journal.written_after(self.run_id, next(iter(queue)).kind)

        async def work() -> None:
            nonlocal done, stopped
            for target, changes in waiting:  # shared: each worker takes the next one
                if stopped or await self._shall_stop(notes):
                    return
                expect(next(later, changes))
                was_sent = states[target] != OperationState.PLANNED
                try:
                    rows = since, self.not_read, {**await leaving.reasons(changes), **blocked}
                    await Operation(changes, adapter, *rows, was_sent=was_sent).perform(notes)
                except GpbError:
                    stopped = True  # the others finish what they have in flight
                    raise
                done += 1
                tell(done)

        ended = await asyncio.gather(*(work() for _ in range(IN_FLIGHT)), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error

    async def _shall_stop(self, notes: Notes) -> bool:
        if self._reason is None:
            self._reason = self.why_stop()
        if self._reason is None and time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + CANCEL_POLL
            person = await notes.cancelled_by()
            self._reason = f"{person} canceled the run. Press Resume to continue." if person else None
        return self._reason is not None


def _writable(connections: Connections) -> FocusClient:
    if isinstance(connections.sis, FocusClient):
        return connections.sis
    raise NotPermitted(
        "Categories can be changed by Focus' native API only, so nothing was changed in Focus. Set "
        "GPB_SIS_DIALECT=focus, then resume, or close the run.",
        system="Focus",
    )


def _told(kind: ChangeKind, progress: Progress, of: int, done: int) -> None:
    progress(done, of, f"{done} of {of} {DOES[kind]}")


def outcome_frame(journal: Journal, run_id: str, plan: Plan) -> pd.DataFrame:
    """The rows of a run for people: columns of ``rows_of`` with ``outcome`` and ``reason``."""
    rows = rows_of(plan).merge(journal.rows(run_id), on=["group_id", "section_id", "change"])
    return rows.assign(reason=_with_waiting(rows, plan)).fillna({"outcome": "not attempted", "reason": ""})


def _with_waiting(rows: pd.DataFrame, plan: Plan) -> pd.Series[str]:
    """The reasons; also of rows that were not attempted because the change in Focus that they rest on was not."""
    if plan.undo_of is not None:
        return rows["reason"]
    joins, is_open = rows["change"].eq(ChangeKind.MEMBERSHIP), rows["outcome"].isna()
    waiting = set(keys(rows.loc[joins & (is_open | rows["outcome"].eq(RowOutcome.UNKNOWN))]))
    rests = is_open & ~joins & pd.Series([key in waiting for key in keys(rows)], index=rows.index, dtype="bool")
    return rows["reason"].mask(rests & rows["reason"].isna(), RESTS_ON_FOCUS)
