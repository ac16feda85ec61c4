"""The rows of a term with the drafts over them are kept from one edit to the next."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gpb.frames.overlay import with_drafts
from gpb.store.database import Database
from gpb.store.drafts import DraftStore, Wish
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
