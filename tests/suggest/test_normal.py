"""Names and titles that mean the same have the same words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.suggest.normal import is_retired, parts, singular, together, weights, words

KINDS = ("homework", "quiz", "class participation", "lab report", "exit ticket")
BEFORE = ("", "25% ", "Quarter 2 ", "Category 3 = ", "2. ", "Unit 4 ", "2026-27 ", "🧪 ", "2nd 9 weeks ", "Copy of ")
AFTER = (
    "",
    " - 30%",
    " (20% of the final grade)",
    " (copy)",
    ": 10-30 points",
    " Q3",
    " 2026",
    "!",
    "-2",
    " – semester 1",
)


@given(st.sampled_from(KINDS), st.sampled_from(BEFORE), st.sampled_from(AFTER), st.booleans())
def test_what_is_no_kind_of_work_is_set_aside(kind: str, before: str, after: str, loud: bool) -> None:
    """Weight, points, period, year, numbering, copy, emoji and case do not make another name."""
    name = f"{before}{kind}{after}"
    assert words(name.upper() if loud else name) == words(kind)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("home work", "Homework"),
        ("Quizzes & Tests", "quiz/test"),
        ("Ｔｅｓｔｓ", "TEST"),
        ("Do-Now’s", "do nows"),
        ("H.W.", "HW"),
        ("Categories", "category"),
    ],
)
def test_spellings_of_the_same_words(one: str, other: str) -> None:
    """Blanks, signs between words, width and the plural."""
    assert together(one) == together(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Graded", "Ungraded"),
        ("Test 1", "Test 2"),
        ("Formative", "Summative"),
        ("Class", "Clas"),
        ("Algebra I", "Algebra II"),
    ],
)
def test_other_words_stay_other_words(one: str, other: str) -> None:
    """Numbers that belong to a name stay in it."""
    assert together(one) != together(other)


@pytest.mark.parametrize("name", ["", "   ", "25%", "Q1", "Unit 3", "2026-27", "🧪", "#2", "100 points"])
def test_a_name_that_says_nothing_has_no_words(name: str) -> None:
    """There is nothing to compare with."""
    assert words(name) == ()


@given(st.text())
def test_any_text_has_words_that_are_their_own(name: str) -> None:
    """Nothing that anybody types breaks it, and each word is in its singular already or gets no shorter twice."""
    assert all(word and singular(word) for word in words(name))
    assert isinstance(parts(name), tuple)


def test_a_retired_group_is_known_by_its_name() -> None:
    """“old” is a word of its own."""
    retired = ["OLD Homework", "Tests - do not use", "(archived) Labs", "DON'T USE quizzes"]
    assert [is_retired(name) for name in [*retired, "Golden Homework", "Household skills"]] == [True] * 4 + [False] * 2


def test_weights_are_read() -> None:
    """With a comma or a point."""
    assert weights("Tests 40 % (12,5%)") == {40.0, 12.5}
