"""Which courses a reading reads, and what it notes of them for the next one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

import pandas as pd

from gpb.api.canvas import CanvasClient
from gpb.api.http.replies import CANVAS
from gpb.api.types import Section
from gpb.errors import ToldOtherwise
from gpb.settings import Settings
from gpb.term.changed.base import Base
from gpb.term.changed.look import Look, look
from gpb.term.changed.reads import course_reads, otherwise_sentence
from gpb.term.changed.sections import ToldSections
from gpb.term.underway.parts import ALL, SOME, TOLD

SEVERAL, OTHERS = 2, 0.01
"""Courses, and their share of those that are listed, which do not become others within a reading by chance."""


@dataclass
class Read:
    """One reading: ``stay`` are the courses that are kept as they are in ``base``, none of them where all are read.

    Where all are, ``sections`` may tell what need not be listed.

    Without ``looked`` nothing was told, so all are read and nothing is noted.
    """

    looked: Look | None
    base: Base | None
    stay: frozenset[int] = frozenset()
    sections: ToldSections | None = None
    _known: frozenset[int] = frozenset()
    _earlier: timedelta = timedelta(0)
    _read: list[int] = field(default_factory=list)

    @classmethod
    async def begun(
        cls,
        canvas: CanvasClient,
        settings: Settings,
        courses: Sequence[int],
        base: Base | None,
        sections: ToldSections | None,
    ) -> Self:
        """Ask what has changed, before any course is read."""
        if not settings.full_refresh_hours:
            return cls(None, None)
        looked = await look(canvas, settings, courses)
        if not looked.marks:
            return cls(None, None)
        return cls(looked, base, frozenset() if base is None else base.unmoved(looked, courses), sections)

    def goes_on(self, known: Collection[int], seconds: float) -> None:
        """These courses were read by a reading that began so many seconds ago and was cut short."""
        self._known, self._earlier = frozenset(known), timedelta(seconds=max(1.0, seconds))

    @property
    def kind(self) -> str:
        """Which readings can go on where it is cut short."""
        return SOME if self.stay else kind_of(self.sections)

    def told(self, course_id: int) -> list[Section] | None:
        """The sections of a course where they need not be listed; of the few that have moved they are."""
        if self.sections is None or self.looked is None or self.stay:
            return None
        return self.sections.of(course_id, self.looked.marks.get(course_id))

    def require_as_told(self, read: Collection[int], sections: pd.DataFrame, unread: Collection[int]) -> None:
        """Raise ToldOtherwise where courses that were ``read`` by their list have other ``sections`` than were told.

        A few may have become others in between, as long as not all are. Courses of which something is ``unread`` tell
        nothing.
        """
        if self.sections is None or self.looked is None or self.stay:
            return
        marks = self.looked.marks
        known = {one for one in read if one in marks and self.told(one) is None} - self._known - {*unread}
        listed: dict[int, set[int]] = {one: set() for one in known}
        for course_id, section_id in zip(sections["course_id"].tolist(), sections["section_id"].tolist(), strict=True):
            if course_id in listed:
                listed[course_id].add(section_id)
        told = {one: {number for number, _, _ in marks[one].sections} for one in listed}
        others = [one for one, own in listed.items() if own != told[one]]
        are_all = bool(others) and len(others) == sum(bool(own or told[one]) for one, own in listed.items())
        if are_all or (len(others) >= SEVERAL and len(others) > OTHERS * len(listed)):
            raise ToldOtherwise(otherwise_sentence(others), system=CANVAS)

    @property
    def whole_at(self) -> datetime | None:
        """When all courses were last begun to be read."""
        if self.looked is None:
            return None
        if self.stay and self.base is not None:
            return self.base.whole_at
        return self.looked.at - (self._earlier if self._known else timedelta(0))

    @property
    def anew(self) -> int | None:
        """How many courses were read since they may have changed; None where all were."""
        return len(self._read) if self.stay else None

    def kept(self, listed: Collection[int]) -> dict[str, pd.DataFrame] | None:
        """The rows that stay; None where all courses were read."""
        return self.base.kept(self.stay.intersection(listed)) if self.stay and self.base is not None else None

    def reads(self, read: Collection[int], made: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """The table that notes of each course when it was read, by its name; ``read`` are those that were.

        ``made`` are the tables ``sections`` and ``groups``.
        """
        self._read = [*read]
        if self.looked is None:
            return {}
        since = {one: self._earlier if one in self._known else timedelta(0) for one in read}
        kept = self.base.reads(self.stay) if self.stay and self.base is not None else None
        return {"course_reads": course_reads(self.looked, since, _inside(made), kept)}


def kind_of(sections: ToldSections | None) -> str:
    """The kind of a reading of all courses."""
    return ALL if sections is None else TOLD


def _inside(made: Mapping[str, pd.DataFrame]) -> dict[int, list[int]]:
    """The ids of the sections and groups of each course."""
    found: dict[int, list[int]] = {}
    for name, key in (("sections", "section_id"), ("groups", "group_id")):
        table = made[name]
        for course_id, one in zip(table["course_id"].tolist(), table[key].tolist(), strict=True):
            found.setdefault(course_id, []).append(one)
    return found
