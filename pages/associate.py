"""Associate: the rows that fit the filters, as a grid or course by course; every edit is a draft at once.

Session-state keys: those of ``gpb.ui.associate``: ``associate_row`` (group and section id of the row whose drawer is
open; set by the grid and by links), ``grid_page``, and what filters, grid, bulk edits and drop-downs keep.
"""

from __future__ import annotations

from gpb.ui.associate.page import associate
from gpb.ui.shell.session import open_page

associate(open_page())
