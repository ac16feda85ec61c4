"""What a page shows stands in its address, so that a link opens the same for somebody else; places are carried along.

The school and the teacher that somebody looks at go with her from page to page, and so does the term, which every
address names. A link means just what it says: what it does not name is not narrowed. What a person chooses is a step
that the browser's Back takes back; what is carried to a page, or left out of a link, becomes part of the step that led
there.

Session-state keys: ``place`` (dict, the school and teacher that are carried), ``term_named`` (str, the term that
addresses name, and ``term_before``, which they named until the browser takes that; for ``term`` see ``session``), and
for each page ``<page>_filters`` (the filters; set from the URL and
by the widgets), ``<page>_url`` (dict, what stands in the URL), ``<page>_url_shown`` (dict, what we let it say in the
last run) and ``<page>_url_before`` (list of dict, what may have stood there before the last choice).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from typing import Any, ClassVar, Protocol, Self, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gpb.ui.shell.session import is_part, say, show_notices
from gpb.ui.text import plain

CARRIED = ("school", "teacher")
_NARROWER = {"school": ("teacher", "course", "section"), "teacher": ("course", "section")}
"""What lies inside of a place, and is no more when another one is chosen."""
_NOT_OURS = ("term", "embed", "embed_options")

_HTML = "<div></div>"
_JS = """
const LOOK = 30 // ms; what follows is counted in looks
const SENT = 9 // looks until a text that lost the focus has certainly been sent
const CHIP = '[data-testid="stButtonGroup"] button'
const SOON = 400 // ms in which what a key or a click asked for may not have begun yet
const FIELD = "input:not([type=checkbox], [type=radio], [type=file]), textarea"

// Streamlit sends a half typed text after the link that took its focus, and with the page that was left: it would lead
// back there. And it tells a chip by what is written on it, which a text or an edit that is being taken may change: the
// click would count for nothing. So the way waits until the page has taken what came before.
function watchTexts() {
  let typed = null, isWaiting = false, acted = -SOON
  const isBusy = () => document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState !== "notRunning"
  const wayOf = event => event.composedPath().find(place => place.matches?.(`a[href], ${CHIP}`))
  const nameOf = chip => chip.textContent.replace(/[\\d,]+$/, "")
  const again = way => way.href
    ? document.querySelector(`a[href="${way.getAttribute("href")}"]`)
    : [...document.querySelectorAll(CHIP)].find(chip => nameOf(chip) === nameOf(way))
  const go = way => (way.isConnected ? way : again(way))?.click()
  window.addEventListener("input", event => { typed = event.target.matches?.(FIELD) ? event.target : null }, true)
  window.addEventListener("change", () => { typed = null }, true)
  for (const kind of ["keydown", "change", "pointerup"])
    window.addEventListener(kind, event => { acted = event.timeStamp }, true)
  window.addEventListener("pointerdown", event => {
    const way = wayOf(event), isTyped = Boolean(typed?.isConnected), isChip = Boolean(way?.matches(CHIP))
    isWaiting = Boolean(way) && (isTyped || (isChip && (isBusy() || event.timeStamp - acted < SOON)))
    if (isWaiting && isTyped) typed.blur()
    if (isWaiting && isChip) event.stopImmediatePropagation() // it counts as pressed here already
    typed = null
  }, true)
  window.addEventListener("click", event => {
    const way = wayOf(event)
    if (!isWaiting || !event.isTrusted || !way) return
    isWaiting = false
    event.preventDefault()
    event.stopImmediatePropagation()
    let looks = 0
    const timer = setInterval(() => {
      looks += 1
      if (looks <= SENT || isBusy()) return
      clearInterval(timer)
      go(way)
    }, LOOK)
  }, true)
}
if (!window.gpbWatchesTexts) {
  window.gpbWatchesTexts = true // several parts of a page bring this script
  watchTexts()
}

export default function ({ data }) {
  const address = new URL(window.location.href)
  for (const name of data.own) if (!(name in data.shown)) address.searchParams.delete(name)
  for (const [name, value] of Object.entries(data.shown)) address.searchParams.set(name, value)
  if (address.href !== window.location.href) window.history.replaceState(window.history.state, "", address)
}
"""


class UrlFilters(Protocol):
    """A dataclass of filters, whose fields are the names of query parameters."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @classmethod
    def from_url(cls, parameters: Mapping[str, str]) -> Self:
        """From query parameters; what makes no sense is left out."""

    def to_url(self) -> dict[str, str]:
        """As query parameters, without the empty ones."""


Kind = TypeVar("Kind", bound=UrlFilters)


def current(page: str, kind: type[Kind], meant: Callable[[Kind], Kind] = lambda filters: filters) -> Kind:
    """The filters of this run: the URL's when it was opened, followed or gone back to, else the session's.

    The URL is brought up to date, and whoever followed a link is told what of it makes no sense. ``meant`` names what
    is shown where nobody chose: the address says it, for whoever gets the link, and the filters do not.
    """
    state, in_url = st.session_state, _in_url(kind)
    is_news, came_here = _is_news(page, in_url), _came_here(page)
    if is_news:
        filters: Kind = kind.from_url(in_url)
        _carry(filters)
    else:
        filters = _in_place(state.get(f"{page}_filters") or kind.from_url({}), kind)
    if is_news or came_here:
        _tell_left_out(in_url, filters)
    shown = meant(filters).to_url()
    state[f"{page}_filters"], state[f"{page}_url"] = filters, shown
    if in_url != shown:
        state[f"{page}_url_before"] = [in_url, state.get(f"{page}_url_shown")]
        if not is_news and not came_here:
            others = {name: value for name, value in st.query_params.items() if name not in _names(kind)}
            st.query_params.from_dict({**others, **_term(), **shown})
    state[f"{page}_url_shown"] = shown
    _show("filters", [*_names(kind), *_unknown(kind)], shown)
    return filters


