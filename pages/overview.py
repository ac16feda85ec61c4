"""Overview: how much of the term is associated, what hangs on the gaps, and where they are. Keeps no session state."""

from __future__ import annotations

import streamlit as st

from gpb.ui.overview.page import overview
from gpb.ui.shell.session import open_page

opened = open_page()
st.title("Overview")
overview(opened)
