"""Sections that lose grades tonight: one line each, and different courses first."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from gpb.api.types import AssignmentGroup
from gpb.audit.evidence import Evidence
from gpb.audit.figures import Figure, where
from gpb.audit.findings import findings
from gpb.audit.tonight.lines import tonight
from gpb.audit.tonight.sections import DTYPES, fix_first, losing_sections
from gpb.frames.snapshot import Snapshot
from tests.audit.found import ESSAY, read
from tests.builders import (
    EMPTY,
    FIRST,
    HOMEWORK,
    SECOND,
    assignments,
    course,
    default_categories,
    group,
    mapped,
    section,
)


def waiting(identifier: int, name: str, number: int, data: dict[str, object] | None = None) -> AssignmentGroup:
    """A group with so many published assignments, the first of them without a due date, and one not published."""
    listed = [replace(ESSAY, id=100 * identifier + place, no_due_date=place == 0) for place in range(number)]
    hidden = replace(ESSAY, id=100 * identifier + 99, published=False)
    counts = assignments(number, unpublished=1)
    return group(identifier, name, data, flagged=[*listed, hidden], counts=counts)


def district() -> Snapshot:
    """Two courses of one name: the first loses more in each of its sections than the second in its only one."""
    groups = {
        7: [waiting(1, "Labs", 5), waiting(2, "Quizzes", 3, mapped(class_1=HOMEWORK, class_2=HOMEWORK))],
        8: [waiting(3, "Labs", 2)],
    }
    sections = [
        section(1, FIRST),
        section(2, SECOND),
        section(3, EMPTY),
        section(4, None),
        section(5, FIRST, course_id=8),
    ]
    return read(groups, courses=[course(), course(8)], sections=sections, categories=default_categories())


def test_every_section_with_a_row_that_is_not_passed_back_is_one_line_and_no_other() -> None:
    """Their rows and assignments add up to the number of the desk; what is not published loses nothing."""
    found = district()
    losing, rows = losing_sections(tonight(found), found), found.associations()
    lost = rows.loc[where(rows, Figure.NOT_PASSED_BACK)].groupby("section_id")
    assert losing.set_index("section_id")["rows"].to_dict() == lost.size().to_dict()
    assert losing.set_index("section_id")["assignments"].to_dict() == lost["not_passed_back"].sum().to_dict()
    assert {name: str(dtype) for name, dtype in losing.dtypes.items()} == DTYPES
    assert losing["assignments"].is_monotonic_decreasing


def test_a_line_says_the_main_reason_who_can_fix_it_and_all_reasons() -> None:
    """The one that keeps most assignments back."""
    found = district()
    lines = losing_sections(tonight(found), found).set_index("section_id")[["title", "who", "why"]]
    told = dict(zip(lines.index, lines.itertuples(index=False, name=None), strict=True))
    assert told[1] == ("No category fits", "coordinator", "No category fits (4), No due date (2)")
    assert told[3] == ("No categories", "SIS administrator", "No categories (6), No due date (2)")


def test_what_to_fix_first_is_of_different_courses() -> None:
    """The worst section of each, and none that only notes are about, or nothing that is open."""
    found = district()
    losing, told = losing_sections(tonight(found), found), findings(Evidence(found))
    assert losing["course_id"].tolist()[:2] == [7, 7]
    assert fix_first(losing, told)["section_id"].tolist() == [3, 5]
    assert fix_first(losing, told, 1)["section_id"].tolist() == [3]
    only_art = told.loc[told["course_id"].eq(8)]
    assert fix_first(losing, only_art)["section_id"].tolist() == [5]
    assert fix_first(losing, told.loc[told["severity"].eq("note")]).empty


def test_a_district_in_which_all_arrives_has_no_line() -> None:
    """With the same columns."""
    found = read([group(1, "Homework", flagged=[ESSAY], counts=assignments(1))], categories=default_categories())
    losing = losing_sections(tonight(found), found)
    assert losing.empty
    assert losing.dtypes.to_dict() == losing_sections(tonight(district()), district()).dtypes.to_dict()
    assert isinstance(losing, pd.DataFrame)
