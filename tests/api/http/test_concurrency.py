"""The limit of requests in flight and the pauses: the steering as a plain object, and the waiting in line."""

from __future__ import annotations

import asyncio
import gc
import heapq
import threading
import time
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.api.http import concurrency as module
from gpb.api.http.concurrency import (
    A_FEW,
    FORGOTTEN_AFTER,
    LONGEST_GAP,
    REPLIES_PER_STEP,
    Limiter,
    Pauses,
    Throttle,
    shared_limiter,
)
from gpb.errors import Unavailable
from tests.pauses import REAL
from tests.processes import PATIENCE

NOW = 1000.0


def throttle(maximum: int = 8) -> Throttle:
    """One with the pauses of real life."""
    return Throttle(maximum, REAL)


def limiter(maximum: int, pauses: Pauses | None = None) -> Limiter:
    """One with the pauses of tests, of a server that has answered once without telling of a bucket."""
    throttle = Throttle(maximum, pauses or module.PAUSES)
    throttle.answered(0, None, 0, time.monotonic())
    return Limiter(throttle, "Canvas")


def test_one_request_asks_how_full_the_bucket_is() -> None:
    """Others may have used the token: before the first reply, and after a long silence."""
    one = throttle()
    assert (one.room(NOW), one.wait(0, NOW), one.wait(1, NOW)) == (1, 0.0, float("inf"))
    one.answered(0, 600, 0, NOW)
    assert one.room(NOW + FORGOTTEN_AFTER) == 8
    assert one.room(NOW + FORGOTTEN_AFTER + 1) == 1


def test_a_reply_without_the_header_changes_nothing() -> None:
    """Servers without a throttle do not tell what is left."""
    one = throttle()
    one.answered(0, None, 7, NOW)
    one.started(NOW)
    assert (one.room(NOW), one.wait(7, NOW)) == (8, 0.0)


@given(st.floats(0.001, LONGEST_GAP), st.integers(5, 20))
def test_requests_that_began_together_leave_evenly_and_no_place_is_idle(each: float, places: int) -> None:
    """A server that answers each in the same time is asked by all places, one after the other, as often as it can."""
    one, took = throttle(places), each * places
    one.answered(0, None, 0, NOW, took=took)
    answers = [NOW] * places  # when each place is free
    starts = []
    for _ in range(20 * places):
        now = heapq.heappop(answers)
        now += one.wait(0, now)
        one.started(now)
        one.answered(0, None, 0, now, took=took)
        heapq.heappush(answers, now + took)
        starts.append(now)
    gaps = [after - before for before, after in pairwise(starts)]
    assert sum(gaps) / len(gaps) == pytest.approx(each, rel=0.1)
    assert max(gaps[-5 * places :]) < 0.4 * took


@pytest.mark.parametrize("took", [0.2, 60.0])
def test_after_a_rest_a_request_waits_only_moments_for_the_one_before_it(took: float) -> None:
    """However slow a server is, the first requests of a person's click do not wait for its pace."""
    one = throttle()
    one.answered(0, None, 0, NOW, took=took)
    one.started(NOW + 1)
    assert 0 < one.wait(1, NOW + 1) <= LONGEST_GAP
    assert one.wait(1, NOW + 2) == 0


@pytest.mark.parametrize(("remaining", "seconds"), [(100, 0), (90, 1), (60, 4), (-200, 5)])
def test_without_room_for_two_the_next_request_waits_for_the_leak(remaining: float, seconds: float) -> None:
    """Ten units a second; what others have put in counts once more, so that they find room, too."""
    one = throttle()
    one.answered(0, 600, 0, NOW, 0.0)
    one._bucket.told(remaining, 600 - remaining, 0, NOW)
    one.answered(0, remaining, 0, NOW, 0.0)
    assert one.wait(0, NOW) == pytest.approx(seconds)


def test_requests_turned_away_together_halve_the_limit_once() -> None:
    """Only the first of one era counts and makes a pause; the next era may halve again, down to one."""
    one = throttle()
    pauses = [one.turned_away(0, NOW) for _ in range(5)]
    assert (one.limit, pauses[1:]) == (4, [None] * 4)
    for era in (1, 2, 3, 4):
        one.turned_away(era, NOW)
    assert one.limit == 1


def test_pauses_grow_until_something_succeeds() -> None:
    """Doubling up to the longest, each with jitter; every success takes one doubling back."""
    one = throttle()
    expected = (2, 4, 8, 16, 30, 30)
    for era, least in enumerate(expected):
        pause = one.turned_away(era, NOW)
        assert pause is not None
        assert least <= pause <= least * (1 + REAL.jitter)
        assert one.wait(0, NOW) == pytest.approx(pause)
    for _ in expected:
        one.answered(one.era, None, 0, NOW)
    again = one.turned_away(one.era, NOW)
    assert again is not None
    assert again <= 2 * (1 + REAL.jitter)


