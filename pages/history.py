"""History: runs, who and when, the outcome of each row, resume and undo. State: see ``gpb.ui.history.page``."""

from __future__ import annotations

import streamlit as st

from gpb.ui.history.page import history
from gpb.ui.shell.session import open_page

opened = open_page()
st.title("History")
history(opened)
