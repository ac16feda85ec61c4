"""What earlier terms decide for the open rows of this one, and why they do not decide the rest."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from gpb.frames.overlay import DRAFT_COLUMNS, with_drafts
from gpb.suggest.decisions.carry import BY_PATTERN, CARRIED, Outcome, Voices, by_pattern, carried
from gpb.suggest.schemas import DECISIONS, PAST, empty, framed
from tests.audit.found import decided_by
from tests.builders import FIRST, HOMEWORK, SECOND, TESTS, assignments, category, group, mapped, section, snapshot

SET = json.dumps(["Homework", "Tests"])
OLD_SET = json.dumps(["Homework", "Quizzes", "Tests"])
MINE, NORTH, OTHER = ("North High", "Zoë Núñez"), ("North High", "Bo"), ("North High", "Cy")
SOUTH = "South High", "Bo"
Case = tuple[tuple[str, str], str, str, str, int]


def past(*cases: Case) -> pd.DataFrame:
    """Cases: (school, teacher), name, titles then, title, number of rows."""
    lines = [
        {"term": "Spring", "school": school, "teacher": teacher, "course": "Math", "group": name, "titles": titles}
        | {"category": title, "rows": rows, "assignments": rows}
        for (school, teacher), name, titles, title, rows in cases
    ]
    return framed(pd.DataFrame(lines, columns=list(PAST)), PAST)


@pytest.mark.parametrize(
    ("cases", "outcome", "title"),
    [
        ([(MINE, "QUIZ", SET, "Tests", 3)], Outcome.DECIDED, "Tests"),
        ([(MINE, "Quizzes", OLD_SET, "Tests", 3)], Outcome.DECIDED, "Tests"),
        ([(MINE, "Quizzes", SET, "Tests", 3), (NORTH, "Quizzes", SET, "Homework", 99)], Outcome.DECIDED, "Tests"),
        ([(MINE, "Quizzes", OLD_SET, "Quizzes", 3), (NORTH, "Quizzes", SET, "Tests", 9),
          (OTHER, "Quizzes", SET, "Tests", 1)], Outcome.DECIDED, "Tests"),
        ([(NORTH, "Quizzes", SET, "Tests", 38), (OTHER, "Quizzes", SET, "Tests", 1),
          (OTHER, "Quizzes", SET, "Homework", 1)], Outcome.DECIDED, "Tests"),
        ([(NORTH, "Quizzes", SET, "Tests", 39)], Outcome.FEW, None),
        ([(NORTH, "Quizzes", SET, "Tests", 9), (NORTH, "Quizzes", SET, "Homework", 1)], Outcome.DISAGREE, None),
        ([(MINE, "Quizzes", SET, "Tests", 2), (MINE, "Quizzes", SET, "Homework", 1)], Outcome.DISAGREE, None),
        ([(MINE, "Quizzes", OLD_SET, "Quizzes", 3)], Outcome.GONE, None),
        ([(NORTH, "Quizzes", OLD_SET, "Tests", 3)], Outcome.CHANGED, None),
        ([(SOUTH, "Quizzes", SET, "Tests", 30)], Outcome.OTHER_SCHOOLS, None),
        ([(MINE, "Homework", SET, "Homework", 3)], Outcome.NEW, None),
        ([], Outcome.NEW, None),
    ],
)  # fmt: skip
def test_the_teachers_own_past_goes_first_then_the_school(
    cases: list[Case], outcome: Outcome, title: str | None
) -> None:
    """Names in any spelling; what is not decided has no title, and all have a reason that is a sentence."""
    found = snapshot([group(1, "Quiz 20%")], sections=[section(1, FIRST)])
    rows = with_drafts(found.associations(), pd.DataFrame(columns=list(DRAFT_COLUMNS)))
    lines = carried(rows, found.validity, Voices.of(past(*cases)), empty(DECISIONS))
    assert {name: str(dtype) for name, dtype in lines.dtypes.items()} == CARRIED
    line = lines.iloc[0]
    assert (line["outcome"], None if pd.isna(line["category"]) else line["category"]) == (outcome, title)
    assert pd.isna(line["category_id"]) == (title is None)
    assert line["reason"].endswith(".")


def test_rows_that_somebody_has_chosen_are_left_and_a_decision_is_not_overruled() -> None:
    """Two categories of one title decide nothing; a name that says old neither. By pattern it is one line each."""
    groups = [
        group(1, "Quizzes", mapped(class_1=TESTS), counts=assignments(5)),
        group(2, "Homework"),
        group(3, "Twice"),
        group(4, "OLD Quizzes"),
    ]
    twice = [category(name, "Twice", FIRST, SECOND) for name in ("t1", "t2")]
    both = [category(HOMEWORK, "Homework", FIRST, SECOND), category(TESTS, "Tests", FIRST, SECOND)]
    found = snapshot(groups, sections=[section(1, FIRST), section(2, SECOND)], categories=[*both, *twice])
    titles = json.dumps(["Homework", "Tests", "Twice"])
    cases = past(*[(MINE, name, titles, title, 3) for name, title in (("Quiz", "Tests"), ("Homework", "Homework"),
                                                                      ("Twice", "Twice"))])  # fmt: skip
    rows = with_drafts(found.associations(), pd.DataFrame(columns=list(DRAFT_COLUMNS)))
    lines = carried(rows, found.validity, Voices.of(cases), decided_by(("homework", "Tests")))
    assert lines[["group_id", "section_id"]].to_numpy().tolist() == [
        [1, 2],
        [2, 1],
        [2, 2],
        [3, 1],
        [3, 2],
        [4, 1],
        [4, 2],
    ]
    table = by_pattern(lines)
    assert {name: str(dtype) for name, dtype in table.dtypes.items()} == BY_PATTERN
    assert dict(zip(table["group"], table["outcome"], strict=True)) == {
        "Quizzes": Outcome.DECIDED,
        "Homework": Outcome.DECIDED_OTHERWISE,
        "Twice": Outcome.CHANGED,
        "OLD Quizzes": Outcome.RETIRED,
    }
    assert table["reason"].str.contains("A decision of the district says “Tests”.").sum() == 1
    assert by_pattern(carried(rows.iloc[:0], found.validity, Voices.of(cases), empty(DECISIONS))).empty