def test_after_a_pause_come_one_a_few_and_then_as_many_as_before() -> None:
    """Three a second until enough have succeeded; a late success from before the pause proves nothing."""
    one = throttle()
    pause = one.turned_away(0, NOW) or 0.0
    one.answered(0, None, 1, NOW)
    after = NOW + pause
    assert (one.wait(0, after), one.wait(1, after)) == (0.0, float("inf"))
    for _ in range(REAL.successes):
        one.started(after)
        assert one.wait(0, after) == pytest.approx(1 / REAL.per_second)
        after += 1 / REAL.per_second
        one.answered(1, None, 0, after)
        assert one.wait(1, after) == 0.0
    one.started(after)
    assert (one.wait(A_FEW, after), one.wait(4, after)) == (0.0, float("inf"))


def test_the_limit_recovers_by_one_after_many_untroubled_replies() -> None:
    """A throttled reply starts the count anew."""
    one = throttle()
    one.turned_away(0, NOW)
    for _ in range(REPLIES_PER_STEP - 1):
        one.answered(1, None, 3, NOW)
    one.turned_away(0, NOW)
    for _ in range(REPLIES_PER_STEP - 1):
        one.answered(1, None, 3, NOW)
    assert one.limit == 4
    one.answered(1, None, 3, NOW)
    assert one.limit == 5


def test_a_server_is_given_up_only_without_any_success_for_long() -> None:
    """One now and then is enough to go on for hours."""
    one, now = throttle(), NOW
    for _ in range(20):
        now += REAL.patience - 1
        one.turned_away(one.era, now - REAL.patience + 2)
        one.turned_away(one.era, now)
        assert not one.gives_up(now)
        one.answered(one.era, None, 0, now)
    one.turned_away(one.era, now)
    assert not one.gives_up(now + REAL.patience)
    assert one.gives_up(now + REAL.patience + 1)


@given(st.lists(st.tuples(st.one_of(st.none(), st.floats(-800, 800)), st.floats(0, 40)), max_size=200))
def test_while_a_server_refuses_few_requests_leave(history: list[tuple[float | None, float]]) -> None:
    """Whatever it says and when (None: refused): never more than three within a second after a refusal."""
    one, now, left = throttle(), NOW, list[float]()
    refused = False
    for remaining, seconds in history:
        now += seconds
        now += one.wait(0, now)
        one.started(now)
        left.append(now)
        if refused and len(left) > REAL.per_second:
            assert now - left[-1 - int(REAL.per_second)] >= 0.999
        if remaining is None:
            one.turned_away(one.era, now)
            refused, left = True, []
        else:
            one.answered(one.era, remaining, 0, now)
            refused = refused and one._to_prove > 0
        assert 1 <= one.limit <= one.maximum


async def test_no_more_callers_are_inside_than_the_limit_says() -> None:
    """A lowered limit holds for those who wait."""
    one = limiter(3)
    most = []

    async def work() -> None:
        async with one.slot():
            most.append(one.in_flight)
            await asyncio.sleep(0)
            one.throttle.limit = 2

    await asyncio.gather(*(work() for _ in range(20)))
    assert max(most) == 3
    assert max(most[3:]) == 2
    assert one.in_flight == 0


