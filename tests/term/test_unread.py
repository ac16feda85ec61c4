"""One odd object, or one course that always fails: it is named, keeps its rows, and the rest of the term is read."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gpb.errors import ApiError, InputError, SettingsError, TooMuchUnread
from gpb.keys import keys
from gpb.term.underway.collected import Collected
from gpb.workspace import Workspace
from tests.api.conftest import Canned
from tests.builders import mapped
from tests.conftest import edit_now
from tests.damage import snapshots_in
from tests.examples import examples
from tests.old_snapshots import as_of_0_6
from tests.recorded import API, COURSE, REPLIES, SIS, Recorded
from tests.variants import first_quick

SECTIONS, GROUPS, COURSES = (
    f"{API}/courses/12/sections",
    f"{API}/courses/12/assignment_groups",
    f"{API}/accounts/1/courses",
)
CATEGORIES = f"{SIS}/assignment_categories"
ROW, OTHER, THIRD = (32, 22), (31, 21), (33, 21)
PAGE = "<!DOCTYPE html><title>Attention Required!</title>"
FIREWALL = Canned(403, PAGE, {"Content-Type": "text/html"})
FAILS = {
    "403": Canned(403, {"status": "unauthorized", "errors": [{"message": "user not authorized"}]}),
    "404": Canned(404, {"errors": [{"message": "The specified resource does not exist."}]}),
    "500": Canned(500, {"errors": [{"message": "An error occurred."}]}),
    "504": Canned(504, PAGE, {"Content-Type": "text/html"}),
    "a firewall": FIREWALL,
    "an object for the list": Canned(body={}),
}
GROUP = {**REPLIES[GROUPS][0], "integration_data": {}}
DISTRICT: dict[str, Any] = {
    **REPLIES,
    f"{API}/courses/11/assignment_groups": [
        {**GROUP, "id": 31, "integration_data": mapped(s_21="c-1")},
        {**GROUP, "id": 33, "integration_data": mapped(s_21="c-2")},
    ],
    GROUPS: [{**GROUP, "id": 32}],
    f"{SIS}/sections": {"data": [{"uuid": name, "title": name, "active": True} for name in ("s-21", "s-22")]},
    CATEGORIES: {
        "data": [
            {"uuid": one, "title": title, "active": True, "section_uuids": ["s-21", "s-22"]}
            for one, title in (("c-1", "Essays"), ("c-2", "Labs"))
        ]
    },
}


@pytest.fixture
def term(tmp_path: Path) -> Iterator[Recorded]:
    """A term of two courses after one good pull."""
    with Recorded(tmp_path, DISTRICT) as made:
        made.pull()
        yield made


def seen(workspace: Workspace) -> dict[tuple[int, int], tuple[str, bool]]:
    """Status and mark by row; a third row is like the second."""
    rows = workspace.term.rows()
    rows = rows.loc[rows["group_id"].ne(THIRD[0])]
    return dict(zip(keys(rows), zip(rows["status"], rows["not_read"], strict=True), strict=True))


def kinds(workspace: Workspace) -> set[str]:
    """The keys of all findings that are not about what could not be read."""
    found = workspace.audit.findings()
    return set(found.loc[found["finding"].ne("could_not_be_read"), "key"])


@pytest.mark.parametrize(("fault", "path"), first_quick([("500", SECTIONS), *((fault, GROUPS) for fault in FAILS)], 2))
def test_a_course_that_fails_keeps_its_rows_until_it_can_be_read_again(term: Recorded, fault: str, path: str) -> None:
    """It is counted, named in the audit, marked in the rows; nothing of it is gone, and nothing stays behind."""
    before, shown, plain = term.workspace.term.latest().tables, seen(term.workspace), kinds(term.workspace)
    assert term.pull({path: FAILS[fault]})["unread"] == 1
    assert seen(term.workspace) == {OTHER: (shown[OTHER][0], False), ROW: (shown[ROW][0], True)}
    assert kinds(term.workspace) == plain
    found = term.workspace.audit.findings().set_index("finding").loc["could_not_be_read"]
    assert (found["course_id"], found["course"]) == (12, "Biology")
    assert "few minutes" not in found["sentence"]
    assert term.workspace.term.shrunk() == 0.0
    assert term.pull()["unread"] == 0
    assert {mark for _, mark in seen(term.workspace).values()} == {False}
    after = term.workspace.term.latest().tables
    assert {name: len(table) for name, table in after.items()} == {name: len(table) for name, table in before.items()}


def test_drafts_wait_where_nothing_could_be_read_and_the_others_are_synced(term: Recorded) -> None:
    """Neither a plan of these drafts nor one that was made before writes there; later both can be synced."""
    workspace = term.workspace
    edit_now(workspace, {ROW: "c-2", OTHER: "c-2"})
    made_before = workspace.plan()
    assert {change.key for change in made_before.changes} == {ROW, OTHER}
    term.pull({GROUPS: FAILS["500"]})
    assert {change.key for change in workspace.plan().changes} == {OTHER}
    review = asyncio.run(workspace.door.review(made_before))
    assert ({one.key for one in review.plan.changes}, {one.key for one in review.left_out}) == ({OTHER}, {ROW})
    assert "could not be read" in str(review.told)
    term.pull()
    assert asyncio.run(workspace.door.review(made_before)).left_out == ()
    assert {change.key for change in workspace.plan().changes} == {ROW, OTHER}


def test_a_plan_of_nothing_but_unread_rows_is_refused_with_the_reason(term: Recorded) -> None:
    """Not with the sentence that there is nothing to do."""
    edit_now(term.workspace, {ROW: "c-2"})
    plan = term.workspace.plan()
    term.pull({SECTIONS: FAILS["403"]})
    with pytest.raises(InputError, match="could not be read in the last Refresh"):
        asyncio.run(term.workspace.door.begin(plan, (), "ann"))


def courses(*odd: Any) -> dict[str, Any]:
    """The list of the courses with others in it."""
    return {COURSES: [*DISTRICT[COURSES], *odd]}


def stub(identifier: int) -> dict[str, Any]:
    """A course that the token's user may not see, as Canvas lists it."""
    return {"id": identifier, "access_restricted_by_date": True}


