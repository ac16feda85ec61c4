"""Reading the courses of a term, several at once: a fixed number of readers, and what they read goes on at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import cast

from gpb.api.canvas import CanvasClient
from gpb.api.records import Odd
from gpb.api.types import AssignmentGroup, Course, Section
from gpb.errors import Blocked, NotPermitted, Overloaded, SkippableError, Unavailable, WrongServer
from gpb.frames.unread import Kind, Unread
from gpb.term.underway.collected import Collected
from gpb.term.underway.feed import Feed

log = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]
Take = Callable[[int, list[Section], list[AssignmentGroup], list[Unread]], None]
"""Given a course that was read: its id, its sections and groups, and what of them could not be read."""
Told = Callable[[int], list[Section] | None]
"""The sections of a course where they need not be listed, by its id; else None."""
OF_ONE_COURSE = (NotPermitted, Unavailable, WrongServer, Blocked, SkippableError)
"""What may be the fault of one course alone, as long as others can be read."""


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error inside nested groups: one sentence is enough for a person."""
    first = group.exceptions[0]
    return first_error(first) if isinstance(first, BaseExceptionGroup) else first


def going_on(done: int, total: int) -> str:
    """What is told of a reading that goes on where an earlier one was cut short."""
    return f"{done} of {total} courses were loaded before; going on"


def nothing_told(_course_id: int) -> None:
    """List the sections of every course."""


async def read_courses(
    canvas: CanvasClient,
    feed: Feed,
    take: Take,
    progress: Progress,
    collected: Collected,
    told: Told = nothing_told,
) -> None:
    """Read sections and groups of each course; one that cannot be read is left out, unless none can.

    Each reader has two lists under way, or one where the sections were told. Whether too much is unread can be said
    when all courses have come.
    """
    done = failed = 0
    last: Exception | None = None

    def require_any() -> None:
        if last is not None and feed.is_whole and failed == feed.before + feed.number:
            raise last

    async def read(course: Course) -> None:
        nonlocal done, failed, last
        own = Collected()
        try:
            sections, groups = await _lists(canvas, course["id"], own, told(course["id"]))
        except OF_ONE_COURSE as error:
            failed, last = failed + 1, error
            log.warning("course %s could not be read: %s", course["id"], error)
            if isinstance(error, Overloaded):
                raise
            require_any()
            collected.course(course["id"], course["name"], error)
        else:
            collected.found += own.found
            take(course["id"], sections, groups, own.found)
        done += 1
        if feed.is_whole:
            collected.check()
            known, total = feed.before + done, feed.before + feed.number
            progress(known, total, f"{known} of {total} courses loaded")
        else:
            progress(0, 0, f"{done} courses loaded; more are being listed")

    async def work() -> None:
        while (course := await feed.next()) is not None:
            await read(course)

    readers = min(canvas.concurrency, feed.number) if feed.is_whole else canvas.concurrency
    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(readers):
                tasks.create_task(work())
    except BaseExceptionGroup as group:
        raise first_error(group) from group
    require_any()  # the last one may have failed before it was known to be the last


async def _lists(
    canvas: CanvasClient, course_id: int, collected: Collected, told: list[Section] | None
) -> tuple[list[Section], list[AssignmentGroup]]:
    """Both lists of a course; else the error of one, first of all one that is not of this course alone."""
    odd_sections: list[Odd] = []
    odd_groups: list[Odd] = []
    if told is not None:
        groups = await canvas.assignment_groups(course_id, odd_groups)
        collected.odd(Kind.GROUP, odd_groups, course_id)
        return told, groups
    lists = canvas.sections(course_id, odd_sections), canvas.assignment_groups(course_id, odd_groups)
    both = await asyncio.gather(*lists, return_exceptions=True)  # neither goes on when the other has failed
    errors = [one for one in both if isinstance(one, BaseException)]
    if errors:
        raise min(errors, key=lambda error: isinstance(error, OF_ONE_COURSE) and not isinstance(error, Overloaded))
    found, own = cast("tuple[list[Section], list[AssignmentGroup]]", both)
    collected.odd(Kind.SECTION, odd_sections, course_id)
    collected.odd(Kind.GROUP, odd_groups, course_id)
    return _sections_of(course_id, found, collected), own


def _sections_of(course_id: int, found: list[Section], collected: Collected) -> list[Section]:
    """Those that lie in the course by their own word, too: where the two differ, nobody knows where they belong."""
    for section in found:
        if section["course_id"] != course_id:
            identity = str(section["id"])
            reason = f"Section {identity} is in the list of course {course_id} and says that it is in another one."
            collected.found.append(Unread(Kind.SECTION, identity, course_id, section["name"], reason))
    return [section for section in found if section["course_id"] == course_id]
