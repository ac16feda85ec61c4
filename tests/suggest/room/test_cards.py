"""Cards: what is judged at once, how much it is, and why."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.suggest.room.cards import Card, cards, is_taken, meaning, still_proposed
from gpb.suggest.vocabulary import read_vocabulary

VOCABULARY = read_vocabulary()
SETS = {"few": ["Homework", "Tests"], "many": ["Homework", "Labs", "Tests"], "other": ["Daily", "Major"]}


def line(pattern: str, name: str, titles: str, proposal: str | None, tier: str = "A") -> dict[str, object]:
    """A pattern; its counts are not looked at."""
    own = {"pattern": pattern, "group": name, "titles": json.dumps(SETS[titles]), "proposal": proposal, "tier": tier}
    return {**own, "source": "name", "reason": "of the pattern", "is_new": False, "meaning": meaning(name, VOCABULARY)}


def lines(*made: dict[str, object]) -> pd.DataFrame:
    """Patterns by key."""
    return pd.DataFrame(made).astype({"proposal": "str"}).set_index("pattern")


def rows(*made: tuple[str, str | None, str, str]) -> pd.DataFrame:
    """Open rows in courses of their own: pattern, own proposal, source, reason; three assignments in each."""
    table = pd.DataFrame(made, columns=["pattern", "category", "source", "reason"]).astype({"category": "str"})
    number = pd.Series(range(len(table)))
    ids = table.assign(group_id=number, section_id=number, course_id=number // 2)
    return ids.assign(school="North", assignments=3, waiting=0).astype({"assignments": "Int64"})


def only(found: list[Card]) -> Card:
    """The one card."""
    (card,) = found
    return card


@pytest.mark.parametrize("name", ["HW", "H.W.", "Home work", "home-work", "HOMEWORK 20%"])
def test_names_that_look_alike_mean_the_same(name: str) -> None:
    """As people write them; what means nothing stands for itself."""
    assert meaning(name, VOCABULARY) == "homework"
    assert meaning("Q1", VOCABULARY) == "Q1"


def test_look_alike_names_are_one_card_and_can_be_taken_apart() -> None:
    """The most frequent is first; what may be chosen is what all of them have, in the order of Focus."""
    known = lines(line("a", "HW", "few", "Homework"), line("b", "Home work", "many", "Homework"))
    some = rows(*[("b", "Homework", "name", "same")] * 3, ("a", "Homework", "name", "same"))
    card = only(cards(some, known))
    assert (card.names, card.titles, card.proposal) == (("Home work", "HW"), ("Homework", "Tests"), "Homework")
    assert (card.rows, card.courses, card.assignments, card.schools) == (4, 2, 12, 1)
    assert [one.patterns for one in cards(some, known, {"a"})] == [("b",), ("a",)]


def test_what_asks_for_another_answer_is_another_card() -> None:
    """Another proposal, another tier that is ticked or not, and without a proposal another set of titles."""
    known = lines(
        line("a", "HW", "few", "Homework"),
        line("b", "Home work", "few", "Tests"),
        line("c", "H.W.", "few", "Homework", "C"),
        line("d", "homework", "few", None, "C"),
        line("e", "Homework", "other", None, "C"),
    )
    found = cards(rows(*[(pattern, None, "", "none") for pattern in "abcde"]), known)
    assert sorted(card.patterns for card in found) == [("a",), ("b",), ("c",), ("d",), ("e",)]
    assert {card.patterns[0] for card in found if card.is_ticked} == {"a", "b"}


def test_a_card_is_as_sure_as_the_least_sure_of_its_patterns() -> None:
    """Nobody accepts with what is sure what is to be looked at."""
    known = lines(line("a", "HW", "few", "Homework", "A"), line("b", "Home work", "few", "Homework", "B"))
    card = only(cards(rows(*[("a", "Homework", "name", "x")] * 2, ("b", "Homework", "name", "x")), known))
    assert (card.tier, card.is_ticked) == ("B", True)


def test_rows_that_contradict_are_told_and_not_taken() -> None:
    """Nor those that nothing speaks for: whoever chooses another title than the proposed one chooses it for all."""
    known = lines(line("a", "HW", "few", "Homework"))
    some = rows(("a", "Homework", "name", "x"), ("a", "Tests", "sibling", "y"), ("a", None, "", "z"))
    card = only(cards(some, known))
    assert (card.rows, card.contradicting, card.taken, card.delivered) == (3, 2, 1, 3)
    assert is_taken(some, known, {"a": "Homework"}).tolist() == [True, False, False]
    assert is_taken(some, known, {"a": "Tests"}).tolist() == [True, True, True]


def test_the_reason_is_that_of_the_rows_that_are_there() -> None:
    """Their own words where all have the same, else how many come from where; contradicting ones have no say."""
    known = lines(line("a", "HW", "few", "Homework"))
    same = rows(("a", "Homework", "name", "It is the same."), ("a", "Tests", "sibling", "other"))
    assert only(cards(same, known)).reason == "It is the same."
    several = rows(*[("a", "Homework", "last term", f"{n}") for n in range(2)], ("a", "Homework", "name", "x"))
    assert only(cards(several, known)).reason == "2 as the same teacher had it, 1 by the name."


def test_new_sections_come_first_then_what_has_most_assignments() -> None:
    """So that a person begins at the top."""
    known = lines(line("a", "HW", "few", None), line("b", "Labs", "few", None), line("c", "Quiz", "few", None))
    known.loc["c", "is_new"] = True
    some = rows(*[(pattern, None, "", "none") for pattern in "abbc"])
    assert [card.patterns[0] for card in cards(some, known)] == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("left", "wanted"),
    [
        ([("Tests", "A"), ("Tests", "A"), ("Homework", "A"), (None, "C")], ("Tests", "A")),
        ([("Tests", "A"), ("Homework", "A")], ("Homework", "A")),
        ([("Tests", "A"), (None, "C"), (None, "C")], ("Tests", "A")),
        ([("Tests", "A"), ("Tests", "B")], ("Tests", "B")),
        ([("Tests", "A"), ("Tests", "A"), ("Tests", "C")], ("Tests", "B")),
        ([("Tests", "A"), ("Tests", "C")], ("Tests", "C")),
        ([(None, "C"), (None, "C")], (None, "C")),
    ],
)
def test_what_is_left_of_a_pattern_has_its_own_proposal(
    left: list[tuple[str | None, str]], wanted: tuple[str | None, str]
) -> None:
    """The most frequent, the first by the alphabet of two; as sure as its rows, of which a few may be questions."""
    known = lines(line("a", "HW", "few", "Homework", "A"), line("b", "Labs", "few", "Labs", "B"))
    some = rows(*[("a", title, "name", "x") for title, _ in left])
    tiers = pd.Categorical([tier for _, tier in left], categories=["A", "B", "C"])
    found = still_proposed(some.assign(tier=tiers), known)
    told = found.loc["a", ["proposal", "tier"]]
    assert (None if pd.isna(told["proposal"]) else told["proposal"], told["tier"]) == wanted
    assert found.loc[["b"]].equals(known.loc[["b"]])  # nothing of it is open


OPEN = st.tuples(st.sampled_from("ab"), st.sampled_from([None, "Homework", "Labs", "Tests"]), st.sampled_from("ABC"))
"""Pattern, own proposal and tier of an open row."""


def plainly(some: list[tuple[str, str | None, str]], pattern: str) -> tuple[str | None, str]:
    """The proposal and tier of a pattern, row by row."""
    own = [(title, tier) for name, title, tier in some if name == pattern]
    titles = [title for title, _ in own if title]
    best = min(titles, key=lambda title: (-titles.count(title), title)) if titles else None
    tiers = [tier for title, tier in own if title == best]
    asks_few = 0 < 2 * tiers.count("C") < len(tiers)
    return best, "B" if asks_few else max(tiers)


@given(st.lists(OPEN, min_size=1))
def test_what_is_left_of_a_pattern_is_proposed_as_if_there_had_never_been_more(
    some: list[tuple[str, str | None, str]],
) -> None:
    """The title of most of its rows, as sure as they are; a pattern without open rows keeps what it had."""
    known = lines(*(line(pattern, "HW", "many", "Essays", "A") for pattern in "abz"))
    table = rows(*[(pattern, title, "name", "x") for pattern, title, _ in some])
    table["tier"] = pd.Categorical([tier for *_, tier in some], ["A", "B", "C"])
    found = still_proposed(table, known)
    wanted = {name: plainly(some, name) if name in {one[0] for one in some} else ("Essays", "A") for name in "abz"}
    told = zip(found["proposal"], found["tier"], strict=True)
    assert dict(zip("abz", ((None if pd.isna(one) else one, tier) for one, tier in told), strict=True)) == wanted
    as_kept = table.astype({"pattern": "category", "category": "category"})
    pd.testing.assert_frame_equal(still_proposed(as_kept, known), found)
