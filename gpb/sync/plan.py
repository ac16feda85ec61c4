"""Plans: the ordered list of changes from a snapshot to the drafts, which ``gates`` holds against limits."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from operator import attrgetter
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from gpb.errors import InputError
from gpb.keys import Key, records
from gpb.matching.labels import different_parts, shown_title
from gpb.store.run_records import ChangeKind, Target
from gpb.store.runs import Journal
from gpb.store.sound import damaged
from gpb.sync.kinds.change import ROW, VERBS, Change, as_summed, change_of


@dataclass(frozen=True)
class Plan:
    """Sorted changes, so that every listing and every run of the same plan has the same order.

    ``associated`` is the number of associated rows in the snapshot, ``shrunk`` by which share its rows or its choices
    of categories are fewer than those of the pull before (0.0 where they are not).
    """

    scope: str
    snapshot: str
    changes: tuple[Change, ...]
    associated: int
    shrunk: float = 0.0
    undo_of: str | None = None

    @property
    def checksum(self) -> str:
        """SHA-256 over everything that decides what is written."""
        return self._checksum([change.to_json() for change in self.changes])

    @cached_property
    def kinds(self) -> dict[str, int]:
        """Number of changes by what is done (``VERBS``), without those that are done; of associations also 0."""
        counts = Counter[str]()
        for (_, verb, is_done), number in self._tally.items():
            counts[verb] += 0 if is_done else number
        return {verb: counts[verb] for verb in VERBS if counts[verb] or VERBS[verb] is ChangeKind.ASSOCIATION}

    def is_of(self, kind: ChangeKind) -> bool:
        """Whether it has changes of a kind."""
        return any(one is kind for one, _, _ in self._tally)

    @cached_property
    def _tally(self) -> Counter[tuple[ChangeKind, str, bool]]:
        """Number of changes by kind, verb and whether they are done: of thousands looked at once."""
        return Counter(map(attrgetter("kind", "verb", "is_done"), self.changes))

    def by_target(self) -> dict[Target, list[Change]]:
        """Changes by what is written, in plan order: one write each."""
        targets: dict[Target, list[Change]] = {}
        for change in self.changes:
            targets.setdefault(change.target, []).append(change)
        return targets

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, with its checksum."""
        rows = [change.to_json() for change in self.changes]
        changes = [{**row, "kind": change.verb} for row, change in zip(rows, self.changes, strict=True)]
        return {**self._content(), "checksum": self._checksum(rows), "changes": changes}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Plan:
        """The inverse of ``to_json``; raises InputError when the file is no plan or was edited.

        Whoever edits a plan can make a new checksum, too: ``door`` takes nothing of it on trust.
        """
        try:
            facts = {name: content[name] for name in _FACTS}
            rows = [{**row, "kind": VERBS[row["kind"]]} for row in content["changes"]]
            plan = cls(changes=tuple(Change(**row) for row in rows), **facts)
            if all(_has_types(change, _CHANGE) for change in plan.changes) and _has_types(plan, _FACTS):
                if plan._checksum([as_summed(row) for row in rows]) == content["checksum"]:
                    return plan
                raise InputError("The plan file was edited after it was made (its checksum differs). Make a new one.")
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InputError("This file is not a plan. Make one with `plan -o FILE.json`.") from error
        raise InputError(
            "This file is not a plan: a value in it has the wrong type. Make one with `plan -o FILE.json`."
        )

    def _checksum(self, changes: list[dict[str, Any]]) -> str:
        content = {**self._content(), "changes": changes}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def _content(self) -> dict[str, Any]:
        return {
            "scope": self.scope,
            "snapshot": self.snapshot,
            "associated": self.associated,
            "shrunk": self.shrunk,
            "undo_of": self.undo_of,
        }


_TYPES = {"int": (int,), "float": (float, int), "str": (str,), "str | None": (str, type(None))}
_CHANGE = {field.name: _TYPES[str(field.type)] for field in fields(Change) if field.init and field.name != "kind"}
_FACTS = {field.name: _TYPES[str(field.type)] for field in fields(Plan) if field.name != "changes"}


def _has_types(made: Change | Plan, types: Mapping[str, tuple[type, ...]]) -> bool:
    """Whether every value is exactly of a type of its field: a truth value is no number."""
    return all(type(getattr(made, name)) in allowed for name, allowed in types.items())


def note_begun(journal: Journal, run_id: str, plan: Plan) -> None:
    """The plan of a run that this process has just stored: it is the one that carries it out next, in most cases."""
    _BEGUN[journal] = run_id, plan


