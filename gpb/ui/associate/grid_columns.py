"""What the flat grid shows of an association row, as it travels to the browser."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gpb.audit.figures import Figure, where
from gpb.frames.validity import Validity
from gpb.keys import keys
from gpb.matching.labels import shown_title
from gpb.printable import one_line
from gpb.suggest.room.desk import Desk
from gpb.ui.editing import cells

NOT_READ = ", not read"
Cell = list[str]
"""What an edit can change of a row: the label of its category cell, its status, and what Canvas stores where a draft
differs from that, else empty."""
SORTED_BY = {
    "course": "course",
    "section": "section",
    "group": "group",
    "label": "category",
    "assignments": "assignments",
    "status": "status",
}
"""Column of the association frame by the column of the grid whose header was clicked."""


def sorted_column(sort: str) -> list[object] | None:
    """The grid's column that the rows are sorted by (see ``Filters.sort``) and whether upwards; None: none of them."""
    name = sort.removeprefix("-")
    return next(([column, name == sort] for column, own in SORTED_BY.items() if own == name), None)


def row_name(key: tuple[int, int]) -> str:
    """How a row is called in the browser: ``group:section``."""
    return f"{key[0]}:{key[1]}"


def payload(rows: pd.DataFrame, validity: Validity, proposals: dict[tuple[int, int], str]) -> dict[str, Any]:
    """Rows of an association frame with drafts as JSON: ``rows``, and the ``sets`` of labels that these may have.

    A row is its name, course, section, group, place of its set, proposal, assignments (None: unknown) and its ``Cell``.
    Rows share few sets, so each set travels once.
    """
    sets: dict[tuple[str, ...], int] = {}
    places = [sets.setdefault(labels, len(sets)) for labels in cells.offered(rows, validity)]
    texts = rows[["course", "section", "group"]].map(one_line).itertuples(index=False)
    assignments = [None if pd.isna(number) else int(number) for number in rows["assignments"]]
    listed = [
        [row_name(key), *names, place, proposals.get(key, ""), number, *cell]
        for key, names, place, number, cell in zip(
            keys(rows), texts, places, assignments, cell_values(rows, validity), strict=True
        )
    ]
    return {"rows": listed, "sets": [list(labels) for labels in sets]}


def cell_values(rows: pd.DataFrame, validity: Validity) -> list[Cell]:
    """The ``Cell`` of each row of an association frame with drafts, in row order."""
    labels, stored = cells.shown_labels(rows, validity), cells.stored_labels(rows, validity)
    return [
        [label, status, was if changed else ""]
        for label, status, was, changed in zip(labels, status_text(rows), stored, rows["changed"], strict=True)
    ]


def status_text(rows: pd.DataFrame) -> pd.Series[str]:
    """The status of rows for people; one of which something could not be read says so."""
    return rows["status"].mask(rows["not_read"], rows["status"] + NOT_READ)


def proposed(desk: Desk, shown: pd.DataFrame) -> dict[tuple[int, int], str]:
    """Titles that are proposed for the open ones of these rows, as far as they are there at once."""
    if not where(shown, Figure.TO_DO).any() or not desk.is_ready():
        return {}
    rows = desk.open().rows
    rows = rows.loc[rows["category_id"].notna() & rows["group_id"].isin(shown["group_id"])]
    return dict(zip(keys(rows), map(shown_title, rows["category"]), strict=True))