def test_too_many_of_them_stop_the_reading_with_the_list(tmp_path: Path) -> None:
    """Ten, or one percent of the courses where that is more; the last snapshot stays."""
    assert [Collected(courses).limit for courses in (0, 1000, 1001, 20_000)] == [10, 10, 11, 200]
    with Recorded(tmp_path, DISTRICT) as term:
        assert term.pull(courses(*map(stub, range(500, 509))))["unread"] == 9
        newest = term.workspace.term.latest_id()
        with pytest.raises(TooMuchUnread, match=r"course 500: Course 500 is not shown.*course 509") as caught:
            term.pull(courses(*map(stub, range(500, 510))))
        assert "few minutes" not in str(caught.value)
        assert term.workspace.term.latest_id() == newest


def test_when_no_course_can_be_read_the_reason_itself_is_told(term: Recorded) -> None:
    """A token that has lost its right is no odd object."""
    gone = {path: FAILS["403"] for path in DISTRICT if "/courses/1" in path}
    with pytest.raises(ApiError, match="no permission for the"):
        term.pull(gone)
    with pytest.raises(TooMuchUnread, match="Course 12 is not shown"):
        term.pull({COURSES: [stub(11), stub(12)]})


def test_an_object_without_an_id_may_be_any_that_is_missing(term: Recorded) -> None:
    """All of these keep their rows; each is marked."""
    summary = term.pull({GROUPS: [{"id": None, "name": "Homework"}], CATEGORIES: {"data": [None]}})
    assert summary["unread"] == 2
    assert seen(term.workspace) == {OTHER: ("Synchronized", True), ROW: ("Unassociated", True)}


