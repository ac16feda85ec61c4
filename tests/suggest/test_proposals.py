"""Proposals over the rows of a term, and one line per pattern."""

from __future__ import annotations

import pandas as pd

from gpb.frames.overlay import DRAFT_COLUMNS, with_drafts
from gpb.frames.snapshot import Snapshot
from gpb.suggest.evidence import Evidence
from gpb.suggest.patterns import pattern_key, with_patterns
from gpb.suggest.proposals import by_pattern, proposals
from gpb.suggest.schemas import PATTERNS, PROPOSALS
from gpb.suggest.vocabulary import read_vocabulary
from tests.builders import FIRST, HOMEWORK, SECOND, category, group, mapped, snapshot


def evidence(found: Snapshot) -> Evidence:
    """Of a snapshot without drafts."""
    rows = with_drafts(found.associations(), pd.DataFrame(columns=list(DRAFT_COLUMNS)))
    return Evidence(rows, found.validity, read_vocabulary())


def test_open_rows_alone_have_a_proposal_and_each_is_valid_in_its_section() -> None:
    """Homework of section 1 is associated; “Others” is a category of section 2 alone."""
    found = evidence(snapshot([group(1, "HOME WORK", mapped(class_1=HOMEWORK)), group(2, "others")]))
    made = proposals(found).set_index(["group_id", "section_id"])
    assert made.index.tolist() == [(1, 2), (2, 1), (2, 2)]
    assert made["category"].fillna("").tolist() == ["Homework", "", "Others"]
    assert made["tier"].tolist() == ["A", "C", "A"]
    assert {name: str(dtype) for name, dtype in proposals(found).dtypes.items()} == PROPOSALS


def test_a_pattern_is_the_name_in_any_spelling_and_the_titles_in_any_order() -> None:
    """Both spellings in the section with the same titles are one line."""
    found = evidence(snapshot([group(1, "Quiz 20%"), group(2, "quizzes"), group(3, "Tests")]))
    lines = by_pattern(proposals(found), found)
    assert {name: str(dtype) for name, dtype in lines.dtypes.items()} == PATTERNS
    assert lines.set_index("pattern").loc[pattern_key("Quizzes", ["Tests", "Homework"]), "names"] == 2
    assert lines["rows"].sum() == 6
    assert with_patterns(found.rows, found.validity)["pattern"].nunique() == len(lines) == 4


def test_a_title_of_two_categories_of_a_section_is_a_question_there() -> None:
    """Which of them is meant nobody can tell; the other section has one of them."""
    categories = [category("one", "Homework", FIRST, SECOND), category("two", "Homework", FIRST)]
    made = proposals(evidence(snapshot([group(1, "Homework")], categories=categories))).set_index("section_id")
    assert made["category_id"].fillna("").to_dict() == {1: "", 2: "one"}
    assert made["tier"].to_dict() == {1: "C", 2: "A"}
    assert made["reason"][1] == "The section has several categories named “Homework”."


def test_an_empty_term_has_no_lines() -> None:
    """With the declared columns."""
    found = evidence(snapshot([]))
    assert list(by_pattern(proposals(found), found)) == list(PATTERNS)
