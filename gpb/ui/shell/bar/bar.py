"""The bar of what runs, at the bottom of every page, and how it ended: a part of the page that draws itself anew alone.

The page behind it is drawn anew when something begins or ends, but not where it holds an editor: there the notice has a
button for that. Session-state keys: ``bar_drawn`` (tuple of str, what ran when the page was drawn last) and
``holds_editor`` (bool, set by ``app.py``, and by ``session.keep_page`` while a dialog lies open).
"""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gpb.errors import GpbError
from gpb.settings import load_settings
from gpb.ui.entrance.admission import person, require_admitted
from gpb.ui.shell.bar import endings
from gpb.ui.shell.bar.remaining import HOW
from gpb.ui.shell.bar.works import PULL, Work, ended, refreshed_beside, works
from gpb.ui.shell.progress import is_refreshing, start_pull
from gpb.ui.shell.session import callback, in_turn, is_part, sentences, workspace
from gpb.ui.text import sentence
from gpb.workspace import Workspace

BUSY, IDLE = "0.7s", "5s"
"""How often it looks: while something runs, and for what others begin."""
AT_THE_BOTTOM = """<style>
div:has(> .st-key-run_bar) {order: 100; position: sticky; bottom: 0; z-index: 60}
.st-key-run_bar:has(button, a, [role=progressbar]) {
  background: Canvas; padding: .6rem .8rem; border-top: 1px solid rgba(128, 128, 128, .4)
}
.st-key-run_bar [data-testid=stElementContainer]:has([data-testid=stAlert]) {
  flex: 1 1 28rem; width: auto !important; min-width: min(28rem, 100%)
}
[data-testid=stMain]:has([class*="st-key-bar_of_sync"]) .st-key-sync_drafts button:not(:disabled) {visibility: hidden}
</style>"""
"""Below all else of the page, and always in sight, so that what begins or ends moves nothing.

A sync's bar can be there a moment before the page under it is drawn anew: no second one can be begun meanwhile.
"""


def run_bar(opened: Workspace, refresh: DeltaGenerator) -> None:
    """Draw it; ``refresh`` is the place of the button Refresh, which rests while that runs."""
    st.html(AT_THE_BOTTOM)
    if st.session_state.get("page") == "history":
        endings.forget_opened(st.query_params.get("run"))
    place = st.container(key="run_bar", gap="xsmall")
    with place, sentences(ends=False):
        running = works(opened)
        st.session_state["bar_drawn"] = _names(running)
        st.fragment(_bar, run_every=BUSY if running else IDLE)(opened, refresh)


def refresh_here(opened: Workspace) -> None:
    """The button Refresh once more, below a sentence that asks for it: on a phone the sidebar is closed."""
    if not is_refreshing(opened):
        st.button("Refresh", icon=":material/refresh:", on_click=_refresh, key="refresh_here")


def _bar(opened: Workspace, refresh: DeltaGenerator) -> None:
    _leave_if_not_admitted()
    with in_turn(), sentences(ends=False):
        is_busy = is_refreshing(opened)  # first: if that ends now, it is found among what has ended
        running = works(opened)
        runs, jobs = ended(opened)
        for run_id in runs:
            endings.keep(endings.of_run(opened, run_id))
        for kind, job in jobs:
            endings.keep(endings.of_job(kind, job))
        beside = refreshed_beside(opened, is_busy=is_busy, is_own=PULL in [kind for kind, _ in jobs])
        if beside is not None:
            endings.keep(endings.of_pull_beside(opened, beside))
        drawn, now = st.session_state.get("bar_drawn"), _names(running)
        st.session_state["bar_drawn"] = now
        asks = bool(st.session_state.get("holds_editor"))
        if (drawn != now or runs or jobs or beside is not None) and not (asks and is_part()):
            st.rerun(scope="app")  # also where the sidebar was drawn a moment before the end
        _refresh_button(refresh, is_busy=is_busy)
        for place, work in enumerate(running):
            _show(opened, work, place)
        for ending in st.session_state.get("endings", []):
            endings.show(ending, asks=asks)


def _names(running: list[Work]) -> tuple[str, ...]:
    return tuple(work.name for work in running)


def _show(opened: Workspace, work: Work, place: int) -> None:
    name = work.run_id or place  # two terms may be refreshed at once
    with st.container(horizontal=True, vertical_alignment="center", key=f"bar_of_{work.kind}_{name}"):
        if work.waits:
            st.info("Waiting for the worker. Start it with `python -m gpb worker`.", icon=":material/hourglass_empty:")
        else:
            st.progress(work.share, text=sentence(work.told))
        if work.left:
            st.caption(work.left, help=HOW, width="content")
        if work.run_id is not None:
            is_asked = opened.runs.cancelled_by(work.run_id) is not None
            st.button("Cancel the rest", on_click=_cancel, args=(work.run_id,), disabled=is_asked,
                      key=f"cancel_{work.run_id}")  # fmt: skip


def _refresh_button(place: DeltaGenerator, *, is_busy: bool) -> None:
    place.button("Refresh", icon=":material/refresh:", on_click=_refresh, width="stretch", disabled=is_busy,
                 key="refresh", help="It is running: the bar shows how far it is." if is_busy else None)  # fmt: skip


@callback()
def _refresh() -> None:
    start_pull(workspace())


@callback()
def _cancel(run_id: str) -> None:
    workspace().runs.cancel(run_id, person())


def _leave_if_not_admitted() -> None:
    """The bar draws itself without ``app.py``; where the person may not see it any more, the door is drawn."""
    try:
        require_admitted(load_settings())
    except GpbError:
        st.rerun(scope="app")
