"""The score counts the assignments that arrive where somebody chose."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.audit.score import by_school, district, over_time
from gpb.frames.schemas import STATUSES
from gpb.frames.snapshot import counts_by_school
from tests.builders import (
    EMPTY,
    FIRST,
    HOMEWORK,
    RETIRED,
    SECOND,
    UNKNOWN,
    assignments,
    course,
    group,
    mapped,
    section,
    snapshot,
)

TONIGHT = ("not_passed_back", "assignments_not_passed_back", "name_alone", "assignments_name_alone")
LINE = {
    "rows": "int64",
    **dict.fromkeys(STATUSES, "int64"),
    "associated_share": "float64",
    "assignments": "Int64",
    "assignments_delivered": "Int64",
    "score": "Int64",
    **dict.fromkeys(TONIGHT, "Int64"),
}


def score(**counts: tuple[int, int]) -> object:
    """The score of one school with these counts (_ for a blank)."""
    return district({"North": {name.replace("_", " "): count for name, count in counts.items()}})["score"]


def test_counts_are_rows_and_assignments_by_school_and_status() -> None:
    """An assignment counts once for each section."""
    groups = [
        group(1, "HW", mapped(class_1=HOMEWORK, class_2=RETIRED), counts=assignments(2)),
        group(2, "Quiz", mapped(class_1=HOMEWORK), counts=assignments(5)),
        group(3, "Labs", {"syncedWithSisCategory": True}, counts=assignments(1)),
    ]
    of_course = {7: groups, 8: [group(4, "HW", counts=assignments(4))]}
    sections = [section(1, FIRST), section(2, SECOND), section(3, EMPTY), section(4, UNKNOWN)]
    sections.append(section(5, FIRST, course_id=8))
    found = snapshot(of_course, courses=[course(), course(8, account_id=1)], sections=sections)
    assert counts_by_school(found.associations()) == {
        "North High": {
            "Synchronized": (2, 7),
            "Unassociated": (1, 5),
            "Broken": (1, 2),
            "No categories": (2, 7),
            "Elsewhere": (3, 3),
            "No SIS class": (3, 8),
            "not_passed_back": (8, 23),
            "by_name": (0, 0),
        },
        "District": {"Unassociated": (1, 4), "not_passed_back": (1, 4), "by_name": (0, 0)},
    }


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"Synchronized": (4, 9)}, 100),
        ({"Synchronized": (4, 999), "Unassociated": (1, 1)}, 99),
        ({"Synchronized": (4, 99_999), "Broken": (1, 1)}, 99),
        ({"Synchronized": (4, 999), "Unassociated": (9, 0)}, 100),
        ({"Synchronized": (1, 1), "Unassociated": (1, 1), "Broken": (1, 1), "No_categories": (1, 1)}, 25),
        ({"Synchronized": (1, 1), "No_SIS_class": (1, 2)}, 33),
        ({"Unassociated": (1, 7)}, 0),
        ({"Synchronized": (5, 0)}, None),
        ({"Elsewhere": (5, 8)}, None),
        ({}, None),
    ],
)
def test_the_score_is_the_share_that_arrives_and_100_only_when_nothing_is_missing(
    counts: dict[str, tuple[int, int]], expected: int | None
) -> None:
    """Rounded down, and missing where no assignment waits."""
    assert score(**counts) == expected


COUNT = st.tuples(st.integers(0, 50), st.integers(0, 5_000))


@given(counts=st.dictionaries(st.sampled_from(STATUSES), COUNT), elsewhere=COUNT)
def test_the_score_lies_between_0_and_100_and_what_is_kept_elsewhere_counts_neither_way(
    counts: dict[str, tuple[int, int]], elsewhere: tuple[int, int]
) -> None:
    """100 means that nothing is missing, 0 that less than a hundredth arrives."""
    line = district({"North": counts})
    missing = sum(weight for status, (_, weight) in counts.items() if status not in ("Synchronized", "Elsewhere"))
    assert line["score"] in ([None] if line["assignments"] == 0 else range(101))
    assert (line["score"] == 100) == (missing == 0 and line["assignments"] != 0)
    with_more = district({"North": {**counts, "Elsewhere": elsewhere}})
    assert {name: with_more[name] for name in ("score", "assignments")} == {
        name: line[name] for name in ("score", "assignments")
    }


def test_schools_stand_with_the_lowest_score_first_and_those_without_one_last() -> None:
    """Among equals the school with most assignments, then by name."""
    table = by_school(
        {
            "Idle": {"Unassociated": (2, 0)},
            "Well": {"Synchronized": (1, 4), "Elsewhere": (3, 9)},
            "B small": {"Unassociated": (1, 5)},
            "A small": {"Unassociated": (1, 5)},
            "Large": {"Synchronized": (1, 0), "Unassociated": (3, 50)},
        }
    )
    assert table["school"].tolist() == ["Large", "A small", "B small", "Well", "Idle"]
    assert table["score"].tolist() == [0, 0, 0, 100, pd.NA]
    assert table["rows"].tolist() == [4, 1, 1, 4, 2]
    assert table["associated_share"].tolist() == [0.25, 0.0, 0.0, 0.25, 0.0]
    assert table["assignments"].tolist() == [50, 5, 5, 4, 0]
    assert table["assignments_delivered"].tolist() == [0, 0, 0, 4, 0]
    assert table["Elsewhere"].tolist() == [0, 0, 0, 3, 0]


def test_the_district_adds_up_its_schools() -> None:
    """The score is that of all assignments, not the mean of the schools."""
    small, large = {"Synchronized": (1, 1)}, {"Synchronized": (2, 9), "Broken": (1, 90)}
    line = district({"Small": small, "Large": large})
    assert line == {
        **dict.fromkeys(STATUSES, 0), "Synchronized": 3, "Broken": 1, "rows": 4, "associated_share": 0.75,
        "assignments": 100, "assignments_delivered": 10, "score": 10, **dict.fromkeys(TONIGHT),
    }  # fmt: skip


def test_the_numbers_of_tonight_are_kept_and_missing_where_an_older_release_kept_none() -> None:
    """They add up as the rest does; nothing is made up for a snapshot without them."""
    now = {"North": {"Unassociated": (5, 9), "not_passed_back": (2, 7), "by_name": (1, 1)}}
    both = {**now, "South": {"not_passed_back": (1, 1), "by_name": (0, 0)}}
    assert [district(both)[name] for name in TONIGHT] == [3, 8, 1, 1]
    assert [district({"North": {"Unassociated": (5, 9)}})[name] for name in TONIGHT] == [None] * 4


def test_over_time_has_one_line_per_snapshot_the_oldest_first() -> None:
    """Snapshots made before counts were kept are left out; they are given with the newest first."""
    counts: dict[str, Any] = {"North": {"Synchronized": [1, 3], "Unassociated": [1, 1]}}
    idle: dict[str, Any] = {"North": {"Unassociated": [1, 0]}}
    moments = [datetime(2026, 9, day, 8, 0, 0, 1, tzinfo=UTC) for day in (3, 2, 1)]
    table = over_time(zip(moments, [{}, counts, idle], strict=True))
    assert table["read_at"].tolist() == [moments[2], moments[1]]
    assert table["score"].tolist() == [pd.NA, 75]
    assert table["rows"].tolist() == [1, 2]


def test_a_clock_that_was_ahead_bends_no_line() -> None:
    """A snapshot is shown no later than the one that followed it, and none is of a day that is in the future."""
    counts: dict[str, Any] = {"North": {"Synchronized": [1, 3]}}
    before, ahead, after = (datetime(year, 9, 1, tzinfo=UTC) for year in (2024, 2124, 2025))
    assert over_time([(after, counts), (ahead, counts), (before, counts)])["read_at"].tolist() == [before, after, after]
    assert over_time([(ahead, counts)])["read_at"].iloc[0] <= datetime.now(UTC)


@pytest.mark.parametrize(
    "counts",
    [{}, {"North": {"Unassociated": (1, 0)}}, {"North": {"Synchronized": (1, 3)}, "South": {"Broken": (1, 0)}}],
)
def test_columns_and_dtypes_hold_with_lines_and_without(counts: dict[str, dict[str, tuple[int, int]]]) -> None:
    """An empty table can be drawn as any other."""
    schools, line = by_school(counts), over_time([(datetime(2026, 9, 1, tzinfo=UTC), counts)])
    assert {name: str(dtype) for name, dtype in schools.dtypes.items()} == {"school": "str", **LINE}
    assert {name: str(dtype) for name, dtype in line.dtypes.items()} == {"read_at": "datetime64[us, UTC]", **LINE}
    assert (len(schools), len(line)) == (len(counts), bool(counts))
