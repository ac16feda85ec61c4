"""Courses that are to be read, handed on to the readers one by one while their list is still being walked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from gpb.api.types import Course


class Feed:
    """Each course once, in the order in which it came.

    ``number`` is how many came so far, ``is_whole`` whether all have, and ``before`` how many of the term were read by
    an earlier reading, which is known by then.
    """

    def __init__(self) -> None:
        self.number, self.before, self.is_whole = 0, 0, False
        self._waiting: deque[Course] = deque()
        self._ids: set[int] = set()
        self._changed = asyncio.Event()

    @classmethod
    def of(cls, courses: Iterable[Course], before: int = 0) -> Feed:
        """These courses and no more."""
        feed = cls()
        feed.add(courses)
        feed.close(before)
        return feed

    def add(self, courses: Iterable[Course]) -> None:
        """More have come; those that came before are not read again."""
        fresh = {course["id"]: course for course in courses if course["id"] not in self._ids}
        self._ids |= fresh.keys()
        self._waiting.extend(fresh.values())
        self.number += len(fresh)
        self._changed.set()

    def close(self, before: int = 0) -> None:
        """No more will come."""
        self.is_whole, self.before = True, before
        self._changed.set()

    async def next(self) -> Course | None:
        """The next course; None after the last one."""
        while not self._waiting and not self.is_whole:
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft() if self._waiting else None
