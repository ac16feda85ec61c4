"""Decisions: the last word on a pattern holds, its history stays, and an edit can be taken back."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from gpb.errors import InputError, StoreError
from gpb.store import database as module
from gpb.store.choices.decisions import COLUMNS, Decided, DecisionStore, Kind, Scope, SkippedStore
from gpb.store.choices.tables import decisions
from gpb.store.database import Database
from tests.examples import examples

SET = json.dumps(["Homework", "Tests"])
QUIZ = Decided("quiz", SET, "Tests", evidence="decided for 412 rows")
RULE = Decided("warm up", "", "Homework", Scope.SCHOOL, "North High", Kind.RULE)
WORDS = ["group", "titles", "title", "scope", "scope_value", "kind", "evidence"]


def said(store: DecisionStore) -> list[tuple[object, ...]]:
    """What is decided, without who and when."""
    found = store.frame()[WORDS]
    return [tuple(None if pd.isna(one) else one for one in row) for row in found.itertuples(index=False)]


def test_the_newest_word_on_a_pattern_holds_and_the_one_before_is_in_its_history(database: Database) -> None:
    """A decision has one line, another scope another one; other districts have their own."""
    store, other = DecisionStore(database, "canvas#1"), DecisionStore(database, "canvas#2")
    before = store.version()
    assert store.decide([QUIZ, RULE], "ann", label="accepted") == 2
    assert store.decide([QUIZ], "bob") == 0  # the same word again
    assert store.decide([Decided("quiz", SET, None)], "bob") == 1
    assert store.decide([Decided("warm up", "", "Homework", Scope.SCHOOL, "North High")], "bob") == 0
    found = store.frame()
    assert list(found.columns) == list(COLUMNS)
    assert found[["group", "kind", "person"]].to_numpy().tolist() == [
        ["quiz", "decision", "bob"],
        ["warm up", "rule", "ann"],
    ]
    assert found["title"].isna().tolist() == [True, False]
    told = store.history(int(found["decision_id"].iloc[0]))
    assert told[["what", "person", "label"]].to_numpy().tolist() == [
        ["decided", "bob", ""],
        ["decided", "ann", "accepted"],
    ]
    assert json.loads(told["before"].iloc[0])["title"] == "Tests"
    assert json.loads(told["before"].iloc[0])["evidence"] == "decided for 412 rows"
    assert store.version() != before
    assert other.frame().empty


def test_what_is_off_is_kept_and_can_be_turned_on(database: Database) -> None:
    """An unknown id changes nothing, those of another district among them."""
    store = DecisionStore(database, "canvas#1")
    store.decide([QUIZ, RULE], "ann")
    DecisionStore(database, "canvas#2").decide([QUIZ], "ann")
    first, second = store.frame()["decision_id"].tolist()
    assert store.turn([first, second], on=False, person="bob") == 2
    assert store.turn([first], on=False, person="bob") == 0
    assert store.frame().empty
    assert store.frame(with_off=True)["is_on"].tolist() == [False, False]
    with pytest.raises(InputError, match="no decision 3"):
        store.turn([first, 3], on=True, person="ann")
    assert store.turn([second], on=True, person="ann") == 1
    assert said(store) == [("warm up", "", "Homework", "school", "North High", "rule", "")]
    assert store.history()["what"].tolist() == ["turned on", "turned off", "turned off", "decided", "decided"]


def test_an_edit_is_taken_back_but_for_what_others_changed_since(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many parts, too; each undo takes back the edit before."""
    for name in ("gpb.store.database.PART", "gpb.store.choices.decisions.PART"):
        monkeypatch.setattr(name, 2)
    assert module.PART == 2
    store = DecisionStore(database, "canvas#1")
    store.decide([QUIZ], "ann", label="edit", session="a", name="one")
    before = said(store)
    many = [Decided(f"lab {number}", SET, "Tests") for number in range(5)]
    store.decide([*many, Decided("quiz", SET, "Homework")], "ann", label="edit", session="a", name="many")
    store.decide([Decided("lab 3", SET, "Homework")], "bob")
    assert store.undo("ann", "b") == 0
    assert store.undo("ann", "a", "one") == 0  # its row was changed since
    assert store.undo("ann", "a", "many") == 5
    assert said(store) == [("lab 3", SET, "Homework", "district", "", "decision", ""), *before]
    assert store.undo("ann", "a") == 0


def test_skipped_patterns_are_those_of_a_person_in_a_term(database: Database) -> None:
    """Skipping twice is skipping once."""
    store = SkippedStore(database, "box#1#5")
    for person in ("ann", "ann", "bob"):
        store.skip("0123456789ab", person)
    assert store.skipped("ann") == {"0123456789ab"}
    assert SkippedStore(database, "box#1#6").skipped("ann") == frozenset()
    assert store.skipped("bob") == {"0123456789ab"}


@pytest.mark.parametrize(
    ("column", "value"),
    [("titles", '["a"'), ("titles", '{"a": 1}'), ("scope", "planet"), ("kind", ""), ("made_at", "now"), ("is_on", 7)],
)
def test_a_damaged_decision_is_one_sentence(tmp_path: Path, column: str, value: object) -> None:
    """It is neither passed over nor a traceback."""
    database = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    store = DecisionStore(database, "canvas#1")
    store.decide([QUIZ], "ann")
    with database.write() as connection:
        connection.execute(update(decisions).values({column: value}))
    with pytest.raises(StoreError, match="The store is damaged: a decision cannot be read"):
        store.frame()
    database.close()


Key = tuple[str, str, str]
KEYS = st.tuples(st.sampled_from(["quiz", "lab"]), st.sampled_from(["", SET]), st.sampled_from(["", "North", "South"]))
TITLES = st.sampled_from(["Homework", "Tests", None])


def decided(key: Key, title: str | None) -> Decided:
    """For the school that the key names, or the district."""
    group, titles, school = key
    return Decided(group, titles, title, Scope.SCHOOL if school else Scope.DISTRICT, school)


def test_the_order_of_decisions_makes_no_difference_and_undo_returns(tmp_path: Path) -> None:
    """Replayed in any order, one by one or at once, they are the same; an edit that is taken back leaves no trace."""
    database, districts = Database(f"sqlite:///{tmp_path / 'store.sqlite'}"), count()

    @given(made=st.dictionaries(KEYS, TITLES, max_size=6), more=st.dictionaries(KEYS, TITLES), order=st.randoms())
    @settings(max_examples=examples(60))
    def law(made: dict[Key, str | None], more: dict[Key, str | None], order: Random) -> None:
        lines = [decided(*item) for item in made.items()]
        one, other = (DecisionStore(database, f"canvas#{next(districts)}") for _ in range(2))
        one.decide(lines, "ann")
        order.shuffle(lines)
        for line in lines:
            other.decide([line], "ann")
        before = said(one)
        assert before == said(other)
        if one.decide([decided(*item) for item in more.items()], "ann"):
            one.undo("ann")
        assert said(one) == before

    law()
    database.close()
