"""Undo: a new plan that takes a run back, from what its journal confirms."""

from __future__ import annotations

import json
from collections.abc import Callable
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
from gpb.sync.plan import Plan, plan_of


@dataclass(frozen=True, slots=True)
class Undo:
    """The plan back, and the changes of the run that it leaves alone.

    ``skipped`` because somebody changed the row, or the category, since; ``needed`` are memberships of sections that
    another row still needs.
    """

    plan: Plan
    skipped: tuple[Change, ...]
    needed: tuple[Change, ...] = ()


def undo_run(journal: Journal, run_id: str, snapshot: Snapshot) -> Undo:
    """The way back from a run, from what its journal confirms; ``snapshot`` is the present one."""
    stored = journal.stored_before(run_id)

    def entry(change: Change) -> Any:
        if change.kind is not ChangeKind.ASSOCIATION:
            return None
        data, codec, key = stored.get(change.target, {}), snapshot.codec, change.sis_section_id
        spelled = section_keys(codec.keys(data), snapshot.sis_ids(change.course_id))
        return codec.entry(data, spelled.get(key, [key])[0])

    return undo_plan(plan_of(journal, run_id), run_id, journal.rows(run_id), entry, snapshot)


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
    present = rows.set_index(["group_id", "section_id"])[["stored_reference", "group"]]
    back: list[Change] = []
    skipped: list[Change] = []
    needed: list[Change] = []
    wanted = [change for change in plan.changes if change.identity in confirmed]
    for change in (one for one in wanted if one.kind is not ChangeKind.MEMBERSHIP):
        column = "group" if change.kind is ChangeKind.GROUP_NAME else "stored_reference"
        there = present[column].get(change.key)
        reference = None if pd.isna(there) else str(there)
        if change.key in present.index and reference in change.stored_as:
            back.append(_reverse(change, reference, entries(change), snapshot.validity))
        else:
            skipped.append(change)
    undone = {change.key for change in back}
    for change in (one for one in wanted if one.kind is ChangeKind.MEMBERSHIP):
        if change.after_id not in snapshot.validity.options(change.class_id):
            skipped.append(change)
        elif _is_needed(change, rows, undone):
            needed.append(change)
        else:
            back.append(_taken_out(change))
    associated = int(present["stored_reference"].notna().sum())
    way_back = Plan(plan.scope, snapshot.id, tuple(sorted(back)), associated, undo_of=run_id)
    return Undo(way_back, tuple(skipped), tuple(needed))


def _is_needed(change: Change, rows: pd.DataFrame, undone: set[Key]) -> bool:
    """Whether a row that keeps its category has need of the section in it."""
    in_class = rows.loc[rows["class_id"].eq(str(change.class_id))]
    using = in_class.loc[in_class["stored_category_id"].fillna(in_class["name_match_id"]).eq(str(change.after_id))]
    return not undone.issuperset(keys(using))


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
