"""What the last Refresh could not read, beside every page."""

from __future__ import annotations

import streamlit as st

from gpb.frames.unread import WITHOUT_COUNTS
from gpb.ui.shell.links import address
from gpb.ui.text import count, sentence
from gpb.workspace import Workspace

NAMED = 3


def unread_note(opened: Workspace) -> None:
    """Objects that could not be read, the first of them by name, and counts that Canvas left out."""
    snapshot = opened.term.latest()
    reasons = list(snapshot.unread["reason"])
    if reasons:
        more = [f"And {len(reasons) - NAMED} more."] if len(reasons) > NAMED else []
        told = [f"{count(len(reasons), 'object')} could not be read. Nothing is synced there.", *reasons[:NAMED], *more]
        st.warning("\n\n".join(map(sentence, told)), icon=":material/help:")
        to = address(finding="could_not_be_read")
        st.page_link("pages/audit.py", label="Show them", icon=":material/arrow_forward:", query_params=to)
    if not snapshot.counts_assignments:
        st.warning(sentence(WITHOUT_COUNTS), icon=":material/help:")
