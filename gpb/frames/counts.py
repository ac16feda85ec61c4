"""How many rows a school has in each status, kept with every snapshot for the line over time."""

from __future__ import annotations

import pandas as pd


def counts_by_school(rows: pd.DataFrame) -> dict[str, dict[str, tuple[int, int]]]:
    """School → status → (rows, assignments behind them), of an association frame."""
    sums = rows.groupby(["school", "status"])["assignments"].agg(["size", "sum"])
    counts: dict[str, dict[str, tuple[int, int]]] = {}
    for (school, status), size, assignments in sums.itertuples():
        counts.setdefault(school, {})[status] = (int(size), int(assignments))
    return counts
