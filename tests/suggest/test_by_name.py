"""What a name alone says about its category."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.suggest.by_name import Tier, propose
from gpb.suggest.vocabulary import Vocabulary, read_vocabulary

TITLES = ["Homework", "Quizzes", "Tests", "Labs & Projects", "Class Participation"]
LEVELS = ["Major Assessments", "Minor Assessments"]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """The program's own tables."""
    return read_vocabulary()


@pytest.mark.parametrize(
    ("name", "titles", "title", "tier"),
    [
        ("Homework", TITLES, "Homework", Tier.A),
        ("20% quiz", TITLES, "Quizzes", Tier.A),
        ("Homwork", TITLES, "Homework", Tier.A),
        ("Tests (with corrections)", TITLES, "Tests", Tier.A),
        ("HW", TITLES, "Homework", Tier.B),
        ("projects", TITLES, "Labs & Projects", Tier.B),
        ("Unit tests", TITLES, "Tests", Tier.B),
        ("Daily homework assignments", TITLES, "Homework", Tier.B),
        ("Essays", LEVELS, "Major Assessments", Tier.B),
        ("Bell ringers & exit tickets", LEVELS, "Minor Assessments", Tier.B),
    ],
)
def test_a_name_leads_to_its_title(
    name: str, titles: list[str], title: str, tier: Tier, vocabulary: Vocabulary
) -> None:
    """The same words for all rows at once; a kind or a part of a title once per pattern."""
    found = propose(name, titles, vocabulary)
    assert (found.title, found.tier) == (title, tier)


@pytest.mark.parametrize(
    ("name", "titles", "tier", "word"),
    [
        ("Graded assignments", ["Ungraded assignments"], Tier.C, "assignment"),
        ("Presentations", ["Presentational"], Tier.C, "No category"),
        ("Homework 20%", ["Homework 10%"], Tier.C, "weight"),
        ("Quizzes", LEVELS, Tier.C, "Schools differ"),
        ("Tests and homework", LEVELS, Tier.C, "No category"),
        ("Final exam", ["Tests", "Homework"], Tier.C, "Schools differ"),
        ("Projects", ["Small Projects", "Projects & Labs"], Tier.C, "No category"),
        ("Homework", ["Homework", "home work"], Tier.C, "too little"),
        ("Homework (extra credit)", ["Homework", "Extra Credit"], Tier.C, "No category"),
        ("Marching performance", ["Performance", "Writing"], Tier.C, "No category"),
        ("OLD Homework", ["Homework"], None, "not used"),
        ("Q1", ["Homework"], None, "nothing"),
        ("Homework", [], None, "no categories"),
    ],
)
def test_where_a_person_is_needed_nothing_is_proposed(
    name: str, titles: list[str], tier: Tier | None, word: str, vocabulary: Vocabulary
) -> None:
    """And the reason says what keeps it open."""
    found = propose(name, titles, vocabulary)
    assert (found.title, found.tier) == (None, tier)
    assert word in found.reason


@given(st.text(max_size=30), st.lists(st.text(max_size=20), max_size=5))
def test_a_proposal_is_one_of_the_titles_whatever_their_order(name: str, titles: list[str]) -> None:
    """Nothing is made up, and nothing hangs on the order in which Focus lists them."""
    vocabulary = read_vocabulary()
    found = propose(name, titles, vocabulary)
    assert found.title is None or found.title in titles
    assert propose(name, titles[::-1], vocabulary).title == found.title
