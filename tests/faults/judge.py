"""The judge of a run: looks from outside at what Canvas holds, and compares it with the plan and with what was told.

It reads the sandbox's state in its own way and shares no code with the program.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Groups = dict[str, Json]
DONE = ("confirmed", "unchanged")
NOTHING_WRITTEN = ("conflict", "rejected")


@dataclass
class Figures:
    """What one round, or all rounds of a fault, came to.

    ``lost``: rows that Canvas does not hold although they were told as done, or of which nothing was told. ``doubled``:
    writes beyond the one that an operation may have. ``wrong``: anything else in Canvas that changed, or a row with
    another value than the one told. ``failings`` are sentences about whatever else was promised.
    """

    rounds: int = 0
    rows: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    failings: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether every promise was kept."""
        return not (self.lost or self.doubled or self.wrong or self.failings)

    def add(self, other: Figures) -> None:
        """Count another round in."""
        for name in ("rounds", "rows", "lost", "doubled", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failings += other.failings


def reference(data: Json, key: str, shape: str) -> str | None:
    """The id of the category that a section is associated with."""
    if shape == "flat":
        return data.get(key)
    mapping = (data.get("sistemic") or {}).get("categoryMapping") or {}
    value = mapping.get(key)
    return None if value is None else value["categoryId"]


def judge(
    plan: Iterable[Mapping[str, Any]],
    before: Groups,
    after: Groups,
    writes: Iterable[int],
    outcomes: Mapping[tuple[int, int], str | None],
    shape: str,
) -> Figures:
    """The figures of one run: planned changes, Canvas' groups before and after, the writes that were carried out, and
    the outcome that the journal tells of each (group id, section id)."""
    figures = Figures(rounds=1)
    planned: dict[str, list[Mapping[str, Any]]] = {}
    for change in plan:
        planned.setdefault(str(change["group_id"]), []).append(change)
    for group, changes in planned.items():
        for change in changes:
            figures.rows += 1
            told = outcomes.get((change["group_id"], change["section_id"]))
            _judge_row(figures, change, told, before.get(group), after.get(group), shape)
    for group in before.keys() | after.keys():
        keys = [change["sis_section_id"] for change in planned.get(group, ())]
        if _rest(before.get(group), keys, shape) != _rest(after.get(group), keys, shape):
            figures.wrong += 1
            figures.failings.append(f"group {group} changed outside of the plan")
    counts = Counter(map(str, writes))
    figures.doubled = sum(count - 1 for count in counts.values())
    if counts.keys() - planned.keys():
        figures.failings.append("a group was written that is not in the plan")
    return figures


def _judge_row(
    figures: Figures, change: Mapping[str, Any], told: str | None, old: Json | None, new: Json | None, shape: str
) -> None:
    key, wanted = change["sis_section_id"], change["after_id"]
    was = None if old is None else reference(old, key, shape)
    now = None if new is None else reference(new, key, shape)
    if told in DONE:
        if now != wanted:
            kind = "lost" if now == was else "wrong"
            setattr(figures, kind, getattr(figures, kind) + 1)
    elif told in NOTHING_WRITTEN:
        figures.wrong += now != was
    elif now != wanted:  # nothing was told, or that nobody knows
        figures.lost += 1


def _rest(data: Json | None, keys: Iterable[str], shape: str) -> str | None:
    """All of a group but the planned entries; what holds nothing else counts as not there."""
    if data is None:
        return None
    rest = copy.deepcopy(data)
    for key in keys:
        if shape == "flat":
            rest.pop(key, None)
            rest.pop("syncedWithSisCategory", None)
        else:
            ((rest.get("sistemic") or {}).get("categoryMapping") or {}).pop(key, None)
    vendor = rest.get("sistemic")
    if isinstance(vendor, dict) and not vendor.get("categoryMapping", True):
        del vendor["categoryMapping"]
    if not rest.get("sistemic", True):
        del rest["sistemic"]
    return json.dumps(rest, sort_keys=True)
