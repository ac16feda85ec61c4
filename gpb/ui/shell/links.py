"""Addresses of pages with what they shall show; each names the term, so that it means the same next month."""

from __future__ import annotations

from urllib.parse import urlencode

import pandas as pd
import streamlit as st
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route


def by_name(first: str) -> Route:
    """Lets the first page be reached by its name, too: Streamlit knows that page by the bare address alone."""
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    home = f"/{base}/" if base else "/"

    async def lead_home(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{home}?{request.url.query}" if request.url.query else home)

    return Route(f"{home}{first}", lead_home, methods=["GET"])


def address(**filters: str) -> dict[str, str]:
    """The query parameters of a page with these filters (empty ones are left out), the shown term included."""
    term = st.session_state.get("term_named") or st.session_state.get("term")
    return {name: value for name, value in {**filters, "term": term or ""}.items() if value}


def history_link(rows: pd.DataFrame) -> pd.Series[str]:
    """The address of each row's history, within the dashboard."""
    ending = urlencode(address())
    start = "history?group=" + rows["group_id"].astype("str") + "&section=" + rows["section_id"].astype("str")
    return start + f"&{ending}" if ending else start
