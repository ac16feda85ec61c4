"""How many requests may be in flight, and when the next one may leave, steered by what the server says.

Canvas keeps a leaky bucket per token (https://canvas.instructure.com/doc/api/file.throttling.html): it turns requests
away at 600 units, leaks 10 units a second, and holds 50 units for every request in flight until that request ends and
costs what it really took. The header ``x-rate-limit-remaining`` is what is left up to 600 while those reservations
stand. So the bucket itself has room for ``remaining + 50 x own requests in flight``, and every request wants 50 of it.

A refused request is a request, too: after one the client pauses as a whole, then sends a single one to see whether the
server takes requests again, then a few, and only after a row of successes as many as before.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from gpb.errors import Overloaded

DEFAULT_CONCURRENCY = 8
THROTTLED_AT = 600.0
RESERVED_PER_REQUEST = 50.0
SPARE_REQUESTS = 2
"""Room for that many requests stays free: replies on their way tell of a moment that has passed."""
REPLIES_PER_STEP = 20
"""After so many replies without trouble one more request may be in flight."""
A_FEW = 3
"""Requests in flight between the first success after a pause and the last one that is asked for."""
_FOR_EVER = float("inf")


@dataclass(frozen=True, slots=True)
class Pauses:
    """What happens while a server refuses; times are in seconds."""

    first: float = 2.0
    """The first pause; each one that follows without a success is twice as long."""
    longest: float = 30.0
    jitter: float = 0.5
    """Each pause is longer by up to this share, at random: several programs shall not come back together."""
    per_second: float = 3.0
    """The most requests that leave in a second until enough have succeeded."""
    successes: int = 10
    """So many of them end the slow stage."""
    patience: float = 600.0
    """Without a single success for so long the server is given up."""
    leak: float = 10.0
    """Units a second that Canvas' bucket loses: so long it takes until there is room."""
    longest_leak: float = 5.0
    """The longest wait for that; another Canvas may count otherwise."""


PAUSES = Pauses()


