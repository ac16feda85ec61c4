"""Plans: the ordered list of changes from a snapshot to the drafts, and the limits it is held against."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import pandas as pd

from gpb.errors import InputError, PlanStale, SnapshotShrank, TooManyChanges


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One association that shall become another.

    ``before`` is the stored reference that the plan was made from, ``after_id`` the wanted category; None means
    Unassociated. The remaining fields are labels for people.
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


@dataclass(frozen=True)
class Plan:
    """Sorted changes, so that every listing and every run of the same plan has the same order.

    ``associated`` is the number of associated rows in the snapshot, ``shrunk`` by which share its rows or its choices
    of categories are fewer than those of the pull before (0.0 where they are not).
    """

    MAX_REASSOCIATED_SHARE: ClassVar[float] = 0.10
    MAX_UNASSOCIATED_SHARE: ClassVar[float] = 0.05
    MAX_OVERWRITTEN: ClassVar[int] = 500
    MIN_OVERWRITTEN: ClassVar[int] = 10
    MAX_NEW: ClassVar[int] = 2000
    MAX_SHRUNK_SHARE: ClassVar[float] = 0.05

    scope: str
    snapshot: str
    changes: tuple[Change, ...]
    associated: int
    shrunk: float = 0.0
    undo_of: str | None = None

    @property
    def checksum(self) -> str:
        """SHA-256 over everything that decides what is written."""
        content = {**self._content(), "changes": [asdict(change) for change in self.changes]}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def kinds(self) -> dict[str, int]:
        """Number of changes by kind."""
        counts = Counter(change.kind for change in self.changes)
        return {kind: counts[kind] for kind in ("associate", "reassociate", "unassociate")}

    def by_group(self) -> dict[int, list[Change]]:
        """Changes by group id, in plan order: one write each."""
        groups: dict[int, list[Change]] = {}
        for change in self.changes:
            groups.setdefault(change.group_id, []).append(change)
        return groups

    def raise_if_shrunk(self) -> None:
        """Raise SnapshotShrank when the pull behind the plan has lost too much."""
        if self.shrunk > self.MAX_SHRUNK_SHARE:
            raise SnapshotShrank(
                f"The last pull found {self.shrunk:.0%} fewer rows or category choices than the one before (limit "
                f"{self.MAX_SHRUNK_SHARE:.0%}). Check with Refresh that both systems are whole, or confirm the sync."
            )

    def raise_if_unsafe(self) -> None:
        """Raise the first gate that the plan does not pass; nothing has been written then."""
        self.raise_if_shrunk()
        kinds = self.kinds
        self._gate(kinds["reassociate"], self.MAX_REASSOCIATED_SHARE, "reassociated")
        self._gate(kinds["unassociate"], self.MAX_UNASSOCIATED_SHARE, "unassociated")
        both = kinds["reassociate"] + kinds["unassociate"]
        if both > self.MAX_OVERWRITTEN:
            raise TooManyChanges(
                f"{both} existing associations would be overwritten or taken away (limit {self.MAX_OVERWRITTEN}). "
                "Review them, then confirm the sync."
            )
        if kinds["associate"] > self.MAX_NEW:
            raise TooManyChanges(
                f"{kinds['associate']} new associations would be made at once (limit {self.MAX_NEW}). "
                "Review them, then confirm the sync."
            )

    def _gate(self, rows: int, share: float, verb: str) -> None:
        limit = max(self.MIN_OVERWRITTEN, int(share * self.associated))
        if rows > limit:
            raise TooManyChanges(
                f"{rows} of {self.associated} associated rows would be {verb} (limit {limit}: {share:.0%}, at least "
                f"{self.MIN_OVERWRITTEN}). Review them, then confirm the sync."
            )

    def raise_if_stale(self, rows: pd.DataFrame) -> None:
        """Raise PlanStale when a row of the plan is neither as planned from nor as wanted in these association rows."""
        present = rows.set_index(["group_id", "section_id"])["stored_reference"]
        moved = [change for change in self.changes if not _fits(change, present)]
        if moved:
            first = moved[0]
            raise PlanStale(
                f"{len(moved)} of {len(self.changes)} planned rows have moved since the plan was made, the first being "
                f"“{first.group}” in section {first.section}. Make a new plan."
            )

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, with its checksum."""
        changes = [{"kind": change.kind, **asdict(change)} for change in self.changes]
        return {**self._content(), "checksum": self.checksum, "changes": changes}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Plan:
        """The inverse of ``to_json``; raises InputError when the file is no plan or was edited."""
        try:
            rows = [{name: value for name, value in row.items() if name != "kind"} for row in content["changes"]]
            facts = {name: content[name] for name in ("scope", "snapshot", "associated", "shrunk", "undo_of")}
            plan = cls(changes=tuple(Change(**row) for row in rows), **facts)
            if plan.checksum == content["checksum"]:
                return plan
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InputError("This file is no plan. Make one with `plan -o FILE.json`.") from error
        raise InputError("The plan was changed after it was made (its checksum differs). Make a new one.")

    def _content(self) -> dict[str, Any]:
        return {
            "scope": self.scope,
            "snapshot": self.snapshot,
            "associated": self.associated,
            "shrunk": self.shrunk,
            "undo_of": self.undo_of,
        }


def plan_from_drafts(rows: pd.DataFrame, *, scope: str, snapshot: str, shrunk: float) -> Plan:
    """The plan for all changed rows of an association frame with drafts.

    Rows that moved in Canvas since they were drafted are left out: the coordinator decides about them first.
    """
    wanted = rows.loc[rows["changed"] & ~rows["moved"]]
    changes = sorted(change_of(row, row["category_id"], row["category"]) for row in wanted.to_dict("records"))
    associated = int(rows["stored_reference"].notna().sum())
    return Plan(scope, snapshot, tuple(changes), associated, shrunk)


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
    }
    return Change(**values)


def rows_of(plan: Plan) -> pd.DataFrame:
    """The plan as a table for people: one row per change in plan order, with ``before`` and ``after`` as titles."""
    columns = ["kind", "school", "course", "group", "section", "before", "after", "course_id", "group_id", "section_id"]
    rows = [
        (
            *(change.kind, change.school, change.course, change.group, change.section),
            *(change.before_title or "Unassociated", change.after_title or "Unassociated"),
            *(change.course_id, change.group_id, change.section_id),
        )
        for change in plan.changes
    ]
    return pd.DataFrame(rows, columns=columns)


def _fits(change: Change, present: pd.Series[str]) -> bool:
    if change.key not in present.index:
        return False
    reference = _or_none(present.loc[change.key])
    return reference in (change.before, change.after_id, change.after_title if change.after_id else None)


def _or_none(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)
