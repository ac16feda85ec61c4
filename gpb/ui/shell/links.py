"""Addresses of pages with what they shall show; each names the term, so that it means the same next month."""

from __future__ import annotations

from urllib.parse import urlencode

import pandas as pd
import streamlit as st


def address(**filters: str) -> dict[str, str]:
    """The query parameters of a page with these filters (empty ones are left out), the shown term included."""
    term = st.session_state.get("term_named") or st.session_state.get("term")
    return {name: value for name, value in {**filters, "term": term or ""}.items() if value}


def history_link(rows: pd.DataFrame) -> pd.Series[str]:
    """The address of each row's history, within the dashboard."""
    ending = urlencode(address())
    start = "history?group=" + rows["group_id"].astype("str") + "&section=" + rows["section_id"].astype("str")
    return start + f"&{ending}" if ending else start
