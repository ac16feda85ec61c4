"""Where the keyboard goes on when what had the focus is gone: Streamlit leaves it nowhere."""

from __future__ import annotations

import streamlit as st

_HTML = "<div></div>"
_JS = """
const LOOK = 60, PATIENCE = 40 // ms, looks: the page is still being drawn
const turns = {}
let timer = null

const isNowhere = () => !document.activeElement || document.activeElement === document.body

export default function ({ data }) {
  if (data.turn === turns[data.of]) return
  const isFirst = turns[data.of] === undefined
  turns[data.of] = data.turn
  if (isFirst && !data.turn) return
  clearInterval(timer)
  let looks = 0
  timer = setInterval(() => {
    looks += 1
    const place = document.querySelector(`.st-key-${data.place} :is(button, input, a)`)
    if (place && isNowhere()) place.focus()
    if (looks >= PATIENCE || (document.activeElement === place && looks > PATIENCE / 2)) clearInterval(timer)
  }, LOOK)
}
"""


def give_focus(of: str, turn: int, place: str) -> None:
    """Give the focus to the first control in ``place`` (a key) each time that ``turn`` grows, unless something has it.

    ``of`` tells those apart who do so.
    """
    component = st.components.v2.component("gpb_focus", html=_HTML, js=_JS)
    component(data={"of": of, "turn": turn, "place": place}, key=f"focus_{of}", height="content")