def test_what_a_list_counts_and_does_not_show_may_be_any_that_is_missing(term: Recorded) -> None:
    """A total that is too large, again and again: the category that is missing is not gone, and it is told."""
    essays = DISTRICT[CATEGORIES]["data"][:1]
    assert term.pull({CATEGORIES: {"total": 2, "data": essays}})["unread"] == 1
    latest = term.workspace.term.latest()
    assert set(latest.tables["categories"]["category_id"]) == {"c-1", "c-2"}
    assert latest.unread["reason"].str.contains("ends after 1 of 2").tolist() == [True, False]
    assert term.pull({CATEGORIES: {"total": 1, "data": essays}})["unread"] == 0
    assert set(term.workspace.term.latest().tables["categories"]["category_id"]) == {"c-1"}


def test_a_first_reading_makes_no_false_claim_of_what_it_could_not_read(term: Recorded) -> None:
    """The sections of a course that could not be read at first are nothing new in the next reading."""
    with Recorded(term.workspace.settings.data_dir / "other", DISTRICT) as first:
        assert first.pull({GROUPS: FAILS["403"]})["unread"] == 1
        assert set(seen(first.workspace)) == {OTHER}
        first.pull()
        assert set(seen(first.workspace)) == {OTHER, ROW}
        assert set(first.workspace.audit.findings()["finding"]).isdisjoint({"new_section", "could_not_be_read"})


def test_a_snapshot_that_is_older_than_the_table_opens(term: Recorded) -> None:
    """One that lost it does not: its marks are gone."""
    folder = term.workspace.settings.data_dir / "snapshots"
    newest = snapshots_in(folder)[-1]
    newest = as_of_0_6(newest)
    (newest / "unread.parquet").unlink()
    anew = Workspace(term.workspace.settings)
    assert (set(seen(anew)), anew.term.stand_in()) == ({ROW, OTHER}, None)
    anew.close()
    term.pull({GROUPS: FAILS["500"]})
    (snapshots_in(folder)[-1] / "unread.parquet").unlink()
    anew = Workspace(term.workspace.settings)
    assert "is damaged or missing" in str(anew.term.stand_in())
    anew.close()


def test_a_term_that_the_setting_names_is_read_without_its_impossible_dates(term: Recorded) -> None:
    """It is named; another one that is odd hides nothing. One without a name is called by its number."""
    nameless = {**DISTRICT[f"{API}/accounts/self/terms"]["enrollment_terms"][0], "name": None}
    assert term.pull({f"{API}/accounts/self/terms": {"enrollment_terms": [nameless]}})["term"] == "Term 5"
    odd = {"id": 5, "name": "Fall", "sis_term_id": "F", "start_at": "2026-02-30T00:00:00Z"}
    assert term.pull({f"{API}/accounts/self/terms": {"enrollment_terms": [odd]}})["unread"] == 1
    assert set(seen(term.workspace)) == {ROW, OTHER}
    with pytest.raises(SettingsError, match="What could not be read: Term 6 “Fall” has no usable 'start_at'"):
        term.pull({f"{API}/accounts/self/terms": {"enrollment_terms": [{**odd, "id": 6}]}})


PHP = {
    COURSES: [{**COURSE, "id": 11, "teachers": {}}, {**COURSE, "id": 12, "apply_assignment_group_weights": "N"}],
    CATEGORIES: {
        "data": {
            "0": {"uuid": "c-1", "title": "Essays", "active": "Y", "section_uuids": {"1": "s-21"}},
            "2": {"uuid": "c-2", "title": "Labs", "active": 1, "section_uuids": {}},
        },
    },
    GROUPS: [{**GROUP, "id": 32, "integration_data": [], "assignments": {}}],
}


def test_what_php_and_others_write_is_read_as_what_it_means(term: Recorded) -> None:
    """An empty list for an object and the other way round, a flag as a number or a letter."""
    assert term.pull(PHP)["unread"] == 0
    assert seen(term.workspace) == {OTHER: ("Synchronized", False), ROW: ("No categories", False)}


