"""Whether Canvas went back in time: a test instance that was refreshed, a server that was restored from a copy.

Canvas numbers what it makes in ascending order, so the newest things are those that an older copy does not have.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

ASKED = 10
"""Of how many courses the newest assignment group is looked at."""
FEWEST = 3
"""Fewer courses say nothing: somebody may have deleted them."""


def newest_groups(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The newest assignment group of each of the ASKED courses that have the newest ones: ``course_id, group_id``.

    One a course, since the groups of a course that was copied have numbers in a row, and may be deleted together.
    """
    groups = tables["groups"][["course_id", "group_id"]].sort_values("group_id", ascending=False)
    return groups.drop_duplicates("course_id").head(ASKED).reset_index(drop=True)


def is_back(newest: pd.DataFrame, left: Collection[int], older: int) -> bool:
    """Whether all of ``newest`` are gone while ``older`` things, at least one, are there; ``left`` are group ids."""
    return len(newest) >= FEWEST and older > 0 and not newest["group_id"].isin(list(left)).any()


def went_back(before: Mapping[str, pd.DataFrame], now: Mapping[str, pd.DataFrame]) -> bool:
    """Whether a later reading lacks the newest assignment groups of an earlier one, and has older ones of it."""
    known, there = before["groups"]["group_id"], now["groups"]["group_id"]
    return is_back(newest_groups(before), there, int(known.isin(there).sum()))
