"""A Refresh between full readings: what has changed is read, the rest stays, and a change that was missed is found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from gpb.frames.facts import SnapshotFacts
from gpb.sandbox import Running
from gpb.sandbox.district.model import Course, GivenAssignment
from gpb.sandbox.district.world import CURRENT_TERM
from gpb.settings import Settings
from gpb.term.changed import reads
from gpb.term.changed.due import why_whole
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.lent import confirm
from tests.term.changed.conftest import opened

ALIKE = ("terms", "courses", "sections", "groups", "assignments", "classes", "categories", "category_sections")


def courses(district: Running) -> list[Course]:
    """The courses of the current term that have groups and sections."""
    found = [one for one in district.world.courses.values() if one.term_id == CURRENT_TERM]
    return [one for one in found if one.group_ids and one.section_ids and one.workflow_state != "deleted"]


def read(district: Running) -> set[int]:
    """The courses whose assignment groups were asked for."""
    paths = [one["path"].split("?")[0].split("/") for one in district.log.as_list()]
    return {int(path[-2]) for path in paths if path[-1] == "assignment_groups"}


def refreshed(made: Workspace) -> dict[str, Any]:
    """Refresh."""
    return asyncio.run(made.term.pull())


def require_equal(made: Workspace, fresh: Workspace) -> None:
    """The newest snapshot shows what a reading of everything by somebody else shows."""
    asyncio.run(fresh.term.pull(is_whole=True))
    ours, theirs = made.term.latest(), fresh.term.latest()
    for name in ALIKE:
        pd.testing.assert_frame_equal(ours.tables[name], theirs.tables[name], obj=name)
    pd.testing.assert_frame_equal(ours.associations(), theirs.associations())


def _renamed(district: Running, course: Course) -> None:
    district.world.write_group(district.world.groups[course.group_ids[0]], name="Portfolio")


def _weighted(district: Running, course: Course) -> None:
    district.world.write_group(district.world.groups[course.group_ids[0]], group_weight=12.5)


def _associated(district: Running, course: Course) -> None:
    group = district.world.groups[course.group_ids[0]]
    district.world.merge_integration_data(group, {"sistemic": {"categoryMapping": {}}, "another tool": 1})


def _deleted(district: Running, course: Course) -> None:
    district.world.delete_group(course.group_ids[0])


def _section_moved(district: Running, course: Course) -> None:
    other = courses(district)[5]
    district.world.move_section(course.section_ids[0], other.id)


def _section_renamed(district: Running, course: Course) -> None:
    district.world.sections[course.section_ids[0]].name = "Period 9"


def _section_gone(district: Running, course: Course) -> None:
    district.world.delete_section(course.section_ids[0])


def _left_the_term(_: Running, course: Course) -> None:
    course.term_id = CURRENT_TERM + 1


def _course_renamed(_: Running, course: Course) -> None:
    course.name = "Another name"


@pytest.mark.parametrize(
    ("change", "how_many"),
    [
        (_associated, 1), (_section_moved, 2), (_left_the_term, 0),
        *(pytest.param(*more, marks=pytest.mark.slow) for more in (
            (_renamed, 1), (_weighted, 1), (_deleted, 1), (_section_renamed, 1), (_section_gone, 1),
            (_course_renamed, 0),
        )),
    ],
)  # fmt: skip
def test_what_changed_is_read_and_the_rest_is_not(
    district: Running, term: Workspace, tmp_path: Path, change: Callable[[Running, Course], None], how_many: int
) -> None:
    """Whatever changes in Canvas is in the next snapshot, as if all had been read; only its course is asked for."""
    course = courses(district)[3]
    change(district, course)
    assert refreshed(term)["courses_read"] == how_many == len(read(district))
    require_equal(term, opened(district, tmp_path / "fresh"))


def test_new_course_is_read(district: Running, term: Workspace, tmp_path: Path) -> None:
    """A course that came into the term is read, although nothing was noted of it."""
    other = next(one for one in district.world.courses.values() if one.term_id == CURRENT_TERM - 1 and one.group_ids)
    other.term_id = CURRENT_TERM
    assert (refreshed(term)["courses_read"], read(district)) == (1, {other.id})
    require_equal(term, opened(district, tmp_path / "fresh"))


@pytest.mark.slow
def test_change_within_the_same_second_is_not_lost(district: Running, term: Workspace, tmp_path: Path) -> None:
    """A group that was saved a moment before it was read is read again: its next save may bear the same time."""
    group = district.world.groups[courses(district)[3].group_ids[0]]
    district.world.write_group(group, name="First")
    moment = district.world.updated_groups[group.id]
    refreshed(term)
    district.world.write_group(group, stored='{"other": 1}')
    district.world.updated_groups[group.id] = moment
    refreshed(term)
    require_equal(term, opened(district, tmp_path / "fresh"))


@pytest.mark.slow
def test_what_graphql_tells_late_is_found_when_it_tells(district: Running, term: Workspace, tmp_path: Path) -> None:
    """While Canvas repeats an old reply a change is not there yet; it is as soon as Canvas tells it."""
    district.faults.change({"old-graphql": 1})
    _associated(district, courses(district)[3])
    assert refreshed(term)["courses_read"] == 0
    district.faults.change({"old-graphql": 0})
    assert refreshed(term)["courses_read"] == 1
    require_equal(term, opened(district, tmp_path / "fresh"))
    assert term.term.changed.missed.told() is None


@pytest.mark.slow
def test_missed_change_switches_it_off_until_a_person_trusts_canvas_again(
    district: Running, term: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only a full reading found, and no mark has told for an hour, was missed: everything is read from now on."""
    district.faults.change({"silent-save": 1})
    _associated(district, courses(district)[3])
    assert refreshed(term)["courses_read"] == 0
    asyncio.run(term.term.pull(is_whole=True))
    assert term.term.changed.missed.told() is None, "Canvas may tell it late"
    monkeypatch.setattr(reads, "LATE", timedelta(0))
    assert refreshed(term)["courses_read"] == 1, "what is doubted is read"
    assert str(courses(district)[3].id) in (term.term.changed.missed.told() or "")
    assert refreshed(term)["courses_read"] == len(term.term.latest().tables["courses"])
    term.term.changed.missed.trust_again()
    district.faults.change({"silent-save": 0})
    refreshed(term)
    assert refreshed(term)["courses_read"] < 5


