"""History: runs, who and when, the outcome of each row, resume and undo. State: see ``gpb.ui.history``."""

from __future__ import annotations

import streamlit as st

from gpb.ui.history import history
from gpb.ui.session import open_page

opened = open_page()
st.title("History")
history(opened)
