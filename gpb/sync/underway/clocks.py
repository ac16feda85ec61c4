"""How much time has passed, also on a machine that stood still meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A moment in seconds of the clock that always goes on, and of the wall clock as a second witness."""

    steady: float
    wall: float

    @classmethod
    def now(cls) -> Self:
        """This one."""
        return cls(*_clocks())

    def ages(self) -> tuple[float, float]:
        """Seconds since then, by each of the clocks."""
        steady, wall = _clocks()
        return steady - self.steady, wall - self.wall


def _clocks() -> tuple[float, float]:
    """Those that count the time of a suspended machine, too: on Linux CLOCK_BOOTTIME does (clock_gettime(2)).

    Where that is missing, and for a virtual machine that was paused from outside, the wall clock tells more.
    """
    steady = time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
    return steady, time.time()
