"""Gates: what a plan must not do without a second look, checked for the whole plan before its first write."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from gpb.api.sis import SisClient
from gpb.errors import AlreadyPassedBack, GateError, SnapshotOld, SnapshotShrank, TooManyChanges, WrongServer
from gpb.sync.plan import Change, Plan

log = logging.getLogger(__name__)
NOT_FOUND = 404
NEVER_ASKED = 10
"""Rows that may always be overwritten: a share of a few rows says nothing."""


@dataclass(frozen=True)
class Limits:
    """How much may change at once; shares are of 1, see the settings of the same names in percent."""

    reassociated: float = 0.10
    unassociated: float = 0.05
    overwritten: int = 500
    new: int = 2000
    shrunk: float = 0.05
    age: timedelta = timedelta(hours=24)


def objections(plan: Plan, limits: Limits, age: timedelta) -> Iterator[GateError]:
    """Every gate that the plan does not pass; ``age`` is that of the snapshot's pull."""
    if plan.shrunk > limits.shrunk:
        yield SnapshotShrank(
            f"The last pull found {plan.shrunk:.0%} fewer rows or category choices than the one before (limit "
            f"{limits.shrunk:.0%}). Check with Refresh that both systems are whole, or confirm the sync."
        )
    if plan.changes and age > limits.age:
        yield SnapshotOld(
            f"The term was read {_hours(age)} ago (limit {_hours(limits.age)}). Press Refresh, so that you review what "
            "is there now, or confirm the sync."
        )
    kinds = plan.kinds
    yield from _share(plan, kinds["reassociate"], limits.reassociated, "reassociated")
    yield from _share(plan, kinds["unassociate"], limits.unassociated, "unassociated")
    both = kinds["reassociate"] + kinds["unassociate"]
    if both > limits.overwritten:
        yield TooManyChanges(
            f"{both} existing associations would be overwritten or taken away (limit {limits.overwritten}). "
            "Review them, then confirm the sync."
        )
    if kinds["associate"] > limits.new:
        yield TooManyChanges(
            f"{kinds['associate']} new associations would be made at once (limit {limits.new}). "
            "Review them, then confirm the sync."
        )


def _share(plan: Plan, rows: int, share: float, verb: str) -> Iterator[GateError]:
    limit = max(NEVER_ASKED, int(share * plan.associated))
    if rows > limit:
        yield TooManyChanges(
            f"{rows} of {plan.associated} associated rows would be {verb} (limit {limit}: {share:.0%}, at least "
            f"{NEVER_ASKED}). Review them, then confirm the sync."
        )


def _hours(age: timedelta) -> str:
    hours = age // timedelta(hours=1)
    return f"{hours} hour{'' if hours == 1 else 's'}"


def leaving(plan: Plan, rows: pd.DataFrame) -> dict[Change, str]:
    """The changes that make passback use another category than it does now, with the id of the present one.

    That is the associated one, or, for want of an association, the one that bears the group's name. ``rows`` are those
    of the association frame that the plan was made from.
    """
    used = rows["stored_category_id"].fillna(rows["name_match_id"])
    present = dict(zip(zip(rows["group_id"], rows["section_id"], strict=True), used, strict=True))
    found = {change: present.get(change.key) for change in plan.changes}
    return {change: str(now) for change, now in found.items() if pd.notna(now) and now != change.after_id}


async def passed_back(left: Mapping[Change, str], sis: SisClient) -> list[Change]:
    """Of the changes that ``leaving`` found, those under whose present category Focus has assignments of the section.

    These came by passback, or a teacher made them; they stay where they are, and the next passback makes them anew
    under the other category.
    """
    used: dict[str | None, set[str]] = {}

    async def read(class_id: str) -> None:
        try:
            used[class_id] = await sis.used_categories(class_id)
        except WrongServer as error:
            if error.status != NOT_FOUND:
                raise
            log.info("Focus has no list of assignments for section %s", class_id)  # it is gone, or not served

    await asyncio.gather(*(read(class_id) for class_id in {change.class_id for change in left if change.class_id}))
    return [change for change, category_id in left.items() if category_id in used.get(change.class_id, ())]


def passed_back_objection(concerned: Sequence[Change]) -> list[GateError]:
    """The gate that holds the changes which ``passed_back`` found; none where it found none."""
    if not concerned:
        return []
    first = concerned[0]
    rows = "1 row leaves a category" if len(concerned) == 1 else f"{len(concerned)} rows leave a category"
    sentence = (
        f"{rows} under which Focus already has assignments of the section, the first being “{first.group}” in "
        f"{first.section} (“{first.before_title or first.group}”). They do not move along. Move or delete them in "
        "Focus, or confirm the sync."
    )
    return [AlreadyPassedBack(sentence)]
