"""How a vendor's tool writes associations: drawn from the seed, and read by itself alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.sandbox.layout import FLAG, FLAT, SHAPES, SISTEMIC, USUAL_FIELDS, Layout, layout_of

KEYS = st.text(min_size=1).filter(lambda key: key != FLAG)
USUAL_NAMES = {"id", "title", "categoryId", "categoryTitle"}


@given(st.integers(0, 999), st.sampled_from([SISTEMIC, FLAT]), st.dictionaries(KEYS, st.tuples(st.text(), st.text())))
def test_the_tool_reads_what_it_wrote(seed: int, shape: str, pairs: dict[str, tuple[str, str]]) -> None:
    """Whatever was drawn, and whatever keys and titles are."""
    layout = layout_of(shape, seed, drawn=True)
    assert layout.read(layout.sent("Tests", pairs)) == {key: uuid for key, (uuid, _) in pairs.items()}


def test_details_differ_from_seed_to_seed_and_no_name_is_a_usual_one() -> None:
    """With and without title, with and without flag; a seed always gives the same."""
    drawn = [layout_of(SISTEMIC, seed, drawn=True) for seed in range(40)]
    assert drawn == [layout_of(SISTEMIC, seed, drawn=True) for seed in range(40)]
    assert len({one.id_field for one in drawn}) > 20
    assert {any(holds == "title" for _, holds in one.fields) for one in drawn} == {True, False}
    assert {one.sets_flag for one in drawn} == {True, False}
    assert {holds for one in drawn for _, holds in one.fields} == {"id", "title", "group", "counter", "date", "user"}
    assert {name for one in drawn for name, _ in one.fields} & USUAL_NAMES == set()
    assert all(layout_of(shape, 7, drawn=False).fields == USUAL_FIELDS for shape in SHAPES)


@pytest.mark.parametrize(
    "value",
    [
        "c1",
        None,
        ["c1"],
        {},
        {"id": "c1", "title": "Tests"},
        {"categoryId": "c1"},
        {"categoryId": 1, "categoryTitle": "Tests"},
        {"categoryId": "c1", "categoryTitle": None},
        {"categoryId": "c1", "categoryTitle": "Tests", "id": "c1"},
    ],
)
def test_values_of_another_hand_are_not_read(value: Any) -> None:
    """Other names, missing or additional ones, other types; harmless fields may be missing."""
    data = {"sistemic": {"categoryMapping": {"S1": value, "S2": {"categoryId": "c2", "categoryTitle": "Old title"}}}}
    assert Layout(SISTEMIC).read(data) == {"S2": "c2"}


def test_nothing_associated_leaves_no_key_and_sets_no_flag() -> None:
    """Canvas shows its icon for either; in flat data null is all that can take the place of an association."""
    assert Layout(SISTEMIC, sets_flag=True).sent("Tests", {}, ["S1"]) == {"sistemic": {}}
    assert Layout(FLAT, sets_flag=True).sent("Tests", {}, ["S1"]) == {"S1": None}


@pytest.mark.parametrize("vendor", [None, [], "x", {"categoryMapping": []}])
def test_odd_data_holds_no_association(vendor: Any) -> None:
    """As other tools may leave it behind."""
    assert Layout(SISTEMIC).read({"sistemic": vendor}) == {}
