"""All findings of a snapshot as one frame, and what people said about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from gpb.audit.evidence import Evidence
from gpb.audit.findings import COLUMNS, COMMON, OVERLAY, PLACES, TEXT, findings, with_overlay
from gpb.audit.kinds import CLASS, KINDS, OBJECT, SEVERITIES, TERM, Kind
from gpb.frames.snapshot import Snapshot
from gpb.frames.unread import Unread, unread_frame
from tests.audit.found import accepted, confirmed_by, decided_by
from tests.builders import (
    EMPTY,
    FIRST,
    HOMEWORK,
    OTHERS,
    RETIRED,
    SECOND,
    UNKNOWN,
    assignments,
    category,
    course,
    default_categories,
    group,
    mapped,
    section,
    sis_class,
    snapshot,
)

TODAY = "2026-09-10"
ELSEWHERE = {"syncedWithSisCategory": True}
UNPUBLISHED = 8
ALL_COUNTS = {"unpublished": 1, "not_flagged": 1, "no_due_date": 1, "name_too_long": 1, "differentiated": 1}
GROUPS = {
    7: [
        group(1, "HW", mapped(class_1=HOMEWORK), counts=assignments(3, **ALL_COUNTS)),
        group(2, "Later", counts=assignments(0)),
        group(3, "Tests", counts=assignments(1)),
        group(4, "Twice"),
        group(5, "Deleted", mapped(class_1="gone")),
        group(6, "Inactive", mapped(class_1=RETIRED)),
        group(7, "Other course", mapped(class_1=OTHERS)),
        group(8, "Not valid", mapped(class_2="far")),
        group(9, "Labs", ELSEWHERE),
        group(10, "Final", counts=assignments(1)),
    ],
    UNPUBLISHED: [group(11, "HW")],
}


@cache
def everything() -> Snapshot:
    """A district that shows every kind, beside ``before``, the pull before it."""
    return snapshot(
        GROUPS,
        courses=[course(), course(UNPUBLISHED, name="Art", workflow_state="unpublished")],
        sections=[
            section(1, FIRST, nonxlist_course_id=9),
            section(2, SECOND),
            section(3, EMPTY),
            section(4, UNKNOWN),
            section(5, SECOND, course_id=UNPUBLISHED),
        ],
        classes=[sis_class(name, "q1") for name in (FIRST, SECOND, EMPTY, "class-5")],
        categories=[
            *default_categories(),
            category("t1", "Twice", FIRST),
            category("t2", "Twice", FIRST),
            category("far", "Far", "x"),
        ],
        unread=[Unread("course", "7", 7, "Math 9", "Course 7 always fails.")],
    )


@cache
def before() -> Snapshot:
    """The pull before that of ``everything``."""
    return snapshot([group(1, "HW")], sections=[section(1, FIRST), section(2, SECOND), section(4, UNKNOWN)])


@cache
def refreshed() -> Evidence:
    """A Canvas that lost at once what a run confirmed in three courses."""
    return Evidence(
        snapshot(
            {n: [group(10 * n + m, "HW") for m in range(4)] for n in (7, 8, 9)},
            courses=[course(n) for n in (7, 8, 9)],
            sections=[section(n, FIRST, course_id=n) for n in (7, 8, 9)],
        ),
        None,
        confirmed_by(*[(10 * n + m, n, HOMEWORK, "Homework") for n in (7, 8, 9) for m in range(4)]),
    )


OF_A_RUN = ("renamed_outside", "taken_out_outside")


@cache
def renamed() -> Evidence:
    """One group was renamed since; of another one it is not known whether a run did so."""
    return Evidence(
        snapshot([group(1, "HW", counts=assignments(2)), group(2, "Tests"), group(3, "Quizzes")]),
        confirmed_names=pd.DataFrame(
            [(1, "Homework", True), (2, "Tests", True), (3, "Labs", True), (3, "Quizzes", False)],
            columns=["group_id", "name", "is_sure"],
        ).assign(section_id=1, after_id=HOMEWORK, run="r1", person="ann", started="2026-09-01T08:00:00+00:00"),
        confirmed_memberships=confirmed_by((1, 2, "another", "Labs")),
    )


@cache
def all_found() -> pd.DataFrame:
    """Findings of every kind."""
    return pd.concat(
        [
            findings(Evidence(everything(), before(), decided=decided_by(("hw", "Tests")))),
            findings(refreshed()).query("finding == 'refreshed'"),  # told instead of other changes
            findings(renamed()).query("finding in ['renamed_outside', 'taken_out_outside']"),
        ],
        ignore_index=True,
    )


def test_every_kind_can_be_found() -> None:
    """None is out of reach, and nothing is found that is no kind."""
    assert set(all_found()["finding"]) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_says_when_it_holds_how_to_get_out_and_what_it_is_about(kind: Kind) -> None:
    """The texts are whole sentences; the functions need a docstring, for it is shown."""
    assert [text[0].isupper() and text.endswith(".") for text in (kind.meaning, kind.remedy)] == [True, True]
    assert (kind.severity in SEVERITIES, kind.level in PLACES) == (True, True)
    lines = all_found().loc[all_found()["finding"].eq(kind.name)]
    assert lines[["title", "who", "remedy"]].drop_duplicates().to_numpy().tolist() == [
        [kind.title, kind.who, kind.remedy]
    ]
    assert lines["sentence"].str.endswith(".").all()


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_columns_outside_the_level_of_a_kind_are_missing(kind: Kind) -> None:
    """A finding of a group names no section, though it was made from rows; its key names all that it is about."""
    lines = all_found().loc[all_found()["finding"].eq(kind.name)]
    outside = [name for name in COLUMNS if name not in COMMON + PLACES[kind.level]]
    assert lines[outside].notna().any().sum() == 0
    places = {CLASS: ["class_id", "section", "school"], TERM: ["canvas_link", "run"]}
    inside = places.get(kind.level, ["course_id", "course", "teacher", "canvas_link", "school"])
    if kind.level == OBJECT:  # no columns of its own
        assert lines["key"].tolist() == ["could_not_be_read:course/7/7/0"]
        return
    assert lines[[*inside, *kind.level]].isna().any().sum() == 0
    parts = (
        lines[[*kind.level, *(["run"] if (kind.level == TERM or kind.name in OF_A_RUN) else [])]]
        .astype("str")
        .agg(":".join, axis=1)
    )
    assert lines["key"].tolist() == (kind.name + ":" + parts).tolist()


def test_a_finding_leads_to_its_course_and_to_its_section_or_the_courses_first() -> None:
    """What has no course leads where its kind says, and what is about a section without rows to no section."""
    shown = everything()
    lost = Unread("section", "99", 7, "Period 9", "Section 99 always fails.")
    unread = pd.concat([shown.tables["unread"], unread_frame([lost])], ignore_index=True)
    facts = replace(shown.facts, section_link="https://focus.example/s/{class_id}")
    found = findings(Evidence(Snapshot(shown.id, facts, {**shown.tables, "unread": unread})))
    has_course = found["course_id"].notna()
    expected = f"{facts.canvas_url}/courses/" + found["course_id"].astype("str") + "/assignments"
    assert found["canvas_link"].loc[has_course].equals(expected.loc[has_course])
    assert found["canvas_link"].loc[~has_course].isna().all()
    rows = shown.associations()
    classes = rows.drop_duplicates("section_id").set_index("section_id")["class_id"]
    firsts = rows.drop_duplicates("course_id").set_index("course_id")["class_id"]
    known = found["section_id"].map(classes).fillna(found["course_id"].map(firsts).where(found["section_id"].isna()))
    meant = known.fillna(found["class_id"]).astype("str")
    assert found["focus_link"].fillna("").tolist() == ("https://focus.example/s/" + meant).fillna("").tolist()
    assert found.loc[found["section_id"].eq(99), "focus_link"].isna().all()
    assert found["section_id"].eq(99).sum() == 1


def dtypes(frame: pd.DataFrame) -> dict[str, str]:
    """Dtype by column."""
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


@pytest.mark.parametrize(
    "find",
    [
        all_found,
        lambda: findings(Evidence(snapshot([]))),
        lambda: findings(Evidence(snapshot([], sections=[], categories=[]))),
    ],
)
def test_columns_and_dtypes_are_as_declared(find: Callable[[], pd.DataFrame]) -> None:
    """Also where nothing is found."""
    found = find()
    expected = dict.fromkeys(COLUMNS, "str") | dict.fromkeys(("course_id", "group_id", "section_id"), "Int64")
    assert dtypes(found) == expected | {"severity": "category", "assignments": "Int64"}
    assert list(found.columns) == list(COLUMNS)
    assert found["severity"].cat.categories.tolist() == list(SEVERITIES)
    assert found["severity"].cat.ordered
    assert set(TEXT) == {name for name, dtype in expected.items() if dtype == "str"} - {"severity", "assignments"}


def test_keys_are_unique_and_stay_the_same_when_more_is_found() -> None:
    """A second district with one group more keeps the keys of the first."""
    more = snapshot({7: [*GROUPS[7], group(12, "Essay")]}, sections=[section(1, FIRST), section(2, SECOND)])
    less = snapshot({7: GROUPS[7]}, sections=[section(1, FIRST), section(2, SECOND)])
    assert all_found()["key"].is_unique
    first, second = (set(findings(Evidence(found))["key"]) for found in (less, more))
    assert first - second == set()
    assert second - first == {"unassociated:12:1", "unassociated:12:2"}


def test_the_weightiest_come_first_then_by_place() -> None:
    """By severity, assignments, school, course, group, section."""
    groups = {
        7: [
            group(2, "few", counts=assignments(1)),
            group(1, "also few", counts=assignments(1)),
            group(3, "none", counts=assignments(0)),
            group(4, "Homework", counts=assignments(9)),
        ],
        UNPUBLISHED: [group(5, "many", counts=assignments(9)), group(6, "few", counts=assignments(1))],
    }
    courses = [course(number, name=name, apply_assignment_group_weights=False) for number, name in ((7, "B"), (8, "A"))]
    sections = [section(2, SECOND), section(1, FIRST), section(3, FIRST, course_id=8)]
    found = findings(Evidence(snapshot(groups, courses=courses, sections=sections)))
    assert found["key"].tolist() == [
        "unassociated:5:3",
        "unassociated:6:3",
        "unassociated:1:1",
        "unassociated:1:2",
        "unassociated:2:1",
        "unassociated:2:2",
        "name_match:4:1",
        "name_match:4:2",
        "own_group:1",
        "own_group:2",
        "unassociated_idle:3:1",
        "unassociated_idle:3:2",
        "empty_group:3",
    ]


def test_findings_leave_the_frames_of_the_snapshot_as_they_are() -> None:
    """They are shared with the pages."""
    found = snapshot([group(1, "HW")])
    rows, tables = found.associations().copy(), {name: table.copy() for name, table in found.tables.items()}
    findings(Evidence(found, found))
    pd.testing.assert_frame_equal(found.associations(), rows)
    for name, table in found.tables.items():
        pd.testing.assert_frame_equal(table, tables[name])


def said(overlaid: pd.DataFrame, key: str) -> list[object]:
    """Until when, by whom and why a finding is accepted."""
    (line,) = overlaid.loc[overlaid["key"].eq(key), ["accepted_until", "accepted_by", "accepted_reason"]].to_numpy()
    return [None if pd.isna(value) else value for value in line]


@pytest.mark.parametrize(("today", "holds"), [("2026-09-09", True), (TODAY, True), ("2026-09-11", False)])
def test_an_exception_holds_through_its_last_day(today: str, holds: bool) -> None:
    """Other findings stay open, of the same group too."""
    key, other = "category_deleted:5:1", "own_group:10"
    overlaid = with_overlay(all_found(), accepted((key, TODAY)), None, today)
    assert said(overlaid, key) == ([TODAY, "ann", "agreed"] if holds else [None, None, None])
    assert said(overlaid, other) == [None, None, None]
    assert overlaid["accepted_until"].notna().sum() == holds


@pytest.mark.parametrize("newest", ["2026-12-31", "2026-09-12"])
def test_the_newest_exception_of_a_finding_is_the_one_that_counts(newest: str) -> None:
    """Whether it ends later or sooner than the one before."""
    key = "own_group:10"
    overlaid = with_overlay(all_found(), accepted((key, "2026-10-01"), (key, newest)), None, TODAY)
    assert said(overlaid, key)[0] == newest


def test_an_older_exception_does_not_come_back_when_the_newest_is_over() -> None:
    """Whoever shortened it meant it."""
    key = "own_group:10"
    overlaid = with_overlay(all_found(), accepted((key, "2026-12-31"), (key, "2026-09-09")), None, TODAY)
    assert said(overlaid, key) == [None, None, None]


def test_an_exception_for_something_that_is_gone_changes_nothing() -> None:
    """The finding may come back, and is then accepted again."""
    overlaid = with_overlay(all_found(), accepted(("own_group:999", "2026-12-31")), None, TODAY)
    assert overlaid["accepted_until"].notna().sum() == 0
    pd.testing.assert_frame_equal(overlaid[list(COLUMNS)], all_found())


def test_nothing_is_new_without_an_audit_before_and_else_what_it_did_not_have() -> None:
    """An empty audit before makes everything new."""
    nothing = accepted()
    known = set(all_found()["key"]) - {"own_group:10", "weights:7"}
    new = with_overlay(all_found(), nothing, known, TODAY).query("is_new")["key"]
    assert sorted(new) == ["own_group:10", "weights:7"]
    first = with_overlay(all_found(), nothing, None, TODAY)
    assert sorted(first.loc[first["is_new"], "finding"]) == [
        "refreshed",
        "renamed_outside",
        "taken_out_outside",
    ]  # comparisons, too
    assert with_overlay(all_found(), nothing, set(), TODAY)["is_new"].all()


@pytest.mark.parametrize("number", [None, 0])
@pytest.mark.parametrize("exceptions", [accepted(), accepted(("own_group:10", "2026-12-31"))])
@pytest.mark.parametrize("known", [None, set(), {"own_group:10"}])
def test_the_overlay_adds_its_columns_in_every_case(
    number: int | None, exceptions: pd.DataFrame, known: set[str] | None
) -> None:
    """Dtypes hold without findings and without exceptions; no line is added or lost."""
    found = all_found().iloc[:number]
    overlaid = with_overlay(found, exceptions, known, TODAY)
    assert dtypes(overlaid) == dtypes(found) | {"is_new": "bool"} | dict.fromkeys(OVERLAY[1:], "str")
    assert overlaid["key"].tolist() == found["key"].tolist()


def test_the_day_of_a_run_is_that_of_the_district() -> None:
    """In UTC it may be the day after, and History says the other one."""
    said = renamed().confirmed_names.assign(started="2026-09-02T01:00:00+00:00")
    for zone, day in (("America/Chicago", "2026-09-01"), ("UTC", "2026-09-02")):
        found = findings(replace(renamed(), confirmed_names=said, zone=ZoneInfo(zone)))
        assert f"(ann, {day})" in found.loc[found["finding"].eq("renamed_outside"), "sentence"].iloc[0]
