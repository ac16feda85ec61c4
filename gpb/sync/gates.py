"""Gates: what a plan must not do without a second look, checked for the whole plan before its first write."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from gpb.api.sis import SisClient
from gpb.errors import AlreadyPassedBack, SnapshotOld, SnapshotShrank, TooManyChanges, WrongServer
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


def raise_if_shrunk(plan: Plan, limits: Limits) -> None:
    """Raise SnapshotShrank when the pull behind the plan has lost too much."""
    if plan.shrunk > limits.shrunk:
        raise SnapshotShrank(
            f"The last pull found {plan.shrunk:.0%} fewer rows or category choices than the one before (limit "
            f"{limits.shrunk:.0%}). Check with Refresh that both systems are whole, or confirm the sync."
        )


def raise_if_unsafe(plan: Plan, limits: Limits, age: timedelta) -> None:
    """Raise the first gate that the plan does not pass; ``age`` is that of the snapshot's pull."""
    raise_if_shrunk(plan, limits)
    if plan.changes and age > limits.age:
        raise SnapshotOld(
            f"The term was read {_hours(age)} ago (limit {_hours(limits.age)}). Press Refresh, so that you review what "
            "is there now, or confirm the sync."
        )
    kinds = plan.kinds
    _share(plan, kinds["reassociate"], limits.reassociated, "reassociated")
    _share(plan, kinds["unassociate"], limits.unassociated, "unassociated")
    both = kinds["reassociate"] + kinds["unassociate"]
    if both > limits.overwritten:
        raise TooManyChanges(
            f"{both} existing associations would be overwritten or taken away (limit {limits.overwritten}). "
            "Review them, then confirm the sync."
        )
    if kinds["associate"] > limits.new:
        raise TooManyChanges(
            f"{kinds['associate']} new associations would be made at once (limit {limits.new}). "
            "Review them, then confirm the sync."
        )


def _share(plan: Plan, rows: int, share: float, verb: str) -> None:
    limit = max(NEVER_ASKED, int(share * plan.associated))
    if rows > limit:
        raise TooManyChanges(
            f"{rows} of {plan.associated} associated rows would be {verb} (limit {limit}: {share:.0%}, at least "
            f"{NEVER_ASKED}). Review them, then confirm the sync."
        )


def _hours(age: timedelta) -> str:
    hours = age // timedelta(hours=1)
    return f"{hours} hour{'' if hours == 1 else 's'}"


async def passed_back(plan: Plan, sis: SisClient) -> list[Change]:
    """The changes that would leave a category under which Focus already has assignments of their section.

    These came by passback, or a teacher made them; they stay where they are, and the next passback makes them anew
    under the other category. Only sections whose association is overwritten are asked for.
    """
    left = [change for change in plan.changes if change.before is not None and change.class_id is not None]
    used: dict[str | None, set[str]] = {}

    async def read(class_id: str) -> None:
        try:
            used[class_id] = await sis.used_categories(class_id)
        except WrongServer as error:
            if error.status != NOT_FOUND:
                raise
            log.info("Focus has no list of assignments for section %s", class_id)  # it is gone, or not served
            used[class_id] = set()

    await asyncio.gather(*(read(class_id) for class_id in {change.class_id for change in left if change.class_id}))
    return [change for change in left if change.before in used[change.class_id]]


def raise_if_passed_back(concerned: list[Change]) -> None:
    """Raise AlreadyPassedBack for the changes that ``passed_back`` found."""
    if not concerned:
        return
    first = concerned[0]
    rows = "1 row leaves a category" if len(concerned) == 1 else f"{len(concerned)} rows leave a category"
    raise AlreadyPassedBack(
        f"{rows} under which Focus already has assignments of the section, the first being “{first.group}” in "
        f"{first.section} (“{first.before_title}”). They do not move along. Move or delete them in Focus, or confirm "
        "the sync."
    )
