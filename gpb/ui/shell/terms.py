"""The sidebar's words about the terms that are current, and the choice when the one in use is over.

Session-state keys: ``next_term`` (int, id of the term that is picked there; the widget's own).
"""

from __future__ import annotations

import streamlit as st

from gpb.ui.entrance.admission import person
from gpb.ui.shell.progress import start_pull
from gpb.ui.shell.session import callback, workspace
from gpb.ui.text import count, local_time, sentence
from gpb.workspace import Workspace


def terms_panel(opened: Workspace, *, has_failed: bool) -> None:
    """Draw it; ``has_failed``: the last Refresh ended with an error."""
    told, ended, chosen = opened.term.several(), opened.term.over(), opened.term.choices.chosen()
    if told is not None:
        st.caption(sentence(told))
    if ended is not None:
        name = opened.term.latest().facts.term
        told = f"{name} ended on {local_time(ended)}. You still see what was read of it."
        st.warning(sentence(told), icon=":material/event_busy:")
    if opened.settings.term or chosen is None or not (ended or has_failed):
        return
    others = {one.id: one for one in opened.term.choices.current() if one.id != chosen.term_id}
    if not others:
        return
    names = {one.id: f"{one.name} ({count(one.courses, 'course')})" for one in others.values()}
    picked = st.selectbox("Next term", list(names), format_func=lambda one: names.get(one, str(one)), key="next_term")
    if picked in others:
        where = (picked, others[picked].name)
        st.button("Use this term from now on", on_click=_use, args=where, width="stretch", key=f"use_term_{picked}")


@callback()
def _use(term_id: int, name: str) -> None:
    opened = workspace()
    opened.term.use(term_id, name, person())
    st.session_state["term"] = ""  # not the one that the address named
    start_pull(opened)
