"""Steering before refusal: the limits against the real bucket of Canvas, in a time of their own."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.api.http.bucket import KEPT_FREE, Bucket
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY, Throttle
from gpb.sandbox.canvas.throttle import LEAK_PER_SECOND, THROTTLED_FROM
from gpb.sandbox.canvas.throttle import Bucket as Server
from tests.pauses import REAL

Costs = Callable[[random.Random], float]
SERVICE = 0.001
"""Seconds that the server, and then the client, needs for one request."""


def usual(chance: random.Random) -> float:
    """The sections of a course, or its groups with their assignments; in units, ten times what the sandbox takes."""
    return 0.22 if chance.random() < 0.5 else chance.uniform(0.5, 2.3)


def uneven(chance: random.Random) -> float:
    """Hardly anything, and now and then very much."""
    return 0.1 if chance.random() < 0.98 else chance.uniform(5, 30)


@dataclass
class Reading:
    """So many requests, each as soon as the limits let it go, and what came of them; ``held`` is what others put in."""

    requests: int
    latency: float
    costs: Costs
    held: float = 0.0
    throttle: Throttle = field(default_factory=lambda: Throttle(DEFAULT_CONCURRENCY, REAL))
    now: float = 0.0
    in_flight: int = 0
    most: int = 0
    spent: float = 0.0
    refused: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)
    levels: list[tuple[float, float]] = field(default_factory=list)

    def run(self) -> None:
        """Play it to its end."""
        self._server = Server(lambda: self.now)
        self._server._add(self.held)
        self._chance, self._order = random.Random(7), count()
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._busy = {"server": 0.0, "client": 0.0}
        self._timer = 0.0
        self._send()
        while self._events:
            at, _, act, arguments = heapq.heappop(self._events)
            self.now = max(self.now, at)
            act(*arguments)

    def _at(self, moment: float, act: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self._events, (moment, next(self._order), act, arguments))

    def _after(self, who: str) -> float:
        """When the server, or the client, has done the next thing: each does one at a time."""
        self._busy[who] = max(self._busy[who], self.now) + SERVICE
        return self._busy[who]

    def _send(self) -> None:
        while self.requests:
            wait = self.throttle.wait(self.in_flight, self.now)
            if wait > 0:
                if wait < float("inf") and not self.now < self._timer <= self.now + wait:
                    self._timer = self.now + wait
                    self._at(self._timer, self._send)
                return
            self.requests -= 1
            self.in_flight += 1
            self.most = max(self.most, self.in_flight)
            self.left.append(self.now)
            self.throttle.started(self.now)
            self._at(self._after("server"), self._arrive, self.throttle.era)

    def _arrive(self, era: int) -> None:
        self._at(self.now + self.latency, self._end, era, self._server.reserve())

    def _end(self, era: int, is_taken: bool) -> None:
        cost = self.costs(self._chance) if is_taken else 0.02
        self.spent += cost
        self._server.settle(cost)
        self._at(self._after("client"), self._reply, era, is_taken, self._server.remaining(), cost)

    def _reply(self, era: int, is_taken: bool, remaining: float, cost: float) -> None:
        if is_taken:
            self.throttle.answered(era, remaining, self.in_flight - 1, self.now, cost)
        else:
            self.refused.append(self.now)
            self.requests += 1
            self.throttle.turned_away(era, self.now)
        self.in_flight -= 1
        self.levels.append((self.now, self._server._level - 50 * self.in_flight))
        self._send()


@pytest.mark.parametrize("costs", [usual, uneven])
@pytest.mark.parametrize("latency", [0.0, 0.02, 0.15, 0.5])
def test_a_long_reading_settles_at_what_leaks_without_a_refusal(latency: float, costs: Costs) -> None:
    """However fast the replies come: ten in flight while there is room, then what leaks is spent, and no more."""
    reading = Reading(4000, latency, costs)
    reading.run()
    assert (reading.refused, reading.requests) == ([], 0)
    assert reading.most == DEFAULT_CONCURRENCY or latency == 0
    as_fast = 4000 * max(SERVICE, (latency + 2 * SERVICE) / DEFAULT_CONCURRENCY)
    assert reading.now < 1.25 * max(as_fast, (reading.spent - THROTTLED_FROM + KEPT_FREE) / LEAK_PER_SECOND)


def test_in_the_end_the_cost_per_second_is_what_leaks() -> None:
    """Neither more, which would end in a refusal, nor clearly less; in a slope and not in jumps."""
    reading = Reading(4000, 0.02, usual)
    reading.run()
    second_half = [level for at, level in reading.levels if at > reading.now / 2]
    assert max(second_half) - min(second_half) < 60
    gaps = [later - earlier for earlier, later in zip(reading.left, reading.left[1:], strict=False)]
    assert max(gaps[len(gaps) // 2 :]) < 0.5


@pytest.mark.parametrize("held", [450.0, 540.0, 590.0])
def test_a_bucket_that_others_have_filled_is_not_run_over(held: float) -> None:
    """The first request asks; where it is refused nothing else was in flight."""
    reading = Reading(300, 0.05, usual, held)
    reading.run()
    assert len(reading.refused) <= (held + 50 >= THROTTLED_FROM) * 3
    assert reading.requests == 0


@given(st.lists(st.tuples(st.floats(-800, 1200), st.floats(0, 60), st.integers(0, 30), st.floats(0, 100)), min_size=1))
def test_what_is_reckoned_lies_between_the_bounds_of_the_last_reply(
    replies: list[tuple[float, float, int, float]],
) -> None:
    """Whatever is told: at least what is left, at most that and what the own requests hold."""
    one, now = Bucket(), 0.0
    for remaining, cost, others, seconds in replies:
        now += seconds
        one.told(remaining, cost, others, now)
        assert remaining - 1e-6 <= one.capacity(now) <= max(remaining + 50 * others, remaining) + 1e-6
        assert one.room(now) >= 1
        assert one.interval(now) > 0
        assert one.wait(now) >= 0
