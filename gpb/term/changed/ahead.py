"""Reading the courses of a term while they are still being listed: the list of a large term is long, page after page.

Only where all will be read. Of each course it is asked before it is read how to tell a change of it later (``look``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from gpb.api.canvas import CanvasClient, Met
from gpb.api.graphql import Mark
from gpb.api.types import Course, Section
from gpb.settings import Settings
from gpb.term.changed.look import Look, look
from gpb.term.changed.read import Read, kind_of
from gpb.term.changed.sections import ToldSections
from gpb.term.underway.collected import Collected
from gpb.term.underway.courses import Progress, going_on, read_courses
from gpb.term.underway.feed import Feed
from gpb.term.underway.parts import Parts


@dataclass
class Ahead:
    """Readers in ``tasks`` that take each course as it is listed; ``reading`` is None as long as nothing has begun."""

    canvas: CanvasClient
    settings: Settings
    parts: Parts
    progress: Progress
    collected: Collected
    tasks: asyncio.TaskGroup
    reading: asyncio.Task[None] | None = None
    _sections: ToldSections | None = None
    _feed: Feed = field(default_factory=Feed)
    _known: frozenset[int] = frozenset()
    _looked: Look = field(default_factory=Look)
    _marks: dict[int, Mark] = field(default_factory=dict)
    _listed: set[int] = field(default_factory=set)

    def start(self, account_id: int, term_id: int, sections: ToldSections | None) -> Met:
        """Begin with what an earlier reading has not read; what it returns is to be given the courses."""
        self._sections = sections
        self._known = frozenset(self.parts.open(account_id, term_id, kind_of(sections)))
        read = read_courses(self.canvas, self._feed, self.parts.add, self.progress, self.collected, self._told)
        self.reading = self.tasks.create_task(read)
        return self._met

    async def _met(self, courses: Sequence[Course]) -> None:
        fresh = [course for course in courses if course["id"] not in self._listed]
        is_told = not self._listed or bool(self._marks)  # else Canvas does not tell it
        self._listed.update(course["id"] for course in fresh)
        if self.settings.full_refresh_hours and is_told:
            self._marks |= (await look(self.canvas, self.settings, [course["id"] for course in fresh])).marks
        self._feed.add(course for course in fresh if course["id"] not in self._known)

    def _told(self, course_id: int) -> list[Section] | None:
        return None if self._sections is None else self._sections.of(course_id, self._marks.get(course_id))

    def all_listed(self, courses: Collection[int]) -> Read:
        """These are the courses of the term: whatever else was read before is forgotten, and no more will come."""
        known = self._known.intersection(courses)
        self.parts.keep_only(courses)
        if known:
            self.progress(len(known), len(courses), going_on(len(known), len(courses)))
        self._feed.close(len(known))
        read = Read(Look(self._looked.at, self._marks) if self._marks else None, None, sections=self._sections)
        read.goes_on(known, self.parts.spool.earlier)
        return read
