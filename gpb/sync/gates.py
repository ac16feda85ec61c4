"""Gates: what speaks against a sync, each with a name under which a person may accept it; ``door`` asks them all."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pandas as pd

from gpb.api.sis import SisClient, raise_if_down, why_not_shown
from gpb.errors import ApiError, NotPermitted, SkippableError, WrongServer
from gpb.keys import Key, keys
from gpb.matching.section_key import same_spelling
from gpb.settings import Settings, Write
from gpb.store.run_records import ChangeKind
from gpb.sync.kinds.change import Change
from gpb.sync.kinds.joining import NEW_CATEGORY
from gpb.sync.plan import Plan

log = logging.getLogger(__name__)
CLOCKS_DIFFER = timedelta(minutes=5)
"""By so much two machines that are set right may differ."""
NEVER_ASKED = 10
"""Rows that may always be overwritten: a share of a few rows says nothing."""
NOT_SWITCHED_ON = "not_switched_on"
TOO_MANY_CHANGES, SNAPSHOT_SHRANK, SNAPSHOT_OLD = "too_many_changes", "snapshot_shrank", "snapshot_old"
ALREADY_PASSED_BACK, COULD_NOT_LOOK, OLD_RUN = "already_passed_back", "could_not_look", "old_run"
WRITES_FOCUS = "writes_focus"
NAMES = (WRITES_FOCUS, TOO_MANY_CHANGES, SNAPSHOT_SHRANK, SNAPSHOT_OLD, ALREADY_PASSED_BACK, COULD_NOT_LOOK, OLD_RUN)
"""Of all objections that a person may accept."""
WITH_ALL_OTHERS = tuple(name for name in NAMES if name != WRITES_FOCUS)
"""Those that may be accepted all at once; whoever lets a sync change Focus says that by its name."""


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against a plan, in one sentence for a coordinator.

    ``rows`` are those that it is about: (group id, section id, the category that the row leaves). For one that is about
    the whole, ``about`` says what was shown instead. Whoever accepts an objection accepts that, and nothing more.
    """

    name: str
    sentence: str
    may_be_accepted: bool = True
    rows: frozenset[tuple[int, int, str]] = frozenset()
    about: str = ""

    @property
    def acceptance(self) -> str:
        """Its name and a mark of what it is about: what somebody writes down who accepts just this."""
        content = json.dumps([self.name, sorted(self.rows), self.about])
        return f"{self.name}:{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def covers(self, found: Objection) -> bool:
        """Whether accepting this one accepts the other: the same, or about no other rows."""
        return self.name == found.name and self.about == found.about and found.rows <= self.rows


@dataclass(frozen=True)
class Limits:
    """How much may change at once; shares are of 1, see the settings of the same names in percent."""

    reassociated: float = 0.10
    unassociated: float = 0.05
    overwritten: int = 500
    new: int = 2000
    shrunk: float = 0.05
    age: timedelta = timedelta(hours=24)

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Those that the settings give."""
        return cls(
            reassociated=settings.max_reassociated_percent / 100,
            unassociated=settings.max_unassociated_percent / 100,
            overwritten=settings.max_overwritten,
            new=settings.max_new,
            shrunk=settings.max_shrunk_percent / 100,
            age=timedelta(hours=settings.max_snapshot_hours),
        )


def objections(plan: Plan, limits: Limits, age: timedelta) -> Iterator[Objection]:
    """Every gate that the plan does not pass by itself; ``age`` is that of the snapshot's pull."""
    if plan.shrunk > limits.shrunk:
        sentence = (
            f"The last snapshot has {plan.shrunk:.0%} fewer rows or category choices than the one before (limit "
            f"{limits.shrunk:.0%}). Press Refresh to see whether data are missing in Canvas or Focus, or confirm the "
            "sync."
        )
        yield Objection(SNAPSHOT_SHRANK, sentence, about=f"{plan.shrunk:.4f}")
    if plan.changes and age < -CLOCKS_DIFFER:
        sentence = (
            f"By the clock of this machine, the snapshot is dated {_hours(-age)} in the future: a clock is, or was, "
            "wrong, so it is not known how old the snapshot is. Correct the clock and press Refresh, or confirm the "
            "sync."
        )
        yield Objection(SNAPSHOT_OLD, sentence, about=plan.snapshot)
    if plan.changes and age > limits.age:
        sentence = (
            f"The snapshot is {_hours(age)} old (limit {_hours(limits.age)}). Press Refresh to review what is in "
            "Canvas now, or confirm the sync."
        )
        yield Objection(SNAPSHOT_OLD, sentence, about=plan.snapshot)
    kinds = plan.kinds
    yield from _share(plan, kinds["reassociate"], limits.reassociated, "reassociated")
    yield from _share(plan, kinds["unassociate"], limits.unassociated, "unassociated")
    both = kinds["reassociate"] + kinds["unassociate"]
    if both > limits.overwritten:
        yield _too_many(
            f"{both:,} existing associations would be changed or removed (limit {limits.overwritten:,}). Review them, "
            "then confirm the sync."
        )
    renames = (change for change in plan.changes if change.verb == "rename" and not change.is_done)
    renamed = len({change.target for change in renames}) if kinds.get("rename") else 0
    if renamed > limits.overwritten:
        yield _too_many(
            f"{renamed:,} assignment groups would be renamed, which teachers and students see (limit "
            f"{limits.overwritten:,}). Review them, then confirm the sync."
        )
    yield from _in_focus(plan)
    if kinds["associate"] > limits.new:
        yield _too_many(
            f"{kinds['associate']:,} new associations would be made at once (limit {limits.new:,}). "
            "Review them, then confirm the sync."
        )


