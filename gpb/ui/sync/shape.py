"""The word of a person on how Canvas stores associations, without which nothing can be synced."""

from __future__ import annotations

import streamlit as st

from gpb.sync.evidence import SHAPE_UNCONFIRMED, unconfirmed
from gpb.sync.gates import Objection
from gpb.ui.entrance.admission import person
from gpb.ui.shell.session import callback, say, workspace
from gpb.ui.text import plain, sentence
from gpb.workspace import Workspace


def word_wanted(opened: Workspace, place: str) -> None:
    """The button with which a person gives it, where the stored entries are plain, else the way to First contact."""
    if not opened.first_contact.may_confirm():
        st.page_link("pages/connections.py", label="First contact on the Connections page", icon=":material/handshake:")
        return
    who = plain(person())
    st.button(
        "This is right",
        type="primary",
        icon=":material/check:",
        on_click=_confirm,
        key=f"shape_is_right_{place}",
        help=f"Keeps that {who} has confirmed it, and opens Sync for this Canvas.",
    )


def on_page(opened: Workspace, objection: Objection) -> str:
    """What speaks against a sync, with the page's own button in place of a command."""
    if objection.name != SHAPE_UNCONFIRMED:
        return objection.sentence
    return unconfirmed(opened.term, opened.term.shape(), on_page=True)


@callback()
def _confirm() -> None:
    said = workspace().first_contact.confirm(person())
    st.session_state.pop("asked", None)  # the reviews on the screen say that it is missing
    say("success", sentence(f"{said.person} has confirmed how your Canvas stores associations. Sync is open."))
