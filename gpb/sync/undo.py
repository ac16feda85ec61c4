"""Undo: a new plan that takes a run back, from what its journal confirms."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from gpb.frames.codec import section_keys
from gpb.frames.snapshot import Snapshot
from gpb.frames.validity import Validity
from gpb.keys import Key, keys
from gpb.store.run_records import ChangeKind, RowOutcome
from gpb.store.runs import Journal
from gpb.sync.kinds.change import Change
from gpb.sync.kinds.joining import NOT_IN_CATEGORY
from gpb.sync.plan import Plan


@dataclass(frozen=True, slots=True)
class Undo:
    """The plan back, and the changes of the run that it leaves alone.

    ``skipped`` because somebody changed the row, or the category, since; ``needed`` are memberships of sections that
    another row still needs.
    """

    plan: Plan
    skipped: tuple[Change, ...]
    needed: tuple[Change, ...] = ()


def undo_run(journal: Journal, run_id: str, plan: Plan, snapshot: Snapshot) -> Undo:
    """The way back from a run of a plan, from what its journal confirms; ``snapshot`` is the present one."""
    stored = journal.stored_before(run_id)

    def entry(change: Change) -> Any:
        if change.kind is not ChangeKind.ASSOCIATION:
            return None
        data, codec, key = stored.get(change.target, {}), snapshot.codec, change.sis_section_id
        spelled = section_keys(codec.keys(data), snapshot.sis_ids(change.course_id))
        return codec.entry(data, spelled.get(key, [key])[0])

    return undo_plan(plan, run_id, journal.rows(run_id), entry, snapshot)


def undo_plan(
    plan: Plan,
    run_id: str,
    outcomes: pd.DataFrame,
    entries: Callable[[Change], Any],
    snapshot: Snapshot,
) -> Undo:
    """The way back from ``plan`` for the rows whose outcome in ``outcomes`` (Journal.rows) is confirmed.

    ``entries`` tells what was stored for a change before it was carried out, None where that is not known;
    ``snapshot`` is the present one.
    """
    rows = snapshot.associations()
    done = outcomes.loc[outcomes["outcome"].eq(RowOutcome.CONFIRMED)]
    confirmed = set(zip(done["group_id"], done["section_id"], done["change"], strict=True))
    wanted = [change for change in plan.changes if change.identity in confirmed]
    present = _present(rows, wanted)
    back: list[Change] = []
    skipped: list[Change] = []
    needed: list[Change] = []
    for change in (one for one in wanted if one.kind is not ChangeKind.MEMBERSHIP):
        there = present.get(change.key)
        reference = None if there is None else there[change.kind is ChangeKind.GROUP_NAME]
        if there is not None and reference in change.stored_as:
            back.append(_reverse(change, reference, entries(change), snapshot.validity))
        else:
            skipped.append(change)
    undone = {change.key for change in back}
    memberships = [one for one in wanted if one.kind is ChangeKind.MEMBERSHIP]
    using = _using(rows, memberships)
    for change in memberships:
        if change.after_id not in snapshot.validity.options(change.class_id):
            skipped.append(change)
        elif not undone.issuperset(using.get((str(change.class_id), str(change.after_id)), ())):
            needed.append(change)  # a row that keeps its category has need of the section in it
        else:
            back.append(_taken_out(change))
    associated = int(rows["stored_reference"].notna().sum())
    way_back = Plan(plan.scope, snapshot.id, tuple(sorted(back)), associated, undo_of=run_id)
    return Undo(way_back, tuple(skipped), tuple(needed))


def _present(rows: pd.DataFrame, changes: Collection[Change]) -> dict[Key, tuple[str | None, str]]:
    """What is stored for the rows of these changes now, and the name of their group."""
    mine = rows.loc[rows["group_id"].isin({change.group_id for change in changes})]
    stored = mine["stored_reference"].astype(object).where(mine["stored_reference"].notna(), None)
    return dict(zip(keys(mine), zip(stored.tolist(), mine["group"].tolist(), strict=True), strict=True))


def _using(rows: pd.DataFrame, memberships: Collection[Change]) -> dict[tuple[str, str], list[Key]]:
    """The rows of these changes' classes that use a category, by class and category."""
    mine = rows.loc[rows["class_id"].isin({str(change.class_id) for change in memberships})]
    uses = mine["stored_category_id"].fillna(mine["name_match_id"]).astype(object)
    found: dict[tuple[str, str], list[Key]] = {}
    for class_id, category_id, key in zip(mine["class_id"].tolist(), uses.tolist(), keys(mine), strict=True):
        found.setdefault((class_id, category_id), []).append(key)
    return found


def _taken_out(change: Change) -> Change:
    return replace(
        change,
        before=change.after_id,
        before_title=change.after_title,
        after_id=None,
        after_title=NOT_IN_CATEGORY,
        source="",
        reason="",
    )


def _reverse(change: Change, reference: str | None, entry: Any, validity: Validity) -> Change:
    if change.kind is ChangeKind.GROUP_NAME:
        back = {"before": reference, "before_title": reference, "after_title": change.before}
        return replace(change, **back, after_id=None, source="", reason="")  # type: ignore[arg-type]  # all are texts
    return replace(
        change,
        before=reference,
        before_title=change.after_title,
        after_id=validity.meant(change.class_id, change.before),
        after_title=change.before_title,
        entry=None if change.after_id is not None or entry is None else json.dumps(entry, sort_keys=True),
        source="",
        reason="",
    )
