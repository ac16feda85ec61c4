"""Reading the whole of a list that a server gives page by page, also while others change it.

A list can lose a row between two pages: when something on a page that was read already is deleted, the rows behind it
move up, and one of them is on no page any more. It would look deleted, and even a length that the server tells stays
the same when something else was added. So a list of several pages is walked twice, and has every row that either walk
has met; what was really deleted in between is noticed where it is used.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from gpb.api.http.transport import Transport

Made = TypeVar("Made")


@dataclass
class Walked(Generic[Made]):
    """What one walk has met: the objects made of its rows, by what tells one row from another."""

    is_certain: bool = False
    """Whether no row can have been missed."""
    made: dict[str, list[Made]] = field(default_factory=dict)

    def add(self, identity: str, one: Made) -> None:
        """Take an object in."""
        self.made.setdefault(identity, []).append(one)


async def whole_list(transport: Transport, walk: Callable[[], Awaitable[Walked[Made]]]) -> list[Made]:
    """All objects of a list; a walk that cannot be trusted begins anew, and one that is not certain has a second one.

    Where both walks have met a row, that of the second counts; rows of the first alone come first.
    """
    walked = await transport.retrying(walk)
    made = walked.made
    if not walked.is_certain:
        later = (await transport.retrying(walk)).made
        made = {identity: rows for identity, rows in made.items() if identity not in later} | later
    return [one for rows in made.values() for one in rows]
