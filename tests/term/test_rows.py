"""The rows of a term with the drafts over them are kept from one edit to the next."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gpb.frames.overlay import with_drafts, with_newer_drafts
from gpb.store.database import Database
from gpb.store.drafts import DraftStore, Wish
from gpb.term import term
from gpb.workspace import Workspace

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "discard", "undo", "settle"]),
        st.booleans(),
        st.sets(st.integers(0, 4), min_size=1),
        st.sampled_from(["c1", None]),
    ),
    min_size=2,
    max_size=6,
)
"""What is done, by whom, with which rows, and with which category."""


@pytest.mark.slow
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STEPS)
def test_kept_rows_are_those_that_are_made_anew(
    pulled: Workspace, steps: list[tuple[str, bool, set[int], str]]
) -> None:
    """After any edits, discards, undos and settles, of this process and of another one."""
    snapshot = pulled.term.latest()
    rows = snapshot.associations()
    places = rows[["group_id", "section_id"]].head(5).to_numpy().tolist()
    other = Database(pulled.settings.effective_store_url)
    stores = {False: pulled.term.drafts(), True: DraftStore(other, snapshot.facts.scope)}
    for what, is_other, some, category in steps:
        store, keys = stores[is_other], [(group, section) for group, section in (places[one] for one in some)]
        match what:
            case "put":
                store.put([Wish(*key, category, category, None, is_change=True) for key in keys], "ann", "grid")
            case "discard":
                store.discard(keys, "ann")
            case "undo":
                store.undo("ann")
            case _:
                store.settle(dict.fromkeys(keys, category))
        assert_frame_equal(pulled.term.rows(), with_drafts(rows, stores[True].frame()))
    other.close()


def test_one_lays_the_drafts_for_all_who_ask_at_once(pulled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an edit every open tab asks; else each would make what another one is just making."""
    snapshot = pulled.term.latest()
    pulled.term.rows()
    made: list[int] = []

    def slowly(*given: pd.DataFrame) -> pd.DataFrame:
        made.append(len(given[0]))
        time.sleep(0.2)
        return with_newer_drafts(*given)

    monkeypatch.setattr(term, "with_newer_drafts", slowly)
    group, section = snapshot.associations()[["group_id", "section_id"]].iloc[0]
    pulled.term.drafts().put([Wish(group, section, "c1", "c1", None, is_change=True)], "ann", "grid")
    with ThreadPoolExecutor(8) as tabs:
        found = list(tabs.map(lambda _: pulled.term.rows(), range(8)))
    assert made == [len(snapshot.associations())]
    for rows in found:
        assert_frame_equal(rows, with_drafts(snapshot.associations(), pulled.term.drafts().frame()))
