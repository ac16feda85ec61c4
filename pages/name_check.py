"""Name check: for districts whose Canvas has no category sync, where equal names are the association.

State: ``gpb.ui.name_check.page``.
"""

from __future__ import annotations

import streamlit as st

from gpb.ui.name_check.page import names
from gpb.ui.shell.session import open_page

opened = open_page()
st.title("Name check")
names(opened)
