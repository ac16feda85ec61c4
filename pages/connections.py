"""Connections: what this dashboard talks to, by which rules, and whether it works."""

from __future__ import annotations

import streamlit as st

from gpb.ui.connections.page import connections
from gpb.ui.shell.session import open_page

opened = open_page()
st.title("Connections")
connections(opened)
