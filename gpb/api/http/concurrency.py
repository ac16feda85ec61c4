"""How many requests may be in flight, and when the next one may leave, steered by what the server says.

While a server takes requests, its bucket is steered so that it does not refuse any (``bucket``): as many in flight as
it has room for, and in a long reading no more of them in a second than leaks away. They leave evenly: those that leave
together are answered together, and from then on server and client wait for each other in turns.

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

from gpb.api.http.bucket import LEAK, Bucket
from gpb.errors import Overloaded

DEFAULT_CONCURRENCY = 10
"""As many as Canvas' bucket holds with room for one more."""
REPLIES_PER_STEP = 20
"""After so many replies without trouble one more request may be in flight."""
A_FEW = 3
"""Requests in flight between the first success after a pause and the last one that is asked for."""
FORGOTTEN_AFTER = 60.0
"""Seconds without a reply after which the bucket may be as full as it likes: others may use the token."""
CATCHES_UP = 0.05
"""Seconds of the pace that may be made up for: timers are late."""
EVENLY = 0.95
"""The share of the time that a place is taken by one request in which the next ones leave: below 1 no place is idle."""
LONGEST_GAP = 0.05
"""The most seconds between two requests for evenness alone: what comes after a rest shall not wait for it."""
RECENT = 0.05
"""The weight of the newest reply in the mean time that a request takes."""
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
    leak: float = LEAK
    """Units a second that Canvas' bucket loses."""
    longest_leak: float = 5.0
    """The longest wait for that; another Canvas may count otherwise."""


PAUSES = Pauses()


@dataclass(slots=True)
class Throttle:
    """The present limits; a plain object without I/O. ``now`` is always ``time.monotonic()``.

    ``limit`` lies between 1 and ``maximum`` and counts requests in flight; the bucket may have room for fewer. A
    request carries the ``era`` in which it was sent: of many requests that were turned away together, only the first
    one halves the limit and makes a pause.
    """

    maximum: int = DEFAULT_CONCURRENCY
    pauses: Pauses = field(default_factory=lambda: PAUSES)
    limit: int = field(init=False)
    era: int = 0
    _bucket: Bucket = field(init=False)
    _has_bucket: bool = False
    _heard: float = -_FOR_EVER
    _untroubled: int = 0
    _to_prove: int = 0
    _in_a_row: int = 0
    _next_start: float = 0.0
    _next_evenly: float = 0.0
    _took: float | None = None
    _refused_since: float | None = None

    def __post_init__(self) -> None:
        self.limit = self.maximum
        self._bucket = Bucket(self.pauses.leak)

    def wait(self, in_flight: int, now: float) -> float:
        """Seconds until one more request may leave: 0.0 for at once, infinity for when another one has ended."""
        if in_flight >= self.room(now):
            return _FOR_EVER
        return max(0.0, self._next_start - now, self._next_evenly - now)

    def room(self, now: float) -> int:
        """How many requests may be in flight; one while nobody knows how full the bucket is."""
        if self._to_prove:
            return 1 if self._to_prove == self.pauses.successes else min(self.limit, A_FEW)
        if now - self._heard > FORGOTTEN_AFTER:
            return 1
        return min(self.limit, self._bucket.room(now)) if self._has_bucket else self.limit

    def started(self, now: float) -> None:
        """A request leaves."""
        gap = min(LONGEST_GAP, EVENLY * (self._took or 0.0) / self.room(now))
        self._next_evenly = max(self._next_evenly, now - gap / 2) + gap  # timers are late
        if self._to_prove:
            self._next_start = max(self._next_start, now + 1 / self.pauses.per_second)
        elif self._has_bucket:
            self._next_start = max(self._next_start, now - CATCHES_UP) + self._bucket.interval(now)

    def answered(
        self,
        era: int,
        remaining: float | None,
        others: int,
        now: float,
        cost: float | None = None,
        took: float | None = None,
    ) -> None:
        """A reply came; ``others`` is the most own requests that may have been in flight beside it.

        ``remaining`` and ``cost`` are its headers in units, None where it has none; it ``took`` so many seconds.
        """
        if took is not None:
            self._took = took if self._took is None else self._took + RECENT * (took - self._took)
        self._refused_since, self._heard = None, now
        if self._to_prove and era == self.era:
            self._to_prove -= 1
            self._in_a_row = max(0, self._in_a_row - 1)
        self._untroubled += 1
        if self._untroubled >= REPLIES_PER_STEP:
            self._untroubled = 0
            self.limit = min(self.limit + 1, self.maximum)
        self._has_bucket = remaining is not None
        if remaining is not None:
            self._bucket.told(remaining, cost, others, now)
            lacking = self._bucket.wait(now)
            if lacking > 0:  # even one at a time fills the bucket faster than it leaks
                self._next_start = max(self._next_start, now + min(self.pauses.longest_leak, lacking))

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
        self._bucket.is_full(now)
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
        self._most = (0, 0)  # in flight at once, lately: a reply that was overtaken tells of more than there are now
        self._replies = 0
        self._system = system
        self._lock = threading.RLock()
        self._waiting: deque[_Waiting] = deque()
        self._urgent: deque[_Waiting] = deque()
        self._listeners: list[Callable[[str], None]] = []

    @property
    def load(self) -> int:
        """How many callers are inside, or wait for that."""
        return self.in_flight + len(self._waiting) + len(self._urgent)

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

    def answered(self, era: int, remaining: float | None, cost: float | None, took: float | None = None) -> None:
        """A request in its slot got a reply that is no refusal, with these headers in units, in so many seconds."""
        with self._lock:
            others = max(self.in_flight, *self._most) - 1
            self._replies += 1
            if self._replies % REPLIES_PER_STEP == 0:
                self._most = (self.in_flight, self._most[0])
            self.throttle.answered(era, remaining, others, time.monotonic(), cost, took)

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
        self._most = (max(self.in_flight, self._most[0]), self._most[1])
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


_Key = tuple[str, str, str, int]
_SHARED: WeakValueDictionary[_Key, Limiter] = WeakValueDictionary()
_KEPT: dict[_Key, tuple[Limiter, float]] = {}
_SHARED_LOCK = threading.Lock()


def shared_limiter(system: str, base_url: str, secret: str, maximum: int) -> Limiter:
    """The limiter of all clients in this process that a server counts as one; of the secret a digest is kept.

    What it knows of the server is kept for a minute, for the client that comes after the last one.
    """
    key = (system, base_url, hashlib.sha256(secret.encode()).hexdigest(), maximum)
    with _SHARED_LOCK:
        found = _SHARED.get(key)
        if found is None:
            found = _SHARED[key] = Limiter(Throttle(maximum), system)
        now = time.monotonic()
        for old in [one for one, (_, asked) in _KEPT.items() if now - asked > FORGOTTEN_AFTER]:
            del _KEPT[old]
        _KEPT[key] = found, now
        return found
