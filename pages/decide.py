"""Decide: what is open of the term, one line for each decision. State: see ``gpb.ui.decide``."""

from __future__ import annotations

import streamlit as st

from gpb.ui.decide.page import decide
from gpb.ui.shell.session import open_page

opened = open_page()
st.title("Decide")
decide(opened)
