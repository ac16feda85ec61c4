"""A large term some courses at a time: of what is made of them only a part is in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

AT_ONCE = 10_000
"""Assignment groups of a part; with fewer the time for what each part looks up anew would tell."""
BY_COURSE, BY_GROUP = ("courses", "sections", "groups"), ("assignments",)
ORDER = ["school", "course", "course_id"]
"""Of the courses, in the association frame."""


def in_parts(
    tables: Mapping[str, pd.DataFrame], stored: pd.DataFrame
) -> Iterator[tuple[Mapping[str, pd.DataFrame], pd.DataFrame]]:
    """The tables of a snapshot, and what the codec reads in them, of some courses after the other, in their ORDER.

    There is at least one part. What is not of a course is whole in each.
    """
    courses = tables["courses"].sort_values(ORDER)["course_id"]
    groups = tables["groups"]["course_id"].value_counts().reindex(courses, fill_value=0)
    number = groups.cumsum().to_numpy() // AT_ONCE
    for some in np.split(courses.to_numpy(), np.flatnonzero(np.diff(number)) + 1):
        own = {name: tables[name].loc[tables[name]["course_id"].isin(some)] for name in BY_COURSE}
        ids = own["groups"]["group_id"]
        own |= {name: tables[name].loc[tables[name]["group_id"].isin(ids)] for name in BY_GROUP if name in tables}
        yield {**tables, **own}, stored.loc[stored["group_id"].isin(ids)]
