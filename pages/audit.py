"""Audit: what would not be passed back, why, and who can fix it. State: see ``gpb.ui.audit.page``."""

from __future__ import annotations

import streamlit as st

from gpb.ui.audit.page import audit
from gpb.ui.shell.session import open_page

opened = open_page()
st.title("Audit")
audit(opened)
