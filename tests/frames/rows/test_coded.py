"""Columns of texts that are compared and changed as a whole: what pandas would do, without its time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_series_equal

from gpb.frames.rows.coded import differ, recoded, with_others

TEXTS = st.lists(st.none() | st.sampled_from(["", "a", "Ä", "two words"]), max_size=12)


def column(texts: list[str | None]) -> pd.Series[str]:
    """As it stands in a frame, in several chunks as a frame that was put together has it."""
    half = len(texts) // 2
    return pd.concat([pd.Series(part, dtype="str") for part in (texts[:half], texts[half:])], ignore_index=True)


@given(TEXTS, st.data())
def test_other_texts_stand_in_their_places(texts: list[str | None], data: st.DataObject) -> None:
    """As an assignment to these places; the column that they are put into stays as it is."""
    places = sorted(data.draw(st.sets(st.integers(0, len(texts) - 1)))) if texts else []
    one = st.none() | st.sampled_from(["", "b", "other words"])
    others = data.draw(st.lists(one, min_size=len(places), max_size=len(places)))
    before = column(texts)
    before.index = before.index + 7
    expected = before.copy()
    for place, text in zip(places, others, strict=True):
        expected.iloc[place] = text
    at, new = np.array(places, dtype="int64"), pd.Series(others, dtype="str")
    assert_series_equal(with_others(before, at, new), expected)
    assert_series_equal(recoded(before.astype("category"), at, new), expected.astype("category"))
    assert_series_equal(before.reset_index(drop=True), column(texts))


@given(st.lists(st.tuples(st.none() | st.sampled_from("ab"), st.none() | st.sampled_from("ab")), max_size=12))
def test_columns_differ_where_their_texts_do(pairs: list[tuple[str | None, str | None]]) -> None:
    """A missing text is another one than any, and the same as another missing one."""
    old, new = (column([pair[place] for pair in pairs]) for place in (0, 1))
    assert differ(old, new).tolist() == [one != other for one, other in pairs]
