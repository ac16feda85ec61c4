"""The pauses of a refused client in tests: all stages as in real life, in a hundredth of the time."""

from __future__ import annotations

from gpb.api.http.concurrency import Pauses

REAL = Pauses()


def hurried(times: float) -> Pauses:
    """The real ones on a clock that runs so many times as fast."""
    return Pauses(
        first=REAL.first / times,
        longest=REAL.longest / times,
        per_second=REAL.per_second * times,
        patience=REAL.patience / times,
        leak=REAL.leak * times,
        longest_leak=REAL.longest_leak / times,
    )


QUICK = hurried(100)
