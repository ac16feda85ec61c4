"""Reading the whole of a list that a server gives page by page, also while others change it.

A list can lose a row between two pages: when something on a page that was read already is deleted, the rows behind it
move up, and one of them is on no page any more. It would look deleted, and even a length that the server tells stays
the same when something else was added. So a list of a few pages is walked twice, and has every row that either walk has
met; what was really deleted in between is noticed where it is used.

Of a long list some pages are looked at once more, in one go: the first, the last, and some between them. Where rows
have moved since, they differ, and then it is walked a second time, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gpb.api.http.transport import Transport

FEW_PAGES = 5
"""A list of so many is walked twice: to look at some of them once more would not be much less."""
LOOKED_AT = 10
"""Of a longer list each page with a number that this divides."""

Made = TypeVar("Made")
Page = str | int
"""A page's address, or its offset."""


@dataclass
class Walked(Generic[Made]):
    """What one walk has met: the objects made of its rows, by what tells one row from another; and its pages."""

    made: dict[str, tuple[Made, ...]] = field(default_factory=dict)
    pages: list[tuple[Page, tuple[str, ...]]] = field(default_factory=list)
    """Each with the identities of its rows."""

    @property
    def is_certain(self) -> bool:
        """Whether no row can have been missed: there was but one page."""
        return len(self.pages) <= 1

    @property
    def overlaps(self) -> bool:
        """Whether a row was on two pages: then rows have moved."""
        return sum(len(rows) for _, rows in self.pages) > len({one for _, rows in self.pages for one in rows})

    def looked_at(self) -> list[tuple[Page, tuple[str, ...]]]:
        """The pages to be looked at once more."""
        last = len(self.pages) - 1
        return [page for number, page in enumerate(self.pages) if number % LOOKED_AT == 0 or number == last]

    def add(self, page: Page, rows: list[tuple[str, Made]], identities: list[str]) -> None:
        """Take a page in, with those of its rows that are new."""
        self.pages.append((page, tuple(identities)))
        for identity, one in rows:
            self.made[identity] = *self.made.get(identity, ()), one


class WholeList(Generic[Made]):
    """A list that is read: ``first`` walks it, ``again`` looks at it once more, as soon or late as the caller likes.

    ``walk`` walks once, ``look`` tells the identities of the rows on a page now. A walk that cannot be trusted begins
    anew.
    """

    def __init__(
        self,
        transport: Transport,
        walk: Callable[[], Awaitable[Walked[Made]]],
        look: Callable[[Page], Awaitable[list[str]]],
    ) -> None:
        self._transport = transport
        self._walk = walk
        self._look = look
        self._walked: Walked[Made] = Walked()

    @property
    def objects(self) -> list[Made]:
        """All that was met so far."""
        return [one for rows in self._walked.made.values() for one in rows]

    async def first(self) -> None:
        """Walk it."""
        self._walked = await self._transport.retrying(self._walk)

    async def again(self) -> list[Made]:
        """All objects; where something speaks for that a row was missed, a second walk has looked for it.

        Where both walks have met a row, that of the second counts; rows of the first alone come first.
        """
        walked = self._walked
        if not walked.is_certain and await self._may_have_lost():
            later = (await self._transport.retrying(self._walk)).made
            walked.made = {identity: rows for identity, rows in walked.made.items() if identity not in later} | later
        return self.objects

    def forget(self) -> None:
        """Let go of what was met, once it is used: in a large district it takes much memory."""
        self._walked = Walked()

    async def _may_have_lost(self) -> bool:
        walked = self._walked
        if len(walked.pages) <= FEW_PAGES or walked.overlaps:
            return True
        pages = walked.looked_at()
        now = await asyncio.gather(*(self._look(page) for page, _ in pages))
        return any(tuple(found) != before for found, (_, before) in zip(now, pages, strict=True))


async def whole_list(whole: WholeList[Made]) -> list[Made]:
    """All objects of a list, looked at once more at once."""
    await whole.first()
    objects = await whole.again()
    whole.forget()
    return objects
