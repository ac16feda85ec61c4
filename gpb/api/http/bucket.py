"""What a client can know of the bucket that a server keeps for its token, and how fast it may fill it.

Canvas keeps a leaky bucket per token (https://canvas.instructure.com/doc/api/file.throttling.html): it turns requests
away at 600 units, leaks 10 units a second, and holds 50 units for every request in flight until that request ends and
costs what it really took. A reply says what was left when it ended (``x-rate-limit-remaining``) and what it cost
(``x-request-cost``). How many of the own requests the server held in that moment nobody says: some have not reached it,
and the replies of others are on their way. So what is left lies between two bounds, which are far apart where replies
come fast; between them the client keeps count itself, of what its requests have cost and of what has leaked since.
"""

from __future__ import annotations

from dataclasses import dataclass

TURNED_AWAY_AT = 600.0
"""Hosted replies have shown more: a larger bucket shows by itself. A smaller one looks as if it never got empty."""
RESERVED = 50.0
LEAK = 10.0
SPARE = 1
"""Room for that many requests stays free: other programs may use the token, and a request may cost much."""
KEPT_FREE = 200.0
"""Units at which a long reading settles: no more is spent in a second there than leaks."""
SETTLES_IN = 10.0
"""Seconds in which what lies above that may be spent, so that the way there is a slope and no step."""
SLOWEST = 0.1
"""The share of the leak that may be spent however little is left."""
USUAL_COST = 0.1
"""Of a request whose reply does not tell it."""
HALVES_IN = 20.0
"""Seconds in which the caution that other programs have taught is halved."""
SMOOTHING = 0.05
"""The weight of the newest reply in the mean cost."""


@dataclass(slots=True)
class Bucket:
    """An estimate; ``now`` is always ``time.monotonic()``, and ``leak`` is in units a second."""

    leak: float = LEAK
    mark: float = TURNED_AWAY_AT
    cost: float = USUAL_COST
    """The mean cost of a request, in units."""
    _units: float = 0.0
    """What the bucket holds beside the reservations of the own requests."""
    _at: float = 0.0
    _others: float = 0.0
    """How much more others with the same token have put in at once, lately."""

    def told(self, remaining: float, cost: float | None, others: int, now: float) -> None:
        """A reply came, with its headers in units, while ``others`` own requests were in flight."""
        if cost is not None:
            self.cost += SMOOTHING * (cost - self.cost)
        self.mark = max(self.mark, remaining)
        most = self.mark - remaining  # where none of the others is held there
        least = most - RESERVED * others
        reckoned = self._held(now) + (self.cost if cost is None else cost)
        self._others = max(self._caution(now), least - reckoned)
        self._units = min(max(reckoned, least, 0.0), most)
        self._at = now

    def is_full(self, now: float) -> None:
        """A request was turned away: whatever was reckoned, nothing more fits in."""
        self._others = max(self._caution(now), RESERVED)
        self._units, self._at = max(self._held(now), self.mark), now

    def capacity(self, now: float) -> float:
        """The units that own requests may reserve together."""
        return self.mark - self._held(now)

    def room(self, now: float) -> int:
        """How many requests may be in flight."""
        return max(1, int((self.capacity(now) - self._caution(now)) // RESERVED) - SPARE)

    def wait(self, now: float) -> float:
        """Seconds until even one request fits in."""
        return max(0.0, (SPARE + 1) * RESERVED + self._caution(now) - self.capacity(now)) / self.leak

    def interval(self, now: float) -> float:
        """Seconds from one request to the next at which the bucket comes to rest where it keeps some room."""
        spend = self.leak + (self.capacity(now) - self._caution(now) - KEPT_FREE) / SETTLES_IN
        return self.cost / max(spend, SLOWEST * self.leak)

    def _held(self, now: float) -> float:
        return max(0.0, self._units - self.leak * max(0.0, now - self._at))

    def _caution(self, now: float) -> float:
        return self._others * float(0.5 ** (max(0.0, now - self._at) / HALVES_IN))
