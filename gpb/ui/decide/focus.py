"""Where the keyboard goes on when what had the focus is decided and gone: to the next line.

Session-state keys: ``decide_focus`` ((int, int or None): how often it was moved, and to the line in which place).
"""

from __future__ import annotations

import streamlit as st

_HTML = "<div></div>"
_JS = """
const LOOK = 60, PATIENCE = 40 // ms, looks: the page is still being drawn
let turn = null, timer = null

const isNowhere = () => !document.activeElement || document.activeElement === document.body

export default function ({ data }) {
  if (data.turn === turn) return
  const isFirst = turn === null
  turn = data.turn
  if (isFirst && !data.turn) return
  clearInterval(timer)
  let looks = 0
  timer = setInterval(() => {
    looks += 1
    const place = document.querySelector(`.st-key-${data.place} :is(button, input)`)
    if (place && isNowhere()) place.focus()
    if (looks >= PATIENCE || (document.activeElement === place && looks > PATIENCE / 2)) clearInterval(timer)
  }, LOOK)
}
"""


def keep_focus(place: str) -> None:
    """Give the focus to the widget with this key, after each ``move_focus``, where nothing else has it."""
    component = st.components.v2.component("gpb_focus", html=_HTML, js=_JS)
    component(data={"turn": _focus()[0], "place": place}, key="focus", height="content")


def move_focus(place: int | None) -> None:
    """From a callback: what was clicked will be gone, and the line in this place be another; None: not in a line."""
    st.session_state["decide_focus"] = (_focus()[0] + 1, place)


def place_of_focus() -> int | None:
    """The place in the list that was clicked last."""
    return _focus()[1]


def _focus() -> tuple[int, int | None]:
    found: tuple[int, int | None] = st.session_state.get("decide_focus", (0, None))
    return found
