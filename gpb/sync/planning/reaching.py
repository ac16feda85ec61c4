"""How many assignments of a group will arrive in Focus once the group has a category in a section."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import pandas as pd

from gpb.frames.snapshot import Snapshot

COUNTS = ("behind", "reaching", "asleep")
_KNOWN: WeakKeyDictionary[Snapshot, pd.DataFrame] = WeakKeyDictionary()
"""The counts of all groups of a snapshot, since an edit asks for a few of them."""


def reaching(snapshot: Snapshot, groups: pd.Series[int]) -> pd.DataFrame:
    """For each of these groups (ids): numbers of assignments, int64, with the index of ``groups``.

    ``behind`` are flagged for passback, published or still to be. Of these nothing of their own keeps ``reaching`` from
    Focus (they have a due date, a name that fits, and are the same for all students: see ``frames.passback``), and of
    these ``asleep`` wait until they, or their course, are published. Where a snapshot lists no assignments, none is
    known to be kept back.
    """
    if snapshot not in _KNOWN:
        _KNOWN[snapshot] = _counted(snapshot)
    return _KNOWN[snapshot].reindex(groups, fill_value=0).set_axis(groups.index)


def _counted(snapshot: Snapshot) -> pd.DataFrame:
    courses, groups = snapshot.tables["courses"], snapshot.tables["groups"]
    hidden = groups["course_id"].isin(courses.loc[courses["course_state"].eq("unpublished"), "course_id"])
    if snapshot.facts.assignments is None:
        published, unpublished = (groups[name].fillna(0).astype("int64") for name in ("assignments", "unpublished"))
        behind = published + unpublished
        found = {"behind": behind, "reaching": behind, "asleep": unpublished.mask(hidden, behind)}
        counts = pd.DataFrame(found).set_axis(groups["group_id"])
    else:
        flagged = snapshot.tables["assignments"]
        free = ~(flagged["no_due_date"] | flagged["name_too_long"] | flagged["differentiated"])
        waits = ~flagged["published"] | flagged["group_id"].isin(groups.loc[hidden, "group_id"])
        lines = pd.DataFrame({"behind": True, "reaching": free, "asleep": free & waits}, index=flagged.index)
        counts = lines.groupby(flagged["group_id"]).sum()
    return counts[list(COUNTS)].astype("int64")