async def test_callers_enter_in_the_order_in_which_they_came_and_what_is_urgent_first() -> None:
    """Nobody waits for ever; a write grows too old while it waits."""
    one = limiter(1)
    order: list[int] = []

    async def work(number: int) -> None:
        async with one.slot(urgent=number in (7, 8)):
            await asyncio.sleep(0)
            order.append(number)

    await asyncio.gather(*(work(number) for number in range(9)))
    assert order == [0, 7, 8, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("free_first", [True, False])
async def test_a_cancelled_caller_leaves_no_place_behind(free_first: bool) -> None:
    """Cancelled while waiting, or in the moment in which the place was given."""
    one = limiter(1)
    holder = one.slot()
    await holder.__aenter__()
    waiting = asyncio.create_task(one.slot().__aenter__())
    await asyncio.sleep(0)
    if free_first:
        await holder.__aexit__(None, None, None)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not free_first:
        await holder.__aexit__(None, None, None)
    async with asyncio.timeout(PATIENCE), one.slot():
        assert one.in_flight == 1


async def test_all_who_wait_in_a_pause_go_on_when_the_first_of_them_is_cancelled() -> None:
    """Its timer was the one that they waited for."""
    one = limiter(2, Pauses(first=0.05, longest=0.05, per_second=1000))
    async with one.slot() as era:
        one.turned_away(era)
    waiting = [asyncio.create_task(one.slot().__aenter__()) for _ in range(2)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    async with asyncio.timeout(PATIENCE):
        await waiting[1]
    assert one.in_flight == 1


async def test_a_reply_that_was_overtaken_is_no_sign_of_other_programs() -> None:
    """It tells of a moment in which one more of the own requests was held: as many as before may be in flight."""
    one = limiter(10)
    async with one.slot():
        one.answered(0, 600.0, 0.0)
    held = [one.slot() for _ in range(10)]
    for place in held:
        await place.__aenter__()
    for ended in (1, 0, 3, 2, 5, 4, 7, 6, 9, 8):
        one.answered(0, 150.0 + 50 * ended, 0.0)
        await held[ended].__aexit__(None, None, None)
    assert one.throttle.room(time.monotonic()) == 10


async def test_a_server_that_is_given_up_is_so_for_all_who_wait() -> None:
    """They do not each find out for themselves; whoever comes later may try anew."""
    one = limiter(2, Pauses(first=0.01, longest=0.01, patience=-1))
    told: list[str] = []
    async with one.slot() as era:
        one.throttle.limit = 1
        waiting = asyncio.create_task(one.slot().__aenter__())
        await asyncio.sleep(0)
        with one.telling(told.append), pytest.raises(Unavailable, match="has been rate-limiting us for"):
            one.turned_away(era)
        with pytest.raises(Unavailable):
            await waiting
    async with asyncio.timeout(PATIENCE), one.slot():
        assert one.in_flight == 1


async def test_listeners_are_told_of_each_pause_in_words() -> None:
    """Once, however many requests were refused together."""
    one = limiter(2)
    told: list[str] = []
    with one.telling(told.append):
        async with one.slot() as first, one.slot() as second:
            one.turned_away(first)
            one.turned_away(second)
    assert told == ["Canvas is rate-limiting us; continuing in 1 s"]
    async with one.slot() as era:
        one.turned_away(era)
    assert len(told) == 1


def test_event_loops_in_several_threads_share_one_limit() -> None:
    """The dashboard's jobs and its pages ask the same Canvas with the same token."""
    one = limiter(3)
    most: list[int] = []

    async def work() -> None:
        async with one.slot():
            most.append(one.in_flight)
            await asyncio.sleep(0.001)

    async def crowd() -> None:
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(work() for _ in range(40)))

    threads = [threading.Thread(target=asyncio.run, args=(crowd(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert (len(most), max(most), one.in_flight) == (160, 3, 0)


def test_a_caller_whose_event_loop_has_ended_stops_nobody() -> None:
    """A test or a page may end without a word."""
    one = limiter(1)
    holder = one.slot()
    dead = asyncio.new_event_loop()
    dead.run_until_complete(holder.__aenter__())
    task = dead.create_task(one.slot().__aenter__())
    dead.run_until_complete(asyncio.sleep(0))
    dead.close()

    async def another() -> None:
        waiting = asyncio.create_task(one.slot().__aenter__())
        await asyncio.sleep(0)
        await holder.__aexit__(None, None, None)
        async with asyncio.timeout(PATIENCE):
            await waiting

    asyncio.run(another())
    assert one.in_flight == 0
    task._log_destroy_pending = False  # type: ignore[attr-defined]  # it is meant to be left over


def test_clients_of_one_token_share_their_limiter() -> None:
    """Another token, another server or another wish has its own; nothing of the token itself is kept."""
    one = shared_limiter("Canvas", "https://a.example", "secret", 8)
    assert shared_limiter("Canvas", "https://a.example", "secret", 8) is one
    others = [("https://b.example", "secret", 8), ("https://a.example", "other", 8), ("https://a.example", "secret", 9)]
    assert all(shared_limiter("Canvas", *other) is not one for other in others)
    assert not any("secret" in str(key) for key in module._SHARED)


def test_what_is_known_of_a_server_outlasts_its_clients_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client of the next step begins where the last one ended; later everything is learned anew."""
    now = [1000.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    first = id(shared_limiter("Canvas", "https://a.example", "secret", 8))
    now[0] += 59.0
    gc.collect()
    assert id(shared_limiter("Canvas", "https://a.example", "secret", 8)) == first
    now[0] += 61.0
    shared_limiter("Canvas", "https://b.example", "secret", 8)
    gc.collect()
    assert not any(key[1] == "https://a.example" for key in module._SHARED)
