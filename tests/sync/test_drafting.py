"""Choices become drafts only when they are valid for their section."""

from __future__ import annotations

import pytest

from gpb.frames.codec import Layout
from gpb.store.database import Database
from gpb.store.drafts import DraftStore
from gpb.sync.drafting import edit, same_choice
from tests.builders import (
    EMPTY,
    FIRST,
    HOMEWORK,
    RETIRED,
    TESTS,
    UNKNOWN,
    category,
    group,
    mapped,
    section,
    snapshot,
)

GROUPS = [group(1, "HW", mapped(class_1=HOMEWORK, class_2=RETIRED)), group(2, "Quiz")]


@pytest.fixture
def drafts() -> DraftStore:
    """An empty draft store."""
    return DraftStore(Database("sqlite://"), "scope")


def test_a_valid_choice_is_a_draft_with_what_the_coordinator_saw(drafts: DraftStore) -> None:
    """By id or title, with the baseline for the comparison before the write."""
    edit(snapshot(GROUPS), drafts, {(1, 1): "Tests", (2, 2): HOMEWORK}, person="ann", label="grid")
    rows = drafts.frame().sort_values("group_id")
    assert rows["category_id"].tolist() == [TESTS, HOMEWORK]
    assert rows["baseline"].fillna("").tolist() == [HOMEWORK, ""]


def test_an_invalid_choice_leaves_no_draft_and_says_why(drafts: DraftStore) -> None:
    """The valid choices beside it are kept."""
    edited = edit(snapshot(GROUPS), drafts, {(2, 1): "Others", (2, 2): "Others"}, person="ann", label="grid")
    assert edited.moved == 1
    assert [(refusal.key, "not valid" in refusal.reason) for refusal in edited.refused] == [((2, 1), True)]
    assert drafts.frame()["section_id"].tolist() == [2]


@pytest.mark.parametrize("nothing", [None, "", "Unassociated"])
def test_unassociated_takes_an_association_away(drafts: DraftStore, nothing: str | None) -> None:
    """Where there is none there is nothing to change."""
    edit(snapshot(GROUPS), drafts, {(1, 1): nothing, (2, 1): nothing}, person="ann", label="grid")
    rows = drafts.frame()
    assert rows[["group_id", "section_id"]].to_numpy().tolist() == [[1, 1]]
    assert rows["category_id"].isna().all()


@pytest.mark.parametrize("same", [HOMEWORK, "Homework"])
def test_choosing_what_is_stored_removes_the_draft(drafts: DraftStore, same: str) -> None:
    """Setting a cell back is no change."""
    found = snapshot(GROUPS)
    edit(found, drafts, {(1, 1): TESTS}, person="ann", label="grid")
    edit(found, drafts, {(1, 1): same}, person="ann", label="grid")
    assert drafts.frame().empty


def test_a_broken_value_may_stay_as_it_is(drafts: DraftStore) -> None:
    """An exported line comes back unchanged although its category is switched off."""
    edited = edit(snapshot(GROUPS), drafts, {(1, 2): "Retired"}, person="ann", label="csv")
    assert (edited.moved, edited.refused) == (0, ())


def test_sections_without_categories_or_class_are_refused_with_the_way_out(drafts: DraftStore) -> None:
    """Nothing can be chosen there yet."""
    found = snapshot(GROUPS, sections=[section(3, EMPTY), section(4, UNKNOWN)])
    edited = edit(found, drafts, {(2, 3): "Homework", (2, 4): "Homework"}, person="ann", label="grid")
    assert all("configure categories in Focus first" in refusal.reason for refusal in edited.refused)
    assert len(edited.refused) == 2


def test_a_row_that_is_not_there_is_refused(drafts: DraftStore) -> None:
    """As when it was deleted since the page was drawn."""
    edited = edit(snapshot(GROUPS), drafts, {(99, 1): "Homework"}, person="ann", label="grid")
    assert "no group 99" in edited.refused[0].reason


def test_equal_titles_of_a_section_are_told_apart_by_label(drafts: DraftStore) -> None:
    """The other category of the same title is a change."""
    categories = [category("aaaaaaaa-1", "HW", FIRST), category("bbbbbbbb-2", "HW", FIRST)]
    data = {"sistemic": {"categoryMapping": {FIRST: {"id": "aaaaaaaa-1"}}}}
    found = snapshot([group(1, "x", data)], categories=categories, sections=[section(1, FIRST)], layout=Layout())
    edit(found, drafts, {(1, 1): "HW · bbbbbbbb"}, person="ann", label="grid")
    assert drafts.frame()["category_id"].tolist() == ["bbbbbbbb-2"]


def test_same_choice_is_one_category_for_all_rows() -> None:
    """For bulk edits."""
    assert same_choice(snapshot(GROUPS).associations().head(2), "Tests") == {(1, 1): "Tests", (1, 2): "Tests"}


def test_keys_of_a_frame_are_taken_like_plain_numbers(drafts: DraftStore) -> None:
    """The integers of numpy would be stored as bytes."""
    row = snapshot(GROUPS).associations().iloc[2]
    edit(snapshot(GROUPS), drafts, {(row["group_id"], row["section_id"]): TESTS}, person="ann", label="script")
    assert drafts.frame()[["group_id", "section_id"]].to_numpy().tolist() == [[2, 1]]
