"""Addresses of pages with what they shall show."""

from __future__ import annotations

import pandas as pd
import streamlit as st


def address(**filters: str) -> dict[str, str]:
    """The query parameters of the Associate page with these filters, the chosen term included."""
    term = {"term": st.session_state["term"]} if st.session_state.get("term") else {}
    return {**filters, **term}


def history_link(rows: pd.DataFrame) -> pd.Series[str]:
    """The address of each row's history, within the dashboard."""
    return "history?group=" + rows["group_id"].astype("str") + "&section=" + rows["section_id"].astype("str")
