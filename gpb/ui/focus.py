"""Where the keyboard goes on when what had the focus is gone: Streamlit leaves it nowhere."""

from __future__ import annotations

import streamlit as st

_HTML = "<div></div>"
_NOWHERE = """
const page = () => document.getElementById('stMain')
const isNowhere = () => [null, document.body, page()].includes(document.activeElement)
"""
_GIVE = f"""{_NOWHERE}
const LOOK = 60, PATIENCE = 40 // ms, looks: the page is still being drawn
const turns = {{}}
let timer = null
const holder = () => document.activeElement?.shadowRoot?.activeElement ?? document.activeElement

function control(name) {{
  const box = document.querySelector(`.st-key-${{name}}`)
  const cells = [...(box?.querySelectorAll('*') ?? [])].map(one => one.shadowRoot?.querySelector('.ag-cell-focus'))
  return cells.find(Boolean) ?? box?.querySelector(':is(button, input, a)')
}}

export default function ({{ data }}) {{
  if (data.turn === turns[data.of]) return
  const isFirst = turns[data.of] === undefined
  turns[data.of] = data.turn
  if (isFirst && !data.turn) return
  clearInterval(timer)
  let looks = 0, isGiven = false
  timer = setInterval(() => {{
    looks += 1
    const place = control(data.place)
    const isThere = holder() === place, hasGoneOn = isGiven && !isThere && !isNowhere()
    if (place && isNowhere()) {{
      place.focus()
      isGiven = true
    }}
    if (hasGoneOn || looks >= PATIENCE || (isThere && looks > PATIENCE / 2)) clearInterval(timer)
  }}, LOOK)
}}
"""
_CATCH = f"""{_NOWHERE}
const LOOK = 300, PATIENCE = 4 // ms, looks: something else may be about to take it
let last = null, looks = 0, timer = null

document.addEventListener('focusin', event => {{ last = event.target }})

// Escape, while what had the focus was just taken away, or a dialog is hidden because the page is being drawn anew: the
// key reaches the page alone, and the dialog would never hear of it.
let isLeaving = false

document.addEventListener('keydown', event => {{
  isLeaving ||= event.key === 'Escape' && isNowhere()
  leave()
}})
document.addEventListener('pointerdown', () => {{ isLeaving = false }})
new MutationObserver(leave).observe(document.body, {{ childList: true, subtree: true }})

function leave() {{
  if (!isLeaving) return
  const close = document.querySelector('[role=dialog] [aria-label=Close]')
  const app = document.querySelector('[data-testid=stApp]')
  close?.click()
  isLeaving = !close && app?.dataset.testScriptState !== 'notRunning'
}}

function look() {{
  looks = last && (!last.isConnected || last.disabled) && isNowhere() ? looks + 1 : 0
  if (looks < PATIENCE) return
  page()?.focus({{ preventScroll: true }})
}}

export default function () {{ timer ??= setInterval(look, LOOK) }}
"""


def give_focus(of: str, turn: int, place: str) -> None:
    """Give the focus to the first control in ``place`` (a key) each time that ``turn`` grows, unless something has it.

    Of the grid it is the cell that was the active one. ``of`` tells those apart who do so.
    """
    component = st.components.v2.component("gpb_focus", html=_HTML, js=_GIVE)
    component(data={"of": of, "turn": turn, "place": place}, key=f"focus_{of}", height="content")


def catch_focus() -> None:
    """Where what had the focus was taken away, and nothing else asks for it, the page itself has it.

    So a page that a link led to begins at its top, and a reader of the screen says its name. Drawn where it takes no
    room.
    """
    component = st.components.v2.component("gpb_focus_caught", html=_HTML, js=_CATCH)
    with st.sidebar:
        component(key="focus_caught", height="content")
