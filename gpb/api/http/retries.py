"""Trying again: when, how often, and when no more.

Retrying can turn a small disturbance into a breakdown, so retries stay within a budget that all requests of one
client share: a tenth of the requests made, with a small floor, so that a handful of requests may be retried at all.
Requests that the rate limit turned away are outside of the budget and of all counts: the limiter lets the client pause
as a whole, and gives the server up when nothing has succeeded for long.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import stamina

from gpb.api.http.replies import SETTING_PREFIX, ForeignReply, HtmlReply
from gpb.errors import Blocked, FatalError, NotSent, RetriableError, Throttled, Unavailable, Unreachable, WrongServer

BUDGET_SHARE = 0.1
BUDGET_FLOOR = 10
ATTEMPTS = 5
FIRST_WAIT = 0.25
LONGEST_WAIT = 10.0
"""Waits are in seconds, double from one attempt to the next, and carry up to one second of jitter."""

Result = TypeVar("Result")


@dataclass(slots=True)
class RetryBudget:
    """Counts first attempts and retries; a plain object without I/O."""

    share: float = BUDGET_SHARE
    floor: int = BUDGET_FLOOR
    requests: int = 0
    retries: int = 0

    def take(self, requests: int = 1) -> bool:
        """True, and so many retries less, while the budget lasts."""
        if self.retries + requests > max(self.floor, self.share * self.requests):
            return False
        self.retries += requests
        return True


async def retrying(once: Callable[[], Awaitable[Result]], budget: RetryBudget) -> Result:
    """Await ``once()`` until it succeeds; raises its last error when attempts or budget are spent.

    Only a RetriableError leads to another attempt.
    """
    failures = 0

    def another(error: Exception) -> bool | float:
        nonlocal failures
        if not isinstance(error, RetriableError):
            return False
        if isinstance(error, Throttled):
            return 0.0  # the limiter makes it wait
        failures += 1
        return failures < ATTEMPTS and budget.take()

    caller = stamina.AsyncRetryingCaller(
        attempts=None, timeout=None, wait_initial=FIRST_WAIT, wait_max=LONGEST_WAIT, wait_jitter=1.0
    )
    return await caller(another, once)


def final(error: RetriableError) -> FatalError:
    """What a retriable error becomes when no retry is left."""
    setting = SETTING_PREFIX[error.system]
    kind: type[FatalError] = Unavailable
    advice = "It kept failing. Try again in a few minutes."
    if isinstance(error, NotSent):
        kind, advice = Unreachable, f"Check the network and {setting}_URL, then try again."
    elif isinstance(error, ForeignReply):
        kind, advice = Blocked, "The address and the token are not the cause."
    elif isinstance(error, HtmlReply):
        kind, advice = WrongServer, f"Check {setting}_URL: it may be the address of another server."
    return kind(f"{error} {advice}", system=error.system, status=error.status, request_id=error.request_id)
