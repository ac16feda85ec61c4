"""Labels of categories: each of its own, and each leads back to its category."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gpb.errors import InputError
from gpb.frames.validity import Validity
from gpb.matching.labels import NO_TITLE, NOT_VALID, UNASSOCIATED, category_labels, different_parts
from gpb.ui.editing import cells
from tests.builders import FIRST, SECOND, category, group, mapped, snapshot
from tests.examples import examples

TITLES = st.sampled_from(
    ["Homework", "homework", " Homework", "Homework · 345", UNASSOCIATED, "unassociated", "", "  ", NO_TITLE,
     f"“{UNASSOCIATED}” (category)", "stored outside Canvas", f"Homework{NOT_VALID}", "\u200b", "Labs"]
)  # fmt: skip
IDS = st.one_of(
    st.sampled_from(["lic-222-345", "lic-222-346", "lic-222-3456", "345", "346", "Homework", UNASSOCIATED]),
    st.text("aA1- ", min_size=1, max_size=12),
    st.builds("{:0>20}".format, st.integers(0, 99)),
    st.uuids().map(str),
)
SECTIONS = st.dictionaries(IDS, TITLES, min_size=1, max_size=8)


@given(SECTIONS)
@example({"lic-222-345": "Homework", "lic-222-346": "Homework", "345": "Homework · 345"})
@settings(max_examples=examples(150))
@pytest.mark.slow
def test_every_category_has_a_label_of_its_own_that_leads_back_to_it(titles: dict[str, str]) -> None:
    """Whatever ids and titles look like; no label reads like no category, a hint or one that is gone."""
    shown = snapshot([group(1, "x")], categories=[category(one, title, FIRST) for one, title in titles.items()])
    labels = shown.validity.labels(FIRST)
    assert sorted(labels.values()) == sorted(titles)
    assert len({" ".join(label.split()) for label in labels}) == len(titles)
    ours = {UNASSOCIATED.casefold(), *(hint.casefold() for hint in cells._HINTS.values()), ""}
    assert [label for label in labels if label.strip().casefold() in ours or label.endswith(NOT_VALID)] == []
    rows = shown.associations().loc[lambda frame: frame["class_id"].eq(FIRST)]
    for label, identifier in labels.items():
        assert cells.choices(rows, [label], shown.validity) == {(1, 1): identifier}
        assert shown.validity.target(FIRST, identifier).id == identifier
        assert label in titles or shown.validity.target(FIRST, label).id == identifier


@given(st.lists(IDS, min_size=2, max_size=5, unique=True))
@settings(max_examples=examples(100))
def test_the_parts_of_ids_differ(identifiers: list[str]) -> None:
    """And each is a part of its id."""
    parts = different_parts(identifiers)
    assert len(set(parts)) == len(identifiers)
    assert all(part in identifier for part, identifier in zip(parts, identifiers, strict=True))


@pytest.mark.parametrize(
    ("ids", "parts"),
    [
        (["lic-222-345", "lic-222-346"], ["345", "346"]),
        (["345-lic-222", "346-lic-222"], ["345", "346"]),
        (["lic-222-345", "lic-222-3456"], ["345", "3456"]),
        (["HW", "hw"], ["HW", "hw"]),
        (["a" * 30 + "1", "a" * 30 + "2"], ["aaa1", "aaa2"]),
        (["0b3c9d52-1111-4a4a-8b8b-000000000001", "77aa01ff-1111-4a4a-8b8b-000000000002"], ["0b3c9d52", "77aa01ff"]),
    ],
)
def test_the_part_that_differs_is_a_word_where_it_can_be(ids: list[str], parts: list[str]) -> None:
    """Common beginnings and ends are left out."""
    assert different_parts(ids) == parts


def test_the_number_of_sections_stands_beside_it_where_it_differs() -> None:
    """One category serves a section alone, the other all of the teacher's."""
    found = category_labels({"c-1": "HW", "c-2": "HW"}, {"c-1": "1 section", "c-2": "12 sections"}.__getitem__)
    assert list(found) == ["HW · 1 section · 1", "HW · 12 sections · 2"]


def test_each_cell_shows_its_own_category() -> None:
    """Two of one title in both sections: none is called invalid, and no category is told from another's cell."""
    both = (FIRST, SECOND)
    known = [category("lic-222-345", "HW", *both), category("lic-222-346", "HW", *both), category("u", UNASSOCIATED)]
    groups = [
        group(1, "HW", mapped(class_1="lic-222-345", class_2="lic-222-346")),
        group(2, "Extra", mapped(class_1="u", class_2="gone")),
        group(3, "None"),
    ]
    shown = snapshot(groups, categories=known)
    labels = cells.stored_labels(shown.associations(), shown.validity)
    assert labels[:4] == ["HW · 345", "HW · 346", f"“{UNASSOCIATED}” (category)", f"gone{NOT_VALID}"]
    assert labels[4:] == [UNASSOCIATED, UNASSOCIATED]


def test_a_refusal_names_the_labels_that_can_be_chosen(validity: Validity) -> None:
    """A title that stands twice is none that can be chosen."""
    with pytest.raises(InputError, match="choose “HW · 345” or “HW · 346”"):
        validity.target(FIRST, "HW")
    with pytest.raises(InputError, match=r"choose one of HW · 345, HW · 346$"):
        validity.target(FIRST, "Other")


@pytest.fixture
def validity() -> Validity:
    """Two categories of one title."""
    known = [category("lic-222-345", "HW", FIRST), category("lic-222-346", "HW", FIRST)]
    return snapshot([group(1, "x")], categories=known).validity
