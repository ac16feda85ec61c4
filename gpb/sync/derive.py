"""A plan made anew: of what somebody brings, keys, wishes and reasons alone are taken; the rest is what was read last.

A plan may be a day old, or come from a file whose checksum anybody can make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import compress
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gpb.errors import InputError, PlanStale
from gpb.frames.rows.coded import differ
from gpb.frames.snapshot import Snapshot
from gpb.frames.validity import Validity
from gpb.keys import Key
from gpb.store.run_records import ChangeKind
from gpb.sync.kinds.change import OF_ROW, Change, change_of
from gpb.sync.kinds.joining import membership
from gpb.sync.kinds.naming import LeftOut, by_name
from gpb.sync.plan import Plan

Rows = Mapping[Key, Mapping[Any, Any]]
Mask = npt.NDArray[np.bool_]
_BEFORE = {"stored_reference": "before", "stored_category": "before_title"}
FIELDS = {_BEFORE.get(column, column): column for column in OF_ROW}
"""Fields of an association's change that come from a row of the association frame, with their columns there."""


def derived(plan: Plan, snapshot: Snapshot, shrunk: float, drafted: Mapping[Key, str | None]) -> Plan:
    """The same wishes for the same rows as the newest ``snapshot`` has them.

    ``drafted`` are the wishes that stand in the store: where the category of one has gone since, the run refuses that
    row alone; a plan that brings such a category of itself is refused whole. Raises InputError for a row that is named
    twice, PlanStale where a row is not as the plan has it (what is there as wanted counts as right).
    """
    _distinct(plan)
    is_same = _is_same(plan.changes, snapshot)
    rows = _rows(snapshot, [one for one, same in zip(plan.changes, is_same, strict=True) if not same])
    fresh, wrong = [], []
    for change, same in zip(plan.changes, is_same, strict=True):
        if same:
            fresh.append(change)
            continue
        row = rows.get(change.key)
        if row is None:
            wrong.append((f"group {change.group_id} in section {change.section_id}", "it no longer exists"))
            continue
        title = _title(change, snapshot.validity, row["class_id"], drafted)
        made = _made(change, {**row, "source": change.source, "reason": change.reason}, title, snapshot.validity)
        difference = _difference(change, made)
        if difference:
            wrong.append((f"“{made.group}” in section {made.section}", difference))
        fresh.append(made)
    wrong += [
        (f"“{one.change.group}” in section {one.change.section}", one.reason)
        for one in _not_by_name(fresh, snapshot)
        if not wrong
    ]
    _raise_if_any(wrong, len(plan.changes))
    associated = int(snapshot.associations()["stored_reference"].notna().sum())
    return Plan(snapshot.facts.scope, snapshot.id, tuple(sorted(fresh, key=attrgetter("place"))), associated, shrunk)


def _is_same(changes: Sequence[Change], snapshot: Snapshot) -> list[bool]:
    """Which associations a snapshot would make word for word as they are planned; in most plans all of thousands."""
    try:
        return _same(changes, snapshot)
    except (OverflowError, ValueError):  # a file may have numbers and texts that no column can hold
        return [False] * len(changes)


def _same(changes: Sequence[Change], snapshot: Snapshot) -> list[bool]:
    keys = pd.DataFrame([change.key for change in changes], columns=["group_id", "section_id"], dtype="int64")
    places = snapshot.place_of(keys)
    found = (places >= 0) & _are_plain(changes, snapshot.validity)
    rows = snapshot.associations()[list(FIELDS.values())].take(places[found])
    some = list(compress(changes, found.tolist()))
    other = np.zeros(len(some), dtype="bool")
    for field, column in FIELDS.items():
        told = pd.Series(list(map(attrgetter(field), some)), dtype=rows[column].dtype)
        other |= differ(told, rows[column])
    found[found] = ~other
    return [bool(one) for one in found]