def choose(page: str, filters: UrlFilters) -> None:
    """From a widget: what stands in the URL now is older, whether or not the browser has seen our last address."""
    st.session_state[f"{page}_filters"] = filters
    st.session_state[f"{page}_url"] = _in_url(type(filters))
    _carry(filters)


def present(page: str, kind: type[Kind]) -> Kind:
    """From a widget: the filters as they are by now.

    What was drawn with it may lack what was chosen a moment before: a page that is being drawn begins anew with the
    next click.
    """
    found: Kind | None = st.session_state.get(f"{page}_filters")
    return kind.from_url({}) if found is None else found


def take_term() -> None:
    """A link may name another term, and Back may lead to one; what the person chose is a step of its own."""
    state, in_url = st.session_state, st.query_params.get("term", "")
    shown = state.get("term_named")
    if in_url == shown:
        state.pop("term_before", None)
    is_news = bool(in_url) and in_url not in (state.get("term"), shown, state.get("term_before"))
    if "term" not in state or is_news or (in_url and went_back() and in_url != shown):
        state["term"] = in_url
    elif state["term"] and in_url != state["term"] and state.get("term_named") != state["term"]:
        st.query_params["term"] = state["term"]


def name_term(term_id: int | None) -> None:
    """Let every address name the term that is shown, also where it was not chosen: next month another one is current.

    None where it is not known yet.
    """
    state = st.session_state
    named = state["term"] or ("" if term_id is None else str(term_id))
    if named != state.get("term_named", named):
        state["term_before"] = state["term_named"]  # the browser may still tell it
    state["term_named"] = named
    _show("term", ["term"], _term())


def went_back() -> bool:
    """Whether Back or Forward of the browser led here; Streamlit tells its own parts alone."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def _term() -> dict[str, str]:
    named = st.session_state.get("term_named") or st.session_state.get("term")
    return {"term": named} if named else {}


def _is_news(page: str, in_url: dict[str, str]) -> bool:
    """Whether the URL says something that is not from us.

    After a choice the browser may still tell the one before, or what we let the address say before (``_show``): its
    script may run only now.
    """
    state = st.session_state
    if _came_here(page):
        return bool(in_url)
    if in_url == state.get(f"{page}_url"):
        return False
    return went_back() or bool(in_url and in_url not in state.get(f"{page}_url_before", ()))


def _came_here(page: str) -> bool:
    """Whether the page is drawn for the first time since the person came; a part of it is drawn anew only later."""
    return st.session_state.get("page_before") != page and not is_part()


def _carry(filters: UrlFilters) -> None:
    """What a page shows of schools and teachers is what the next one shows."""
    place: dict[str, str] = dict(st.session_state.get("place", {}))
    shown = {name: getattr(filters, name) for name in CARRIED if name in _names(type(filters))}
    if "teacher" not in shown and shown.get("school", place.get("school")) != place.get("school"):
        place["teacher"] = ""
    st.session_state["place"] = {**place, **shown}


def _in_place(filters: Kind, kind: type[Kind]) -> Kind:
    """The filters of a page where the person is by now: what was inside of another place is left behind."""
    place, names, values = st.session_state.get("place", {}), _names(kind), filters.to_url()
    for name in CARRIED:
        if name in names and name in place and place[name] != values.get(name, ""):
            values = {known: value for known, value in values.items() if known not in _NARROWER[name]}
            values[name] = place[name]
    return filters if values == filters.to_url() else kind.from_url(values)


def _tell_left_out(in_url: Mapping[str, str], filters: UrlFilters) -> None:
    taken = filters.to_url()
    unknown = {name: st.query_params[name] for name in _unknown(type(filters))}
    senseless = {name: value for name, value in in_url.items() if value and value != taken.get(name)}
    left_out = [f"{plain(name)} “{plain(value)}”" for name, value in {**senseless, **unknown}.items()]
    if left_out:
        what = "a value" if len(left_out) == 1 else f"{len(left_out)} values"
        say("info", f"This link has {what} that this page does not know; left out: {', '.join(left_out)}.")
        show_notices()


def _show(key: str, own: list[str], shown: Mapping[str, str]) -> None:
    """Let the address say this, as part of the step that the browser is at; drawn where it takes no room.

    The browser does it when something of this is another than before, so that it is told the page, too.
    """
    page = st.session_state.get("page", "")
    component = st.components.v2.component("gpb_address", html=_HTML, js=_JS)
    with st.sidebar:
        component(data={"own": own, "shown": dict(shown), "page": page}, key=f"address_{key}", height="content")


def _unknown(kind: type[UrlFilters]) -> list[str]:
    return [name for name in st.query_params if name not in {*_names(kind), *_NOT_OURS}]


def _names(kind: type[UrlFilters]) -> list[str]:
    return [field.name for field in fields(kind)]


def _in_url(kind: type[UrlFilters]) -> dict[str, str]:
    return {name: st.query_params[name] for name in _names(kind) if name in st.query_params}