def test_a_key_that_may_not_include_is_named_and_the_pull_goes_on(term: Recorded) -> None:
    """No count is known then, and none is shown as 0; what waits is still found."""
    bare = {name: value for name, value in GROUP.items() if name != "assignments"}
    lists = {f"{API}/courses/11/assignment_groups": [{**bare, "id": 31}], GROUPS: [{**bare, "id": 32}]}
    assert term.pull(lists)["unread"] == 0
    latest = term.workspace.term.latest()
    assert not latest.counts_assignments
    assert latest.associations()["assignments"].isna().all()
    found = term.workspace.audit.findings()
    waiting = found.loc[found["finding"].eq("unassociated")]
    assert waiting["sentence"].str.contains("an unknown number of assignments").tolist() == [True, True]
    assert waiting["severity"].tolist() == ["at risk", "at risk"]
    assert not found["finding"].eq("empty_group").any()
    assert term.workspace.audit.trend()["score"].isna().iloc[-1]


@pytest.mark.parametrize("late", [11, 12])
def test_a_group_in_the_lists_of_two_courses_stays_where_it_was(term: Recorded, late: int) -> None:
    """Whichever list comes first; nothing else of either course is lost, and it is marked."""
    lists = {f"{API}/courses/11/assignment_groups": DISTRICT[f"{API}/courses/11/assignment_groups"],
             GROUPS: [{**GROUP, "id": 31}]}  # fmt: skip
    late_path = f"{API}/courses/{late}/assignment_groups"
    headers = {"Link": f'<{term.server.url}{late_path}>; rel="first"'}
    assert term.pull({**lists, late_path: Canned(body=lists[late_path], headers=headers, delay=0.3)})["unread"] > 0
    rows = term.workspace.term.rows()
    assert set(keys(rows)) == {ROW, OTHER, THIRD}
    assert {key: mark for key, (_, mark) in seen(term.workspace).items()} == {ROW: True, OTHER: True}
    assert term.pull()["unread"] == 0
    assert {mark for _, mark in seen(term.workspace).values()} == {False}


PLACES = [
    (COURSES, (1, name)) for name in (None, "id", "name", "account_id", "workflow_state", "teachers")
] + [
    (SECTIONS, (0, name)) for name in (None, "id", "name", "course_id", "nonxlist_course_id")
] + [
    (GROUPS, (0, name)) for name in (None, "id", "name", "position", "group_weight", "integration_data", "assignments")
] + [
    (f"{SIS}/sections", ("data", 1, name)) for name in (None, "uuid", "title", "active", "school_uuid")
] + [
    (CATEGORIES, ("data", 1, name)) for name in (None, "uuid", "title", "active", "section_uuids")
]  # fmt: skip
DROPPED = object()
VALUES = [None, DROPPED, [], {}, [[]], {"a": 1}, "", "Y", "perhaps", True, 1.5, 2**63, "0000-00-00T00:00:00Z"]


@settings(max_examples=examples(30), deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.sampled_from(PLACES), value=st.sampled_from(VALUES))
@example((COURSES, (1, None)), stub(12))
@example((GROUPS, (0, "id")), 31)
@example((SECTIONS, (0, "course_id")), 11)
@pytest.mark.slow
def test_whatever_one_field_of_one_object_holds_no_row_is_lost(
    term: Recorded, place: tuple[str, tuple[Any, ...]], value: Any
) -> None:
    """Rows of other objects are as they were; those of the object are read, or kept, and then it is named."""
    call, path = place
    reply = copy.deepcopy(DISTRICT[call])
    inner, last = reply, path[-1] if path[-1] is not None else path[-2]
    for key in path[: -1 if path[-1] is not None else -2]:
        inner = inner[key]
    if value is not DROPPED:
        inner[last] = value
    elif isinstance(inner, dict):
        inner.pop(last, None)
    well = seen(term.workspace)
    unread = term.pull({call: reply})["unread"]
    there = seen(term.workspace)
    assert set(keys(term.workspace.term.rows())) == {ROW, OTHER, THIRD}
    if call in (COURSES, SECTIONS, GROUPS) and value != 31:  # the id of the other's group
        assert there[OTHER] == well[OTHER]
    assert any(mark for _, mark in there.values()) <= (unread > 0)
    assert term.workspace.plan().changes == ()
    assert term.pull()["unread"] == 0
    assert seen(term.workspace) == well
