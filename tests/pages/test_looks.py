"""What an open grid does after each edit of somebody else: it looks whether it shows all that there is."""

from __future__ import annotations

import pandas as pd
import pytest
import streamlit as st

from gpb.frames.validity import Validity
from gpb.keys import keys
from gpb.store.drafts import Wish
from gpb.ui.associate import grid
from gpb.ui.associate.grid import Looked, View, _look
from gpb.ui.associate.grid_columns import Cell, cell_values, payload, row_name
from gpb.workspace import Workspace

SHOWN = 40


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each look has compared."""
    numbers: list[int] = []

    def counted(rows: pd.DataFrame, validity: Validity) -> list[Cell]:
        numbers.append(len(rows))
        return cell_values(rows, validity)

    monkeypatch.setattr(grid, "cell_values", counted)
    monkeypatch.setattr(st, "session_state", {"grid_laid_over": {}})
    return numbers


def test_a_look_compares_what_was_drafted_since_and_tells_what_a_whole_one_tells(
    pulled: Workspace, compared: list[int]
) -> None:
    """Rows elsewhere, rows that are shown, and these taken back."""
    snapshot, rows = pulled.term.latest(), pulled.term.rows()
    several = rows.loc[rows["group_id"].duplicated(keep=False)]
    shown = several.iloc[1:SHOWN]  # without the first section of the first group
    names = [row_name(key) for key in keys(shown)]
    view = View(snapshot.id, ("", 0), shown.index.tolist(), names, dict(payload(shown, snapshot.validity, {})))
    before = Looked(0, is_newer=False, drafted=frozenset(), differing=frozenset())  # the page shows all that there is
    here, elsewhere = keys(shown)[3], keys(rows)[-1]
    there = next(key for key in keys(shown) if key[0] != here[0])
    beside = keys(several)[0]
    assert beside[0] == keys(shown)[0][0]
    for step, (key, is_draft, is_newer, rows_compared) in enumerate(
        (
            (elsewhere, True, False, []),
            (beside, True, False, []),
            (here, True, True, [1]),
            (there, True, True, []),  # one that differs is enough
            (elsewhere, False, True, []),
            (here, False, True, [2]),
            (there, False, False, [1]),
        )
    ):
        if is_draft:
            pulled.term.drafts().put([Wish(*key, "c1", "c1", None, is_change=True)], "bea", "grid")
        else:
            pulled.term.drafts().discard([key], "bea")
        compared.clear()
        before = _look(pulled, view, step, before)
        assert compared == rows_compared
        assert before.is_newer is is_newer
        present = cell_values(pulled.term.rows().loc[view.index], snapshot.validity)
        assert (present != view.cells) is is_newer
