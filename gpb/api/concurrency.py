"""How many requests may be in flight, steered by what the server says about its rate limit.

Canvas keeps a leaky bucket per token (https://canvas.instructure.com/doc/api/file.throttling.html): it turns requests
away at 600 units, leaks 10 units a second, and holds 50 units for every request in flight until that request ends and
costs what it really took. The header ``x-rate-limit-remaining`` is what is left up to 600 while those reservations
stand. So the bucket itself has room for ``remaining + 50 x own requests in flight``, and every request wants 50 of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

DEFAULT_CONCURRENCY = 8
THROTTLED_AT = 600.0
RESERVED_PER_REQUEST = 50.0
SPARE_REQUESTS = 2
"""Room for that many requests stays free: replies on their way tell of a moment that has passed."""
REPLIES_PER_STEP = 20
"""After so many replies without trouble one more request may be in flight."""


@dataclass(slots=True)
class Throttle:
    """The present limit; a plain object without I/O.

    ``limit`` lies between 1 and ``maximum`` and counts requests in flight. A request carries the ``era`` in which it
    was sent: of many requests that were turned away together, only the first one halves the limit.
    """

    maximum: int = DEFAULT_CONCURRENCY
    limit: int = field(init=False)
    era: int = 0
    _untroubled: int = 0

    def __post_init__(self) -> None:
        self.limit = self.maximum

    def answered(self, remaining: float | None, others: int) -> None:
        """A reply came; ``remaining`` is its header in units, ``others`` the number of own requests still in flight."""
        self._untroubled += 1
        if self._untroubled >= REPLIES_PER_STEP:
            self._untroubled = 0
            self.limit = min(self.limit + 1, self.maximum)
        if remaining is not None:
            room = int(_capacity(remaining, others) // RESERVED_PER_REQUEST) - SPARE_REQUESTS
            self.limit = max(1, min(self.limit, room))

    def turned_away(self, era: int) -> None:
        """A request of this era was throttled: half as many from now on."""
        self._untroubled = 0
        if era == self.era:
            self.era += 1
            self.limit = max(1, self.limit // 2)


def _capacity(remaining: float, others: int) -> float:
    """The units that own requests may reserve together.

    Some of the others may have ended at the server while their replies are on their way, so the sum can be too large,
    but never does a bucket hold more than an empty one.
    """
    return min(remaining + RESERVED_PER_REQUEST * others, max(THROTTLED_AT, remaining))


class Limiter:
    """Lets callers in, first come first served, while fewer than ``throttle.limit`` are inside."""

    def __init__(self, throttle: Throttle) -> None:
        self.throttle = throttle
        self.in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[int]:
        """Wait for a place, hold it inside the block; yields the era that the request belongs to."""
        await self._enter()
        try:
            yield self.throttle.era
        finally:
            self.in_flight -= 1
            self._wake()

    async def _enter(self) -> None:
        if not self._waiting and self.in_flight < self.throttle.limit:
            self.in_flight += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # the place was given in the same moment: hand it on
                self.in_flight -= 1
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting and self.in_flight < self.throttle.limit:
            place = self._waiting.popleft()
            if not place.done():
                self.in_flight += 1
                place.set_result(None)
