"""Whether the edits of this page are stored, and a hand on the door until they are.

The grid says how many of its edits the server has not taken yet (the event ``gpb-edits``); Streamlit's own drop-downs,
in the view by course, say nothing, and after a click on one the page is watched until it was drawn again. Whatever
would leave the page or the view in between waits; where the browser allows no waiting (reload, closed tab, another
website), it asks before it lets go.
"""

from __future__ import annotations

import streamlit as st

SAVED = "All edits are saved."
_HTML = '<div id="saving" role="status"></div>'
_CSS = """
#saving { font-size: 0.875rem; line-height: 1.15; color: var(--st-text-color); opacity: 0.75; }
#saving.open { opacity: 1; font-weight: 600; }
"""
_JS = """
const LOOK = 30 // ms; what follows is counted in looks, for a page that is busy is late with both
const SENT = 9 // looks until a drop-down has certainly sent its choice
const PATIENCE = 66 // a server under load takes its time to say that it has begun
const GRID = ".st-key-grid"
const CHOICE = '[data-testid="stSelectbox"], [role="option"]'
const PRESSES = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"]

let unsaved = 0, looks = 0, isLikely = false, isSending = false, held = null, timer = null, label = null, saved = ""

const app = () => document.querySelector('[data-testid="stApp"]')
const isBusy = () => app()?.dataset.testScriptState !== "notRunning"
const isCutOff = () => app()?.dataset.testConnectionState !== "CONNECTED"
const isOpen = () => timer !== null

function show() {
  if (!label) return
  const isOnItsWay = unsaved || isSending || isLikely
  const text = isCutOff() ? "Not connected: not saved." : isOnItsWay ? "Saving …" : saved
  if (label.textContent !== text) label.textContent = text
  label.className = text === saved ? "" : "open"
}

function look() {
  looks += 1
  isSending ||= isBusy()
  const isSent = looks > SENT && (isSending || !isLikely || looks > PATIENCE)
  if (isSent && !unsaved && !isBusy() && !isCutOff()) {
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

function onEdits(event) {
  unsaved = event.detail
  if (unsaved) mayHaveEdited(true)
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
  if (!isGrid && within(event, CHOICE)) mayHaveEdited(within(event, '[role="option"]'))
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
  window.addEventListener("gpb-edits", onEdits)
  window.addEventListener("popstate", onHistory, true)
  window.addEventListener("beforeunload", onLeaving)
  for (const press of PRESSES) window.addEventListener(press, onPress, true)
  show()
  return () => {
    window.removeEventListener("gpb-edits", onEdits)
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
