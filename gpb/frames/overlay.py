"""Drafts laid over the association frame: what the coordinator sees and what will be after the sync.

Of a large term an edit is a few rows: what was laid over before is kept, and the groups whose drafts have changed since
are laid over anew.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gpb.frames.schemas import Status

DRAFT_COLUMNS = ("group_id", "section_id", "category_id", "category", "person", "baseline", "source", "reason")
ADDED = (
    "person", "source", "reason", "category_id", "category", "changed", "moved", "unassociated_in_group",
    "group_changed",
)  # fmt: skip


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
    wishes = drafts[list(DRAFT_COLUMNS)].rename(columns={"category_id": "draft_id", "category": "draft"})
    rows = associations.merge(wishes.assign(drafted=True), on=["group_id", "section_id"], how="left")
    drafted = rows.pop("drafted").eq(True)
    draft_id, draft = rows.pop("draft_id").astype("str"), rows.pop("draft").astype("str")
    rows["category_id"] = rows["stored_category_id"].mask(drafted, draft_id)
    rows["category"] = rows["stored_category"].mask(drafted, draft)
    same = rows["category_id"].eq(rows["stored_category_id"]) | (
        rows["category_id"].isna() & rows["stored_category_id"].isna()
    )
    rows["changed"] = drafted & (~same | rows["status"].eq(Status.BROKEN))  # the section shall have it again in Focus
    seen = rows.pop("baseline").astype("str").fillna("")
    rows["moved"] = rows["changed"] & seen.ne(rows["stored_reference"].fillna(""))
    open_now = rows["status"].eq(Status.UNASSOCIATED) & ~rows["changed"]
    open_then = rows["changed"] & rows["category_id"].isna()
    by_group = (open_now | open_then).groupby(rows["group_id"])
    rows["unassociated_in_group"] = by_group.transform("sum").astype("int64")
    rows["group_changed"] = rows.groupby("group_id")["changed"].transform("any").astype("bool")
    return rows.astype(dict.fromkeys(("person", "source", "reason"), "str"))


def with_newer_drafts(laid: pd.DataFrame, before: pd.DataFrame, drafts: pd.DataFrame) -> pd.DataFrame:
    """What ``with_drafts`` makes of the same association frame and ``drafts``; ``laid`` it has made of ``before``.

    ``laid`` stays as it is, and shares with the new frame what is the same.
    """
    changed = _differing(before, drafts)
    if not len(changed):
        return laid
    some, own = np.isin(laid["group_id"], changed), drafts["group_id"].isin(changed)
    fresh = with_drafts(laid.loc[some].drop(columns=[*ADDED]), drafts.loc[own])
    columns = {}
    for name in ADDED:
        columns[name] = laid[name].array.copy()
        columns[name][some] = fresh[name].array
    return laid.assign(**columns)


def _differing(before: pd.DataFrame, drafts: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The groups with a draft that is in one of the frames alone."""
    both = pd.concat([before[list(DRAFT_COLUMNS)], drafts[list(DRAFT_COLUMNS)]], ignore_index=True)
    return both.loc[~both.duplicated(keep=False), "group_id"].unique()
