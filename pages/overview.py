"""Overview: how much of the term is associated, what hangs on the gaps, and where they are. Keeps no session state."""

from __future__ import annotations

import streamlit as st

from gpb.ui.overview import by_school_chart, measures, school_table, trend_chart
from gpb.ui.session import open_page

opened = open_page()
rows = opened.rows()
st.title("Overview")
measures(rows)
trend_chart(rows, opened.trend())
st.subheader("By school")
by_school_chart(rows)
school_table(rows)
