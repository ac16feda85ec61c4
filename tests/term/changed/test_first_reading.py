"""What was never read before: Canvas tells the sections of most courses, and lists them where that is no answer."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from gpb.api.graphql import Mark
from gpb.errors import NotPermitted
from gpb.sandbox import Running
from gpb.sandbox.district.model import Category, Course, Section
from gpb.sandbox.district.world import NEXT_TERM
from gpb.sandbox.faults.scripts import Script
from gpb.term.changed.sections import DAYS, PROOFS, ToldSections
from gpb.workspace import Workspace
from tests.conftest import tell
from tests.term.changed.conftest import opened
from tests.term.changed.test_ahead import ORIGINS
from tests.term.changed.test_refresh import ALIKE, courses, read
from tests.term.changed.test_sections import listed

TODAY = datetime(2026, 11, 30, tzinfo=UTC).date()


@pytest.fixture
def first(district: Running, tmp_path: Path) -> Workspace:
    """Nothing was read yet."""
    return opened(district, tmp_path / "first")


def in_any_case(made: Workspace, course_id: int) -> bool:
    """Whether a course is listed on this day."""
    today = datetime.now(UTC).astimezone(made.settings.zone).date()
    return ToldSections(None, (), today).is_listed(course_id)


def with_sis_id(district: Running, course: Course) -> list[Section]:
    """Its sections that have one."""
    sections = (district.world.sections[one] for one in course.section_ids)
    return [section for section in sections if section.sis_section_id]


def wrongly_associated(district: Running, made: Workspace) -> tuple[Course, Section]:
    """Cross-list a section into a course that is not listed on this day, and give it a category of that course."""
    world = district.world
    for course in reversed(courses(district)):  # the first ones are listed
        own = with_sis_id(district, course)
        for section in (one for one in world.sections.values() if one.course_id != course.id and one.sis_section_id):
            category = own and _foreign(list(world.categories.values()), own[0], section)
            if category and not in_any_case(made, course.id):
                world.move_section(section.id, course.id)
                stored = {section.sis_section_id: {"categoryId": category.uuid, "categoryTitle": category.title}}
                group = world.groups[course.group_ids[0]]
                world.merge_integration_data(group, {"sistemic": {"categoryMapping": stored}})
                return course, section
    raise AssertionError("every course has the categories of every other one")


def _foreign(categories: list[Category], own: Section, other: Section) -> Category | None:
    found = (one for one in categories if one.active and not one.deleted and own.sis_section_id in one.section_uuids)
    return next((one for one in found if other.sis_section_id not in one.section_uuids), None)


def test_snapshot_is_that_of_who_lists_everything_but_for_origins(
    district: Running, first: Workspace, tmp_path: Path
) -> None:
    """Each course is asked for its groups; for its sections where its day has come, or it shows no SIS id."""
    summary = asyncio.run(first.term.pull())
    assert len(read(district)) == summary["courses"]
    hidden = {one.id for one in courses(district) if not with_sis_id(district, one)}
    todays = {one for one in read(district) if in_any_case(first, one)}
    assert hidden | todays <= listed(district)
    assert len(listed(district)) < summary["courses"] / 2
    whole = opened(district, tmp_path / "whole")
    asyncio.run(whole.term.pull(is_whole=True))
    ours, theirs = first.term.latest(), whole.term.latest()
    assert ours.facts.told
    assert not theirs.facts.told
    for name in ALIKE:
        mine, other = (one.tables[name].drop(columns=ORIGINS, errors="ignore") for one in (ours, theirs))
        pd.testing.assert_frame_equal(mine, other, obj=name)
    sections = ours.tables["sections"]
    known = sections.loc[sections["origin_known"]].reset_index(drop=True)
    others = theirs.tables["sections"].loc[sections["origin_known"]].reset_index(drop=True)
    assert 0 < len(known) < len(sections)
    pd.testing.assert_frame_equal(known, others)


def test_origin_is_asked_for_where_a_finding_hangs_on_it(district: Running, first: Workspace, tmp_path: Path) -> None:
    """So a first reading finds what somebody finds who lists everything, word for word."""
    course, section = wrongly_associated(district, first)
    asyncio.run(first.term.pull())
    assert course.id in listed(district)
    sections = first.term.latest().tables["sections"].set_index("section_id")
    assert sections.loc[section.id, "origin_course_id"] == section.nonxlist_course_id
    found = first.audit.findings()
    mine = found.loc[found["section_id"].eq(section.id), "finding"]
    assert "category_of_other_course" in set(mine)
    whole = opened(district, tmp_path / "whole")
    asyncio.run(whole.term.pull(is_whole=True))
    pd.testing.assert_frame_equal(found, whole.audit.findings())


@pytest.mark.slow
def test_origin_that_canvas_does_not_tell_stays_unknown(district: Running, first: Workspace) -> None:
    """The reading is whole all the same, and the finding says less."""
    course, section = wrongly_associated(district, first)
    district.faults.scripts.append(Script("forbidden", path=f"/courses/{course.id}/sections"))
    asyncio.run(first.term.pull())
    sections = first.term.latest().tables["sections"].set_index("section_id")
    assert not sections.loc[section.id, "origin_known"]
    assert first.term.latest().unread.empty
    found = first.audit.findings()
    assert "category_not_valid" in set(found.loc[found["section_id"].eq(section.id), "finding"])


def test_origin_that_came_to_matter_later_is_asked_for_then(district: Running, first: Workspace) -> None:
    """Also by a Refresh that keeps the course as it was read."""
    asyncio.run(first.term.pull())
    before = first.term.latest().tables["sections"].set_index("section_id")["origin_known"]
    course, section = wrongly_associated(district, first)
    district.log.clear()
    asyncio.run(first.term.pull())
    assert course.id in listed(district)
    after = first.term.latest().tables["sections"].set_index("section_id")
    assert not before[[one for one in course.section_ids if one != section.id]].any()
    assert after.loc[course.section_ids, "origin_known"].all()


@pytest.mark.slow
def test_origins_that_become_known_are_no_change_that_canvas_has_missed(district: Running, first: Workspace) -> None:
    """Nothing of them moves a mark, so a Refresh of everything finds no fault with what Canvas tells."""
    asyncio.run(first.term.pull())
    asyncio.run(first.term.pull(is_whole=True))
    tables = first.term.latest().tables
    assert tables["sections"]["origin_known"].all()
    assert tables["course_reads"]["doubted_at"].isna().all()
    assert tables["course_reads"]["mark"].ne("").all()


def test_another_term_is_read_as_one_that_was_never_read(district: Running, first: Workspace) -> None:
    """A term begins in the dashboard that has read the last one on the same day."""
    asyncio.run(first.term.pull())
    terms = first.term.latest().tables["terms"].set_index("term_id")["term"]
    first.term.use(NEXT_TERM, terms[NEXT_TERM], "ann")
    district.log.clear()
    summary = asyncio.run(first.term.pull())
    facts = first.term.latest().facts
    assert (facts.term_id, facts.told) == (NEXT_TERM, True)
    assert len(read(district)) == summary["courses"] > 2 * len(listed(district))


@pytest.mark.slow
def test_without_graphql_every_course_is_listed(district: Running, first: Workspace) -> None:
    """As where Canvas answers no such question with this token."""
    district.faults.change({"500@api/graphql": 1})
    asyncio.run(first.term.pull())
    assert listed(district) == read(district)
    assert first.term.latest().tables["sections"]["origin_known"].all()


def test_lists_that_show_others_than_are_told_have_the_last_word(district: Running, first: Workspace) -> None:
    """All is listed then, also by every later Refresh, and Connections says why."""
    district.faults.scripts.append(Script("empty-list", path="/sections"))
    asyncio.run(first.term.pull())
    assert listed(district) == read(district)
    assert not first.term.latest().facts.told
    assert "told other sections" in str(first.term.changed.missed.told())
    district.faults.scripts.clear()
    first.term.changed.missed.trust_again()
    district.log.clear()
    asyncio.run(first.term.pull())
    assert 0 < len(listed(district)) < len(read(district))


@pytest.mark.slow
def test_a_course_that_has_become_another_in_between_proves_nothing(district: Running, first: Workspace) -> None:
    """Somebody cross-lists its sections in the moment between the two questions."""
    course = next(one for one in courses(district) if in_any_case(first, one.id))
    district.faults.scripts.append(Script("empty-list", path=f"/courses/{course.id}/sections"))
    asyncio.run(first.term.pull())
    assert first.term.latest().facts.told
    assert first.term.changed.missed.told() is None


def test_hidden_sis_ids_are_told_on_the_first_day(district: Running, first: Workspace) -> None:
    """GraphQL leaves them out with the same right as the list: nothing is made of sections without them."""
    admin = district.keyring.admin
    tell(district, "tokens", {"token": admin.token, "rights": sorted(admin.rights - {"read_sis"})})
    with pytest.raises(NotPermitted, match="SIS ids"):
        asyncio.run(first.term.pull())
    assert listed(district) == read(district), "the lists have the last word"


@pytest.mark.parametrize(
    ("mark", "told"),
    [
        (None, None),
        (Mark("a", is_settled=True), None),
        (Mark("a", is_settled=True, sections=((1, "P1", None),)), None),
        (Mark("a", is_settled=False, sections=((1, "P1", "S1"), (2, "P2", None))), [1, 2]),
    ],
    ids=["no mark", "no section", "no SIS id", "told"],
)
def test_what_is_no_answer_is_listed(mark: Mark | None, told: list[int] | None) -> None:
    """A course that is not told, without sections, or without any SIS id; when a group was saved is of no account."""
    course, sections = TODAY.toordinal() % DAYS + 1, ToldSections(None, (), TODAY)
    first = [sections.of(course + DAYS * one, mark) for one in range(1, PROOFS + 1)]
    found = sections.of(course, mark)
    assert first == [None] * PROOFS
    assert (None if found is None else [one["id"] for one in found]) == told
    assert sections.of(course + DAYS, mark) is None, "asked again it is listed all the same"
    assert ToldSections(None, {course}, TODAY).of(course, mark) is None, "it could not be read the last time"
