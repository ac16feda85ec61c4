"""What each source says of a row, and what becomes of it where another contradicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gpb.suggest.decided import is_within, school_level
from gpb.suggest.evidence import Evidence
from gpb.suggest.patterns import titles_key
from gpb.suggest.proposals import by_pattern, proposals
from tests.suggest.evidence_of import KINDS, case, decision, evidence, term

QUIZZES, HOMEWORK, HW, TESTS, OLD, Q1, STUFF = range(1, 8)
TERM = term()


def line(known: Evidence, group_id: int, section_id: int) -> Any:
    """The proposal for one row."""
    return proposals(known).set_index(["group_id", "section_id"]).loc[(group_id, section_id)]


def said(known: Evidence, group_id: int = QUIZZES, section_id: int = 1) -> tuple[object, str, str]:
    """Title, tier and source for one row."""
    found = line(known, group_id, section_id)
    return (found["category"] if isinstance(found["category"], str) else None), found["tier"], found["source"]


def test_other_sections_of_the_course_say_it_where_they_agree() -> None:
    """Those with the same titles first; beside other titles unless the name fits one of them."""
    agreeing = evidence(TERM, drafts={(QUIZZES, 2): "Minor", (STUFF, 3): "Minor"})
    assert said(agreeing) == ("Minor", "A", "sibling")
    assert said(agreeing, STUFF) == ("Minor", "A", "sibling")
    assert said(agreeing, QUIZZES + 100, 4) == (None, "C", "")
    named = evidence(TERM, drafts={(HOMEWORK, 1): "Minor", (HOMEWORK, 2): "Minor"})
    assert said(named, HOMEWORK, 3) == ("Homework", "C", "name")
    split = evidence(TERM, drafts={(STUFF, 1): "Minor", (STUFF, 2): "Major"})
    assert said(split, STUFF, 3) == ("Minor", "B", "sibling")
    other = evidence(TERM, drafts={(STUFF, 2): "Minor", (STUFF, 3): "Tests"})
    assert said(other, STUFF) == ("Minor", "A", "sibling")
    unlike = evidence(TERM, drafts={(STUFF, 2): "Major", (STUFF, 3): "Minor"})
    assert said(unlike, STUFF) == ("Major", "B", "sibling")


@pytest.mark.parametrize(
    ("past", "expected"),
    [
        ([case("quiz 2026", "Minor", 3)], ("Minor", "A", "last term")),
        ([case("Quizzes", "Minor", 3), case("Quizzes", "Major", term="Fall")], ("Minor", "C", "last term")),
        ([case("Quizzes", "Minor", 39), case("Quizzes", "Major")], ("Minor", "B", "last term")),
        ([case("Quizzes", "Major", 9, course="Art"), case("Quizzes", "Minor")], ("Minor", "A", "last term")),
        ([case("Quizzes", "Minor", titles="[]")], ("Minor", "B", "last term")),
        ([case("Quizzes", "Gone", titles="[]")], (None, "C", "")),
        ([case("Quizzes", "Minor", 2, teacher="B"), case("quiz", "Minor", teacher="C")], ("Minor", "B", "past terms")),
        ([case("Quizzes", "Minor", teacher="B"), case("quiz", "Minor", teacher="C")], ("Minor", "C", "past terms")),
        ([case("Quizzes", "Minor", 30, teacher="Ben")], ("Minor", "C", "past terms")),
        ([case("Quizzes", "Minor", 99, school="South High")], ("Minor", "C", "past terms")),
        ([case("Quizzes", "Minor", 2, teacher=""), case("Quizzes", "Major", teacher="")], ("Minor", "C", "past terms")),
        ([case("Quizzes", "Minor"), case("Quizzes", "Major", 30, teacher="Ben")], ("Minor", "B", "last term")),
        ([case("Quizzes", "Minor"), case("Quizzes", "Major", 30, school="South")], ("Minor", "A", "last term")),
    ],
)
def test_what_earlier_terms_say(past: list[Mapping[str, object]], expected: tuple[object, str, str]) -> None:
    """The same teacher's group for certain, others' as far as they agree; nothing is averaged away."""
    assert said(evidence(TERM, past=past)) == expected


def test_cases_are_counted_and_told() -> None:
    """“112 of 115 like this”, and what the other three were."""
    teachers = [case("Quizzes", "Minor", rows, teacher=teacher) for rows, teacher in ((100, "B"), (12, "C"))]
    known = evidence(TERM, past=[*teachers, case("Quizzes", "Major", 3, teacher="D")])
    found = line(known, QUIZZES, 1)
    assert (found["evidence"], found["against"], found["runners_up"]) == (112, 3, '["Major"]')
    assert found["reason"] == "112 of 115 like this in this school were in “Minor” before (by 2 teachers)."


@pytest.mark.parametrize(
    ("decided", "expected"),
    [
        ([decision("quiz", "Minor")], ("Minor", "A", "decision")),
        ([decision("quiz", "Minor", kind="rule", titles="")], ("Minor", "A", "rule")),
        ([decision("quiz", "Minor"), decision("quiz", "Major", scope="level", scope_value="high")], "Major"),
        ([decision("quiz", "Minor", scope="course", scope_value="MATH*"), decision("quiz", "Major")], "Minor"),
        ([decision("quiz", "Minor"), decision("quiz", "Major", titles="")], "Minor"),
        ([decision("quiz", "Minor", scope="school", scope_value="South High")], (None, "C", "")),
        ([decision("quiz", "Minor"), decision("quiz", "Major", made_at="2027-01-01")], ("Major", "C", "decision")),
        ([decision("quiz", "Minor", titles=titles_key(KINDS))], (None, "C", "")),
        ([decision("quiz", None)], (None, "", "decision")),
        ([decision("old test", "Minor")], (None, "C", "")),
    ],
)
def test_the_narrower_decision_wins(decided: list[Mapping[str, object]], expected: object) -> None:
    """And it stays one for sure, though a wider one says otherwise; two of the same scope are a question."""
    wanted = (expected, "A", "decision") if isinstance(expected, str) else expected
    assert said(evidence(TERM, decided=decided)) == wanted


@pytest.mark.parametrize(("kind", "how"), [("decision", "decided"), ("rule", "made the rule")])
def test_what_was_decided_is_told_as_it_happened(kind: str, how: str) -> None:
    """With the day that it was in the district: a draft keeps the words, whatever becomes of the rule."""
    made = decision("quiz", "Minor", kind=kind, made_at="2026-11-29T03:30:00+00:00")
    known = replace(evidence(TERM, decided=[made]), zone=ZoneInfo("America/Chicago"))
    told = f"“Minor” was {how} for the whole district by Ada on 2026-11-28."
    assert line(known, QUIZZES, 1)["reason"] == told


@pytest.mark.parametrize(
    ("known", "row", "expected"),
    [
        ({"past": [case("Homework", "Tests", titles=titles_key(KINDS))]}, (HOMEWORK, 3), ("Tests", "B", "last term")),
        ({"past": [case("hw", "Tests", 9, teacher="B", titles=titles_key(KINDS))]}, (HW, 3), ("Homework", "C", "name")),
        (
            {"decided": [decision("quiz", "Minor")], "past": [case("Quizzes", "Major")]},
            (QUIZZES, 1),
            ("Minor", "C", "decision"),
        ),
        (
            {"drafts": {(QUIZZES, 2): "Major"}, "decided": [decision("quiz", "Minor")]},
            (QUIZZES, 1),
            ("Major", "C", "sibling"),
        ),
        ({"past": [case("Q1", "Minor")]}, (Q1, 1), ("Minor", "B", "last term")),
        ({"past": [case("OLD Tests", "Minor")]}, (OLD, 1), (None, "", "")),
    ],
)
def test_a_contradiction_lowers_the_tier_and_is_told(
    known: dict[str, Any], row: tuple[int, int], expected: tuple[object, str, str]
) -> None:
    """What was done wins over the name; what people decided apart from each other is a question."""
    found = evidence(TERM, **known)
    assert said(found, *row) == expected
    if expected[0] is not None and row[0] != Q1:
        assert " But " in line(found, *row)["reason"]


def test_a_weight_in_the_name_vetoes_any_source() -> None:
    """The teacher may have had it there, but the name says 40 %."""
    found = term(["Tests 40%"])
    found.tables["categories"]["category"] = found.tables["categories"]["category"].str.replace("Major", "Exams 30%")
    titles = titles_key(["Exams 30%", "Minor"])
    known = evidence(found, past=[case("Tests", "Exams 30%", titles=titles)])
    assert said(known, 1, 1) == (None, "C", "")
    assert line(known, 1, 1)["runners_up"] == '["Exams 30%"]'


def test_titles_that_differ_too_little_are_a_question() -> None:
    """Whoever says which one."""
    found = term(["Stuff"])
    found.tables["categories"]["category"] = found.tables["categories"]["category"].str.replace("Major", "minors")
    known = evidence(found, past=[case("Stuff", "Minor", titles=titles_key(["Minor", "minors"]))])
    assert said(known, 1, 1) == ("Minor", "C", "last term")


def test_assignments_speak_where_nothing_else_does() -> None:
    """Unanimously, and at least half of them."""
    named = ["Test 1: Cells", "Test 2", "Tests, chapter 3"]
    assert said(evidence(TERM, assignments={STUFF: named}), STUFF, 3) == ("Tests", "B", "assignments")
    assert said(evidence(TERM, assignments={STUFF: [*named, "Homework 1"]}), STUFF, 3) == (None, "C", "")
    assert said(evidence(TERM, assignments={STUFF: named[:1]}), STUFF, 3) == (None, "C", "")
    assert said(evidence(TERM, assignments={STUFF: [*named, *"abcd"]}), STUFF, 3) == (None, "C", "")


def test_a_line_shows_how_many_of_its_rows_say_something_else() -> None:
    """Its title is that of most rows; the others are counted, and its reason says where it comes from."""
    past = [case("Quizzes", "Minor"), case("Quizzes", "Major", 1, course="Biology")]
    known = evidence(TERM, past=past)
    lines = by_pattern(proposals(known), known)
    quizzes = lines.loc[lines["rows"].eq(3) & lines["group"].eq("Quizzes")].iloc[0]
    assert quizzes[["proposal", "contradicting", "rows", "tier"]].tolist() == ["Minor", 1, 3, "A"]
    assert (quizzes["courses"], quizzes["assignments"]) == (2, 6)


@pytest.mark.parametrize(
    ("school", "level"),
    [
        ("North High School", "high"),
        ("Prairie Junior High", "middle"),
        ("Sunrise K-5 School", "elementary"),
        ("Highland Academy", ""),
    ],
)
def test_the_level_of_a_school_stands_in_its_name(school: str, level: str) -> None:
    """In words of their own."""
    assert school_level(school) == level
    assert is_within("level", level or "high", school=school, course="x") == bool(level)