def _in_focus(plan: Plan) -> Iterator[Objection]:
    """Whatever is written to Focus is asked about, however little it is."""
    changes = [change for change in plan.changes if change.kind is ChangeKind.MEMBERSHIP]
    if not changes:
        return
    sections = in_focus(plan)
    categories = len({change.target for change in changes})
    new = len({change.target for change in changes if change.before_title == NEW_CATEGORY})
    first = min(changes)
    does = "would be taken out of" if first.after_id is None else "would be added to"
    made = f", {new} of them new" if new else ""
    sentence = (
        f"This sync changes the gradebook setup in Focus: {sections} section{'' if sections == 1 else 's'} {does} "
        f"{categories} grading categor{'y' if categories == 1 else 'ies'}{made}. The first is "
        f"“{first.title}” in {first.section}. Review them, then confirm the sync."
    )
    about = json.dumps([change.to_json() for change in changes], sort_keys=True)
    yield Objection(WRITES_FOCUS, sentence, about=hashlib.sha256(about.encode()).hexdigest()[:16])


def in_focus(plan: Plan) -> int:
    """How many sections come into a category of Focus, or out of one; a section counts once for each category."""
    changes = (change for change in plan.changes if change.kind is ChangeKind.MEMBERSHIP)
    return len({(change.target, change.class_id) for change in changes})


def switched_off(plan: Plan, settings: Settings) -> Iterator[Objection]:
    """The kinds of change that the district has not asked for, and that nobody may accept; what undoes them may."""
    if plan.undo_of is not None:
        return
    if plan.is_of(ChangeKind.GROUP_NAME) and settings.write is not Write.NAMES:
        sentence = (
            "This plan renames assignment groups, which is not switched on here. Set GPB_WRITE=names to allow it, or "
            "make a new plan."
        )
        yield Objection(NOT_SWITCHED_ON, sentence, may_be_accepted=False)
    if plan.is_of(ChangeKind.MEMBERSHIP) and not settings.may_write_focus:
        sentence = (
            "This plan changes grading categories in Focus, which is not switched on here. Set GPB_WRITE_FOCUS=true, "
            "with GPB_SIS_DIALECT=focus, to allow it, or make a new plan."
        )
        yield Objection(NOT_SWITCHED_ON, sentence, may_be_accepted=False)


def _share(plan: Plan, rows: int, share: float, verb: str) -> Iterator[Objection]:
    limit = max(NEVER_ASKED, int(share * plan.associated))
    if rows > limit:
        yield _too_many(
            f"{rows:,} of {plan.associated:,} associated rows would be {verb} (limit {limit:,}: {share:.0%}, at least "
            f"{NEVER_ASKED}). Review them, then confirm the sync."
        )


def _too_many(sentence: str) -> Objection:
    return Objection(TOO_MANY_CHANGES, sentence, about=sentence)


def _hours(age: timedelta) -> str:
    hours = age // timedelta(hours=1)
    return "less than an hour" if not hours else f"{hours} hour{'' if hours == 1 else 's'}"


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
    found = ((one, present.get(one.key)) for one in plan.changes if one.kind is not ChangeKind.MEMBERSHIP)
    return {change: now for change, now in found if now is not None and now != change.after_id}


@dataclass(frozen=True)
class PassedBack:
    """What Focus said to the changes that leave a category (change → that category's id).

    ``used``: Focus has assignments of the section under it. ``unseen``: Focus did not let us look; ``why`` is its
    sentence to the first of these.
    """

    used: Mapping[Change, str] = field(default_factory=dict)
    unseen: Mapping[Change, str] = field(default_factory=dict)
    why: str = ""

    def of(self, changes: Collection[Change]) -> PassedBack:
        """The same of these changes alone."""
        if not self.used and not self.unseen:
            return self
        some = frozenset(changes)
        used, unseen = ({one: now for one, now in part.items() if one in some} for part in (self.used, self.unseen))
        return PassedBack(used, unseen, self.why)

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


def _rows(changes: Mapping[Change, str]) -> frozenset[tuple[int, int, str]]:
    return frozenset((change.group_id, change.section_id, left) for change, left in changes.items())


AT_ONCE = 10
"""Sections that Focus is asked about at a time."""


@dataclass(frozen=True)
class Answers:
    """What Focus said about its sections: ``told`` are the ids of the categories under which one has assignments,
    spelled alike, or that it does not show them. Whoever asks about a section has its lock, and others wait for the
    same answer.
    """

    told: dict[str, set[str] | ApiError] = field(default_factory=dict)
    locks: dict[str, asyncio.Lock] = field(default_factory=dict)


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

    waiting = iter(sorted({change.class_id for change in left if change.class_id}))  # shared by all who work
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    refused = down | {section: answer for section, answer in told.items() if isinstance(answer, ApiError)}
    used = {section: answer for section, answer in told.items() if not isinstance(answer, ApiError)}
    seen = {change: now for change, now in left.items() if same_spelling(now) in used.get(change.class_id or "", ())}
    unseen = {change: now for change, now in left.items() if change.class_id in refused}
    first = str(min(unseen).class_id) if unseen else ""
    return PassedBack(seen, unseen, why_not_shown(first, refused[first]) if unseen else "")
