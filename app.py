"""The router: settings, who is signed in, the sidebar, and the page that the address names.

Streamlit imports this file once as its server's application, and runs it for every visitor at every click.
"""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware
from streamlit.navigation.page import StreamlitPage

from gpb.ui.associate.component import script_route
from gpb.ui.entrance.guard import Guard
from gpb.ui.entrance.way_back import WayBack
from gpb.ui.focus import catch_focus
from gpb.ui.shell.bar.bar import refresh_here, run_bar
from gpb.ui.shell.links import by_name
from gpb.ui.shell.preload import preloaded
from gpb.ui.shell.session import sentences, show_notices
from gpb.ui.shell.setup.wrong import entered
from gpb.ui.shell.sidebar import sidebar, tab_title, why_no_rows
from gpb.ui.shell.url_state import name_term, take_term
from gpb.workspace import Workspace

PAGES = {
    "overview": ("Overview", ":material/dashboard:"),
    "decide": ("Decide", ":material/done_all:"),
    "audit": ("Audit", ":material/fact_check:"),
    "associate": ("Associate", ":material/link:"),
    "review": ("Review and sync", ":material/rule:"),
    "history": ("History", ":material/history:"),
    "name_check": ("Name check", ":material/spellcheck:"),
    "connections": ("Connections", ":material/cable:"),
}
WITH_EDITOR = ("decide",)  # the end of a sync or of a Refresh must not draw these anew: see run_bar
FIRST, OPENS_ALWAYS = "overview", "connections"
STYLE = (
    ".stMainBlockContainer {padding: 4rem 2.5rem 3rem}"  # room for the grid at 1280 px
    # no accent is readable under white text as well as on the dark theme's ground: what is chosen has the text's colour
    'button[data-selected="true"] {color: inherit !important}'
)


def route() -> None:
    """Draw the page that the address names, where the person may see it."""
    st.set_page_config(page_icon=":material/link:", layout="wide")
    st.html(f"<style>{STYLE}</style>")
    page = st.navigation(
        [
            st.Page(f"pages/{name}.py", title=title, icon=icon, url_path=name, default=name == FIRST)
            for name, (title, icon) in PAGES.items()
        ]
    )
    st.set_page_config(page_title=f"{page.title} · Grade passback associations")
    st.session_state["page_before"] = st.session_state.get("page")
    st.session_state["page"] = page.url_path or FIRST
    take_term()
    opened = entered(page.title, is_connections=page.url_path == OPENS_ALWAYS)
    if opened is None:
        st.stop()
    st.session_state["zone"] = opened.settings.time_zone
    with opened.steady():
        _draw(page, opened)


def _draw(page: StreamlitPage, opened: Workspace) -> None:
    reason, opens_always = None, page.url_path == OPENS_ALWAYS
    with sentences(ends=not opens_always):
        refresh = sidebar(opened)
        catch_focus()
        st.set_page_config(page_title=tab_title(page.title, opened))
        name_term(opened.term.latest().facts.term_id if opened.term.latest_id() else None)
        st.session_state["holds_editor"] = page.url_path in WITH_EDITOR
        run_bar(opened, refresh)
        if opened.settings.started_sandbox:
            st.markdown(
                ":blue-background[:material/science: **Sandbox**: a made-up district. "
                "Nothing you do here reaches a real Canvas.]"
            )
        with st.container(key="notices", gap="xxsmall"):  # always there: what follows keeps its place
            show_notices()
        reason = None if opens_always else why_no_rows(opened)
        st.session_state["holds_editor"] &= reason is None
    with sentences():
        if reason is None:
            st.session_state["routed"] = True
            page.run()
        else:
            st.title(page.title)
            st.info(reason, icon=":material/info:")
            refresh_here(opened)


if __name__ == "__main__":
    route()
else:
    doors = [Middleware(Guard), Middleware(WayBack)]
    app = st.App(__file__, lifespan=preloaded, middleware=doors, routes=[script_route(), by_name(FIRST)])
