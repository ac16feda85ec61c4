"""Gates: what speaks against a sync, each with a name under which a person may accept it; ``door`` asks them all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from gpb.settings import Settings, Write
from gpb.store.run_records import ChangeKind
from gpb.sync.kinds.joining import NEW_CATEGORY
from gpb.sync.plan import Plan

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
    if not plan.is_of(ChangeKind.MEMBERSHIP):
        return
    changes = [change for change in plan.changes if change.kind is ChangeKind.MEMBERSHIP]
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
