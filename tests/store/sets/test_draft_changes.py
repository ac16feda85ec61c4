"""A process takes over what others have changed of the drafts, and has at every moment what a fresh one reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from gpb.errors import StoreError
from gpb.store.database import Database, draft_changes
from gpb.store.drafts import DraftStore, Wish
from gpb.store.sets.draft_changes import FEW, REMEMBERED
from tests.examples import examples
from tests.store.test_queries import asked


def wishes(sections: range | list[int], category: str | None = "c1") -> list[Wish]:
    """One for each section of group 1."""
    return [Wish(1, section, category, category, None, is_change=True) for section in sections]


@pytest.fixture
def two(database: Database) -> Iterator[tuple[DraftStore, DraftStore]]:
    """The same drafts as two processes see them; the first has read some already."""
    other = Database(database.engine.url.render_as_string(False))
    first, second = DraftStore(database, "scope"), DraftStore(other, "scope")
    second.put(wishes(range(5)), "bob", "grid")
    first.frame()
    yield first, second
    other.close()


def reads_all(drafts: DraftStore) -> bool:
    """Whether its next look reads every draft; what it sees has to be what is stored."""
    with asked(drafts._database) as statements:
        seen = drafts.frame()
    fresh = Database(drafts._database.engine.url.render_as_string(False))
    pd.testing.assert_frame_equal(in_order(seen), in_order(DraftStore(fresh, "scope").frame()))
    fresh.close()
    return any("FROM drafts" in one and "IN (" not in one for one in statements)


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """By key."""
    return frame.sort_values(["group_id", "section_id"], ignore_index=True)


def test_few_drafts_of_another_process_are_read_alone(two: tuple[DraftStore, DraftStore]) -> None:
    """Drafted, drafted anew, discarded, settled and taken back."""
    own, other = two
    for act in (
        lambda: other.put(wishes([1, 7], "c2"), "bob", "grid"),
        lambda: other.discard([(1, 2)], "bob"),
        lambda: other.settle({(1, 3): "c1"}),
        lambda: other.undo("bob"),
    ):
        act()
        assert not reads_all(own)


@pytest.mark.parametrize("number", [FEW, FEW + 1])
def test_many_drafts_of_another_process_are_read_with_all(two: tuple[DraftStore, DraftStore], number: int) -> None:
    """To read them one by one would take longer."""
    own, other = two
    other.put(wishes(range(10, 10 + number)), "bob", "grid")
    assert reads_all(own) is (number > FEW)


def test_what_is_long_ago_is_forgotten(two: tuple[DraftStore, DraftStore]) -> None:
    """Who has not looked for so long reads all; the table does not grow with each edit."""
    own, other = two
    for number in range(2 * REMEMBERED + 1):
        other.put(wishes([1], f"c{number}"), "bob", "grid")
    assert reads_all(own)
    with own._database.read() as connection:
        assert connection.execute(select(func.count()).select_from(draft_changes)).scalar_one() <= 2 * REMEMBERED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_damaged_change_is_one_sentence(two: tuple[DraftStore, DraftStore]) -> None:
    """As every damaged row of the store; PostgreSQL would take no text for a number."""
    own, other = two
    with other._database.write() as connection:
        table = draft_changes.name
        connection.exec_driver_sql(f"INSERT INTO {table} VALUES ('scope', 2, 'x', 1)")
    other.put(wishes([1], "c2"), "bob", "grid")
    with pytest.raises(StoreError, match="damaged"):
        own.frame()


ACTS = st.lists(
    st.tuples(
        st.sampled_from([0, 1]),
        st.sampled_from(["put", "discard", "settle", "undo", "look", "look"]),
        st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True),
        st.sampled_from(["c1", "c2", None]),
    ),
    max_size=20,
)


@given(acts=ACTS)
@settings(max_examples=examples(25), deadline=None)
def test_two_processes_always_see_what_is_stored(
    acts: list[tuple[int, str, list[int], str | None]],
) -> None:
    """Whatever they do in turns, and whenever they look."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'gpb.sqlite'}"
        databases = [Database(url) for _ in range(3)]
        *both, fresh = (DraftStore(one, "scope") for one in databases)
        for who, act, sections, category in acts:
            drafts, keys = both[who], [(1, section) for section in sections]
            if act == "put":
                drafts.put(wishes(sections, category), "ann", "grid")
            elif act == "discard":
                drafts.discard(keys, "ann")
            elif act == "settle":
                drafts.settle(dict.fromkeys(keys, category))
            elif act == "undo":
                drafts.undo("ann")
            else:
                drafts.frame()
        for drafts in both:
            pd.testing.assert_frame_equal(in_order(drafts.frame()), in_order(fresh.frame()))
        for database in databases:
            database.close()
