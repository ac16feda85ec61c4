"""Whether the edits of this page are stored, and a hand on the door until they are.

Streamlit's grid sends an edit 150 ms after it was made; whoever leaves the page, or closes it, in between loses it. So
whatever would leave the page or the view waits until the edit has arrived and the page was drawn again; where the
browser allows no waiting (reload, closed tab, another website), it asks before it lets go.
"""

from __future__ import annotations

import streamlit as st

SAVED = "All edits are saved."
_HTML = '<div id="saving" role="status"></div>'
_CSS = """
#saving { font-size: 0.875rem; color: var(--st-text-color); opacity: 0.75; white-space: nowrap; }
#saving.open { opacity: 1; font-weight: 600; }
"""
_JS = """
const LOOK = 30 // ms; what follows is counted in looks, for a page that is busy is late with both
const SENT = 9 // the grid sends 150 ms after an edit
const PATIENCE = 66 // a server under load takes its time to say that it has begun
const GRID = '[data-testid="stDataFrame"], [id^="gdg-overlay"], [data-testid="data-grid-canvas"]'
const CHOICE = '[data-testid="stSelectbox"], [role="option"]'
const WALK = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End", "Escape",
              "Shift", "Control", "Alt", "Meta"]
const EDITOR = '[id^="gdg-overlay"]'
const PRESSES = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"]

let looks = 0, isLikely = false, isSending = false, held = null, timer = null, label = null, saved = ""

const app = () => document.querySelector('[data-testid="stApp"]')
const isBusy = () => app()?.dataset.testScriptState !== "notRunning"
const isCutOff = () => app()?.dataset.testConnectionState !== "CONNECTED"
const isOpen = () => timer !== null

function show() {
  if (!label) return
  const text = isCutOff() ? "Not connected: edits are not being saved." : isSending || isLikely ? "Saving …" : saved
  if (label.textContent !== text) label.textContent = text
  label.className = text === saved ? "" : "open"
}

function look() {
  looks += 1
  isSending ||= isBusy()
  const isSent = looks > SENT && (isSending || !isLikely || looks > PATIENCE)
  if (isSent && !isBusy() && !isCutOff()) {
    clearInterval(timer)
    timer = null
    isSending = isLikely = false
  }
  show()
  if (isOpen()) return
  const release = held
  held = null
  release?.()
}

function mayHaveEdited(looksLikeIt) {
  looks = 0
  isLikely ||= looksLikeIt
  timer ??= setInterval(look, LOOK)
  show()
}

const within = (event, places) => event.composedPath().some(place => place.matches?.(places))

function onKey(event) {
  if (!within(event, GRID) || WALK.includes(event.key)) return
  const hasEnded = ["Enter", "Tab"].includes(event.key) && within(event, EDITOR)
  mayHaveEdited(hasEnded || ["Delete", "Backspace"].includes(event.key) || event.ctrlKey || event.metaKey)
}

function onPress(event) {
  const isGrid = within(event, GRID)
  if (event.isTrusted && isOpen() && !isGrid) {
    const way = event.composedPath().find(place => place.matches?.("a[href], button"))
    if (way && !within(event, CHOICE)) {
      event.preventDefault()
      event.stopImmediatePropagation()
      if (event.type === "click") held = () => way.click()
      return
    }
  }
  if (isGrid || within(event, CHOICE)) mayHaveEdited(within(event, '[role="option"]'))
}

function onPaste(event) {
  if (within(event, GRID)) mayHaveEdited(true)
}

function onHistory(event) {
  if (!event.isTrusted || !isOpen()) return
  event.stopImmediatePropagation()
  held = () => window.dispatchEvent(new PopStateEvent("popstate", { state: history.state }))
}

function onLeaving(event) {
  if (isOpen()) event.preventDefault()
}

export default function ({ data, parentElement }) {
  label = parentElement.querySelector("#saving")
  saved = data.saved
  window.addEventListener("keydown", onKey, true)
  window.addEventListener("paste", onPaste, true)
  window.addEventListener("popstate", onHistory, true)
  window.addEventListener("beforeunload", onLeaving)
  for (const press of PRESSES) window.addEventListener(press, onPress, true)
  show()
  return () => {
    window.removeEventListener("keydown", onKey, true)
    window.removeEventListener("paste", onPaste, true)
    window.removeEventListener("popstate", onHistory, true)
    window.removeEventListener("beforeunload", onLeaving)
    for (const press of PRESSES) window.removeEventListener(press, onPress, true)
  }
}
"""


def saving_guard() -> None:
    """Draw the word that says whether everything is saved, and watch over ways out of the page."""
    component = st.components.v2.component("gpb_saving", html=_HTML, css=_CSS, js=_JS)
    component(data={"saved": SAVED}, key="saving", height="content")
