"""Drafts over the frame: what is Changed, and the counts that fall."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gpb.frames.overlay import with_drafts, with_newer_drafts
from gpb.keys import records
from gpb.store.drafts import DRAFT_COLUMNS
from tests.builders import HOMEWORK, TESTS, group, mapped, snapshot


def drafts(*rows: tuple[int, int, str | None, str | None, str | None]) -> pd.DataFrame:
    """Drafts as (group, section, category id, title, baseline)."""
    records = [(g, s, c, t, "ann", "2026-09-01T00:00:00+00:00", b, "", "") for g, s, c, t, b in rows]
    text = dict.fromkeys(list(DRAFT_COLUMNS)[2:], "str")
    return pd.DataFrame(records, columns=list(DRAFT_COLUMNS)).astype(
        {"group_id": "int64", "section_id": "int64", **text}
    )


BOTH = snapshot([group(1, "HW", mapped(class_1=HOMEWORK)), group(2, "Quiz")]).associations()


def test_without_drafts_nothing_is_changed() -> None:
    """The counts are those of Canvas."""
    rows = with_drafts(BOTH, drafts())
    assert not rows["changed"].any()
    assert rows["unassociated_in_group"].tolist() == [1, 1, 2, 2]


def test_an_associating_draft_makes_the_count_of_its_group_fall() -> None:
    """The row and its group are Changed, other groups are not."""
    rows = with_drafts(BOTH, drafts((2, 1, TESTS, "Tests", None)))
    assert rows["changed"].tolist() == [False, False, True, False]
    assert rows["group_changed"].tolist() == [False, False, True, True]
    assert rows["unassociated_in_group"].tolist() == [1, 1, 1, 1]
    assert rows["category"].fillna("").tolist() == ["Homework", "", "Tests", ""]
    assert rows["status"].tolist() == BOTH["status"].tolist()


def test_an_unassociating_draft_makes_the_count_rise() -> None:
    """The row is empty then."""
    rows = with_drafts(BOTH, drafts((1, 1, None, None, HOMEWORK)))
    assert rows["unassociated_in_group"].tolist()[:2] == [2, 2]
    assert rows["category_id"].isna().tolist() == [True, True, True, True]


def test_a_draft_that_equals_canvas_is_no_change() -> None:
    """Somebody did the same in Canvas meanwhile."""
    assert not with_drafts(BOTH, drafts((1, 1, HOMEWORK, "Homework", None)))["changed"].any()


def test_a_draft_whose_row_moved_in_canvas_is_marked() -> None:
    """The coordinator saw something else when drafting: nothing is overwritten unasked."""
    rows = with_drafts(BOTH, drafts((1, 1, TESTS, "Tests", None), (1, 2, TESTS, "Tests", None)))
    assert rows["moved"].tolist() == [True, False, False, False]


MIXED = snapshot([group(1, "HW", mapped(class_1=HOMEWORK, class_2="gone")), group(2, "Quiz")]).associations()
WISHES = st.dictionaries(
    st.tuples(st.sampled_from([1, 2, 9]), st.sampled_from([1, 2])),
    st.tuples(
        st.sampled_from([(HOMEWORK, "Homework"), (TESTS, "Tests"), (None, None)]), st.sampled_from([HOMEWORK, None])
    ),
)
"""Drafts by (group, section); group 9 is in no snapshot."""


@given(WISHES)
def test_what_drafts_say_of_a_row_is_what_one_says_row_by_row(wishes: dict[tuple[int, int], Any]) -> None:
    """Also of drafts that equal what Canvas stores, take an association away, or are of no row."""
    rows = with_drafts(MIXED, drafts(*((*key, *wish, baseline) for key, (wish, baseline) in wishes.items())))
    told = {(row["group_id"], row["section_id"]): _told(row, wishes) for row in records(MIXED, MIXED.columns)}
    assert rows[["category_id", "category", "changed", "moved"]].astype(object).where(
        lambda frame: frame.notna(), None
    ).to_numpy().tolist() == [[*one] for one in told.values()]
    statuses = dict(zip(told, MIXED["status"], strict=True))
    for group_id, of_group in rows.groupby("group_id"):
        own = {key: one for key, one in told.items() if key[0] == group_id}
        is_open = [one[0] is None if one[2] else statuses[key] == "Unassociated" for key, one in own.items()]
        assert set(of_group["unassociated_in_group"]) == {sum(is_open)}
        assert set(of_group["group_changed"]) == {any(one[2] for one in own.values())}


def _told(row: dict[str, Any], wishes: dict[tuple[int, int], Any]) -> tuple[object, object, bool, bool]:
    """Category id, title, ``changed`` and ``moved``."""
    stored, title, reference = (
        None if pd.isna(row[name]) else row[name]
        for name in ("stored_category_id", "stored_category", "stored_reference")
    )
    key = row["group_id"], row["section_id"]
    if key not in wishes:
        return stored, title, False, False
    (wished, named), baseline = wishes[key]
    changed = wished != stored or row["status"] == "Broken"
    return wished, named, changed, changed and (baseline or "") != (reference or "")


@given(st.lists(WISHES, min_size=2, max_size=4))
def test_newer_drafts_over_kept_rows_are_what_they_are_over_those_of_canvas(versions: list[Any]) -> None:
    """Whatever came, went or changed between two versions; what was kept stays as it was."""
    frames = [drafts(*((*key, *wish, baseline) for key, (wish, baseline) in one.items())) for one in versions]
    laid, before = with_drafts(BOTH, frames[0]), frames[0]
    for newer in frames[1:]:
        kept, copy = laid, laid.copy(deep=True)
        laid, before = with_newer_drafts(laid, before, newer), newer
        assert_frame_equal(laid, with_drafts(BOTH, newer))
        assert_frame_equal(kept, copy)
