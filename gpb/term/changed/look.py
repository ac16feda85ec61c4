"""Asking Canvas which courses have changed, before any of them is read.

A mark that is noted was told before its course was read, so whatever comes after the reading makes another one. Canvas
may repeat a reply for up to an hour: a change is then told late, and not missed.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from gpb.api.canvas import CanvasClient
from gpb.api.graphql import Mark
from gpb.errors import ApiError
from gpb.settings import Settings
from gpb.version import __version__

log = logging.getLogger(__name__)
NONE = Mark("", is_settled=False)


@dataclass(frozen=True)
class Look:
    """The marks of courses, ``at`` which moment they were asked for (UTC); a course that was not told has none."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    marks: Mapping[int, Mark] = field(default_factory=dict)

    def told(self, course_id: int) -> str:
        """The mark of a course; empty where there is none that can be trusted later."""
        mark = self.marks.get(course_id, NONE)
        return mark.text if mark.is_settled else ""

    def vouches(self, course_id: int, inside: Collection[int]) -> bool:
        """Whether what was read of a course has the very sections and groups that its mark was made of."""
        return self.marks.get(course_id, NONE).is_of(inside)


async def look(canvas: CanvasClient, settings: Settings, courses: Sequence[int]) -> Look:
    """Ask for the marks of these courses; none where Canvas does not tell them, and then all courses will be read."""
    at = datetime.now(UTC)
    try:
        marks = await canvas.marks(courses)
    except ApiError as error:  # whether Canvas answers at all, the lists of the courses will show
        log.warning("what has changed is not known, so all courses are read: %s", error)
        return Look(at)
    salt = f"{__version__} {settings.section_key}"  # another release, or rule, makes other rows of the same course
    return Look(at, {one: replace(mark, text=_salted(salt, mark.text)) for one, mark in marks.items()})


def _salted(salt: str, text: str) -> str:
    return hashlib.sha256(f"{salt} {text}".encode()).hexdigest()[:20]
