"""Which decision holds for a row, and what some would do."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from gpb.frames.overlay import DRAFT_COLUMNS, with_drafts
from gpb.frames.snapshot import Snapshot
from gpb.suggest.decisions.covered import WOULD, contradicting, covered, would_decide
from gpb.suggest.schemas import DECISIONS, framed
from tests.builders import HOMEWORK, TESTS, assignments, category, course, group, mapped, sis_class, snapshot
from tests.builders import section as section_of

BOTH = json.dumps(["Homework", "Tests"])
Line = tuple[str, str, str | None, str, str]


def decided(*lines: Line) -> pd.DataFrame:
    """Decisions (group, titles, title, scope, value), numbered from 1 and made one after the other."""
    rows = [
        {"decision_id": number, "kind": "rule", "person": "ann", "made_at": f"2026-09-{number:02}", "evidence": ""}
        | dict(zip(("group", "titles", "title", "scope", "scope_value"), line, strict=True))
        for number, line in enumerate(lines, 1)
    ]
    return framed(pd.DataFrame(rows, columns=list(DECISIONS)), DECISIONS)


def district() -> Snapshot:
    """Quizzes of Math 9 (one section with Tests and Homework, the other with a third title), and of Art [1]."""
    return snapshot(
        {
            7: [group(1, "Quiz 20%", counts=assignments(4)), group(2, "Labs", mapped(class_1=HOMEWORK, class_2=TESTS))],
            8: [group(3, "QUIZZES", mapped(class_3=TESTS))],
        },
        courses=[course(), course(8, name="Art [1]")],
        classes=[sis_class(name) for name in ("class-1", "class-2", "class-3")],
        sections=[section_of(1, "class-1"), section_of(2, "class-2"), section_of(3, "class-3", course_id=8)],
        categories=[
            category(HOMEWORK, "Homework", "class-1", "class-2", "class-3"),
            category(TESTS, "Tests", "class-1", "class-2", "class-3"),
            category("c-others", "Others", "class-2"),
        ],
    )


QUIZ = ("quiz", "", "Tests", "district", "")


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([QUIZ], {1: 1, 2: 1, 3: 1}),
        ([("quiz", BOTH, "Homework", "district", "")], {1: 1, 3: 1}),
        ([("quiz", BOTH, "Homework", "district", ""), QUIZ], {1: 1, 2: 2, 3: 1}),
        ([("quiz", "", "Others", "course", "math*"), ("quiz", "", "Homework", "school", "north high"), QUIZ],
         {1: 2, 2: 1, 3: 2}),
        ([QUIZ, ("quiz", "", "Homework", "course", "Art [1]")], {1: 1, 2: 1, 3: 2}),
        ([QUIZ, ("quiz", "", "Homework", "level", "high"), ("quiz", "", "Homework", "level", "middle")],
         {1: 2, 2: 2, 3: 2}),
        ([("quiz", "", None, "school", "South High"), ("test", "", "Tests", "district", "")], {}),
        ([("quiz", "", None, "course", "*9")], {1: 1, 2: 1}),
    ],
)  # fmt: skip
def test_the_narrowest_decision_whose_title_is_valid_holds(lines: list[Line], wanted: dict[int, int]) -> None:
    """Then one for these very titles; names in any spelling, places in any case, and * stands for anything."""
    found = district()
    rows = found.associations()
    held = covered(rows, found.validity, decided(*lines)).assign(section=rows["section_id"])
    assert held.index.equals(rows.index)
    assert not held["is_disputed"].any()
    assert held.dropna(subset="decision_id").set_index("section")["decision_id"].to_dict() == wanted


def test_what_decisions_would_do_is_counted_row_by_row() -> None:
    """Open rows, those that agree or contradict, and those that two decisions of the same width dispute."""
    found = district()
    drafts = pd.DataFrame(columns=list(DRAFT_COLUMNS))
    lines = [QUIZ, ("lab", "", "Homework", "district", ""), ("quiz", "", "Homework", "course", "Math 9"),
             ("quiz", "", "Tests", "course", "math*")]  # fmt: skip
    rows = with_drafts(found.associations(), drafts)
    would = would_decide(rows, found.validity, decided(*lines[:2]))
    assert {name: str(dtype) for name, dtype in would.dtypes.items()} == WOULD
    assert would.to_numpy().tolist() == [[1, 2, 8, 1, 0, 0], [2, 0, 0, 1, 1, 0]]
    disputed = would_decide(rows, found.validity, decided(*lines)).set_index("decision_id")
    assert disputed.loc[4].to_numpy().tolist() == [0, 0, 0, 0, 2]
    assert disputed.loc[3].eq(0).all()
    row = {"group_id": 1, "section_id": 1, "category_id": None, "category": None, "person": "bob", "baseline": "x"}
    drafted = pd.DataFrame(
        [{**dict.fromkeys(DRAFT_COLUMNS, ""), **row, "category_id": HOMEWORK, "category": "Homework"}]
    )
    would = would_decide(with_drafts(found.associations(), drafted), found.validity, decided(QUIZ))
    assert would.to_numpy().tolist() == [[1, 1, 4, 1, 1, 0]]


def test_rows_associated_otherwise_contradict_the_decision_that_holds_for_them() -> None:
    """Those with nothing do not; what should stay unassociated does."""
    found = district()
    rows = found.associations()
    made = decided(("lab", "", "Homework", "district", ""), ("quiz", "", None, "district", ""))
    differing = contradicting(rows, found.validity, made)
    assert differing[["section_id", "decision_id"]].to_numpy().tolist() == [[3, 2], [2, 1]]
    assert differing["wanted"].fillna("").tolist() == ["", "Homework"]
    assert contradicting(rows, found.validity, made.iloc[:0]).empty
