"""One operation: re-read its target, compare, write its changes with one request, verify. All kinds go this way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import stamina

from gpb.api.http.retries import final
from gpb.errors import (
    FatalError,
    InputError,
    NotSent,
    OddReply,
    RetriableError,
    SkippableError,
    StaleReading,
    Throttled,
)
from gpb.frames.codec import Json
from gpb.keys import Key
from gpb.store.run_records import Outcome, RowOutcome, Target
from gpb.sync.kinds.adapter import Adapter, Present
from gpb.sync.kinds.change import Change
from gpb.sync.underway.notes import Notes
from gpb.sync.underway.reading import Reading

ATTEMPTS = 4
"""Cycles when something fails, from the budget that all retries share."""
ATTEMPTS_IN_HASTE = 20
"""Cycles that end with a reading too old to be written from: the machine or the store was busy, or stood still."""
PATIENCE = 600.0
"""Seconds for which an operation whose writes the rate limit turns away begins anew."""
NOT_READ = "Something here could not be read in the last Refresh, so nothing was written: Refresh, then sync again."
NOT_CARRIED_OUT = (FatalError, SkippableError, Throttled, NotSent, StaleReading)


class Unverified(RetriableError):
    """The system answered, but does not show what was written."""


@dataclass
class Operation:
    """All changes of one target.

    ``written_since`` are rows that another run wrote after this one was begun, with its id, ``not_read`` those that the
    newest snapshot has not read, and ``blocked`` those whose change rests on another one that failed, with the reason.
    ``was_sent`` is True once a request may have been carried out, also before a crash.
    """

    changes: list[Change]
    adapter: Adapter
    written_since: Mapping[Key, str] = field(default_factory=dict)
    not_read: frozenset[Key] = frozenset()
    blocked: Mapping[Key, str] = field(default_factory=dict)
    was_sent: bool = False
    _failures: int = 0
    _late: int = 0
    _is_spent: bool = False

    @property
    def target(self) -> Target:
        """What it writes, as the journal names it."""
        return self.changes[0].target

    async def perform(self, notes: Notes) -> None:
        """Bring the target to the wanted state and settle it in the journal.

        Whatever keeps a write from being confirmed at once, the next one begins with reading the target again: nothing
        is re-sent blindly, neither after a reply that leaves open whether it was carried out, nor after a wait. Raises
        FatalError when the run cannot go on; the operation is then back to planned when its write was certainly not
        carried out, and unknown otherwise.
        """
        told = [self._held_back(change) for change in self.changes]
        if not self.was_sent and None not in told:
            ended = [Outcome(*one.key, RowOutcome.REJECTED, why) for one, why in zip(self.changes, told, strict=True)]
            await notes.settle(self.target, ended)
            return
        reading = Reading(self.adapter.about(self.changes), self.adapter.system)
        try:
            async for attempt in stamina.retry_context(on=self._again(), attempts=None, timeout=PATIENCE):
                with attempt:
                    await self._cycle(notes, reading)
        except (SkippableError, InputError) as error:
            if self.was_sent and isinstance(error, OddReply):
                await self._settle_unknown(notes, error)
            else:
                await self._settle_all(notes, RowOutcome.REJECTED, str(error))
        except RetriableError as error:
            if self.was_sent:
                await self._settle_unknown(notes, error)
            if self._is_spent or isinstance(error, NOT_CARRIED_OUT):  # every other target would meet the same
                raise final(error) from error
        except FatalError as error:
            if self.was_sent:
                await self._settle_unknown(notes, error)
            raise

    def _again(self) -> Callable[[Exception], bool | float]:
        """Whether an error leads to another cycle, and the seconds until then where they are not the usual ones."""

        def again(error: Exception) -> bool | float:
            if isinstance(error, Throttled):
                return 0.0  # the whole client pauses
            if isinstance(error, StaleReading):
                self._late += 1
                return 0.0 if self._late < ATTEMPTS_IN_HASTE else False
            if not isinstance(error, RetriableError):
                return False
            self._failures += 1
            self._is_spent = not self.adapter.may_repeat_write()
            return self._failures < ATTEMPTS and not self._is_spent

        return again

    async def _cycle(self, notes: Notes, reading: Reading) -> None:
        present = await self.adapter.read(self.changes, reading.leaves)
        ended, wanted = self._compare(present)
        if not wanted:
            await notes.settle(self.target, ended, present.stored)
            return
        payload = present.payload(wanted)
        await notes.intend(self.target, payload, present.stored)
        echo = await self._send(payload, notes, reading)
        if not present.shows(echo, wanted, payload):
            raise Unverified(self.adapter.unverified, system=self.adapter.system)
        confirmed = [Outcome(*change.key, RowOutcome.CONFIRMED) for change in wanted]
        await notes.settle(self.target, [*ended, *confirmed], echo)

    async def _send(self, payload: Json, notes: Notes, reading: Reading) -> Json:
        sent_before, self.was_sent = self.was_sent, True

        async def last_look() -> None:
            await notes.check_held()
            reading.check()  # comes last, for looking into the store can take long

        try:
            return await self.adapter.send(self.changes, payload, last_look)
        except NOT_CARRIED_OUT:
            self.was_sent = sent_before
            if not sent_before:
                await notes.withdraw(self.target)
            raise

    def _compare(self, present: Present) -> tuple[list[Outcome], list[Change]]:
        """Rows that have ended without a write, and the changes to write."""
        ended, wanted = [], []
        for change in self.changes:
            outcome, reason = self._judged(present, change)
            if outcome is None:
                wanted.append(change)
            else:
                ended.append(Outcome(*change.key, outcome, reason))
        against = next((one.reason for one in ended if one.reason is not None), None)
        if self.adapter.is_whole and against is not None:
            told = f"Not written, because of another section of this group: {against}"
            ended += [Outcome(*change.key, RowOutcome.REJECTED, told) for change in wanted]
            wanted = []
        return ended, wanted

    def _judged(self, present: Present, change: Change) -> tuple[RowOutcome | None, str | None]:
        """How a row has ended and why, without an outcome where it is to be written."""
        is_there = present.is_there(change)
        if is_there and self.was_sent:
            return RowOutcome.CONFIRMED, None
        if reason := present.moved(change):
            return RowOutcome.REJECTED, reason
        if is_there:
            return RowOutcome.UNCHANGED, None
        if reason := present.conflict(change) or self._overtaken(change):
            return RowOutcome.CONFLICT, reason
        reason = self._held_back(change) or present.refusal(change)
        return (None, None) if reason is None else (RowOutcome.REJECTED, reason)

    def _held_back(self, change: Change) -> str | None:
        return NOT_READ if change.key in self.not_read else self.blocked.get(change.key)

    def _overtaken(self, change: Change) -> str | None:
        run = self.written_since.get(change.key)
        return run and f"Run {run} has changed this row since this run started: Refresh, then decide."

    async def _settle_unknown(self, notes: Notes, error: Exception) -> None:
        told = f"We don't know whether {self.adapter.system} saved this: {error} Press Resume to find out."
        await self._settle_all(notes, RowOutcome.UNKNOWN, told)

    async def _settle_all(self, notes: Notes, outcome: RowOutcome, reason: str) -> None:
        await notes.settle(self.target, [Outcome(*change.key, outcome, reason) for change in self.changes])
