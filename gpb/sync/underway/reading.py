"""How old the reading of a group is at the moment at which a write that was made from it is about to leave.

Canvas has no ``If-Match`` and no ``updated_at`` for assignment groups, so nothing but haste keeps a write from taking
away what somebody stored since the reading (https://canvas.instructure.com/doc/api/assignment_groups.html).
"""

from __future__ import annotations

from gpb.errors import StaleReading
from gpb.sync.underway.clocks import Moment

LONGEST = 2.0
"""Seconds from the request of the reading to the last byte of the write."""


class Reading:
    """The last reading of one thing, named in a sentence as ``about``; an operation that begins anew reads anew."""

    def __init__(self, about: str, system: str = "Canvas") -> None:
        self._about = about
        self._system = system
        self._left: Moment | None = None
        self._wall_clock_jumped = False

    def leaves(self) -> None:
        """Its request is about to leave: what the reply tells is at least so old."""
        self._left = Moment.now()

    def check(self) -> None:
        """Raise StaleReading when too much time has passed since the request of the reading left.

        A wall clock is believed once: one that has jumped since the last reading, too, is set by somebody.
        """
        is_old, says_the_wall_clock = (age > LONGEST for age in (self._left or Moment(0.0, 0.0)).ages())
        if is_old or (says_the_wall_clock and not self._wall_clock_jumped):
            self._wall_clock_jumped = self._wall_clock_jumped or not is_old
            raise StaleReading(
                f"More than {LONGEST:.0f} seconds passed between reading {self._about} and writing it, so someone "
                "may have changed it in between; nothing was sent.",
                system=self._system,
            )
