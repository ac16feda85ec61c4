"""The leaky bucket with Canvas' constants: throttled at 600, maximum 800, leak 10 a second, 50 reserved."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.sandbox import Running, SandboxConfig, running
from gpb.sandbox.canvas.throttle import Bucket, Throttle


class Clock:
    """Seconds that only the test moves."""

    now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_twelfth_request_in_flight_trips_the_bucket() -> None:
    """Each request in flight reserves 50 units, so eleven go on and the twelfth is refused."""
    bucket = Bucket(Clock())
    assert [bucket.reserve() for _ in range(12)] == [True] * 11 + [False]


def test_reserved_units_come_back_and_the_cost_stays() -> None:
    """At its end a request gives 50 units back and leaves what it cost."""
    bucket = Bucket(Clock())
    bucket.reserve()
    bucket.settle(0.25)
    assert bucket.remaining() == pytest.approx(599.75)


def test_bucket_leaks_ten_units_a_second() -> None:
    """A full bucket takes 20 seconds from its maximum down to where requests pass again."""
    clock = Clock()
    bucket = Bucket(clock)
    for _ in range(30):
        bucket.reserve()
    assert bucket.remaining() == -200
    clock.now += 19
    assert bucket.remaining() == -10
    clock.now += 7
    assert bucket.reserve()


def test_a_bucket_that_somebody_else_keeps_full_leaks_only_afterwards() -> None:
    """Every request is refused as long as it lasts, and until there is room for one."""
    clock = Clock()
    throttle = Throttle(clock)
    throttle.bucket("t").reserve()
    throttle.bucket("t").settle(0.0)
    throttle.keep_full(20)
    for _ in range(20):
        clock.now += 1
        assert not throttle.bucket("t").reserve()
        throttle.bucket("t").settle(0.0)
    clock.now += 5
    assert not throttle.bucket("t").reserve()
    throttle.bucket("t").settle(0.0)
    clock.now += 1
    assert throttle.bucket("t").reserve()


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 300), st.floats(0, 30))))
def test_level_stays_between_empty_and_the_maximum(steps: list[tuple[bool, float, float]]) -> None:
    """Whatever happens, between -200 and 600 units remain."""
    clock = Clock()
    bucket = Bucket(clock)
    for reserve, cost, seconds in steps:
        if reserve:
            bucket.reserve()
        else:
            bucket.settle(cost)
        clock.now += seconds
        assert -200 <= bucket.remaining() <= 600


def test_every_token_has_a_bucket_of_its_own() -> None:
    """One token's load does not throttle another."""
    throttle = Throttle(Clock())
    for _ in range(12):
        throttle.bucket("busy").reserve()
    assert throttle.bucket("idle").reserve()


@pytest.fixture(scope="module")
def slow() -> Iterator[Running]:
    """A small district in which each request takes a while."""
    with running(SandboxConfig(port=0, schools=1, courses=2, latency_ms=400)) as sandbox:
        yield sandbox


async def _at_once(sandbox: Running, requests: int) -> list[httpx.Response]:
    headers = {"authorization": f"Bearer {sandbox.keyring.admin.token}"}
    async with httpx.AsyncClient(headers=headers) as client:
        address = f"{sandbox.canvas_url}/api/v1/accounts"
        return await asyncio.gather(*(client.get(address) for _ in range(requests)))


def test_too_many_at_once_are_throttled_in_plain_text(slow: Running) -> None:
    """The reply is 429 plain text without Retry-After and without a cost; the rest may be positive."""
    replies = asyncio.run(_at_once(slow, 20))
    throttled = [reply for reply in replies if reply.status_code == 429]
    assert 0 < len(throttled) <= 9
    assert {reply.text for reply in throttled} == {"429 Too Many Requests (Rate Limit Exceeded)"}
    assert all(reply.headers["content-type"].startswith("text/plain") for reply in throttled)
    assert all("retry-after" not in reply.headers and "x-request-cost" not in reply.headers for reply in throttled)
    assert all("x-rate-limit-remaining" in reply.headers for reply in throttled)


def test_eight_at_once_are_served_side_by_side(slow: Running) -> None:
    """At eight in flight nothing is throttled, and each other reply tells its cost."""
    replies = asyncio.run(_at_once(slow, 8))
    assert {reply.status_code for reply in replies} == {200}
    assert all(float(reply.headers["x-request-cost"]) > 0 for reply in replies)
