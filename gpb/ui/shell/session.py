"""This browser session: who is there, which term is open, and what shall be said on the next page.

Session-state keys: ``term`` (str, the id of the chosen term or "" for the one of the settings; set from the URL and by
the sidebar), ``page`` and ``page_before`` (str, url paths of this and the last page; set by ``app.py``), ``routed``
(bool, ``app.py`` runs the page; set by it, taken away by ``open_page``), ``notices`` (list of Notice; added by ``say``,
emptied when shown), ``browser`` (str, stands for a browser that sends no token; set by ``browser``), ``zone`` (str, the
district's time zone or ""; set by ``app.py``).
"""

from __future__ import annotations

import hashlib
import runpy
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from gpb.errors import GpbError
from gpb.settings import ROOT
from gpb.ui.entrance.admission import require_admitted
from gpb.ui.shell.runtime import runtime
from gpb.ui.shell.uninterrupted import uninterrupted
from gpb.ui.text import sentence
from gpb.workspace import Workspace

_TURN = threading.Lock()
LISTED = 8  # refused rows that are spelled out


@dataclass(frozen=True)
class Notice:
    """Something to tell once; ``level`` is ``success``, ``info``, ``warning`` or ``error``."""

    level: str
    text: str
    details: tuple[str, ...] = ()


def browser() -> str:
    """What tells the browsers of one person apart where nobody signs in: undo takes back what was edited in this one.

    Empty for a signed-in person, who is the same in every browser. Otherwise it is made of the token by which Streamlit
    knows a browser, which outlives reloads; without that, of this session.
    """
    if st.user.to_dict().get("is_logged_in"):
        return ""
    version, *parts = str(st.context.cookies.get("_streamlit_xsrf")).strip("\"'").split("|")
    try:
        mask, masked, _ = parts  # version 2: a token that is masked anew with every answer
        token = bytes(byte ^ key for byte, key in zip(bytes.fromhex(masked), cycle(bytes.fromhex(mask)), strict=False))
    except ValueError:
        version, token = "", b""
    if version != "2" or not token:
        token = st.session_state.setdefault("browser", uuid.uuid4().hex).encode()
    return hashlib.sha256(token).hexdigest()[:16]


def workspace() -> Workspace:
    """The workspace of the chosen term, for whoever is admitted: raises NotAdmitted for others."""
    settings = runtime().settings()
    require_admitted(settings)
    default, term = runtime().workspace(settings), st.session_state.get("term", "")
    if not term or default.term.is_named(term):  # one workspace for a term, whatever way it was named
        return default
    return runtime().workspace(settings.model_copy(update={"term": term}))


def open_page() -> Workspace:
    """The workspace, for a page.

    In the first session of a server Streamlit runs the file of a deep link by itself, before ``app.py`` could tell it
    of its pages; then the router is run here, which comes back to the page.
    """
    if not st.session_state.pop("routed", False):
        runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
        st.stop()
    return workspace()


@contextmanager
def sentences(*, ends: bool = True) -> Iterator[None]:
    """Around a page, or (not ``ends``) a part of one: an error is shown as its sentence, and the page ends there."""
    try:
        yield
    except GpbError as error:
        st.error(sentence(error), icon=":material/error:")
        if ends:
            st.stop()


@contextmanager
def callback() -> Iterator[None]:
    """Decorates every callback: it runs to its end, and an error of the program is told on the page that follows."""
    with uninterrupted():
        try:
            yield
        except GpbError as error:
            say("error", sentence(error))


def is_part() -> bool:
    """Whether a part of the page is drawn anew alone, rather than the page."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and bool(context.fragment_ids_this_run)


@contextmanager
def in_turn() -> Iterator[None]:
    """Around what an open tab asks for again and again: where many are open, one at a time is drawn.

    Each of them takes little, but Python gives every thread the same share: forty that draw what nobody has asked for
    would let a person's edit wait for all of them.
    """
    if not is_part():  # somebody waits for the page
        yield
        return
    with _TURN:
        yield


def keep_page() -> None:
    """What begins or ends in the background does not draw this page anew: Streamlit hides an open dialog meanwhile."""
    st.session_state["holds_editor"] = True


def say(level: str, text: str, details: tuple[str, ...] = ()) -> None:
    """Keep a notice for the page that is drawn next."""
    st.session_state.setdefault("notices", []).append(Notice(level, text, details))


def show_notices() -> None:
    """Show and forget what was to be told."""
    for notice in st.session_state.pop("notices", []):
        shown = notice.details[:LISTED]
        more = len(notice.details) - len(shown)
        lines = [notice.text, *(f"- {line}" for line in shown), *([f"- and {more:,} more"] if more else [])]
        box = {"success": st.success, "info": st.info, "warning": st.warning, "error": st.error}[notice.level]
        box("\n".join([lines[0], "", *lines[1:]]), icon=ICONS[notice.level])


ICONS = {
    "success": ":material/check_circle:",
    "info": ":material/info:",
    "warning": ":material/warning:",
    "error": ":material/error:",
}
