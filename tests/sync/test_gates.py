"""Gates: what asks for a second look before the first write, and which settings move the limits."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from gpb.sandbox import Running
from gpb.sync.gates import Limits, objections
from gpb.sync.plan import Plan
from tests.lent import settings_for
from tests.sync.test_plan import change, plan

JUST_NOW = timedelta()


def against(made: Plan, age: timedelta = JUST_NOW) -> list[tuple[str, str]]:
    """The gates that a plan does not pass: name and sentence."""
    return [(one.name, one.sentence) for one in objections(made, Limits(), age)]


@pytest.mark.parametrize(
    ("changes", "associated", "message"),
    [
        ([("c1", "c2")] * 11, 100, "11 of 100 associated rows would be reassociated .limit 10"),
        ([("c1", "c2")] * 201, 2000, "201 of 2,000 .* reassociated .limit 200"),
        ([("c1", None)] * 101, 2000, "101 of 2,000 associated rows would be unassociated .limit 100"),
        ([("c1", "c2")] * 300 + [("c1", None)] * 201, 9000, "501 existing associations .*limit 500"),
        ([(None, "c1")] * 2001, 9000, "2,001 new associations .*limit 2,000"),
    ],
)
def test_a_plan_over_a_limit_is_stopped(
    changes: list[tuple[str | None, str | None]], associated: int, message: str
) -> None:
    """The sentence says how much, of what, and the limit."""
    made = plan(*(change(i, *values) for i, values in enumerate(changes)), associated=associated)
    ((kind, sentence),) = against(made)
    assert kind == "too_many_changes"
    assert re.search(message, sentence)


@pytest.mark.parametrize(
    ("changes", "associated"),
    [
        ([("c1", "c2")] * 10, 5),
        ([("c1", "c2")] * 200, 2000),
        ([("c1", None)] * 100, 2000),
        ([(None, "c1")] * 2000, 10),
    ],
)
def test_a_plan_at_a_limit_passes(changes: list[tuple[str | None, str | None]], associated: int) -> None:
    """A limit is what is still allowed; ten rows always are."""
    made = plan(*(change(i, *values) for i, values in enumerate(changes)), associated=associated)
    assert against(made) == []


def test_everything_that_speaks_against_a_plan_is_said_at_once() -> None:
    """Whoever overrules the first gate has read the others, too."""
    many = [change(i, "c1", None) for i in range(501)]
    found = against(plan(*many, associated=600, shrunk=0.2), timedelta(hours=30))
    assert [kind for kind, _ in found] == ["snapshot_shrank", "snapshot_old", "too_many_changes", "too_many_changes"]


def test_a_pull_that_shrank_stops_every_plan() -> None:
    """Half a district looks like thousands of rows that are gone."""
    assert against(plan(change(), shrunk=0.05)) == []
    ((kind, sentence),) = against(plan(change(), shrunk=0.06))
    assert (kind, "6% fewer rows" in sentence) == ("snapshot_shrank", True)


def test_a_pull_of_yesterday_asks_for_a_refresh() -> None:
    """What was reviewed may not be there any more."""
    assert against(plan(change()), timedelta(hours=24)) == []
    ((kind, sentence),) = against(plan(change()), timedelta(hours=25, minutes=30))
    assert (kind, "is 25 hours old (limit 24 hours)" in sentence) == ("snapshot_old", True)


def test_a_reading_from_the_future_asks_and_says_so() -> None:
    """A clock was ahead when it was read, so nobody knows its age; a few minutes between two machines are nothing."""
    assert against(plan(change()), -timedelta(minutes=4)) == []
    ((kind, sentence),) = against(plan(change()), -timedelta(hours=3, minutes=1))
    assert (kind, "the snapshot is dated 3 hours in the future" in sentence) == ("snapshot_old", True)
    assert against(plan(), -timedelta(hours=3)) == []


def test_each_limit_is_a_setting(box: Running, tmp_path: Path) -> None:
    """In percent, rows and hours."""
    given = {"max_reassociated_percent": 1, "max_unassociated_percent": 2, "max_overwritten": 3, "max_new": 4}
    given |= {"max_shrunk_percent": 6, "max_snapshot_hours": 7}
    assert Limits.of(settings_for(box, tmp_path, **given)) == Limits(0.01, 0.02, 3, 4, 0.06, timedelta(hours=7))
    assert Limits.of(settings_for(box, tmp_path)) == Limits()
