"""The first Refresh of a day lists the sections of those courses alone of which Canvas tells other ones than before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from gpb.errors import NotPermitted
from gpb.sandbox import Running
from gpb.sandbox.district.model import Course
from gpb.term.changed.sections import DAYS, PROOFS, ToldSections
from gpb.workspace import Workspace
from tests.conftest import tell
from tests.term.changed.conftest import opened
from tests.term.changed.test_refresh import (
    _section_gone,
    _section_moved,
    _section_renamed,
    courses,
    read,
    refreshed,
    require_equal,
)

AT_EACH = 1e-9
"""Hours after which all courses are read: at each Refresh."""


@pytest.fixture
def hours() -> float:
    """All courses are read at each Refresh."""
    return AT_EACH


def listed(district: Running) -> set[int]:
    """The courses whose sections were asked for."""
    paths = [one["path"].split("?")[0].split("/") for one in district.log.as_list()]
    return {int(path[-2]) for path in paths if path[-1] == "sections" and path[-3] == "courses"}


def todays(made: Workspace) -> set[int]:
    """The courses that are listed on this day in any case."""
    today = made.term.latest().facts.taken_at.astimezone(made.settings.zone).date()
    known = ToldSections(made.term.latest().tables, (), today)
    return {one for one in made.term.latest().tables["courses"]["course_id"] if known.is_listed(one)}


def without_sections(made: Workspace) -> set[int]:
    """Courses that have none: nothing is known of them."""
    tables = made.term.latest().tables
    return set(tables["courses"]["course_id"]) - set(tables["sections"]["course_id"])


def test_groups_are_read_and_sections_where_they_are_others(district: Running, term: Workspace, tmp_path: Path) -> None:
    """Each course is asked for its groups; the snapshot says so, and equals that of somebody who reads all."""
    summary = refreshed(term)
    assert summary["courses_read"] == summary["courses"] == len(read(district))
    assert todays(term) | without_sections(term) <= listed(district)
    assert len(listed(district) - todays(term) - without_sections(term)) == PROOFS
    assert 0 < len(listed(district)) < summary["courses"] / 2
    assert term.term.latest().facts.told
    fresh = opened(district, tmp_path / "fresh", AT_EACH)
    require_equal(term, fresh)
    assert not fresh.term.latest().facts.told, "nothing was known before"


def _section_came(district: Running, course: Course) -> None:
    _section_moved(district, next(one for one in courses(district) if one.id != course.id))
    district.world.move_section(district.world.courses[courses(district)[5].id].section_ids[0], course.id)


def _sis_id_changed(district: Running, course: Course) -> None:
    district.world.sections[course.section_ids[0]].sis_section_id = "another"


@pytest.mark.parametrize(
    "change",
    [
        _section_renamed,
        _section_came,
        *(pytest.param(one, marks=pytest.mark.slow) for one in (_section_moved, _section_gone, _sis_id_changed)),
    ],
)
def test_what_changed_of_sections_is_read(
    district: Running, term: Workspace, tmp_path: Path, change: Callable[[Running, Course], None]
) -> None:
    """Moved, renamed, gone, new, with another SIS id: the course is listed."""
    course = next(one for one in reversed(courses(district)) if one.id not in todays(term))
    change(district, course)
    refreshed(term)
    assert course.id in listed(district)
    require_equal(term, opened(district, tmp_path / "fresh", AT_EACH))


@pytest.mark.parametrize("fault", ["500@api/graphql", "old-graphql"])
@pytest.mark.slow
def test_what_canvas_does_not_tell_or_late(district: Running, term: Workspace, tmp_path: Path, fault: str) -> None:
    """Without an answer all is listed; an old answer is good for an hour, and the next one shows what is new."""
    course = next(one for one in reversed(courses(district)) if one.id not in todays(term))
    district.faults.change({fault: 1})
    _section_renamed(district, course)
    refreshed(term)
    assert (course.id in listed(district)) == (fault != "old-graphql")
    assert term.term.latest().facts.told == (fault == "old-graphql")
    district.faults.change({fault: 0})
    refreshed(term)
    require_equal(term, opened(district, tmp_path / "fresh", AT_EACH))


def test_somebody_who_asks_for_everything_gets_it(district: Running, term: Workspace) -> None:
    """As does the nightly audit: both lists of each course are asked for."""
    asyncio.run(term.term.pull(is_whole=True))
    assert listed(district) == read(district)
    assert not term.term.latest().facts.told


@pytest.mark.slow
def test_course_with_something_unread_is_listed(district: Running, term: Workspace) -> None:
    """Nobody vouches for what was not read."""
    course = next(one for one in reversed(courses(district)) if one.id not in todays(term))
    district.faults.change({f"forbidden@courses/{course.id}": 1})
    refreshed(term)
    district.faults.change({f"forbidden@courses/{course.id}": 0})
    district.log.clear()
    refreshed(term)
    assert course.id in listed(district)


def test_within_eight_days_each_course_is_listed(term: Workspace) -> None:
    """So what Canvas tells is compared with what it lists, a part of the district each day."""
    every, first = set(term.term.latest().tables["sections"]["course_id"]), date(2026, 11, 29)
    told = [ToldSections(None, (), first + timedelta(day)) for day in range(DAYS)]
    days = [{one for one in every if today.is_listed(one)} for today in told]
    assert set().union(*days) == every
    assert sum(map(len, days)) == len(every), "none of them twice"


def test_right_to_see_sis_ids_that_was_taken_away_is_told(district: Running, term: Workspace) -> None:
    """What an earlier reading saw does not hide it."""
    admin = district.keyring.admin
    tell(district, "tokens", {"token": admin.token, "rights": sorted(admin.rights - {"read_sis"})})
    with pytest.raises(NotPermitted, match="SIS ids"):
        refreshed(term)
