"""Which snapshots are kept: all of the last days, then the last one of each week, and whatever something refers to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from gpb.store.snapshots import saved_at

ALWAYS = 4
"""The newest snapshots of a term, however old: the audit and the gates compare the newest pull with the one before."""


def too_old(newest_first: Iterable[str], referred_to: Collection[str], now: datetime, days: int) -> list[str]:
    """Ids of the snapshots of one term that need not be kept any more.

    ``referred_to`` are those of runs and of audits; ``now`` is in UTC, ``days`` is GPB_KEEP_DAYS.
    """
    old = [one for one in list(newest_first)[ALWAYS:] if saved_at(one) < now - timedelta(days=days)]
    last_of_week: dict[tuple[int, int], str] = {}
    for one in old:
        year, week, _ = saved_at(one).isocalendar()
        last_of_week.setdefault((year, week), one)
    kept = {*last_of_week.values(), *referred_to}
    return [one for one in old if one not in kept]
