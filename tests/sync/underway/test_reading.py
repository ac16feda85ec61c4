"""The age of a reading when its write is about to leave: two clocks, of which one may jump."""

from __future__ import annotations

import pytest

from gpb.errors import StaleReading
from gpb.sync.underway import clocks as module
from gpb.sync.underway.reading import LONGEST, Reading


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of both clocks, which the test sets."""
    seconds = [1000.0, 50_000.0]
    monkeypatch.setattr(module, "_clocks", lambda: (seconds[0], seconds[1]))
    return seconds


def read() -> Reading:
    """One that left just now."""
    made = Reading("assignment group 5 of course 3")
    made.leaves()
    return made


def test_a_fresh_reading_may_be_written_from(clocks: list[float]) -> None:
    """Up to the longest time, also when the wall clock was set back meanwhile."""
    made = read()
    clocks[:] = clocks[0] + LONGEST, 40_000.0
    made.check()


def test_an_old_reading_may_not_until_it_is_read_again(clocks: list[float]) -> None:
    """As often as it happens; the sentence names the group."""
    made = read()
    for _ in range(3):
        clocks[0] += LONGEST + 0.01
        with pytest.raises(StaleReading, match="assignment group 5 of course 3"):
            made.check()
        made.leaves()
        made.check()


def test_what_was_never_read_is_too_old() -> None:
    """By the real clocks."""
    with pytest.raises(StaleReading):
        Reading("assignment group 5 of course 3").check()


def test_a_wall_clock_is_believed_once(clocks: list[float]) -> None:
    """A machine that was paused from outside shows in it; one that jumps all the time would keep every write here."""
    made = read()
    clocks[1] += 3600
    with pytest.raises(StaleReading):
        made.check()
    made.leaves()
    clocks[1] += 3600
    made.check()
