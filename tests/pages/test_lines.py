"""The lines of Review after edits: those that an edit does not concern are kept as they were."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
import pytest

from gpb.keys import Key
from gpb.sync.planning.room import Asked
from gpb.ui.review import lines
from gpb.ui.review.lines import lines_of
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.sync.conftest import choose_first, free_rows


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many rows the lines were made, each time."""
    numbers: list[int] = []
    make = lines._made

    def counted(rows: pd.DataFrame, asked: Asked, joining: Collection[Key]) -> pd.DataFrame:
        numbers.append(len(rows))
        return make(rows, asked, joining)

    monkeypatch.setattr(lines, "_made", counted)
    lines._NEWEST.clear()  # other tests may have had the same snapshot
    return numbers


def test_lines_after_edits_are_those_that_would_be_made_anew(pulled: Workspace, made: list[int]) -> None:
    """Another category, none, taken back, drafted anew, in another's name; each edit makes the lines of its rows."""
    first, second, *_ = choose_first(pulled, free_rows(pulled, 6))
    rows = pulled.term.rows().set_index(["group_id", "section_id"])
    one, *_, last = pulled.term.latest().validity.options(rows["class_id"][first])
    assert len(lines_of(pulled.planning.asked()).keys) == 6
    assert made == [6]
    for act, number in (
        (lambda: edit_now(pulled, {first: last}), 1),
        (lambda: edit_now(pulled, {first: None, second: None}), 0),
        (lambda: edit_now(pulled, {first: one}), 1),
        (lambda: pulled.term.drafts().discard([first], "ann"), 0),
        (lambda: edit_now(pulled, {first: one}), 1),
        (lambda: _drafted_by_another(pulled, first, one), 1),
    ):
        made.clear()
        act()
        asked = pulled.planning.asked()
        found = lines_of(asked)
        assert lines_of(asked) is found
        assert made == [number]
        lines._NEWEST.clear()
        anew = lines_of(asked)
        pd.testing.assert_frame_equal(found.rows, anew.rows)
        pd.testing.assert_frame_equal(found.by_pattern, anew.by_pattern)
        pd.testing.assert_frame_equal(found.by_course, anew.by_course)
        assert (found.keys, found.joining) == (anew.keys, anew.joining)


def _drafted_by_another(pulled: Workspace, row: Key, category: str) -> None:
    """The same, between two looks at the plan."""
    pulled.term.drafts().discard([row], "ann")
    edit_now(pulled, {row: category}, person="bea")
