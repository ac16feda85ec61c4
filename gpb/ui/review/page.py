"""The Review page: what will change, what stands in the way, and the sync itself.

Session-state keys: those of ``door`` and of ``plan``.
"""

from __future__ import annotations

import streamlit as st

from gpb.sync.plan import told, waiting
from gpb.ui.review.moved import moved_panel
from gpb.ui.review.plan import plan_panel
from gpb.ui.sync.door import enter
from gpb.ui.sync.unfinished import unfinished_panel
from gpb.ui.text import sentence
from gpb.workspace import Workspace


def review(opened: Workspace) -> None:
    """Draw the page: a running sync alone, else unfinished runs, moved drafts and the plan."""
    if enter():
        return
    live = opened.runs.live()
    if live is not None:
        st.markdown("**Syncing.** You can go on elsewhere or close this page: the sync continues.")
        return
    with st.container():  # one element, however much there is: the plan below stays where it was
        for record in opened.runs.unfinished():
            unfinished_panel(opened, record)
        moved_panel(opened)
        _unread(opened)
    plan_panel()


def _unread(opened: Workspace) -> None:
    left_out = told(waiting(opened.planning.asked().unread))
    if left_out is not None:
        st.warning(sentence(left_out), icon=":material/help:")
