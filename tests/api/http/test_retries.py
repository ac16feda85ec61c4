"""Retries: which errors, how many attempts, and the budget that all requests share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.api.http.retries import ATTEMPTS, RetryBudget, retrying
from gpb.errors import NotFound, NotSent, RetriableError, ServerFault, Throttled


class Failing:
    """Fails with the given errors in turn, then returns 7."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> int:
        """Fail, or not."""
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return 7


def fault(kind: type[RetriableError] = ServerFault) -> RetriableError:
    """An error of this kind."""
    return kind("x", system="Canvas")


async def test_a_passing_fault_is_not_seen() -> None:
    """Two failures, then the result."""
    once = Failing(fault(), fault(NotSent))
    assert await retrying(once, RetryBudget()) == 7
    assert once.calls == 3


async def test_attempts_end_with_the_last_error() -> None:
    """A lasting fault is given up."""
    once = Failing(*(fault() for _ in range(99)))
    with pytest.raises(ServerFault):
        await retrying(once, RetryBudget())
    assert once.calls == ATTEMPTS


async def test_other_errors_are_not_retried() -> None:
    """A missing course stays missing."""
    once = Failing(NotFound("x", system="Canvas"))
    with pytest.raises(NotFound):
        await retrying(once, RetryBudget())
    assert once.calls == 1


async def test_waiting_for_the_rate_limit_costs_no_budget() -> None:
    """The limiter alone bounds throttled requests; other failures are counted as before."""
    budget = RetryBudget(floor=1)
    once = Failing(*(fault(Throttled) for _ in range(99)), fault(), *(fault(Throttled) for _ in range(99)))
    assert await retrying(once, budget) == 7
    assert budget.retries == 1


async def test_an_empty_budget_ends_retries_at_once() -> None:
    """Without budget the first failure is final."""
    once = Failing(fault())
    with pytest.raises(ServerFault):
        await retrying(once, RetryBudget(floor=0))
    assert once.calls == 1


@given(st.lists(st.booleans(), max_size=400), st.integers(0, 10))
def test_retries_stay_within_a_tenth_or_the_floor(history: list[bool], floor: int) -> None:
    """True is a first attempt, False the wish for a retry."""
    budget = RetryBudget(floor=floor)
    for is_first in history:
        if is_first:
            budget.requests += 1
        else:
            budget.take()
        assert budget.retries <= max(floor, 0.1 * budget.requests)


def test_several_requests_are_taken_together_or_not_at_all() -> None:
    """Beginning a write anew costs a read and a write."""
    budget = RetryBudget(floor=3)
    assert [budget.take(2), budget.take(2), budget.take(1)] == [True, False, True]