@dataclass(slots=True)
class Throttle:
    """The present limits; a plain object without I/O. ``now`` is always ``time.monotonic()``.

    ``limit`` lies between 1 and ``maximum`` and counts requests in flight. A request carries the ``era`` in which it
    was sent: of many requests that were turned away together, only the first one halves the limit and makes a pause.
    """

    maximum: int = DEFAULT_CONCURRENCY
    pauses: Pauses = field(default_factory=lambda: PAUSES)
    limit: int = field(init=False)
    era: int = 0
    _untroubled: int = 0
    _to_prove: int = 0
    _in_a_row: int = 0
    _next_start: float = 0.0
    _refused_since: float | None = None

    def __post_init__(self) -> None:
        self.limit = self.maximum

    def wait(self, in_flight: int, now: float) -> float:
        """Seconds until one more request may leave: 0.0 for at once, infinity for when another one has ended."""
        return _FOR_EVER if in_flight >= self._room() else max(0.0, self._next_start - now)

    def started(self, now: float) -> None:
        """A request leaves."""
        if self._to_prove:
            self._next_start = max(self._next_start, now + 1 / self.pauses.per_second)

    def answered(self, era: int, remaining: float | None, others: int, now: float) -> None:
        """A reply came; ``remaining`` is its header in units, ``others`` the number of own requests still in flight."""
        self._refused_since = None
        if self._to_prove and era == self.era:
            self._to_prove -= 1
            self._in_a_row = max(0, self._in_a_row - 1)
        self._untroubled += 1
        if self._untroubled >= REPLIES_PER_STEP:
            self._untroubled = 0
            self.limit = min(self.limit + 1, self.maximum)
        if remaining is not None:
            self._leave_room(_capacity(remaining, others), now)

    def turned_away(self, era: int, now: float) -> float | None:
        """A request of this era was refused: half as many from now on, after a pause whose seconds are returned.

        None where it left before a pause that has begun already.
        """
        self._untroubled = 0
        if self._refused_since is None:
            self._refused_since = now
        if era != self.era:
            return None
        self.era += 1
        self.limit = max(1, self.limit // 2)
        self._to_prove = self.pauses.successes
        pause = min(self.pauses.longest, self.pauses.first * float(2**self._in_a_row))
        pause *= 1 + random.uniform(0, self.pauses.jitter)
        self._in_a_row = min(self._in_a_row + 1, 16)
        self._next_start = now + pause
        return pause

    def gives_up(self, now: float) -> bool:
        """Whether there was no success for so long that waiting makes no sense; begins to count anew where it is so."""
        if self._refused_since is None or now - self._refused_since <= self.pauses.patience:
            return False
        self._refused_since = None
        return True

    def _room(self) -> int:
        if not self._to_prove:
            return self.limit
        return 1 if self._to_prove == self.pauses.successes else min(self.limit, A_FEW)

    def _leave_room(self, capacity: float, now: float) -> None:
        room = int(capacity // RESERVED_PER_REQUEST) - SPARE_REQUESTS
        self.limit = max(1, min(self.limit, room))
        lacking = SPARE_REQUESTS * RESERVED_PER_REQUEST - capacity
        if lacking > 0:  # even one at a time fills the bucket faster than it leaks
            self._next_start = max(self._next_start, now + min(self.pauses.longest_leak, lacking / self.pauses.leak))


def _capacity(remaining: float, others: int) -> float:
    """The units that own requests may reserve together.

    Some of the others may have ended at the server while their replies are on their way, so the sum can be too large,
    but never does a bucket hold more than an empty one.
    """
    return min(remaining + RESERVED_PER_REQUEST * others, max(THROTTLED_AT, remaining))


@dataclass(eq=False, slots=True)
class _Waiting:
    """A caller in the queue, in whatever event loop; ``due`` is when its timer looks again."""

    loop: asyncio.AbstractEventLoop
    place: asyncio.Future[None]
    due: float = _FOR_EVER


class Limiter:
    """Lets callers in, first come first served, as the throttle allows; for all threads and event loops.

    What is urgent goes first: a write that waits grows too old to be sent.
    """

    def __init__(self, throttle: Throttle, system: str) -> None:
        self.throttle = throttle
        self.in_flight = 0
        self._system = system
        self._lock = threading.RLock()
        self._waiting: deque[_Waiting] = deque()
        self._urgent: deque[_Waiting] = deque()
        self._listeners: list[Callable[[str], None]] = []

    @asynccontextmanager
    async def slot(self, *, urgent: bool = False) -> AsyncIterator[int]:
        """Wait for a place, hold it inside the block; yields the era that the request belongs to.

        Raises Overloaded when the server is given up meanwhile.
        """
        await self._enter(self._urgent if urgent else self._waiting)
        try:
            yield self.throttle.era
        finally:
            self._leave()

    def answered(self, era: int, remaining: float | None) -> None:
        """A request in its slot got a reply that is no refusal; ``remaining`` is its header in units."""
        with self._lock:
            self.throttle.answered(era, remaining, self.in_flight - 1, time.monotonic())

    def turned_away(self, era: int) -> None:
        """A request in its slot was refused: nothing more leaves for a while, which the listeners are told.

        Raises Overloaded, also for all who wait, when it has been like that for too long.
        """
        with self._lock:
            pause = self.throttle.turned_away(era, time.monotonic())
            listeners = [] if pause is None else list(self._listeners)
            if self.throttle.gives_up(time.monotonic()):
                for one in (*self._urgent, *self._waiting):
                    self._tell(one, self._given_up())
                self._urgent.clear()
                self._waiting.clear()
                raise self._given_up()
        for listener in listeners:
            listener(f"{self._system} is rate-limiting us; continuing in {max(1, round(pause or 0))} s")

    @contextmanager
    def telling(self, listener: Callable[[str], None]) -> Iterator[None]:
        """Tell of each pause that begins inside the block, in words for a person."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def _given_up(self) -> Overloaded:
        minutes = self.throttle.pauses.patience / 60
        return Overloaded(
            f"{self._system} has been rate-limiting us for {minutes:.0f} minutes without a break. Try again later; "
            "if it keeps happening, ask whether another program uses the same token.",
            system=self._system,
        )

    async def _enter(self, queue: deque[_Waiting]) -> None:
        loop = asyncio.get_running_loop()
        with self._lock:
            if not (self._urgent or self._waiting) and self.throttle.wait(self.in_flight, time.monotonic()) == 0:
                self._begin()
                return
            one = _Waiting(loop, loop.create_future())
            queue.append(one)
            self._admit()
        try:
            await one.place
        except asyncio.CancelledError:
            with self._lock:
                if one in queue:
                    queue.remove(one)
                    self._admit()  # its timer was the one that all waited for
                elif not one.place.cancelled() and one.place.exception() is None:
                    self._leave()  # the place was given in the same moment: hand it on
            raise

    def _begin(self) -> None:
        self.in_flight += 1
        self.throttle.started(time.monotonic())

    def _leave(self) -> None:
        with self._lock:
            self.in_flight -= 1
            self._admit()

    def _admit(self) -> None:
        """Let in whoever may; where only time is in the way, the first in the queue looks again."""
        with self._lock:
            while queue := self._urgent or self._waiting:
                wait = self.throttle.wait(self.in_flight, time.monotonic())
                if wait > 0 and self._look_again(queue[0], wait):
                    return
                if wait > 0:
                    queue.popleft()
                elif self._tell(queue.popleft()):
                    self._begin()

    def _look_again(self, one: _Waiting, wait: float) -> bool:
        """Set a timer in the caller's own loop, unless one will come in time; False where that loop is closed."""
        now = time.monotonic()
        if wait == _FOR_EVER or now < one.due <= now + wait:
            return True
        one.due = now + wait
        return _call(one.loop, one.loop.call_later, wait, self._admit)

    def _tell(self, one: _Waiting, error: Exception | None = None) -> bool:
        """Give a place, or an error, in the caller's own loop; False where that loop is closed."""
        return _call(one.loop, self._settle, one, error)

    def _settle(self, one: _Waiting, error: Exception | None) -> None:
        if one.place.cancelled():
            if error is None:
                self._leave()
        elif error is None:
            one.place.set_result(None)
        else:
            one.place.set_exception(error)


def _call(loop: asyncio.AbstractEventLoop, act: Callable[..., object], *arguments: object) -> bool:
    try:
        loop.call_soon_threadsafe(act, *arguments)
    except RuntimeError:  # it is closed
        return False
    return True


_SHARED: WeakValueDictionary[tuple[str, str, str, int], Limiter] = WeakValueDictionary()
_SHARED_LOCK = threading.Lock()


def shared_limiter(system: str, base_url: str, secret: str, maximum: int) -> Limiter:
    """The limiter of all clients in this process that a server counts as one; of the secret a digest is kept."""
    key = (system, base_url, hashlib.sha256(secret.encode()).hexdigest(), maximum)
    with _SHARED_LOCK:
        found = _SHARED.get(key)
        if found is None:
            found = _SHARED[key] = Limiter(Throttle(maximum), system)
        return found
