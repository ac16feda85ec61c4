"""The limit of requests in flight: its steering as a plain object, and the waiting in line."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.api.concurrency import REPLIES_PER_STEP, Limiter, Throttle


def test_eight_requests_fit_while_the_bucket_is_empty() -> None:
    """With nothing but the own seven reservations in the bucket, 250 of 600 units are left and no request is cut."""
    throttle = Throttle()
    throttle.answered(remaining=600 - 7 * 50, others=7)
    assert throttle.limit == 8


@pytest.mark.parametrize(
    ("remaining", "others", "expected"), [(150, 7, 8), (100, 7, 7), (0, 7, 5), (50, 0, 1), (-90, 3, 1), (600, 0, 8)]
)
def test_less_room_in_the_bucket_means_fewer_requests(remaining: float, others: int, expected: int) -> None:
    """Every request wants 50 units, and two requests' worth stays free."""
    throttle = Throttle()
    throttle.answered(remaining, others)
    assert expected == throttle.limit


@pytest.mark.parametrize(
    ("remaining", "others", "expected"), [(600, 0, 10), (600, 23, 10), (250, 23, 10), (2000, 5, 24)]
)
def test_no_more_requests_start_than_an_empty_bucket_holds(remaining: float, others: int, expected: int) -> None:
    """Replies that lag behind make more others seem in flight than there are; a larger bucket shows by itself."""
    throttle = Throttle(24)
    throttle.answered(remaining, others)
    assert expected == throttle.limit


def test_a_reply_without_the_header_changes_nothing() -> None:
    """Servers without a throttle do not tell what is left."""
    throttle = Throttle()
    throttle.answered(None, 7)
    assert throttle.limit == 8


def test_requests_turned_away_together_halve_the_limit_once() -> None:
    """Only the first of one era counts; the next era may halve again, down to one."""
    throttle = Throttle()
    for _ in range(5):
        throttle.turned_away(0)
    assert throttle.limit == 4
    for era in (1, 2, 3, 4):
        throttle.turned_away(era)
    assert throttle.limit == 1


def test_the_limit_recovers_by_one_after_many_untroubled_replies() -> None:
    """A throttled reply starts the count anew."""
    throttle = Throttle()
    throttle.turned_away(0)
    for _ in range(REPLIES_PER_STEP - 1):
        throttle.answered(None, 3)
    throttle.turned_away(0)
    for _ in range(REPLIES_PER_STEP - 1):
        throttle.answered(None, 3)
    assert throttle.limit == 4
    throttle.answered(None, 3)
    assert throttle.limit == 5


@given(st.lists(st.one_of(st.none(), st.floats(-800, 800)), max_size=200), st.integers(1, 12))
def test_the_limit_stays_between_one_and_its_maximum(history: list[float | None], maximum: int) -> None:
    """Whatever the server says, requests go on, and never too many."""
    throttle = Throttle(maximum)
    for remaining in history:
        if remaining is None:
            throttle.turned_away(throttle.era)
        else:
            throttle.answered(remaining, throttle.limit - 1)
        assert 1 <= throttle.limit <= maximum


async def test_no_more_callers_are_inside_than_the_limit_says() -> None:
    """A lowered limit holds for those who wait."""
    limiter = Limiter(Throttle(3))
    most = []

    async def work() -> None:
        async with limiter.slot():
            most.append(limiter.in_flight)
            await asyncio.sleep(0)
            limiter.throttle.limit = 2

    await asyncio.gather(*(work() for _ in range(20)))
    assert max(most) == 3
    assert max(most[3:]) == 2
    assert limiter.in_flight == 0


async def test_callers_enter_in_the_order_in_which_they_came() -> None:
    """Nobody waits for ever."""
    limiter = Limiter(Throttle(1))
    order: list[int] = []

    async def work(number: int) -> None:
        async with limiter.slot():
            await asyncio.sleep(0)
            order.append(number)

    await asyncio.gather(*(work(number) for number in range(9)))
    assert order == list(range(9))


@pytest.mark.parametrize("free_first", [True, False])
async def test_a_cancelled_caller_leaves_no_place_behind(free_first: bool) -> None:
    """Cancelled while waiting, or in the moment in which the place was given."""
    limiter = Limiter(Throttle(1))
    holder = limiter.slot()
    await holder.__aenter__()
    waiting = asyncio.create_task(limiter.slot().__aenter__())
    await asyncio.sleep(0)
    if free_first:
        await holder.__aexit__(None, None, None)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not free_first:
        await holder.__aexit__(None, None, None)
    async with asyncio.timeout(1), limiter.slot():
        assert limiter.in_flight == 1
