"""Plans: the ordered list of changes from a snapshot to the drafts, which ``gates`` holds against limits."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import pandas as pd

from gpb.errors import InputError
from gpb.keys import Key
from gpb.matching.labels import different_parts, shown_title
from gpb.store.runs import Journal
from gpb.store.sound import damaged


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One association that shall become another.

    ``before`` is the stored reference that the plan was made from, ``after_id`` the wanted category; None means
    Unassociated. ``entry`` is the stored value, as JSON text, that an undo brings back whole. ``source`` and ``reason``
    tell where the wish comes from, see ``store.drafts.Wish``. The remaining fields are labels for people.
    """

    course_id: int
    group_id: int
    section_id: int
    sis_section_id: str
    class_id: str | None
    before: str | None
    before_title: str | None
    after_id: str | None
    after_title: str | None
    school: str = field(compare=False)
    course: str = field(compare=False)
    group: str = field(compare=False)
    section: str = field(compare=False)
    entry: str | None = field(default=None, compare=False)
    source: str = field(default="", compare=False)
    reason: str = field(default="", compare=False)

    @property
    def kind(self) -> str:
        """``associate``, ``reassociate`` or ``unassociate``."""
        if self.after_id is None:
            return "unassociate"
        return "associate" if self.before is None else "reassociate"

    @property
    def key(self) -> tuple[int, int]:
        """(group id, section id)."""
        return self.group_id, self.section_id

    @property
    def stored_as(self) -> tuple[str | None, ...]:
        """What Canvas may store once it is carried out: the id, in some districts the title; (None,) for nothing."""
        return (None,) if self.after_id is None else (self.after_id, self.after_title)

    @property
    def is_done(self) -> bool:
        """Whether Canvas stores what is wanted already."""
        return self.before in self.stored_as

    def to_json(self) -> dict[str, Any]:
        """Its fields; younger ones only where they say something, so that older plans keep their checksum."""
        return {name: value for name, value in asdict(self).items() if name not in _YOUNGER or value not in (None, "")}


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
        content = {**self._content(), "changes": [change.to_json() for change in self.changes]}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def kinds(self) -> dict[str, int]:
        """Number of changes by kind, without those that are done."""
        counts = Counter(change.kind for change in self.changes if not change.is_done)
        return {kind: counts[kind] for kind in ("associate", "reassociate", "unassociate")}

    def by_group(self) -> dict[int, list[Change]]:
        """Changes by group id, in plan order: one write each."""
        groups: dict[int, list[Change]] = {}
        for change in self.changes:
            groups.setdefault(change.group_id, []).append(change)
        return groups

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, with its checksum."""
        changes = [{"kind": change.kind, **change.to_json()} for change in self.changes]
        return {**self._content(), "checksum": self.checksum, "changes": changes}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Plan:
        """The inverse of ``to_json``; raises InputError when the file is no plan or was edited.

        Whoever edits a plan can make a new checksum, too: ``door`` takes nothing of it on trust.
        """
        try:
            rows = [{name: value for name, value in row.items() if name != "kind"} for row in content["changes"]]
            facts = {name: content[name] for name in _FACTS}
            plan = cls(changes=tuple(Change(**row) for row in rows), **facts)
            if all(_has_types(change, _CHANGE) for change in plan.changes) and _has_types(plan, _FACTS):
                if plan.checksum == content["checksum"]:
                    return plan
                raise InputError("The plan file was edited after it was made (its checksum differs). Make a new one.")
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InputError("This file is not a plan. Make one with `plan -o FILE.json`.") from error
        raise InputError(
            "This file is not a plan: a value in it has the wrong type. Make one with `plan -o FILE.json`."
        )

    def _content(self) -> dict[str, Any]:
        return {
            "scope": self.scope,
            "snapshot": self.snapshot,
            "associated": self.associated,
            "shrunk": self.shrunk,
            "undo_of": self.undo_of,
        }


_YOUNGER = ("entry", "source", "reason")
_TYPES = {"int": (int,), "float": (float, int), "str": (str,), "str | None": (str, type(None))}
_CHANGE = {field.name: _TYPES[str(field.type)] for field in fields(Change)}
_FACTS = {field.name: _TYPES[str(field.type)] for field in fields(Plan) if field.name != "changes"}


def _has_types(made: Change | Plan, types: Mapping[str, tuple[type, ...]]) -> bool:
    """Whether every value is exactly of a type of its field: a truth value is no number."""
    return all(type(getattr(made, name)) in allowed for name, allowed in types.items())


def plan_of(journal: Journal, run_id: str) -> Plan:
    """The plan of a run; raises InputError when there is none of this id, StoreError when its plan is damaged."""
    stored = journal.plan(run_id)
    try:
        return Plan.from_json(stored)
    except InputError as error:
        raise damaged(f"the plan of run {run_id}") from error


def plan_from_drafts(
    rows: pd.DataFrame, titles: Mapping[str, str], *, scope: str, snapshot: str, shrunk: float
) -> Plan:
    """The plan for all changed rows of an association frame with drafts; ``titles`` are those of categories by id.

    Rows that moved in Canvas since they were drafted are left out: the coordinator decides about them first. So are
    those that could not be read.
    """
    wanted = rows.loc[rows["changed"] & ~rows["moved"] & ~rows["not_read"]]
    changes = sorted(
        change_of(row, row["category_id"], titles.get(row["category_id"], row["category"]))
        for row in wanted.to_dict("records")
    )
    associated = int(rows["stored_reference"].notna().sum())
    return Plan(scope, snapshot, tuple(changes), associated, shrunk)


def without(plan: Plan, unread: Collection[Key]) -> tuple[Plan, tuple[Change, ...]]:
    """A plan without the changes of these rows, and those."""
    left_out = tuple(change for change in plan.changes if change.key in unread)
    kept = tuple(change for change in plan.changes if change.key not in unread)
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


def change_of(row: Mapping[Any, Any], after_id: Any, after_title: Any) -> Change:
    """The change of one association row (a record of the frame) to a category; missing values become None."""
    labels = {name: str(row[name]) for name in ("sis_section_id", "school", "course", "group", "section")}
    values: dict[str, Any] = {
        **labels,
        **{name: int(row[name]) for name in ("course_id", "group_id", "section_id")},
        "class_id": _or_none(row["class_id"]),
        "before": _or_none(row["stored_reference"]),
        "before_title": _or_none(row["stored_category"]),
        "after_id": _or_none(after_id),
        "after_title": _or_none(after_title),
        "source": _or_none(row.get("source")) or "",
        "reason": _or_none(row.get("reason")) or "",
    }
    return Change(**values)


def rows_of(plan: Plan) -> pd.DataFrame:
    """The plan as a table for people: one row per change in plan order.

    ``before`` and ``after`` are titles, ``why`` is the reason of the wish.
    """
    columns = [
        "kind",
        "school",
        "course",
        "group",
        "section",
        "before",
        "after",
        "course_id",
        "group_id",
        "section_id",
        "why",
    ]
    rows = [
        (
            *(change.kind, change.school, change.course, change.group, change.section),
            *_before_and_after(change),
            *(change.course_id, change.group_id, change.section_id, change.reason),
        )
        for change in plan.changes
    ]
    return pd.DataFrame(rows, columns=columns)


def _before_and_after(change: Change) -> tuple[str, str]:
    """The titles; where one category replaces another of the same title, with the parts in which their ids differ."""
    before, after = shown_title(change.before_title), shown_title(change.after_title)
    if before == after and change.before and change.after_id and not change.is_done:
        parts = different_parts([change.before, change.after_id])
        return f"{before} · {parts[0]}", f"{after} · {parts[1]}"
    return before, after


def _or_none(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
