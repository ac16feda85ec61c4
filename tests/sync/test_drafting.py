"""Choices become drafts only when they are valid for their section."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gpb.frames.codec import Layout
from gpb.frames.overlay import with_drafts
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key
from gpb.store.database import Database
from gpb.store.drafts import DraftStore
from gpb.sync.drafting import Edited, edit, same_choice, seen_in
from gpb.sync.plan import plan_from_drafts
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


def choose(found: Snapshot, drafts: DraftStore, choices: Mapping[Key, str | None]) -> Edited:
    """What somebody picks who has this snapshot on the screen."""
    return edit(found, drafts, choices, seen=seen_in(found.associations()), person="ann", label="grid")


def test_a_valid_choice_is_a_draft_with_what_the_coordinator_saw(drafts: DraftStore) -> None:
    """By id or title, with the baseline for the comparison before the write."""
    choose(snapshot(GROUPS), drafts, {(1, 1): "Tests", (2, 2): HOMEWORK})
    rows = drafts.frame().sort_values("group_id")
    assert rows["category_id"].tolist() == [TESTS, HOMEWORK]
    assert rows["baseline"].fillna("").tolist() == [HOMEWORK, ""]


def test_an_invalid_choice_leaves_no_draft_and_says_why(drafts: DraftStore) -> None:
    """The valid choices beside it are kept."""
    edited = choose(snapshot(GROUPS), drafts, {(2, 1): "Others", (2, 2): "Others"})
    assert edited.moved == 1
    assert [(refusal.key, "not valid" in refusal.reason) for refusal in edited.refused] == [((2, 1), True)]
    assert drafts.frame()["section_id"].tolist() == [2]


@pytest.mark.parametrize("nothing", [None, "", "Unassociated"])
def test_unassociated_takes_an_association_away(drafts: DraftStore, nothing: str | None) -> None:
    """Where there is none there is nothing to change."""
    choose(snapshot(GROUPS), drafts, {(1, 1): nothing, (2, 1): nothing})
    rows = drafts.frame()
    assert rows[["group_id", "section_id"]].to_numpy().tolist() == [[1, 1]]
    assert rows["category_id"].isna().all()


@pytest.mark.parametrize("same", [HOMEWORK, "Homework"])
def test_choosing_what_is_stored_removes_the_draft(drafts: DraftStore, same: str) -> None:
    """Setting a cell back is no change."""
    found = snapshot(GROUPS)
    choose(found, drafts, {(1, 1): TESTS})
    choose(found, drafts, {(1, 1): same})
    assert drafts.frame().empty


def test_a_broken_value_may_stay_as_it_is(drafts: DraftStore) -> None:
    """An exported line comes back unchanged although its category is switched off."""
    edited = choose(snapshot(GROUPS), drafts, {(1, 2): "Retired"})
    assert (edited.moved, edited.refused) == (0, ())


def test_the_title_of_a_dead_category_means_the_living_one(drafts: DraftStore) -> None:
    """In August all stored ids are dead: who sets Homework for such rows, by title, mends them."""
    stored = [group(1, "HW", mapped(class_1="of-last-year")), group(2, "Quiz", mapped(class_1=HOMEWORK))]
    categories = [category("of-last-year", "Homework", FIRST, active=False), category(HOMEWORK, "Homework", FIRST)]
    found = snapshot(stored, categories=categories, sections=[section(1, FIRST)])
    edited = choose(found, drafts, same_choice(found.associations(), "Homework"))
    rows = drafts.frame()
    assert (edited.moved, edited.refused, rows["group_id"].tolist()) == (1, (), [1])
    assert (rows["category_id"].tolist(), rows["baseline"].tolist()) == ([HOMEWORK], ["of-last-year"])


def test_sections_without_categories_or_class_are_refused_with_the_way_out(drafts: DraftStore) -> None:
    """Nothing can be chosen there yet."""
    found = snapshot(GROUPS, sections=[section(3, EMPTY), section(4, UNKNOWN)])
    edited = choose(found, drafts, {(2, 3): "Homework", (2, 4): "Homework"})
    assert all("set up categories in Focus first" in refusal.reason for refusal in edited.refused)
    assert len(edited.refused) == 2


def test_a_row_that_is_not_there_is_refused(drafts: DraftStore) -> None:
    """As when it was deleted since the page was drawn."""
    edited = choose(snapshot(GROUPS), drafts, {(99, 1): "Homework"})
    assert "no group 99" in edited.refused[0].reason


def test_equal_titles_of_a_section_are_told_apart_by_label(drafts: DraftStore) -> None:
    """The other category of the same title is a change."""
    categories = [category("aaaaaaaa-1", "HW", FIRST), category("bbbbbbbb-2", "HW", FIRST)]
    data = {"sistemic": {"categoryMapping": {FIRST: {"id": "aaaaaaaa-1"}}}}
    found = snapshot([group(1, "x", data)], categories=categories, sections=[section(1, FIRST)], layout=Layout())
    choose(found, drafts, {(1, 1): "HW · bbbbbbbb-2"})
    assert drafts.frame()["category_id"].tolist() == ["bbbbbbbb-2"]


def test_same_choice_is_one_category_for_all_rows() -> None:
    """For bulk edits."""
    assert same_choice(snapshot(GROUPS).associations().head(2), "Tests") == {(1, 1): "Tests", (1, 2): "Tests"}


def test_keys_of_a_frame_are_taken_like_plain_numbers(drafts: DraftStore) -> None:
    """The integers of numpy would be stored as bytes."""
    row = snapshot(GROUPS).associations().iloc[2]
    choose(snapshot(GROUPS), drafts, {(row["group_id"], row["section_id"]): TESTS})
    assert drafts.frame()[["group_id", "section_id"]].to_numpy().tolist() == [[2, 1]]


def test_the_baseline_is_what_the_person_saw(drafts: DraftStore) -> None:
    """Not what Canvas has meanwhile: the draft has moved from the start, and is for somebody to decide."""
    newest = snapshot(GROUPS)
    edited = edit(newest, drafts, {(1, 1): TESTS}, seen={(1, 1): None}, person="ann", label="grid")
    assert edited.moved == 1
    rows = with_drafts(newest.associations(), drafts.frame())
    assert rows.loc[rows["changed"], ["group_id", "section_id", "moved"]].to_numpy().tolist() == [[1, 1, True]]
    assert plan_from_drafts(rows, newest.validity.titles, scope="s", snapshot="s1", shrunk=0.0).changes == ()


def test_what_was_seen_may_be_chosen_again_whatever_canvas_has_meanwhile(drafts: DraftStore) -> None:
    """Going back to what the cell showed takes the draft away, and wishes for nothing."""
    choose(snapshot(GROUPS), drafts, {(1, 1): TESTS})
    newest = snapshot([group(1, "HW", mapped(class_1=TESTS)), *GROUPS[1:]])
    edit(newest, drafts, {(1, 1): HOMEWORK}, seen={(1, 1): HOMEWORK}, person="ann", label="grid")
    assert drafts.frame().empty


def test_a_choice_of_which_nobody_knows_what_was_seen_is_refused(drafts: DraftStore) -> None:
    """It would have no baseline, and could overwrite anything."""
    edited = edit(snapshot(GROUPS), drafts, {(1, 1): TESTS}, seen={}, person="ann", label="grid")
    assert [refusal.key for refusal in edited.refused] == [(1, 1)]
    assert drafts.frame().empty


@pytest.mark.parametrize(("seen", "choice"), [(None, None), (TESTS, TESTS), (TESTS, "Tests"), ("Tests", TESTS)])
def test_what_was_seen_is_no_edit_where_the_row_has_moved_since(
    drafts: DraftStore, seen: str | None, choice: str | None
) -> None:
    """By id or title, it never takes away or replaces what somebody else stored meanwhile."""
    edited = edit(snapshot(GROUPS), drafts, {(1, 1): choice}, seen={(1, 1): seen}, person="ann", label="x")
    assert (edited, len(drafts.frame())) == (Edited(0, ()), 0)
