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
from gpb.keys import keys
from gpb.store.run_records import RowOutcome
from gpb.store.runs import Journal
from gpb.sync.plan import Change, Plan, plan_of


@dataclass(frozen=True, slots=True)
class Undo:
    """The plan back, and the changes of the run that it leaves alone because somebody changed the row since."""

    plan: Plan
    skipped: tuple[Change, ...]


def undo_run(journal: Journal, run_id: str, snapshot: Snapshot) -> Undo:
    """The way back from a run, from what its journal confirms; ``snapshot`` is the present one."""
    stored = journal.stored_before(run_id)

    def entry(change: Change) -> Any:
        data, codec, key = stored.get(change.group_id, {}), snapshot.codec, change.sis_section_id
        keys = section_keys(codec.keys(data), snapshot.sis_ids(change.course_id))
        return codec.entry(data, keys.get(key, [key])[0])

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
    confirmed = set(keys(done))
    present = rows.set_index(["group_id", "section_id"])["stored_reference"]
    back, skipped = [], []
    for change in plan.changes:
        if change.key not in confirmed:
            continue
        there = present.get(change.key)
        reference = None if pd.isna(there) else str(there)
        if change.key in present.index and reference in change.stored_as:
            back.append(_reverse(change, reference, entries(change), snapshot.validity))
        else:
            skipped.append(change)
    associated = int(present.notna().sum())
    return Undo(Plan(plan.scope, snapshot.id, tuple(sorted(back)), associated, undo_of=run_id), tuple(skipped))


def _reverse(change: Change, reference: str | None, entry: Any, validity: Validity) -> Change:
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
