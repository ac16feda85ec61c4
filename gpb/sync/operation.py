"""One operation: re-read a group, compare, write its changes with one PUT, verify."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import stamina

from gpb.api.canvas import CanvasClient, group_name
from gpb.api.http.retries import final
from gpb.api.records import Odd
from gpb.api.types import Section
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
from gpb.frames.codec import Codec, Json, Stored, Target, read_sections, section_keys
from gpb.frames.validity import Validity
from gpb.keys import Key
from gpb.matching.labels import UNASSOCIATED, shown_title
from gpb.matching.section_key import same_spelling
from gpb.store.run_records import Outcome, RowOutcome
from gpb.store.runs import Journal
from gpb.sync.plan import Change
from gpb.sync.reading import Reading

ATTEMPTS = 4
"""Cycles when something fails, from the budget that all retries share."""
ATTEMPTS_IN_HASTE = 20
"""Cycles that end with a reading too old to be written from: the machine or the store was busy, or stood still."""
PATIENCE = 600.0
"""Seconds for which an operation whose writes the rate limit turns away begins anew."""
NOT_READ = "Something here could not be read in the last Refresh, so nothing was written: Refresh, then sync again."
NOT_CARRIED_OUT = (FatalError, SkippableError, Throttled, NotSent, StaleReading)


class Unverified(RetriableError):
    """Canvas answered, but does not show what was written."""


class CourseSections:
    """The sections of each course as Canvas has them now; each course is asked once."""

    def __init__(self, canvas: CanvasClient) -> None:
        self._canvas = canvas
        self._asked: dict[int, asyncio.Future[list[Section]]] = {}

    async def of(self, course_id: int) -> dict[str, int]:
        """Those of one course, SIS id → section id; raises what asking raised."""
        if course_id not in self._asked:
            odd: list[Odd] = []  # no rows of theirs are planned; the others are as good as ever
            self._asked[course_id] = asyncio.ensure_future(self._canvas.sections(course_id, odd))
        found = ((section.get("sis_section_id"), section["id"]) for section in await self._asked[course_id])
        return {key: section_id for key, section_id in found if key is not None}


@dataclass
class Operation:
    """All changes of one group.

    ``titles`` are those of the categories when the plan was made, by id; ``written_since`` are rows that another run
    wrote after this one was begun, with its id, ``not_read`` those that the newest snapshot has not read. ``was_sent``
    is True once a request may have been carried out, also before a crash.
    """

    run_id: str
    changes: list[Change]
    sections: CourseSections
    titles: Mapping[str, str]
    written_since: Mapping[tuple[int, int], str] = field(default_factory=dict)
    not_read: frozenset[Key] = frozenset()
    was_sent: bool = False
    _failures: int = 0
    _late: int = 0
    _is_spent: bool = False

    @property
    def group_id(self) -> int:
        """Canvas id of the group."""
        return self.changes[0].group_id

    @property
    def course_id(self) -> int:
        """Canvas id of its course."""
        return self.changes[0].course_id

    async def perform(self, canvas: CanvasClient, codec: Codec, validity: Validity, journal: Journal) -> None:
        """Bring the group to the wanted state and settle it in the journal.

        Whatever keeps a write from being confirmed at once, the next one begins with reading the group again: nothing
        is re-sent blindly, neither after a reply that leaves open whether it was carried out, nor after a wait. Raises
        FatalError when the run cannot go on; the operation is then back to planned when its write was certainly not
        carried out, and unknown otherwise.
        """
        if not self.was_sent and all(change.key in self.not_read for change in self.changes):
            self._settle_all(journal, RowOutcome.REJECTED, NOT_READ)
            return
        reading = Reading(group_name(self.course_id, self.group_id))
        try:
            async for attempt in stamina.retry_context(on=self._again(canvas), attempts=None, timeout=PATIENCE):
                with attempt:
                    await self._cycle(canvas, codec, validity, journal, reading)
        except (SkippableError, InputError) as error:
            if self.was_sent and isinstance(error, OddReply):
                self._settle_unknown(journal, error)
            else:
                self._settle_all(journal, RowOutcome.REJECTED, str(error))
        except RetriableError as error:
            if self.was_sent:
                self._settle_unknown(journal, error)
            if self._is_spent or isinstance(error, NOT_CARRIED_OUT):  # every other group would meet the same
                raise final(error) from error
        except FatalError as error:
            if self.was_sent:
                self._settle_unknown(journal, error)
            raise

    def _again(self, canvas: CanvasClient) -> Callable[[Exception], bool | float]:
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
            self._is_spent = not canvas.may_repeat_write()
            return self._failures < ATTEMPTS and not self._is_spent

        return again

    async def _cycle(
        self, canvas: CanvasClient, codec: Codec, validity: Validity, journal: Journal, reading: Reading
    ) -> None:
        sections = await self.sections.of(self.course_id)
        stored = (await canvas.assignment_group(self.course_id, self.group_id, reading.leaves))["integration_data"]
        ended, wanted = self._compare(read_sections(codec, stored, sections), validity, sections)
        if not wanted:
            journal.settle(self.run_id, self.group_id, ended, stored)
            return
        known = section_keys(codec.keys(stored), sections)
        targets = {key: _target(change) for own, change in wanted.items() for key in known.get(own, [own])}
        payload = codec.write(stored, targets)
        journal.intend(self.run_id, self.group_id, payload, stored)
        echo = await self._send(canvas, payload, journal, reading)
        is_kept = all(echo.get(key) == value for key, value in {**stored, **payload}.items())
        if not is_kept or not _shows(read_sections(codec, echo, sections), wanted):
            raise Unverified("Canvas responded without showing the new association.", system="Canvas")
        confirmed = [Outcome(change.section_id, RowOutcome.CONFIRMED) for change in wanted.values()]
        journal.settle(self.run_id, self.group_id, [*ended, *confirmed], echo)

    async def _send(self, canvas: CanvasClient, payload: Json, journal: Journal, reading: Reading) -> Json:
        sent_before, self.was_sent = self.was_sent, True

        def last_look() -> None:
            journal.check_held(self.run_id)
            reading.check()  # comes last, for looking into the store can take long

        try:
            echo = await canvas.write_integration_data(self.course_id, self.group_id, payload, last_look)
        except NOT_CARRIED_OUT:
            self.was_sent = sent_before
            if not sent_before:
                journal.withdraw(self.run_id, self.group_id)
            raise
        return echo["integration_data"]

    def _compare(
        self, present: Mapping[str, Stored | None], validity: Validity, sections: Mapping[str, int]
    ) -> tuple[list[Outcome], dict[str, Change]]:
        """Rows that have ended without a write, and those to write by section SIS id."""
        ended, wanted = [], {}
        for change in self.changes:
            there = present.get(change.sis_section_id)
            is_there = _is(there, change.after_id, change.after_title)
            if is_there and self.was_sent:
                ended.append(Outcome(change.section_id, RowOutcome.CONFIRMED))
            elif reason := _moved(change, sections):
                ended.append(Outcome(change.section_id, RowOutcome.REJECTED, reason))
            elif is_there:
                ended.append(Outcome(change.section_id, RowOutcome.UNCHANGED))
            elif (there.reference if there else None) != change.before:
                ended.append(Outcome(change.section_id, RowOutcome.CONFLICT, _conflict(change, there, validity)))
            elif change.key in self.not_read:
                ended.append(Outcome(change.section_id, RowOutcome.REJECTED, NOT_READ))
            elif change.key in self.written_since:
                run = self.written_since[change.key]
                told = f"Run {run} has changed this row since this run started: Refresh, then decide."
                ended.append(Outcome(change.section_id, RowOutcome.CONFLICT, told))
            elif reason := self._refusal(change, validity):
                ended.append(Outcome(change.section_id, RowOutcome.REJECTED, reason))
            else:
                wanted[change.sis_section_id] = change
        return ended, wanted

    def _refusal(self, change: Change, validity: Validity) -> str | None:
        """Why this must not be written although the row is as it was when planned, None where it may be."""
        if change.after_id is None:
            return None
        title = validity.options(change.class_id).get(change.after_id)
        if title is None:
            return f"“{change.after_title}” is no longer valid for this section: choose another category."
        planned = self.titles.get(change.after_id, title)
        if title != planned:
            return f"“{planned}” is now called “{title}”: Refresh, and sync again if that is what you want."
        return None

    def _settle_unknown(self, journal: Journal, error: Exception) -> None:
        self._settle_all(
            journal, RowOutcome.UNKNOWN, f"We don't know whether Canvas saved this: {error} Press Resume to find out."
        )

    def _settle_all(self, journal: Journal, outcome: str, reason: str) -> None:
        journal.settle(self.run_id, self.group_id, [Outcome(c.section_id, outcome, reason) for c in self.changes])


def _moved(change: Change, sections: Mapping[str, int]) -> str | None:
    """Why this would be another section's row by now; None where it is not. Canvas keeps associations by SIS ID."""
    if change.section_id not in sections.values():
        return f"The section {change.section} is no longer in this course: Refresh, then decide."
    if sections.get(change.sis_section_id) != change.section_id:
        return f"The section {change.section} now has another SIS ID in Canvas: Refresh, then decide."
    return None


def _target(change: Change) -> Target | None:
    if change.after_id is None:
        return None
    return Target(change.after_id, change.after_title or "", None if change.entry is None else json.loads(change.entry))


def _is(stored: Stored | None, after_id: str | None, after_title: str | None) -> bool:
    if stored is None or after_id is None:
        return stored is None and after_id is None
    return same_spelling(stored.reference) in (same_spelling(after_id), after_title)


def _shows(present: Mapping[str, Stored | None], wanted: Mapping[str, Change]) -> bool:
    """Whether every wanted association is there."""
    return all(_is(present.get(key), change.after_id, change.after_title) for key, change in wanted.items())


def _conflict(change: Change, there: Stored | None, validity: Validity) -> str:
    title = UNASSOCIATED if there is None else validity.title(there.reference, there.title or there.reference)
    planned = shown_title(change.before_title)
    return (
        f"Someone changed this in Canvas: it was {planned} when you reviewed and is {title} now; you wanted "
        f"{shown_title(change.after_title)}. Refresh, then decide."
    )
