"""Courses are handed on as they come, each once, and what is too much unread is said when all have come."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.api.canvas import COURSES
from gpb.api.connect import connect
from gpb.api.http.replies import CANVAS
from gpb.api.records import checked
from gpb.api.types import Course
from gpb.errors import SkippableError, TooMuchUnread
from gpb.sandbox import Running
from gpb.term.pull import no_progress
from gpb.term.underway.collected import Collected
from gpb.term.underway.courses import read_courses
from gpb.term.underway.feed import Feed
from gpb.workspace import Workspace
from tests.examples import examples


def courses(*ids: int) -> list[Course]:
    """Made-up ones."""
    states = {"account_id": 1, "enrollment_term_id": 1, "workflow_state": "available", "teachers": []}
    return checked(COURSES, CANVAS, "courses", [{"id": one, "name": f"Course {one}", **states} for one in ids])


@given(pages=st.lists(st.lists(st.integers(1, 30), max_size=8), max_size=6), readers=st.integers(1, 5))
@settings(max_examples=examples(50), deadline=None)
def test_every_course_is_handed_on_once_however_the_pages_come(pages: list[list[int]], readers: int) -> None:
    """Pages may have a course twice; readers wait for more until the list is whole."""

    async def read() -> list[int]:
        feed, taken = Feed(), list[int]()

        async def work() -> None:
            while (course := await feed.next()) is not None:
                taken.append(course["id"])
                await asyncio.sleep(0)

        working = [asyncio.create_task(work()) for _ in range(readers)]
        for page in pages:
            await asyncio.sleep(0)
            feed.add(courses(*page))
        assert not all(task.done() for task in working)
        feed.close()
        await asyncio.gather(*working)
        assert feed.number == len(taken)
        return taken

    assert sorted(asyncio.run(read())) == sorted({one for page in pages for one in page})


async def test_too_much_is_unread_only_when_it_is_known_of_how_many(box: Running, pulled: Workspace) -> None:
    """Eleven of the first courses are too many of twenty, and not of two thousand, which may still come."""
    feed, collected = Feed(), Collected()
    async with connect(pulled.settings) as connections:
        reading = asyncio.create_task(read_courses(connections.canvas, feed, lambda *_: None, no_progress, collected))
        feed.add(courses(*range(990_000, 990_011)))
        async with asyncio.timeout(60):
            while len(collected.found) < 11:
                await asyncio.sleep(0.01)
        assert not reading.done()
        feed.add(courses(990_011, 990_012))
        collected.courses = 13
        feed.close()
        with pytest.raises(TooMuchUnread):
            await reading


async def test_a_list_of_which_no_course_can_be_read_is_an_error_however_late_it_ends(pulled: Workspace) -> None:
    """All have failed before it is known that there are no more."""
    feed, collected = Feed(), Collected()
    async with connect(pulled.settings) as connections:
        reading = asyncio.create_task(read_courses(connections.canvas, feed, lambda *_: None, no_progress, collected))
        feed.add(courses(990_000, 990_001))
        async with asyncio.timeout(60):
            while len(collected.found) < 2:
                await asyncio.sleep(0.01)
        feed.close()
        with pytest.raises(SkippableError):
            await reading
