"""What Focus has already under the categories that rows leave: asked when a plan is reviewed, and before each write."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from gpb.api.sis import SisClient, raise_if_down, why_not_shown
from gpb.errors import ApiError, NotPermitted, SkippableError, WrongServer
from gpb.keys import Key, keys
from gpb.matching.section_key import same_spelling
from gpb.store.run_records import ChangeKind, Target
from gpb.sync.gates import ALREADY_PASSED_BACK, COULD_NOT_LOOK, Objection
from gpb.sync.kinds.adapter import ahead
from gpb.sync.kinds.change import Change
from gpb.sync.plan import Plan

log = logging.getLogger(__name__)
Left = tuple[int, int, str]
"""A row and the id of the category that it leaves."""
SINCE = (
    "By now Focus has assignments of this section under “{title}”, which the row would leave, so nothing was written. "
    "Review it again: they will not be moved."
)
NOT_SEEN = (
    "We could not check whether Focus already has assignments under the category that this row leaves, so nothing was "
    "written."
)
USED = ["group_id", "section_id", "stored_category_id", "name_match_id"]
"""Columns that tell which category passback uses for a row."""


def leaving(plan: Plan, rows: pd.DataFrame) -> dict[Change, str]:
    """The changes that make passback use another category than it does now, with the id of the present one.

    That is the associated one, or, for want of an association, the one that bears the group's name. ``rows`` are those
    of the association frame that the plan was made from.
    """
    planned = rows.loc[rows["group_id"].isin({one.group_id for one in plan.changes}), USED]
    used = planned["stored_category_id"].fillna(planned["name_match_id"]).dropna()
    present: dict[Key, str] = dict(zip(keys(planned.loc[used.index]), used.astype("str").tolist(), strict=True))
    groups = {group_id for group_id, _ in present}
    some = [one for one in plan.changes if one.group_id in groups and one.kind is not ChangeKind.MEMBERSHIP]
    found = ((one, present.get(one.key)) for one in some)
    return {change: now for change, now in found if now is not None and now != change.after_id}


@dataclass(frozen=True)
class Answers:
    """What Focus said about its sections: ``told`` are the ids of the categories under which one has assignments,
    spelled alike, or that it does not show them. Whoever asks about a section has its lock, and others wait for the
    same answer.
    """

    told: dict[str, set[str] | ApiError] = field(default_factory=dict)
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)


@dataclass(frozen=True)
class PassedBack:
    """What Focus said to the changes that leave a category (change → that category's id).

    ``used``: Focus has assignments of the section under it. ``unseen``: Focus did not let us look; ``why`` is its
    sentence to the first of these. ``answers`` are those that this is made of.
    """

    used: Mapping[Change, str] = field(default_factory=dict)
    unseen: Mapping[Change, str] = field(default_factory=dict)
    why: str = ""
    answers: Answers = field(default_factory=Answers, compare=False)

    def of(self, changes: Collection[Change]) -> PassedBack:
        """The same of these changes alone."""
        if not self.used and not self.unseen:
            return self
        some = frozenset(changes)
        used, unseen = ({one: now for one, now in part.items() if one in some} for part in (self.used, self.unseen))
        return PassedBack(used, unseen, self.why, self.answers)

    def objections(self) -> list[Objection]:
        """The gates that hold these changes; none where there are none."""
        return [*self._used(), *self._unseen()]

    def _used(self) -> Iterator[Objection]:
        if self.used:
            first = min(self.used)
            rows = "1 row leaves a category" if len(self.used) == 1 else f"{len(self.used)} rows leave a category"
            sentence = (
                f"{rows} under which Focus already has assignments of the section. The first is “{first.group}” in "
                f"{first.section} (“{first.before_title or first.group}”). They will not be moved. Move or delete "
                "them in Focus, or confirm the sync."
            )
            yield Objection(ALREADY_PASSED_BACK, sentence, rows=_rows(self.used))

    def _unseen(self) -> Iterator[Objection]:
        if self.unseen:
            first = min(self.unseen)
            rows = "1 row leaves" if len(self.unseen) == 1 else f"{len(self.unseen)} rows leave"
            sentence = (
                f"We could not check whether Focus already has assignments under the category that {rows}. The first "
                f"is “{first.group}” in {first.section}. {self.why} Or confirm the sync without this check."
            )
            yield Objection(COULD_NOT_LOOK, sentence, rows=_rows(self.unseen))


def _rows(changes: Mapping[Change, str]) -> frozenset[Left]:
    return frozenset((*change.key, left) for change, left in changes.items())


AT_ONCE = 10
"""Sections that Focus is asked about at a time."""


async def passed_back(left: Mapping[Change, str], sis: SisClient, answers: Answers) -> PassedBack:
    """Of the changes that ``leaving`` found, those under whose present category Focus has assignments of the section.

    These came by passback, or a teacher made them; they stay where they are, and the next passback makes them anew
    under the other category. Where Focus does not show the assignments of a section, and answers otherwise, its changes
    are told apart; where it answers nothing now, that error is raised. Sections of which it has told already are not
    asked about, and what it tells of the others is added to ``answers``.
    """
    told, down = answers.told, dict[str, ApiError]()
    up: list[asyncio.Future[None]] = []

    async def read(class_id: str) -> None:
        try:
            told[class_id] = set(map(same_spelling, await sis.used_categories(class_id)))
        except ApiError as error:
            log.warning("could not look at the assignments of section %s: %s", class_id, error)
            if isinstance(error, NotPermitted | SkippableError | WrongServer):
                told[class_id] = error
                return
            up[:] = up or [asyncio.ensure_future(raise_if_down(sis))]  # one question for all sections
            await up[0]
            down[class_id] = error

    async def work() -> None:
        for class_id in waiting:
            async with answers.locks.setdefault(class_id, asyncio.Lock()):
                if class_id not in told:
                    await read(class_id)

    meant = sorted({change.class_id for change in left if change.class_id})
    waiting = iter(meant)  # shared by all who work
    await asyncio.gather(*(work() for _ in range(min(AT_ONCE, len(meant)))))
    found = {section: told[section] for section in meant if section in told}  # of a run it has told of thousands
    refused = down | {section: answer for section, answer in found.items() if isinstance(answer, ApiError)}
    used = {section: answer for section, answer in found.items() if not isinstance(answer, ApiError)}
    seen = {change: now for change, now in left.items() if same_spelling(now) in used.get(change.class_id or "", ())}
    unseen = {change: now for change, now in left.items() if change.class_id in refused}
    first = str(min(unseen).class_id) if unseen else ""
    return PassedBack(seen, unseen, why_not_shown(first, refused[first]) if unseen else "", answers)


class Leaving:
    """The same for the rows of a run, each asked shortly before it is written: it may be long since the review.

    ``left`` is what ``leaving`` told; of the rows that somebody has ``accepted`` nothing is asked.
    """

    def __init__(self, sis: SisClient, left: Mapping[Change, str], accepted: Collection[Left]) -> None:
        self._sis = sis
        self._left = {one: now for one, now in left.items() if (*one.key, now) not in accepted}
        self._answers = Answers()
        self._asked: dict[Target, asyncio.Future[PassedBack]] = {}

    def expect(self, changes: Sequence[Change]) -> None:
        """The changes of one target will be asked about."""
        some = {one: self._left[one] for one in changes if one in self._left}
        if some and changes[0].target not in self._asked:
            self._asked[changes[0].target] = ahead(passed_back(some, self._sis, self._answers))

    async def reasons(self, changes: Sequence[Change]) -> dict[Key, str]:
        """Why rows of these are not written; raises ApiError where Focus answers nothing now."""
        self.expect(changes)
        asked = self._asked.pop(changes[0].target, None)
        if asked is None:
            return {}
        found = await asked
        told = {one.key: SINCE.format(title=one.before_title or one.group) for one in found.used}
        return told | {one.key: f"{NOT_SEEN} {found.why}" for one in found.unseen}
