"""How much longer a piece of work takes, told so that nobody is misled.

How it's calculated: the time since this dashboard first saw the work get on, divided by what was done in it, times what
is left. A mean over the whole time does not jump when a server pauses once; what is told is rounded up, in steps. It is
told after some seconds and a few percent of the work, or a hundred items; before that nobody can know.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field

HOW = (
    "How it's calculated: the time so far for each item done, times the items that are left. It is shown as soon as a "
    "few percent, or a hundred items, are done."
)
FROM, SHARE, MANY = 3.0, 0.03, 100
"""Seconds, and share of the work seen, or items, from which on there is an estimate."""
KEPT = 50


@dataclass
class Pace:
    """What was seen of one piece of work: the first look, by the clock of this process, and the last estimate."""

    began: float
    done: int
    total: int
    told: float | None = None

    def left(self, done: int, total: int, now: float) -> float | None:
        """Seconds that are left, None where that is not known (yet).

        An estimate that grows by less than a quarter is held, so that it counts down rather than back and forth.
        """
        if total != self.total or done < self.done:  # other work than was thought
            self.began, self.done, self.total, self.told = now, done, total, None
        seen, passed = done - self.done, now - self.began
        if total <= 0 or seen < min(max(1.0, SHARE * total), MANY) or passed < FROM:
            return None
        found = passed * (total - done) / seen
        if self.told is None or found < self.told or found > 1.25 * self.told:
            self.told = found
        return self.told


@dataclass
class Paces:
    """The paces of the works of this process that were looked at last, by name."""

    _known: OrderedDict[str, Pace] = field(default_factory=OrderedDict)

    def left(self, name: str, done: int, total: int, now: float) -> float | None:
        """See ``Pace.left``."""
        pace = self._known.setdefault(name, Pace(now, done, total))
        self._known.move_to_end(name)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return pace.left(done, total, now)


def in_words(seconds: float | None) -> str:
    """``less than a minute left``, ``about 3 minutes left``; empty where it is not known."""
    if seconds is None:
        return ""
    if seconds < 60:
        return "less than a minute left"
    minutes = math.ceil(seconds / 60)
    if minutes <= 60:
        return f"about {minutes} minute{'' if minutes == 1 else 's'} left"
    return f"about {math.ceil(minutes / 30) / 2:g} hours left"
