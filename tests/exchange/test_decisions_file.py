"""Decisions as a file: what is exported comes back the same, and a bad line is told with its reason."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.errors import InputError
from gpb.exchange.decisions_file import export_decisions, read_decisions
from gpb.store.choices.decisions import Decided, DecisionStore, Kind, Scope
from gpb.store.database import Database
from gpb.suggest.decisions.rules import ReadRules, as_table, read_rules
from gpb.suggest.patterns import titles_key
from tests.examples import examples

OWN = ["kind", "group", "titles", "title", "scope", "scope_value", "is_on", "evidence"]
FOCUS = ["Homework", "Tests", "Unassociated"]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8)
AWKWARD = st.sampled_from(
    ["=1+1", "'x", "Unassociated", "“Unassociated” (category)", "copy of x", " x ", "1/2", "a,b;c"]
)
NAME = st.one_of(TEXT, AWKWARD)


@st.composite
def made(draw: st.DrawFn) -> Decided:
    """Any decision that can be kept."""
    title, scope = draw(st.none() | NAME), draw(st.sampled_from(list(Scope)))
    titles = [*draw(st.lists(NAME, max_size=2)), title or "Homework"] if draw(st.booleans()) else []
    value = "" if scope == Scope.DISTRICT else "high" if scope == Scope.LEVEL else draw(NAME)
    kind, is_on = draw(st.sampled_from(list(Kind))), draw(st.booleans())
    own = draw(NAME), titles_key(titles) if titles else "", title, scope.value, value, kind.value
    return Decided(*own, evidence="decided for 412 rows", is_on=is_on)


def read(text: str | bytes) -> ReadRules:
    """A file, with the titles of Focus."""
    found = read_decisions(text if isinstance(text, bytes) else text.encode())
    rules = read_rules(found.lines, FOCUS, "imported")
    return ReadRules(rules.made, (*found.problems, *rules.problems), rules.notes)


def lines(store: DecisionStore) -> pd.DataFrame:
    """All that a district has decided."""
    return store.frame(with_off=True)


def test_what_a_district_hands_on_is_the_same_in_another_one(tmp_path: Path) -> None:
    """Whatever is in its names and titles; the lines may come in any order."""
    database, districts = Database(f"sqlite:///{tmp_path / 'store.sqlite'}"), count()

    @given(decisions=st.lists(made(), max_size=4))
    @settings(max_examples=examples(50))
    def law(decisions: list[Decided]) -> None:
        one, other = (DecisionStore(database, f"canvas#{next(districts)}") for _ in range(2))
        one.decide(decisions, "ann")
        found = read(export_decisions(as_table(lines(one))[::-1]))
        assert found.problems == ()
        other.decide(found.made, "bob")
        pd.testing.assert_frame_equal(lines(one)[OWN], lines(other)[OWN])

    law()
    database.close()


def test_a_rule_needs_no_more_than_a_name_and_a_title() -> None:
    """In any spelling; a title is that of Focus; a BOM, semicolons, capitals in the header and blank lines are fine."""
    found = read(
        "\ufeffGroup;Title;Scope;Scope Value\n;;;\nHOME WORK (20%);homework;;\nQuizzes;“Unassociated” (category);"
        "School;North High\nQuiz;unassociated;Level;HIGH\n"
    )
    assert found.problems == found.notes == ()
    assert [(one.group, one.title, one.scope, one.scope_value, one.kind) for one in found.made] == [
        ("home work", "Homework", "district", "", "rule"),
        ("quiz", "Unassociated", "school", "North High", "rule"),
        ("quiz", None, "level", "high", "rule"),
    ]
    assert {one.evidence for one in found.made} == {"imported"}


def test_an_edited_name_is_read_anew_and_an_exported_one_is_not() -> None:
    """“copy of quiz” may be what is left of a longer name; somebody who writes it means any quiz."""
    store = pd.DataFrame([Decided("copy of quiz", "", "Tests").__getstate__()], columns=list(Decided.__slots__))
    table = as_table(store.assign(decision_id=1, person="ann", made_at="2026-09-01"))
    assert [one.group for one in read(export_decisions(table)).made] == ["copy of quiz"]
    assert [one.group for one in read(export_decisions(table.assign(title="Homework"))).made] == ["quiz"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (",Tests", "the group is empty"),
        ("Quiz,", "the title is empty"),
        ("Quiz,Tests,,planet,Mars", "the scope is “planet”: write district, level, school, course"),
        ("Quiz,Tests,,,North High", "scope_value is “North High”, and no scope says what that is"),
        ("Quiz,Tests,,school", "scope_value is empty: write which school it is for"),
        ("Quiz,Tests,,level,college", "the level is “college”: write elementary, middle, high"),
        ('Quiz,Tests,"Homework, Tests"', "titles is no list of titles"),
        ('Quiz,Tests,"[""Homework""]"', "“Tests” is not among its titles"),
        ("Quiz,Tests,,,,law", "the kind is “law”: write rule, decision or abbreviation"),
        ("Quiz,Tests,,,,,maybe", "is_on is “maybe”: write on or off"),
        ("Quiz,Tests,,,,,,more", "it has 8 cells, but the header has 7 columns"),
        ("quizzes,Homework", "it contradicts line 2"),
    ],
)
def test_a_bad_line_is_told_with_its_reason(line: str, told: str) -> None:
    """And its number."""
    padded = line + "," * (6 - line.count(",")) if line.count('"') == 0 else line + ",,,,"
    header = "group,title,titles,scope,scope_value,kind,is_on"
    found = read(f"{header}\nQuiz,Tests,,,,,\n{padded}\n")
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"Line 3: {told}")


def test_a_title_that_is_not_in_focus_is_taken_and_told() -> None:
    """Another district may have other titles."""
    found = read("group,title\nQuiz,Quizzes\n")
    assert found.made[0].title == "Quizzes"
    assert found.notes == ("No category in Focus is named “Quizzes”; lines with it decide nothing for now.",)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"name,category\nQuiz,Tests\n", "no columns group and title"),
        (b"group,title,Title\nQuiz,Tests,Tests\n", "the column title appears 2 times"),
        (b"PK\x03\x04 and so on", "The file is a workbook"),
        (b'group,title\nQuiz,"Tests\n', "a quote is never closed"),
    ],
)
def test_what_is_no_such_file_is_refused_as_a_whole(content: bytes, told: str) -> None:
    """In a sentence."""
    with pytest.raises(InputError, match=told):
        read(content)
