"""One operation: re-read a group, compare, write its changes with one PUT, verify."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import stamina

from gpb.api.canvas import CanvasClient
from gpb.errors import FatalError, InputError, RetriableError, SkippableError, Unavailable
from gpb.frames.codec import Codec, Json, Stored, Target
from gpb.frames.validity import Validity
from gpb.store.runs import Journal, Outcome
from gpb.sync.plan import Change

ATTEMPTS = 4


class Unverified(RetriableError):
    """Canvas answered, but does not show what was written."""


@dataclass
class Operation:
    """All changes of one group. ``was_sent`` is True once a request may have been carried out, also before a crash."""

    run_id: str
    changes: list[Change]
    sections: Collection[str]
    was_sent: bool = False
    _is_spent: bool = False

    @property
    def group_id(self) -> int:
        """Canvas id of the group."""
        return self.changes[0].group_id

    async def perform(self, canvas: CanvasClient, codec: Codec, validity: Validity, journal: Journal) -> None:
        """Bring the group to the wanted state and settle it in the journal.

        After a reply that leaves open whether the write was carried out, the group is read again, never blindly
        re-sent. Raises FatalError when the run cannot go on; the operation is then back to planned when its write was
        certainly not carried out, and unknown otherwise.
        """
        try:
            again = self._again(canvas)
            async for attempt in stamina.retry_context(on=again, attempts=ATTEMPTS, timeout=None):
                with attempt:
                    await self._cycle(canvas, codec, validity, journal)
        except SkippableError as error:
            self._settle_all(journal, "rejected", str(error))
        except InputError as error:
            self._settle_all(journal, "rejected", str(error))
        except RetriableError as error:
            self._settle_all(journal, "unknown", f"It is open whether Canvas stored this: {error} Press Resume.")
            if self._is_spent:  # every other group would meet the same
                advice = "It went on like that until the retries were used up: try again in a few minutes."
                raise Unavailable(f"{error} {advice}", system=error.system, status=error.status) from error
        except FatalError as error:
            if self.was_sent:
                self._settle_all(journal, "unknown", f"It is open whether Canvas stored this: {error} Press Resume.")
            raise

    def _again(self, canvas: CanvasClient) -> Callable[[Exception], bool]:
        """Whether an error leads to another cycle: within the budget that all retries share."""

        def again(error: Exception) -> bool:
            if not isinstance(error, RetriableError):
                return False
            self._is_spent = not canvas.may_repeat_write()
            return not self._is_spent

        return again

    async def _cycle(self, canvas: CanvasClient, codec: Codec, validity: Validity, journal: Journal) -> None:
        course_id = self.changes[0].course_id
        stored = (await canvas.assignment_group(course_id, self.group_id))["integration_data"]
        ended, wanted = self._compare(codec.read(stored), validity)
        if not wanted:
            journal.settle(self.run_id, self.group_id, ended, stored)
            return
        payload = codec.write(stored, {key: _target(change) for key, change in wanted.items()}, self.sections)
        journal.intend(self.run_id, self.group_id, payload)
        echo = await self._send(canvas, payload, journal)
        if not _shows(echo, codec, wanted, {**stored, **payload}):
            raise Unverified("Canvas answered without showing the new association.", system="Canvas")
        confirmed = [Outcome(change.section_id, "confirmed") for change in wanted.values()]
        journal.settle(self.run_id, self.group_id, [*ended, *confirmed], echo)

    async def _send(self, canvas: CanvasClient, payload: Json, journal: Journal) -> Json:
        sent_before, self.was_sent = self.was_sent, True
        try:
            echo = await canvas.write_integration_data(self.changes[0].course_id, self.group_id, payload)
        except (FatalError, SkippableError):  # turned away: this request was not carried out
            self.was_sent = sent_before
            if not sent_before:
                journal.withdraw(self.run_id, self.group_id)
            raise
        return echo["integration_data"]

    def _compare(self, present: Mapping[str, Stored], validity: Validity) -> tuple[list[Outcome], dict[str, Change]]:
        """Rows that have ended without a write, and those to write by section SIS id."""
        ended, wanted = [], {}
        for change in self.changes:
            there = present.get(change.sis_section_id)
            if _is(there, change.after_id, change.after_title):
                ended.append(Outcome(change.section_id, "confirmed" if self.was_sent else "unchanged"))
            elif (there.reference if there else None) != change.before:
                ended.append(Outcome(change.section_id, "conflict", _conflict(change, there, validity)))
            elif change.after_id is not None and change.after_id not in validity.options(change.class_id):
                reason = f"“{change.after_title}” is no longer valid in this section: choose another category."
                ended.append(Outcome(change.section_id, "rejected", reason))
            else:
                wanted[change.sis_section_id] = change
        return ended, wanted

    def _settle_all(self, journal: Journal, outcome: str, reason: str) -> None:
        journal.settle(self.run_id, self.group_id, [Outcome(c.section_id, outcome, reason) for c in self.changes])


def _target(change: Change) -> Target | None:
    return None if change.after_id is None else Target(change.after_id, change.after_title or "")


def _is(stored: Stored | None, after_id: str | None, after_title: str | None) -> bool:
    if stored is None or after_id is None:
        return stored is None and after_id is None
    return stored.reference in (after_id, after_title)


def _shows(echo: Mapping[str, Any], codec: Codec, wanted: Mapping[str, Change], expected: Json) -> bool:
    """Whether the echo bears every wanted association, and every other key of ours as it was."""
    present = codec.read(echo)
    kept = all(echo.get(key) == value for key, value in expected.items())
    return kept and all(_is(present.get(key), change.after_id, change.after_title) for key, change in wanted.items())


def _conflict(change: Change, there: Stored | None, validity: Validity) -> str:
    title = "Unassociated" if there is None else validity.titles.get(there.reference, there.title or there.reference)
    planned = change.before_title or "Unassociated"
    return (
        f"Somebody changed this in Canvas: it was {planned} when planned and is {title} now, "
        f"{change.after_title or 'Unassociated'} was wanted. Refresh and decide."
    )
