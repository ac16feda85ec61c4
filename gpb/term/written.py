"""What runs wrote, and the snapshot after it: that before, in which a few assignment groups are otherwise."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd

from gpb.frames.association import association_frame, stored_frame
from gpb.frames.facts import SnapshotFacts
from gpb.frames.snapshot import ROWS, STORED, Snapshot
from gpb.store.order import Settled
from gpb.store.parquet.tables import laid_over

Tables = Mapping[str, pd.DataFrame]
Told = Mapping[str, Any]
"""What Canvas tells of a group that runs write: ``name``, ``integration_data`` or both."""


def after(before: Snapshot, facts: SnapshotFacts, tables: Tables, groups: Collection[int]) -> Snapshot:
    """The snapshot with these tables, which differ from those ``before`` in these groups alone.

    Only their rows are made; the shape is that of ``before``.
    """
    of_groups = {name: _among(tables[name], "group_id", groups) for name in GROUPS if name in tables}
    of_courses = {name: _among(tables[name], "course_id", of_groups["groups"]["course_id"]) for name in COURSES}
    some = {**tables, **of_groups, **of_courses}
    stored = stored_frame(some, facts.shape.coder)
    rows = association_frame(some, facts, before.validity, stored)
    kept, own = {STORED: before.entries, ROWS: before.associations()}, {STORED: stored, ROWS: rows}
    made = Snapshot("", facts, tables, {name: laid_over(kept[name], own[name], groups) for name in own})
    made.validity = before.validity
    return made


GROUPS = ("groups", "assignments")
COURSES = ("courses", "sections")
"""Tables of which the lines of the groups, and of their courses, are needed; assignments may not be shown."""


def _among(table: pd.DataFrame, column: str, wanted: Collection[int] | pd.Series[int]) -> pd.DataFrame:
    return table.loc[table[column].isin(list(wanted))]


def shown_in(tables: Tables, wanted: Collection[int]) -> dict[int, Told]:
    """What tables say of these groups, as far as they have them."""
    groups = tables["groups"]
    read = groups.loc[groups["group_id"].isin(list(wanted)), ["group_id", "group", "integration_data"]]
    rows = read.itertuples(index=False, name=None)
    return {group_id: {"name": name, "integration_data": json.loads(text)} for group_id, name, text in rows}


def newer_than(told: Mapping[int, Told], shown: Mapping[int, Told]) -> dict[int, Told]:
    """What is told of groups otherwise than it is shown."""
    return {group: one for group, one in told.items() if group in shown and {**shown[group], **one} != shown[group]}


def one_by_one(settled: Iterable[Settled]) -> dict[int, Told]:
    """What runs have seen of each group: of its fields one after the other."""
    found: dict[int, Told] = {}
    for one in settled:
        found[one.group_id] = {**found.get(one.group_id, {}), **one.told}
    return found
