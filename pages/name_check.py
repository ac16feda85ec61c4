"""Name check: for districts whose Canvas has no category sync, where equal names are the association.

State: ``gpb.ui.name_check``.
"""

from __future__ import annotations

import streamlit as st

from gpb.suggest.names import name_check
from gpb.ui.name_check import name_table
from gpb.ui.session import open_page

opened = open_page()
st.title("Name check")
st.markdown(
    "Where a district’s Canvas has no category sync, grade passback takes the first category whose name **equals** "
    "the assignment group’s name. The groups below match no category of their section. Rename the group in Canvas, "
    "or the category in Focus."
)
name_table(name_check(opened.rows(), opened.latest().validity))
