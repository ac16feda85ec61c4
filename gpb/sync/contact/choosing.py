"""Which rows a first contact can be made with: free ones, each with a category that does not bear its group's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gpb.errors import InputError
from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.store.shape.contacts import Place


def candidates(snapshot: Snapshot) -> pd.DataFrame:
    """The rows of the association frame that can be chosen, those with the fewest assignments first.

    They are unassociated, in a section with a telling category, and their course has another such row.
    """
    rows = snapshot.associations()
    free = rows.loc[rows["status"].eq(Status.UNASSOCIATED) & rows["canvas_icon"].eq("")]
    can = [telling(snapshot, row) is not None for row in free[["class_id", "group"]].to_dict("records")]
    free = free.loc[can]
    several = free.groupby("course_id")["course_id"].transform("size") > 1
    return free.loc[several].sort_values(["assignments", "school", "course", "group", "section"])


def telling(snapshot: Snapshot, row: Mapping[Any, Any], title: str | None = None) -> tuple[str, str] | None:
    """Id and title of a category of the row's section: the one with ``title`` where there is one.

    Its title is unlike the group's name and stands there once, so that what Canvas stores tells them apart.
    """
    options = snapshot.validity.options(row["class_id"])
    count = Counter(options.values())
    name = str(row["group"]).strip().casefold()
    fitting = [(one, of) for one, of in options.items() if count[of] == 1 and of.strip().casefold() != name]
    return next((pair for pair in fitting if pair[1] == title), fitting[0] if fitting else None)


def chosen(snapshot: Snapshot, group_id: int, section_id: int) -> tuple[Place, Place]:
    """The row that the person associates, and another one of its course for the program.

    Raises InputError for a row that cannot be used.
    """
    rows = candidates(snapshot)
    is_it = rows["group_id"].eq(group_id) & rows["section_id"].eq(section_id)
    if not is_it.any():
        raise InputError(
            "This row cannot be used for First contact: it must be Unassociated without an icon in Canvas, its section "
            "must have a category that is not named like the group, and the course must have a second such row. Choose "
            "another one."
        )
    row = rows.loc[is_it].iloc[0]
    theirs = _place(snapshot, row.to_dict(), None)
    others = rows.loc[rows["course_id"].eq(row["course_id"]) & ~is_it]
    in_group = others.loc[others["group_id"].eq(group_id)]
    other = (in_group if len(in_group) else others).iloc[0]
    return theirs, _place(snapshot, other.to_dict(), theirs.category)


def _place(snapshot: Snapshot, row: Mapping[Any, Any], title: str | None) -> Place:
    category = telling(snapshot, row, title)
    if category is None:
        raise InputError("This section has no category that differs from the name of the group. Choose another row.")
    return Place(
        course_id=int(row["course_id"]),
        group_id=int(row["group_id"]),
        section_id=int(row["section_id"]),
        sis_section_id=str(row["sis_section_id"]),
        course=str(row["course"]),
        group=str(row["group"]),
        section=str(row["section"]),
        category_id=category[0],
        category=category[1],
    )
