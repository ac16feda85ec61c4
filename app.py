"""The router: settings, who is signed in, the sidebar, and the page that the address names."""

from __future__ import annotations

import streamlit as st

from gpb.ui.session import is_signed_in, sentences, show_notices, workspace
from gpb.ui.sidebar import sidebar, take_term_from_url, why_no_rows

PAGES = [
    st.Page("pages/overview.py", title="Overview", icon=":material/dashboard:", default=True),
    st.Page("pages/audit.py", title="Audit", icon=":material/fact_check:", url_path="audit"),
    st.Page("pages/associate.py", title="Associate", icon=":material/link:", url_path="associate"),
    st.Page("pages/review.py", title="Review and sync", icon=":material/rule:", url_path="review"),
    st.Page("pages/history.py", title="History", icon=":material/history:", url_path="history"),
    st.Page("pages/name_check.py", title="Name check", icon=":material/spellcheck:", url_path="name_check"),
    st.Page("pages/connections.py", title="Connections", icon=":material/cable:", url_path="connections"),
]
WITHOUT_ROWS = ("connections",)

st.set_page_config(page_title="Grade passback associations", page_icon=":material/link:", layout="wide")
st.html("<style>.stMainBlockContainer {padding: 4rem 2.5rem 3rem}</style>")  # room for the grid at 1280 px
page = st.navigation(PAGES)
st.session_state["page_before"] = st.session_state.get("page")
st.session_state["page"] = page.url_path or "overview"
if not is_signed_in():
    st.stop()
with sentences():
    take_term_from_url()
    opened = workspace()
    sidebar(opened)
    if opened.settings.started_sandbox:
        st.markdown(
            ":blue-background[:material/science: **Sandbox**: a made-up district. "
            "Nothing you do here reaches a real Canvas.]"
        )
    show_notices()
    reason = None if page.url_path in WITHOUT_ROWS else why_no_rows(opened)
    if reason is None:
        st.session_state["routed"] = True
        page.run()
    else:
        st.title(page.title)
        st.info(reason, icon=":material/info:")