@pytest.mark.slow
def test_change_that_is_told_late_is_no_missed_one(
    district: Running, term: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full reading that is ahead of GraphQL's old reply has found nothing that was missed."""
    monkeypatch.setattr(reads, "LATE", timedelta(0))
    district.faults.change({"old-graphql": 1})
    _associated(district, courses(district)[3])
    asyncio.run(term.term.pull(is_whole=True))
    assert term.term.latest().tables["course_reads"]["doubted_at"].notna().sum() == 1
    district.faults.change({"old-graphql": 0})
    refreshed(term)
    assert term.term.latest().tables["course_reads"]["doubted_at"].notna().sum() == 0
    assert term.term.changed.missed.told() is None


@pytest.mark.slow
def test_assignments_that_canvas_does_not_tell_of_switch_nothing_off(
    district: Running, term: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Canvas' own source says that it does not tell each change of an assignment: the next full reading shows it."""
    monkeypatch.setattr(reads, "LATE", timedelta(0))
    district.faults.change({"silent-save": 1})
    group = district.world.groups[courses(district)[3].group_ids[0]]
    district.world.given_assignments[group.id] = (GivenAssignment("Taken off passback", post_to_sis=False),)
    assert refreshed(term)["courses_read"] == 0
    for _ in range(2):
        asyncio.run(term.term.pull(is_whole=True))
    assert term.term.latest().tables["groups"].set_index("group_id")["not_flagged"][group.id] == 1
    assert term.term.changed.missed.told() is None
    assert refreshed(term)["courses_read"] == 0


def test_course_with_a_draft_is_read_in_any_case(district: Running, term: Workspace) -> None:
    """What is to be written is looked at, even where Canvas tells of no change; so old is what a sync rests on."""
    rows = term.term.latest().associations().query("status == 'Synchronized'")
    row, other = rows.iloc[0], rows.loc[rows["course_id"].ne(rows["course_id"].iloc[0])].iloc[0]
    edit_now(term, {(row["group_id"], row["section_id"]): None})
    district.faults.change({"silent-save": 1})
    for one in (row, other):
        district.world.write_group(district.world.groups[one["group_id"]], stored="{}")
    before = term.term.latest()
    refreshed(term)
    assert read(district) == {row["course_id"]}
    after = term.term.latest()
    assert after.since([row["course_id"]]) > before.facts.taken_at > after.since([other["course_id"]])
    assert after.since([]) == after.facts.taken_at


@pytest.mark.slow
def test_course_that_a_run_wrote_to_is_read_in_any_case(district: Running, term: Workspace) -> None:
    """What another tool has put back there since is seen, even where Canvas tells of no change."""
    confirm(term)
    row = term.term.latest().associations().query("status == 'Synchronized'").iloc[0]
    group = district.world.groups[row["group_id"]]
    stored = group.stored
    edit_now(term, {(row["group_id"], row["section_id"]): None})
    plan = term.plan()
    run_id = asyncio.run(term.door.begin(plan, {one.name for one in term.door.standing(plan)}, "ann"))
    asyncio.run(term.runs.perform(run_id))
    refreshed(term)
    district.faults.change({"silent-save": 1})
    refreshed(term)
    district.world.write_group(group, stored=stored)
    district.log.clear()
    refreshed(term)
    assert row["course_id"] in read(district)
    shown = term.term.latest().tables["groups"].set_index("group_id")["integration_data"]
    assert shown[row["group_id"]] == stored


def test_unreadable_course_keeps_its_rows_and_is_asked_for_again(district: Running, term: Workspace) -> None:
    """A course that has changed and cannot be read is named, keeps its rows, and is read when it can be."""
    course = courses(district)[3]
    _renamed(district, course)
    district.faults.change({f"forbidden@courses/{course.id}": 1})
    assert refreshed(term)["unread"] == 1
    assert (term.term.latest().tables["groups"]["course_id"] == course.id).any()
    district.faults.change({f"forbidden@courses/{course.id}": 0})
    assert (refreshed(term)["unread"], "Portfolio" in set(term.term.latest().tables["groups"]["group"])) == (0, True)


@pytest.mark.slow
def test_refresh_does_not_undo_what_another_one_read_meanwhile(
    district: Running, term: Workspace, tmp_path: Path
) -> None:
    """A full one that ends while a partial one goes on has read more: the partial one begins anew from that."""
    district.faults.change({"old-graphql": 1})
    for course in courses(district)[3:5]:
        _associated(district, course)
    edited = term.term.latest().associations().query(f"course_id == {courses(district)[3].id}").iloc[0]
    edit_now(term, {(edited["group_id"], edited["section_id"]): None})
    other = opened(district, tmp_path)
    full: list[bool] = []

    def meanwhile(_done: int, _total: int, text: str) -> None:
        if "loaded" in text and not full:
            full.append(True)
            with ThreadPoolExecutor() as thread:
                thread.submit(asyncio.run, other.term.pull(is_whole=True)).result()

    asyncio.run(term.term.pull(meanwhile))
    assert full
    require_equal(term, opened(district, tmp_path / "fresh"))


@pytest.mark.slow
def test_refresh_that_was_cut_short_goes_on(district: Running, term: Workspace, tmp_path: Path) -> None:
    """What it had read is not read again, and is trusted only until the next Refresh: nobody saw its mark before."""
    for course in courses(district)[:3]:
        _renamed(district, course)
        for group_id in course.group_ids:
            district.world.updated_groups[group_id] = datetime.now(UTC) - timedelta(hours=1)

    def cut(done: int, total: int, text: str) -> None:
        if done > total - 3 and "loaded" in text:
            raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        asyncio.run(term.term.pull(cut))
    district.log.clear()
    assert refreshed(term)["courses_read"] == 3
    left = len(read(district))
    assert left < 3
    require_equal(term, opened(district, tmp_path / "fresh"))
    assert refreshed(term)["courses_read"] == 3 - left


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["500@api/graphql", "not-json@api/graphql", "forbidden@api/graphql"])
def test_without_an_answer_of_graphql_everything_is_read(district: Running, term: Workspace, fault: str) -> None:
    """Where Canvas does not say what has changed, all courses are read, as ever."""
    district.faults.change({fault: 1})
    summary = refreshed(term)
    assert summary["courses_read"] == summary["courses"]
    assert "nothing to compare with" in str(term.term.changed.why_whole())
    district.faults.change({fault: 0})
    refreshed(term)
    assert refreshed(term)["courses_read"] == 0


def test_when_all_courses_are_read(term: Workspace) -> None:
    """First of a day by the district's calendar, after so many hours, where nothing is known, and never by a jump."""
    evening = datetime(2026, 9, 1, 23, 30, tzinfo=ZoneInfo("America/Chicago")).astimezone(UTC)
    facts, settings = replace(term.term.latest().facts, whole_at=evening), term.settings
    chicago = settings.model_copy(update={"time_zone": "America/Chicago"})
    six_hours = chicago.model_copy(update={"full_refresh_hours": 6})

    def why(given: Settings, facts: SnapshotFacts | None, minutes: int, missed: str | None = None) -> str:
        return why_whole(given, facts, missed, evening + timedelta(minutes=minutes)) or ""

    assert (why(chicago, facts, 29), why(chicago, facts, 30)) == ("", "it is the first Refresh of the day")
    assert "6 hours ago" in why(six_hours, replace(facts, whole_at=evening - timedelta(hours=7)), -60)
    assert "hours ago" in why(settings, facts, -1), "a clock that went back"
    assert "failed to tell" in why(settings, facts, 1, "Missed.")
    assert "nothing to compare" in why(settings, None, 1)
    by_integration_id = settings.model_copy(update={"section_key": "template:cls-{integration_id}"})
    assert "reads integration ids" in why(by_integration_id, facts, 1)
    assert "GPB_FULL_REFRESH_HOURS is 0" in why(settings.model_copy(update={"full_refresh_hours": 0}), facts, 1)
