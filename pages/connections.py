"""Connections: what this dashboard speaks to, by which rules, and whether it works. State: ``gpb.ui.connections``."""

from __future__ import annotations

import streamlit as st

from gpb.ui.connections import connections
from gpb.ui.session import open_page

opened = open_page()
st.title("Connections")
connections(opened)
