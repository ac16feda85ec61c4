"""Canvas' throttle: one leaky bucket per token, filled by what each request costs (contract: errors and throttling)."""

from __future__ import annotations

import time
from collections.abc import Callable

THROTTLED_FROM = 600.0
MAXIMUM = 800.0
LEAK_PER_SECOND = 10.0
RESERVED = 50.0
"""Units set aside for each request in flight, so the twelfth concurrent one is refused."""


class Bucket:
    """The bucket of one token, in units of request cost."""

    __slots__ = ("_clock", "_level", "_touched", "full_until")

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start empty."""
        self._clock = clock
        self.full_until = 0.0
        self._level = 0.0
        self._touched = clock()

    def reserve(self) -> bool:
        """Set the units of one request aside; tell whether the request may go on."""
        self._add(RESERVED)
        return self._level < THROTTLED_FROM

    def settle(self, cost: float) -> None:
        """Give the reserved units back and take the real cost (seconds of CPU and database) instead."""
        self._add(cost - RESERVED)

    def remaining(self) -> float:
        """Return how much fits in before the throttle; may be negative."""
        self._add(0.0)
        return THROTTLED_FROM - self._level

    def _add(self, units: float) -> None:
        now = self._clock()
        if self._touched < self.full_until:  # somebody else with this token has kept it at the mark
            self._touched = min(now, self.full_until)
            self._level = max(self._level, THROTTLED_FROM)
        leaked = max(0.0, self._level - LEAK_PER_SECOND * (now - self._touched))
        self._touched = now
        self._level = min(MAXIMUM, max(0.0, leaked + units))


class Throttle:
    """A bucket for each token; wrong tokens have one too."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start without buckets; `clock` gives seconds to those that are made from now on."""
        self.clock = clock
        self._buckets: dict[str, Bucket] = {}
        self._full_until = 0.0

    def bucket(self, token: str) -> Bucket:
        """Return the bucket of a token."""
        found = self._buckets.get(token)
        if found is None:
            found = self._buckets[token] = Bucket(self.clock)
        found.full_until = self._full_until
        return found

    def keep_full(self, seconds: float) -> None:
        """Let every token be used by somebody else, too, who keeps its bucket at the mark for so long."""
        self._full_until = self.clock() + seconds
