"""Snapshots that nobody needs any more are deleted, and no others."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gpb.store.snapshots import saved_at
from gpb.term.retention import ALWAYS, too_old
from gpb.workspace import Workspace

NOW = datetime(2026, 11, 28, 7, tzinfo=UTC)


def named(moment: datetime) -> str:
    """The id of a snapshot that was stored at this moment."""
    return f"{moment:%Y%m%dT%H%M%S%f}-abcdef"


def test_of_old_weeks_the_last_one_stays() -> None:
    """A term that was read each night for a hundred days: the last 30 days whole, then one for each week."""
    nightly = [named(NOW - timedelta(days=day)) for day in range(100)]
    kept = [one for one in nightly if one not in too_old(nightly, (), NOW, 30)]
    assert kept[:31] == nightly[:31]
    older = [saved_at(one).isocalendar()[:2] for one in kept[31:]]
    assert len(older) == len(set(older)) == 11


@given(
    st.lists(st.integers(0, 400 * 24), unique=True, max_size=60).map(sorted),
    st.sets(st.integers(0, 59)),
    st.integers(1, 90),
)
def test_nothing_that_is_new_or_needed_is_deleted(hours: list[int], needed: set[int], days: int) -> None:
    """Nor the newest few, nor the only one of a week; and after deleting, nothing more is to be deleted."""
    snapshots = [named(NOW - timedelta(hours=hour)) for hour in hours]
    referred_to = {snapshots[place] for place in needed if place < len(snapshots)}
    gone = set(too_old(snapshots, referred_to, NOW, days))
    assert not gone & {*snapshots[:ALWAYS], *referred_to}
    assert all(saved_at(one) < NOW - timedelta(days=days) for one in gone)
    left = [one for one in snapshots if one not in gone]
    assert {saved_at(one).isocalendar()[:2] for one in snapshots} == {saved_at(one).isocalendar()[:2] for one in left}
    assert too_old(left, referred_to, NOW, days) == []


def test_a_pull_deletes_what_is_too_old(pulled: Workspace) -> None:
    """Files of months ago go, but for the one of an audit; the trend and the newest go on as if nothing had been."""
    files, (newest,) = pulled.term.snapshots, pulled.term.snapshots.identifiers()
    place = Path(files.told_path(newest))
    old = [named(datetime.now(UTC) - timedelta(days=200, minutes=minute)) for minute in range(8)]
    for one in old:
        shutil.copytree(place, place.with_name(f"reading={one}"))
    assert pulled.term.latest_id() == newest
    pulled.audit.marks().mark(old[-1])
    asyncio.run(pulled.term.pull())
    there = files.identifiers()
    assert {newest, old[-1], pulled.term.latest_id()} <= there
    assert len(there & set(old)) < len(old)
    assert pulled.term.problems() == []
    assert len(pulled.audit.trend()) >= len(there)
