"""Pages that are asked for before their turn, where a server has told how many there are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from types import TracebackType
from typing import Self

from gpb.api.http.transport import Reply

PAGES_AHEAD = 4
"""Of one list; nobody has published how many a SIS takes."""


class Ahead:
    """Replies by their page, as it will be named; what is not wanted in the end is dropped when the block ends."""

    def __init__(self, get: Callable[[str | int], Awaitable[Reply]]) -> None:
        self._get = get
        self._asked: dict[str | int, asyncio.Future[Reply]] = {}
        self._has_missed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        for asked in self._asked.values():
            asked.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    def ask(self, pages: Iterable[str | int]) -> None:
        """Ask for the first of these that were not asked for yet, as long as each was named as expected."""
        for page in pages if not self._has_missed else ():
            if len(self._asked) >= PAGES_AHEAD:
                return
            if page not in self._asked:
                self._asked[page] = asyncio.ensure_future(self._get(page))

    async def get(self, page: str | int) -> Reply:
        """A page: the reply of before, else that of now."""
        if page in self._asked:
            return await self._asked.pop(page)
        self._has_missed = bool(self._asked)
        return await self._get(page)
