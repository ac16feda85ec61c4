"""How many rows a school has in each status, and how many assignments stand behind a gap."""

from __future__ import annotations

import pandas as pd

from gpb.frames.schemas import Status

GAPS = (Status.UNASSOCIATED, Status.BROKEN)
"""Statuses of rows that are not passed back, or not to where they belong."""


def counts_by_school(rows: pd.DataFrame) -> dict[str, dict[str, tuple[int, int | None]]]:
    """School → status → (rows, assignments behind them), of an association frame; None where no number is known."""
    groups = rows.groupby(["school", "status"])["assignments"]
    sums = pd.DataFrame({"size": groups.size(), "sum": groups.sum(min_count=1)})
    counts: dict[str, dict[str, tuple[int, int | None]]] = {}
    for (school, status), size, assignments in sums.itertuples():
        counts.setdefault(school, {})[status] = (int(size), None if pd.isna(assignments) else int(assignments))
    return counts


def assignments_at_risk(rows: pd.DataFrame) -> pd.Series[int]:
    """Published assignments flagged for passback behind a gap, by row (Int64, missing where the number is not known).

    A group's are counted once, at its first gap.
    """
    is_gap = rows["status"].isin(GAPS)
    is_first = ~rows["group_id"].where(is_gap).duplicated()
    return rows["assignments"].where(is_gap & is_first, 0)
