"""A table whose lines can be ticked: what is ticked is kept elsewhere, and a click is told by the line, never by place.

The browser tells edits by their place in what was drawn, and forgets one that goes back to it. So what was drawn first
stays what it is (``Drawn``) until other lines are shown, or somebody else has changed a tick.

Session-state keys, for each place: ``<place>_drawn`` (Drawn; set with each drawing), ``<place>_<number>`` (the edits of
the table; set by the browser).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from gpb.ui.shell.session import callback

TICK, OPEN = "tick", "open"
"""Columns of the table: the tick, and a button (its label; empty: none)."""
ROW, HEADER = 35, 38  # pixels
Take = Callable[[dict[Any, bool]], None]
"""What is done with new ticks, by line."""


@dataclass(frozen=True)
class Drawn:
    """The lines of a table, with the ticks that it was drawn with; ``last`` are those that were on the screen last."""

    lines: tuple[Any, ...]
    ticks: tuple[bool, ...]
    number: int
    last: tuple[bool, ...]

    def now(self, edits: Mapping[Any, Mapping[str, Any]]) -> tuple[bool, ...]:
        """The ticks with what was clicked since; of the browser's word only that is taken."""
        ticks = list(self.ticks)
        for place, cells in edits.items():
            if 0 <= int(place) < len(ticks) and isinstance(cells.get(TICK), bool):
                ticks[int(place)] = cells[TICK]
        return tuple(ticks)


def tick_table(
    place: str, table: pd.DataFrame, columns: Mapping[str, Any], take: Take, *, height: int, alt: str
) -> None:
    """Draw it; ``table`` has an index of lines, TICK and what ``columns`` names, in that order.

    The same columns each time: another one would take the table, and with it the focus, from under a person.
    """
    state = st.session_state
    lines, ticks = tuple(table.index), tuple(table[TICK].tolist())
    drawn: Drawn | None = state.get(f"{place}_drawn")
    if drawn is None or drawn.lines != lines or drawn.now(_edits(place, drawn)) != ticks:
        drawn = Drawn(lines, ticks, drawn.number + 1 if drawn else 1, ticks)
    state[f"{place}_drawn"] = Drawn(drawn.lines, drawn.ticks, drawn.number, ticks)
    shown = [name for name in columns if name in table]
    st.data_editor(
        table.assign(**{TICK: list(drawn.ticks)})[shown].reset_index(drop=True),
        key=f"{place}_{drawn.number}",
        hide_index=True,
        height=min(height, HEADER + ROW * len(table)),
        column_config={name: columns[name] for name in shown},
        disabled=[name for name in shown if name != TICK],
        num_rows="fixed",
        placeholder="",
        on_change=_taken,
        args=(place, take),
        alt=alt,
    )


def line_clicked(place: str, click: Any) -> Any:
    """The line of a click on a button in the table; None where there is none."""
    drawn: Drawn | None = st.session_state.get(f"{place}_drawn")
    row = click["row"] if click else None
    return drawn.lines[row] if drawn is not None and isinstance(row, int) and 0 <= row < len(drawn.lines) else None


@callback()
def _taken(place: str, take: Take) -> None:
    drawn: Drawn = st.session_state[f"{place}_drawn"]
    now = drawn.now(_edits(place, drawn))
    take({line: tick for line, tick, before in zip(drawn.lines, now, drawn.last, strict=True) if tick != before})


def _edits(place: str, drawn: Drawn) -> Mapping[Any, Mapping[str, Any]]:
    edited = st.session_state.get(f"{place}_{drawn.number}")
    return edited["edited_rows"] if edited else {}
