"""Drafts laid over the association frame: what the coordinator sees and what will be after the sync.

Of a large term an edit is a few rows: what was laid over before is kept, and the groups whose drafts have changed since
are laid over anew.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gpb.frames.rows.coded import Places, differ, taken, with_others
from gpb.frames.schemas import Status

DRAFT_COLUMNS = ("group_id", "section_id", "category_id", "category", "person", "baseline", "source", "reason")
KEY = ["group_id", "section_id"]
TEXTS = ("person", "source", "reason", "category_id", "category")
ASKED = [*KEY, "status", "stored_reference", "stored_category_id", "stored_category"]
"""Columns of the association frame that tell what a draft makes of a row."""
ADDED = (*TEXTS, "changed", "moved", "unassociated_in_group", "group_changed")


def with_drafts(associations: pd.DataFrame, drafts: pd.DataFrame) -> pd.DataFrame:
    """The association frame with more columns.

    ``drafts`` has ``DRAFT_COLUMNS``; a draft with a missing ``category_id`` wishes the association away. Added are:

    * ``category_id``, ``category`` (str): the draft where there is one, else what Canvas stores; NaN = Unassociated;
    * ``changed`` (bool): the draft differs from what Canvas stores, or that is not valid in the section;
    * ``unassociated_in_group`` (int64): rows of the group that are Unassociated, drafts counted as if synced;
    * ``group_changed`` (bool): a row of the group is changed;
    * ``moved`` (bool): Canvas stores something else now than what the coordinator saw when drafting;
    * ``person`` (str): who drafted it; ``source``, ``reason`` (str): what proposed it, and why.
    """
    place = _draft_of(associations, drafts)
    wish = {name: taken(drafts[name].astype("str"), place) for name in DRAFT_COLUMNS if name not in (*KEY, "baseline")}
    rows = associations.reset_index(drop=True).assign(**{name: wish[name] for name in ("person", "source", "reason")})
    drafted = place >= 0
    rows["category_id"] = rows["stored_category_id"].mask(drafted, wish["category_id"])
    rows["category"] = rows["stored_category"].mask(drafted, wish["category"])
    some = rows.loc[drafted, ["category_id", "stored_category_id", "stored_reference", "status"]]
    wished, stored = some["category_id"], some["stored_category_id"]
    same = wished.eq(stored) | (wished.isna() & stored.isna())
    changed = ~same | some["status"].eq(Status.BROKEN)  # the section shall have it again in Focus
    baseline = taken(drafts["baseline"].astype("str"), place[drafted], some.index)
    moved = changed & baseline.fillna("").ne(some["stored_reference"].fillna(""))
    for name, holds in (("changed", changed), ("moved", moved)):
        whole = np.zeros(len(rows), dtype="bool")
        whole[drafted] = holds
        rows[name] = whole
    open_now = rows["status"].eq(Status.UNASSOCIATED) & ~rows["changed"]
    open_then = rows["changed"] & rows["category_id"].isna()
    group, groups = pd.factorize(rows["group_id"])
    rows["unassociated_in_group"] = np.bincount(group[open_now | open_then], minlength=len(groups))[group]
    rows["group_changed"] = np.bincount(group[rows["changed"]], minlength=len(groups))[group] > 0
    return rows


def _draft_of(associations: pd.DataFrame, drafts: pd.DataFrame) -> Places:
    """The place of each row's draft, -1 where it has none: the columns of the frame are not copied for it."""
    place = np.full(len(associations), -1)
    near = np.flatnonzero(associations["group_id"].isin(drafts["group_id"]))
    numbered = drafts[KEY].assign(place=np.arange(len(drafts)))
    both = associations[KEY].take(near).merge(numbered, on=KEY, how="left")
    place[near] = both["place"].fillna(-1)
    return place


def with_newer_drafts(laid: pd.DataFrame, before: pd.DataFrame, drafts: pd.DataFrame) -> pd.DataFrame:
    """What ``with_drafts`` makes of the same association frame and ``drafts``; ``laid`` it has made of ``before``.

    ``laid`` stays as it is, and shares with the new frame what is the same.
    """
    changed = _differing(before, drafts)
    if not len(changed):
        return laid
    at, own = np.flatnonzero(np.isin(laid["group_id"], changed)), drafts["group_id"].isin(changed)
    before_it = laid[[*ASKED, *ADDED]].take(at)
    fresh = with_drafts(before_it[ASKED], drafts.loc[own])
    columns = {}
    for name in ADDED:
        if before_it[name].array.equals(fresh[name].array):
            continue
        if name in TEXTS:
            columns[name] = with_others(laid[name], at, fresh[name])
        else:
            columns[name] = laid[name].copy()
            columns[name].array[at] = fresh[name].array
    return laid.assign(**columns)


def _differing(before: pd.DataFrame, drafts: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The groups with a draft that is in one of the frames alone; newer ones stand at the end."""
    columns, length = list(DRAFT_COLUMNS), min(len(before), len(drafts))
    is_other = np.ones(length + 1, dtype="bool")
    is_other[:-1] = np.any([differ(before[name][:length], drafts[name][:length]) for name in columns], axis=0)
    start = int(is_other.argmax())
    both = pd.concat([before[columns][start:], drafts[columns][start:]], ignore_index=True)
    return both.loc[~both.duplicated(keep=False), "group_id"].unique()
