"""The sidebar: sandbox or live, the term, how old the snapshot is, and Refresh.

Session-state keys: ``term_choice`` (the widget's mirror of ``term``, see ``session``).
"""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gpb.frames.facts import SnapshotFacts
from gpb.printable import one_line
from gpb.ui.entrance.sign_in import sign_out_button
from gpb.ui.shell.progress import is_refreshing, is_running, start_pull
from gpb.ui.shell.runtime import runtime
from gpb.ui.shell.session import callback, workspace
from gpb.ui.shell.terms import terms_panel
from gpb.ui.shell.unread import unread_note
from gpb.ui.text import age, count, local_time, plain, sentence
from gpb.workspace import Workspace


def sidebar(opened: Workspace) -> DeltaGenerator:
    """Draw it; a sandbox that was never read is read now. The place of the button Refresh, for the bar."""
    stands_in = opened.term.stand_in()  # first: it looks closest, and what it finds damaged is left out below
    newest = opened.term.latest_id()
    job = runtime().job("pull", opened)
    if newest is None and job is None and opened.settings.started_sandbox:
        start_pull(opened)
        job = runtime().job("pull", opened)
    with st.sidebar:
        if newest is not None:
            _term(opened)
            facts = opened.term.latest().facts
            st.caption(f"Refreshed {age(facts.taken_at)} ({local_time(facts.taken_at)}){_all_read(facts)}")
        if newest is not None:
            terms_panel(opened, has_failed=job is not None and job.error is not None)
            unread_note(opened)
            if opened.term.changed.missed.told() is not None:
                st.page_link("pages/connections.py", label="Canvas missed a change", icon=":material/warning:")
        if stands_in is not None and not is_running(job):
            st.warning(sentence(stands_in), icon=":material/warning:")
        if newest is None and st.session_state["term"]:
            st.button("Back to the default term", icon=":material/arrow_back:", on_click=_default_term)
        refresh = st.container()
        if job is not None and job.error:
            st.error(sentence(job.error), icon=":material/error:")
        sign_out_button()
        waiting = opened.audit.drafted() if newest is not None else 0
        if waiting:
            st.page_link("pages/review.py", label=f"{count(waiting, 'draft')} waiting", icon=":material/rule:")
    return refresh


def _all_read(facts: SnapshotFacts) -> str:
    """The rest of that sentence where only courses that had changed were read."""
    if facts.anew is None or facts.whole_at is None:
        return ""
    return f"; {count(facts.anew, 'changed course')} read then, all courses {age(facts.whole_at)}"


def tab_title(page: str, opened: Workspace) -> str:
    """What a browser's tab says: the page, the term and the district, so that several are told apart."""
    district = "Sandbox" if opened.settings.started_sandbox else urlsplit(opened.settings.canvas_url).hostname
    term = opened.term.latest().facts.term if opened.term.latest_id() is not None else ""
    return " · ".join(part for part in (page, one_line(term), district) if part)


def why_no_rows(opened: Workspace) -> str | None:
    """What a page says instead of an empty table; None when there are rows."""
    if opened.term.latest_id() is None:
        if is_refreshing(opened):
            return "Refreshing the term from Canvas and Focus."
        told, named = opened.term.stand_in(), st.session_state["term"]
        what = f"The term {plain(named)} has not been read yet." if named else "There is no data from Canvas yet."
        return sentence(told) if told else f"{what} Press **Refresh**."
    snapshot = opened.term.latest()
    if not snapshot.associations().empty:
        return None
    sections = snapshot.tables["sections"]
    if len(sections) and sections["sis_section_id"].isna().all():
        return (
            "No section of this term has a SIS ID in Canvas, so none of them came from the SIS. Choose another "
            "term, or have the sections synced from the SIS first, then press **Refresh**."
        )
    return "This term has no assignment groups in SIS sections yet. Choose another term, or press **Refresh** later."


def _term(opened: Workspace) -> None:
    facts = opened.term.latest().facts
    terms = opened.term.latest().tables["terms"]
    names = {str(number): name for number, name in terms[["term_id", "term"]].itertuples(index=False)}
    st.session_state["term_choice"] = str(facts.term_id)
    st.selectbox(
        "Term", list(names), format_func=lambda number: names.get(number, number), key="term_choice", on_change=_choose
    )


@callback()
def _choose() -> None:
    st.session_state["term"] = st.session_state["term_choice"]
    opened = workspace()
    if opened.term.latest_id() is None:
        start_pull(opened)


@callback()
def _default_term() -> None:
    st.session_state["term"] = ""
