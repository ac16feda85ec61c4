"""Which categories may be chosen in a section."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.errors import InputError
from gpb.frames.codec import Target
from gpb.frames.validity import Validity
from gpb.matching.section_key import same_spelling
from tests.builders import EMPTY, FIRST, HOMEWORK, OTHERS, SECOND, TESTS, category, group, snapshot


def test_options_are_the_active_categories_of_the_section_in_the_order_of_the_sis() -> None:
    """Inactive ones and those of other sections are not offered."""
    validity = snapshot([group(1, "HW")]).validity
    assert validity.options(FIRST) == {HOMEWORK: "Homework", TESTS: "Tests"}
    assert validity.options(SECOND) == {HOMEWORK: "Homework", TESTS: "Tests", OTHERS: "Others"}
    assert validity.options(None) == {}


def test_a_choice_is_an_id_or_a_title() -> None:
    """Both lead to the same category."""
    validity = snapshot([group(1, "HW")]).validity
    assert validity.target(FIRST, HOMEWORK) == validity.target(FIRST, "Homework") == Target(HOMEWORK, "Homework")


@pytest.mark.parametrize(
    ("class_id", "choice", "reason"),
    [
        (FIRST, "Others", "not valid for this section: choose one of Homework, Tests"),
        (FIRST, OTHERS, "“Others” is not valid"),
        (EMPTY, "Homework", "set up categories in Focus first"),
        (None, "Homework", "set up categories in Focus first"),
    ],
)
def test_a_wrong_choice_is_refused_with_a_sentence(class_id: str | None, choice: str, reason: str) -> None:
    """The sentence says what would be right."""
    with pytest.raises(InputError, match=reason):
        snapshot([group(1, "HW")]).validity.target(class_id, choice)


def test_a_title_that_stands_twice_needs_its_label_or_id() -> None:
    """The labels tell the two apart."""
    categories = [category("11111111-a", "HW", FIRST), category("22222222-b", "HW", FIRST)]
    validity = snapshot([group(1, "x")], categories=categories).validity
    assert validity.labels(FIRST) == {"HW · 11111111-a": "11111111-a", "HW · 22222222-b": "22222222-b"}
    assert validity.target(FIRST, "HW · 22222222-b").id == "22222222-b"
    with pytest.raises(InputError, match="has 2 categories named “HW”: choose “HW · 11111111-a” or “HW · 22222222-b”"):
        validity.target(FIRST, "HW")


UPPER = "AAAAAAAA-1111-4111-8111-111111111111"
CLASSES = [UPPER, UPPER.lower(), "plain", "PLAIN"]
"""A UUID is the same in whatever letter case, another id is not."""


@given(
    st.lists(st.tuples(st.sampled_from(["HW", "Tests"]), st.booleans(), st.booleans()), max_size=5),
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(CLASSES)), max_size=12, unique=True),
)
def test_options_are_what_one_finds_category_by_category(
    made: list[tuple[str, bool, bool]], pairs: list[tuple[int, str]]
) -> None:
    """Those of all first, then a class' own; each in the order of the SIS."""
    categories = pd.DataFrame(made, columns=["category", "active", "is_global"])
    categories["category_id"] = [f"id-{place}" for place in range(len(made))]
    categories = categories.astype({"category": "str", "active": "bool", "is_global": "bool", "category_id": "str"})
    lines = pd.DataFrame([(f"id-{place}", name) for place, name in pairs], columns=["category_id", "class_id"])
    validity = Validity(categories, lines.astype("str"))
    of_all = {f"id-{place}": title for place, (title, active, is_global) in enumerate(made) if active and is_global}
    for name in [*CLASSES, "none"]:
        listed = {place for place, other in pairs if same_spelling(other) == same_spelling(name)}
        own = {f"id-{place}": made[place][0] for place in sorted(listed) if place < len(made)}
        usable = {key: title for key, title in own.items() if made[int(key[3:])][1:] == (True, False)}
        assert [*validity.options(name).items()] == [*of_all.items(), *usable.items()]
