"""Tables come back as they were written, and a part of one laid over it is the whole."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gpb.store.parquet.tables import Files, laid_over, read, written

LINES = st.lists(
    st.tuples(
        st.integers(0, 8), st.none() | st.text(max_size=3), st.none() | st.integers(-(2**60), 2**60), st.booleans()
    ),
    max_size=20,
)
DTYPES = {"group_id": "int64", "text": "str", "number": "Int64", "is": "bool"}


def frame(lines: list[tuple[int, str | None, int | None, bool]]) -> pd.DataFrame:
    """A table of these lines."""
    return pd.DataFrame(lines, columns=list(DTYPES), dtype="object").astype(DTYPES)


@given(LINES)
def test_what_was_written_is_read(lines: list[tuple[int, str | None, int | None, bool]]) -> None:
    """Values, missing ones, and dtypes; whole numbers are no floats in between. In parts or not is the same."""
    whole = frame(lines)
    assert_frame_equal(read(written([whole])), whole)
    assert_frame_equal(read(written([whole.iloc[:2], whole.iloc[2:]])), whole)


@given(LINES, st.sets(st.integers(0, 8)), st.text(min_size=1, max_size=2))
def test_a_part_laid_over_its_base_is_the_whole(
    lines: list[tuple[int, str | None, int | None, bool]], groups: set[int], other: str
) -> None:
    """The lines of some groups, written apart, make what a table written anew holds."""
    base = frame(sorted(lines, key=lambda line: -line[0]))
    whole = base.assign(text=base["text"].mask(base["group_id"].isin(groups), other))
    part = read(written([whole.loc[whole["group_id"].isin(groups)]]))
    assert_frame_equal(laid_over(base, part, groups), whole)


class Late(dict[str, pd.DataFrame]):
    """Says whether something is in it some time after it has looked, each time another."""

    times = itertools.cycle([0.0, 0.01])

    def __contains__(self, name: object) -> bool:
        found = super().__contains__(name)
        time.sleep(next(self.times))
        return found


def test_many_sessions_that_open_a_table_at_once_all_get_it() -> None:
    """Its content is given up when it is decoded; nobody meets the moment in between."""
    files, start = Files({"groups": written([pd.DataFrame({"group_id": range(50)})])}, lambda error: error), Barrier(8)
    files._read = Late()

    def ask() -> int:
        start.wait()
        return len(files["groups"])

    with ThreadPoolExecutor(8) as threads:
        assert [one.result() for one in [threads.submit(ask) for _ in range(8)]] == [50] * 8