def plan_of(journal: Journal, run_id: str) -> Plan:
    """The plan of a run; raises InputError when there is none of this id, StoreError when its plan is damaged."""
    begun = _BEGUN.get(journal)
    if begun is not None and begun[0] == run_id:
        return begun[1]
    stored = journal.plan(run_id)
    try:
        return Plan.from_json(stored)
    except InputError as error:
        raise damaged(f"the plan of run {run_id}") from error


_BEGUN: WeakKeyDictionary[Journal, tuple[str, Plan]] = WeakKeyDictionary()
READ = [*ROW, "category_id", "category"]
"""Columns of rows with drafts from which their changes are made."""


def plan_from_drafts(
    rows: pd.DataFrame,
    titles: Mapping[str, str],
    kind: ChangeKind = ChangeKind.ASSOCIATION,
    *,
    scope: str,
    snapshot: str,
    shrunk: float,
    made: tuple[Collection[Change], pd.DataFrame] | None = None,
) -> Plan:
    """The plan for all changed rows of an association frame with drafts; ``titles`` are those of categories by id.

    Changes that were ``made`` before, from the same rows and drafts, are taken as they are; with them come the others
    of the ``plannable`` rows.

    Whether names can bring about what they ask for, is said by ``kinds.naming``.
    """
    known, others = ((), plannable(rows, READ)) if made is None else made
    fresh = [
        change_of(row, row["category_id"], titles.get(row["category_id"], row["category"]), kind)
        for row in records(others, READ)
    ]
    changes = sorted([*known, *fresh], key=attrgetter("place"))
    associated = int(rows["stored_reference"].notna().sum())
    return Plan(scope, snapshot, tuple(changes), associated, shrunk)


def plannable(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """These columns of the changed rows of an association frame with drafts that a plan may have.

    Rows that moved in Canvas since they were drafted are left out: the coordinator decides about them first. So are
    those that could not be read.
    """
    return rows[columns].take(np.flatnonzero(rows["changed"] & ~rows["moved"] & ~rows["not_read"]))


def without(plan: Plan, unread: Collection[Key]) -> tuple[Plan, tuple[Change, ...]]:
    """A plan without the changes of these rows, and those; a name that one section waits for waits for all."""
    if not unread:
        return plan, ()
    waits = {one.target for one in plan.changes if one.key in unread and one.kind is ChangeKind.GROUP_NAME}
    is_left = [one.key in unread or one.target in waits for one in plan.changes]
    left_out = tuple(one for one, left in zip(plan.changes, is_left, strict=True) if left)
    kept = tuple(one for one, left in zip(plan.changes, is_left, strict=True) if not left)
    return (replace(plan, changes=kept), left_out) if left_out else (plan, ())


def waiting(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Group and section of the changed rows (of an association frame with drafts) that wait to be read again."""
    found = rows.loc[rows["changed"] & rows["not_read"]]
    return list(zip(found["group"], found["section"], strict=True))


def told(places: Sequence[tuple[str, str]]) -> str | None:
    """Why rows, each named by group and section, are not written; None where there is none."""
    if not places:
        return None
    are = "1 row is" if len(places) == 1 else f"{len(places)} rows are"
    group, section = places[0]
    return (
        f"{are} left out because something there could not be read in the last Refresh. The first is “{group}” in "
        f"section {section}. Press Refresh, then sync again; Audit says what could not be read, and why."
    )


IDENTITY = ["course_id", "group_id", "section_id", "change"]
"""Columns of ``rows_of`` that say which row it is, for the program; ``change`` is the kind."""


def rows_of(plan: Plan) -> pd.DataFrame:
    """The plan as a table for people: one row per change in plan order.

    ``before`` and ``after`` are titles, ``why`` is the reason of the wish.
    """
    columns = ["kind", "school", "course", "group", "section", "before", "after", *IDENTITY, "why"]
    rows = [
        (
            *(change.verb, change.school, change.course, change.group, change.section),
            *before_and_after(change),
            *(change.course_id, change.group_id, change.section_id, change.kind.value, change.reason),
        )
        for change in plan.changes
    ]
    return pd.DataFrame(rows, columns=columns)


def before_and_after(change: Change) -> tuple[str, str]:
    """The titles of a change; where both are the same, with the parts in which the ids of the categories differ."""
    before, after = shown_title(change.before_title), shown_title(change.after_title)
    if before == after and change.before and change.after_id and not change.is_done:
        parts = different_parts([change.before, change.after_id])
        return f"{before} · {parts[0]}", f"{after} · {parts[1]}"
    return before, after
