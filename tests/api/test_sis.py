"""What both dialects share: reading whole lists, and merging the rows of one category."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gpb.api.sis import merged_categories, unique
from gpb.api.types import SisCategory, SisClass, SisSchool

CLASSES = st.one_of(st.none(), st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(tuple))
CATEGORIES = st.lists(st.builds(SisCategory, st.sampled_from("xyz"), st.just("t"), st.booleans(), CLASSES), max_size=8)


@given(CATEGORIES)
def test_rows_of_one_category_add_up(rows: list[SisCategory]) -> None:
    """One category per id with the classes of all its rows; global, or active, when one of its rows is."""
    merged = {one.id: one for one in merged_categories(rows)}
    assert merged.keys() == {row.id for row in rows}
    assert len(merged) == len(merged_categories(rows))
    for one in merged.values():
        own = [row for row in rows if row.id == one.id]
        assert one.active == any(row.active for row in own)
        if any(row.class_ids is None for row in own):
            assert one.class_ids is None
        else:
            assert sorted(one.class_ids or ()) == sorted({name for row in own for name in row.class_ids or ()})


def test_a_school_or_class_that_comes_twice_is_kept_once() -> None:
    """The last one is the newest."""
    assert unique([SisSchool("s", "Old"), SisSchool("s", "New")]) == [SisSchool("s", "New")]
    assert unique([SisClass("c", None, "A", True)] * 2) == [SisClass("c", None, "A", True)]
