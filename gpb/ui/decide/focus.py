"""Where the keyboard goes on when what had the focus is decided and gone: to the next line.

Session-state keys: ``decide_focus`` ((int, int or None): how often it was moved, and to the line in which place).
"""

from __future__ import annotations

import streamlit as st

from gpb.ui.focus import give_focus


def keep_focus(place: str) -> None:
    """Give the focus to the widget with this key, after each ``move_focus``, where nothing else has it."""
    give_focus("decide", _focus()[0], place)


def move_focus(place: int | None) -> None:
    """From a callback: what was clicked will be gone, and the line in this place be another; None: not in a line."""
    st.session_state["decide_focus"] = (_focus()[0] + 1, place)


def place_of_focus() -> int | None:
    """The place in the list that was clicked last."""
    return _focus()[1]


def _focus() -> tuple[int, int | None]:
    found: tuple[int, int | None] = st.session_state.get("decide_focus", (0, None))
    return found
