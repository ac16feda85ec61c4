"""Which schools other settings would give, before anybody sets one.

Session-state keys: ``schools`` (DataFrame, see ``preview``; set by the button).
"""

from __future__ import annotations

import asyncio

import streamlit as st

from gpb.doctor.schools import preview
from gpb.ui.shell.session import sentences
from gpb.workspace import Workspace

COLUMNS = {"setting": "GPB_SCHOOL_LEVEL", "schools": "Schools", "names": "Their courses in this term"}


def schools_panel(opened: Workspace) -> None:
    """Draw it; Canvas is asked when the button is pressed."""
    st.header("Schools", anchor=False)
    st.markdown(
        "Which sub-accounts of Canvas are your schools? If the names below are not your schools, set "
        "`GPB_SCHOOL_LEVEL` to the line that shows them, or to a list of accounts, and press **Refresh**."
    )
    if st.button("Preview schools", icon=":material/account_tree:"):
        with sentences(), st.spinner("Reading the accounts from Canvas"):
            st.session_state["schools"] = asyncio.run(preview(opened.settings, opened.term.choices))
    found = st.session_state.get("schools")
    if found is not None:
        st.dataframe(found, hide_index=True, column_config=COLUMNS, alt="Schools by setting")
