"""Associate: the rows that fit the filters, as a grid or course by course; every edit is a draft at once.

Session-state keys: ``associate_view`` (``Grid``, the default, or ``By course``; set by the person) and ``grid_page``
(int, default 1; set by the pagination, back to 1 when it lies beyond the last). Filters, grid, bulk bar and drop-downs
keep their own, see ``gpb.ui``.
"""

from __future__ import annotations

import streamlit as st

from gpb.ui.associate.page import associate
from gpb.ui.shell.session import open_page

opened = open_page()
st.title("Associate")
associate(opened)
