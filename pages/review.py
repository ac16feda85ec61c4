"""Review and sync: what will change, the sync, its progress and outcome. State: see ``gpb.ui.review.page``."""

from __future__ import annotations

import streamlit as st

from gpb.ui.review.page import review
from gpb.ui.shell.session import open_page

opened = open_page()
st.title("Review and sync")
review(opened)
