"""What the next passback does with a row: how its category is decided, and how many assignments do not arrive.

The rules are those of the public guides to grade passback (https://community.canvaslms.com): an association decides the
category; without one the first category whose name equals the group's, in the order of the SIS; else nothing arrives.
``audit.tonight`` says the same of each assignment; a test holds both together.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import pandas as pd

from gpb.frames.rows.by_title import Mask
from gpb.frames.rows.coded import taken
from gpb.frames.schemas import Status


class Outcome(StrEnum):
    """What becomes of an assignment in a section."""

    PASSED = "passed back"
    NOT_PASSED = "not passed back"
    UNCERTAIN = "not certain"


class Reason(StrEnum):
    """Why; of several the first, in this order."""

    NOT_READ = "not_read"
    COURSE_UNPUBLISHED = "course_unpublished"
    UNPUBLISHED = "unpublished"
    NO_DUE_DATE = "no_due_date"
    NAME_TOO_LONG = "name_too_long"
    DIFFERENTIATED = "differentiated"
    NO_SIS_ID = "no_sis_id"
    NO_SIS_CLASS = "no_sis_class"
    NO_CATEGORIES = "no_categories"
    ASSOCIATION = "association"
    ELSEWHERE = "elsewhere"
    NAME = "name"
    NO_CATEGORY = "no_category"


DECISIONS = (Reason.ASSOCIATION, Reason.NAME)
"""Reasons why something arrives."""
NEVER = (Reason.COURSE_UNPUBLISHED, Reason.NO_SIS_CLASS, Reason.NO_CATEGORIES, Reason.NO_CATEGORY)
"""Reasons of a row for which none of its assignments arrives."""


def row_reasons(rows: pd.DataFrame, has_categories: Mask, by_name: pd.Series[str]) -> pd.Series[str]:
    """How the category of each row is decided, or why it is not: what the row itself says, before its course.

    ``has_categories`` says whether its class has any, ``by_name`` is the one that bears the group's name there, missing
    where none does.
    """
    conditions: dict[Reason, pd.Series[bool]] = {
        Reason.NOT_READ: rows["not_read"],
        Reason.NO_SIS_CLASS: rows["status"].eq(Status.NO_SIS_CLASS),
        Reason.ASSOCIATION: rows["status"].eq(Status.SYNCHRONIZED),
        Reason.NO_CATEGORIES: pd.Series(~has_categories, index=rows.index),
        Reason.ELSEWHERE: rows["status"].eq(Status.ELSEWHERE),
        Reason.NAME: by_name.notna(),
    }
    names = [*conditions, Reason.NO_CATEGORY]
    place = np.select(list(conditions.values()), [*range(len(conditions))], len(conditions))
    return taken([one.value for one in names], place, rows.index)


def with_passback(rows: pd.DataFrame, assignments: pd.DataFrame | None, reason: pd.Series[str]) -> pd.DataFrame:
    """Rows with the columns ``tonight``, ``not_passed_back`` and ``by_name`` of the association frame.

    ``assignments`` are those flagged for passback, None where the snapshot does not list them: then only what a row
    says of all its assignments is known. ``reason`` comes from ``row_reasons``.
    """
    is_hidden = rows["course_state"].eq("unpublished") & reason.ne(Reason.NOT_READ)
    tonight = reason.mask(is_hidden, Reason.COURSE_UNPUBLISHED)
    never, is_named = tonight.isin(NEVER), tonight.eq(Reason.NAME) & rows["status"].ne(Status.BROKEN)
    waiting = rows["assignments"].astype("Int64")
    if assignments is None:
        nothing = waiting.eq(0).fillna(False)
        lost, named = waiting.where(never | nothing), waiting.where(nothing).mask(~is_named, 0)
    else:
        counts = _counts(assignments, rows["group_id"])
        lost = (counts["blocked"] + counts["free"].where(never, 0)).mask(is_hidden, counts["published"])
        lost = lost.mask(tonight.eq(Reason.NOT_READ), 0).astype("Int64").where(waiting.notna())
        named = counts["free"].where(is_named, 0).astype("Int64").where(waiting.notna())
    return rows.assign(tonight=tonight, not_passed_back=lost, by_name=named)


def is_not_passed_back(rows: pd.DataFrame) -> pd.Series[bool]:
    """Rows with a published assignment that is not passed back next; where unknown, those of which nothing would be."""
    lost = rows["not_passed_back"]
    return lost.gt(0).fillna(False).astype("bool") | (lost.isna() & rows["tonight"].isin(NEVER))


def is_by_name(rows: pd.DataFrame) -> pd.Series[bool]:
    """Rows of which at least one published assignment arrives by the group's name alone."""
    return rows["by_name"].gt(0).fillna(False).astype("bool")


def _counts(assignments: pd.DataFrame, groups: pd.Series[int]) -> pd.DataFrame:
    """Of the ``published`` ones of these groups: those that are ``blocked`` by themselves, and ``free`` of any such
    thing.

    Neither are those of which nobody can say. int64.
    """
    own, every = pd.factorize(groups)
    place = pd.Index(every).get_indexer(assignments["group_id"])
    counts = assignments["published"] & (place >= 0)
    apart = assignments["differentiated"] | assignments["has_overrides"]
    undated, long = assignments["no_due_date"], assignments["name_too_long"]
    kinds = {
        "published": counts,
        "blocked": counts & ((undated & ~apart) | (long & ~undated)),
        "free": counts & ~undated & ~long & ~assignments["differentiated"],
    }
    sums = {name: np.bincount(place[kind], minlength=len(every))[own] for name, kind in kinds.items()}
    return pd.DataFrame(sums, index=groups.index)
