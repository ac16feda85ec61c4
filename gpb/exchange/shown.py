"""What a file showed for a row when it was exported, as far as the file tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from gpb.errors import InputError
from gpb.exchange.columns import EXPORTED, REFERENCE
from gpb.exchange.reading import Line, Table
from gpb.frames.schemas import Status
from gpb.keys import Key, keys
from gpb.sync.drafting import UNASSOCIATED

Earlier = Callable[[str], pd.DataFrame | None]
"""Id of a snapshot → its association frame; None where there is no such snapshot of this term (any more)."""
Rows = dict[Key, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Shown:
    """Category id and title that a line showed, and the reference that Canvas stored; "" is nothing, None unknown."""

    category_id: str | None = None
    category: str | None = None
    reference: str | None = None


class Exports:
    """Tells what each line of a table showed, by the best that the table offers.

    Exports carry it themselves. Those of 0.3.1 and before name their snapshot, which tells it for every row that had no
    draft then; else they tell at least the title that Canvas stored. A row that the file calls Unassociated showed
    nothing. All else is unknown. Where only a part of the columns of an export is left, that part counts.
    """

    def __init__(self, table: Table, earlier: Earlier) -> None:
        self._carried = {
            field: name for field, name in (*EXPORTED.items(), ("reference", REFERENCE)) if name in table.columns
        }
        self._is_whole = len(self._carried) == len(EXPORTED) + 1
        self._earlier = earlier
        self._snapshots: dict[str, Rows | None] = {}

    def shown(self, line: Line, key: Key, row: Mapping[str, Any] | None) -> Shown:
        """What a line showed; raises InputError for a line that has lost its end. ``row``: as it is now, if it is."""
        if line.text("read_at") == "" or line.text("snapshot") == "":
            raise InputError(
                "its last cells are empty (snapshot, read_at), so the line is incomplete. Export again, and edit "
                "that file; put lines that you wrote yourself into a separate file"
            )
        carried = {field: (line.text(name) or "") for field, name in self._carried.items()}
        carried = {field: text if text.strip() else "" for field, text in carried.items()}
        if self._is_whole:
            return Shown(**carried)
        return replace(self._by_snapshot(line, key) or _by_status(line, row), **carried)

    def _by_snapshot(self, line: Line, key: Key) -> Shown | None:
        identifier = line.text("snapshot")
        if not identifier:
            return None
        if identifier not in self._snapshots:
            self._snapshots = {identifier: rows_by_key(self._earlier(identifier))}  # one at a time: they are big
        row = (self._snapshots[identifier] or {}).get(key)
        if row is None:
            return None
        reference = row["stored_reference"] or ""
        if not _had_no_draft(line):
            return Shown(reference=reference)
        return Shown(row["stored_category_id"] or "", row["stored_category"] or "", reference)


def rows_by_key(rows: pd.DataFrame | None) -> Rows | None:
    """An association frame by (group id, section id), with None for what is missing."""
    if rows is None:
        return None
    names = [name for name in COLUMNS if name in rows]
    cells = (rows[name].astype(object).where(rows[name].notna(), None).tolist() for name in names)
    return {
        key: dict(zip(names, row, strict=True)) for key, row in zip(keys(rows), zip(*cells, strict=True), strict=True)
    }


COLUMNS = (
    *("class_id", "sis_section_id", "section", "group", "course_id", "course"),
    *("stored_reference", "stored_category_id", "stored_category"),
    *("category_id", "category", "changed", "person"),
)


def _by_status(line: Line, row: Mapping[str, Any] | None) -> Shown:
    had_draft = line.text("changed") is not None and not _had_no_draft(line)
    if (line.text("status") or "").strip() == UNASSOCIATED:
        return Shown(reference="") if had_draft else Shown("", "", "")
    stored = line.text("category_in_canvas")
    if row is None or stored is None:
        return Shown(reference=_named_reference(line, row))
    # another title than today's: what Canvas stored is not what it stores now, whatever reference that was
    reference = (row["stored_reference"] or "") if stored == (row["stored_category"] or "") else stored
    return Shown(reference=reference) if had_draft else Shown(None if stored else "", stored, reference)


def _named_reference(line: Line, row: Mapping[str, Any] | None) -> str | None:
    """What Canvas stored, by a line that says no more than that it was associated.

    A person edits the id or the title; where neither is what Canvas stores now, that has changed since.
    """
    if row is None or (line.text("status") or "").strip() not in (Status.SYNCHRONIZED, Status.BROKEN):
        return None
    told = [line.text(name) or "" for name in EXPORTED]
    now = [row[f"stored_{name}"] or "" for name in EXPORTED]
    is_same = any(text == stored for text, stored in zip(told, now, strict=True) if text)
    return (row["stored_reference"] or "") if is_same or not any(told) else next(filter(None, told))


def _had_no_draft(line: Line) -> bool:
    return (line.text("changed") or "").strip().casefold() == "false"