def _are_plain(changes: Sequence[Change], validity: Validity) -> Mask:
    """Which are associations with a category of their class, called as it is now, or with none."""
    wishes = [(one.class_id, one.after_id, one.after_title) for one in changes]
    known = {wish for wish in {*wishes} if _is_known(*wish, validity)}
    found = [
        one.kind is ChangeKind.ASSOCIATION and one.entry is None and wish in known
        for one, wish in zip(changes, wishes, strict=True)
    ]
    return np.array(found, dtype="bool")


def _is_known(class_id: str | None, category_id: str | None, title: str | None, validity: Validity) -> bool:
    if category_id is None:
        return title is None
    return title is not None and validity.title_in(class_id, category_id) == title


def derived_undo(plan: Plan, back: Plan, shrunk: float) -> Plan:
    """Of ``back``, the way back from the run that the journal tells at present, the rows that the plan names.

    Raises InputError for a row that is named twice, PlanStale where a row of the plan is not in ``back`` as it is.
    """
    wanted = _distinct(plan)
    present = {change.identity: change for change in back.changes}
    wrong = [
        (f"group {change.group_id} in section {change.section_id}", "what its undo would do has changed")
        for change in plan.changes
        if present.get(change.identity) != change
    ]
    _raise_if_any(wrong, len(plan.changes))
    return replace(back, changes=tuple(change for change in back.changes if change.identity in wanted), shrunk=shrunk)


def _distinct(plan: Plan) -> set[tuple[int, int, str]]:
    named = {change.identity for change in plan.changes}
    if len(named) < len(plan.changes):
        raise InputError(f"The plan names {len(plan.changes) - len(named)} rows more than once. Make a new plan.")
    return named


def _not_by_name(changes: list[Change], snapshot: Snapshot) -> list[LeftOut]:
    """The changes of names that could not be planned from this snapshot."""
    named = [one for one in changes if one.kind is ChangeKind.GROUP_NAME]
    return by_name(snapshot.associations(), named, snapshot.validity)[1] if named else []


def _rows(snapshot: Snapshot, changes: Sequence[Change]) -> Rows:
    wanted = {change.key for change in changes}
    return snapshot.rows_of(wanted, OF_ROW) if wanted else {}


def _title(change: Change, validity: Validity, class_id: object, drafted: Mapping[Key, str | None]) -> str | None:
    """Of the wanted category as it is called now; None where there is none that this row may have."""
    if change.after_id is None:
        return None
    title = validity.title_in(class_id, change.after_id)
    if title is None and drafted.get(change.key) == change.after_id:
        return validity.titles.get(change.after_id, change.after_title)
    return title


def _made(change: Change, row: Mapping[Any, Any], title: str | None, validity: Validity) -> Change:
    """The change of its kind as it is now; a membership that is not missing any more is done."""
    if change.kind is not ChangeKind.MEMBERSHIP:
        return change_of(row, change.after_id, title, change.kind)
    fresh = change_of(row, change.after_id, title)
    missing = membership(fresh, validity)
    return missing or replace(fresh, kind=ChangeKind.MEMBERSHIP, before=change.after_id, before_title=title)


def _difference(change: Change, made: Change) -> str | None:
    """What a row of the plan has wrong, as the rest of a sentence."""
    if made.after_id is not None and made.after_title is None:
        return "the category is not valid for this section"
    if made.before != change.before and not made.is_done:
        return "it has changed since the plan was made"
    if made.after_title != change.after_title:
        return f"the category is now called “{made.after_title}”"
    where = (made.course_id, made.sis_section_id, made.class_id)
    if where != (change.course_id, change.sis_section_id, change.class_id):
        return "the plan names another course, SIS section or class"
    return None


def _raise_if_any(wrong: list[tuple[str, str]], rows: int) -> None:
    if wrong:
        place, difference = wrong[0]
        raise PlanStale(
            f"{len(wrong)} of {rows} planned rows no longer match the plan. The first is {place}: {difference}. "
            "Nothing was written. Make a new plan."
        )
