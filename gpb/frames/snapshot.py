"""A snapshot: what both systems said at one moment."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from gpb.frames import schemas
from gpb.frames.association import association_frame, stored_frame, with_links
from gpb.frames.codec import Codec
from gpb.frames.facts import SnapshotFacts
from gpb.frames.passback import is_by_name, is_not_passed_back
from gpb.frames.rows.coded import Places
from gpb.frames.rows.parts import in_parts
from gpb.frames.shape import Shape
from gpb.frames.unread import unread_of
from gpb.frames.validity import Validity
from gpb.keys import Key, keys, records

STORED, ROWS = "stored", "rows"
KEY = ["group_id", "section_id"]
PLACE = ("school", "teacher", "course_id", "course", "section_id", "section")
"""Columns of ``placed_sections``."""
NOT_PASSED_BACK, BY_NAME = "not_passed_back", "by_name"
Counts = dict[str, dict[str, tuple[int, int | None]]]
"""School → status → rows, and assignments behind them, None where no number is known."""


class Checked(Mapping[str, pd.DataFrame]):
    """The tables of a snapshot brought to the present columns, each when it is asked for; raises SchemaError."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self._tables = tables
        self._checked: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._checked:
            schema = schemas.TABLES[name]
            found = self._tables[name] if name in self._tables else pd.DataFrame(columns=list(schema.columns))
            self._checked[name] = schema.validate(found)
        return self._checked[name]

    def __contains__(self, name: object) -> bool:
        return name in schemas.TABLES

    def __iter__(self) -> Iterator[str]:
        return iter(schemas.TABLES)

    def __len__(self) -> int:
        return len(schemas.TABLES)


class Snapshot:
    """The tables of one moment (``schemas.TABLES``), immutable, and the frames computed from them.

    ``id`` is given by the store. The frames are shared between callers: copy before changing one. They were checked
    where they were made; those of files come in through ``from_files``.
    """

    def __init__(
        self,
        identifier: str,
        facts: SnapshotFacts,
        tables: Mapping[str, pd.DataFrame],
        derived: Mapping[str, pd.DataFrame] | None = None,
    ) -> None:
        self.id = identifier
        self.facts = facts
        self.tables = tables
        self._derived = derived or {}

    @classmethod
    def from_files(cls, identifier: str, facts: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> Snapshot:
        """What the store has read, its tables checked and brought to the present columns.

        Raises SchemaError, and KeyError where a table is missing that an older release had, too.
        """
        read = SnapshotFacts.from_json(facts)
        if missing := schemas.TABLES.keys() - tables.keys() - read.lacking:
            raise KeyError(*missing)
        checked = Checked(tables)
        if {STORED, ROWS} <= tables.keys():  # as this release has written it
            return cls(identifier, read, checked, tables)
        return cls(identifier, read, {name: checked[name] for name in schemas.TABLES})

    def parts(self) -> Iterator[pd.DataFrame]:
        """``associations``, some courses at a time; of a large term the whole takes hundreds of megabytes."""
        if ROWS in self._derived or "_associations" in self.__dict__:
            yield self.associations()
            return
        for some, stored in in_parts(self.tables, self.entries):
            yield association_frame(some, self.facts, self.validity, stored)

    @property
    def codec(self) -> Codec:
        """The codec that this snapshot was read with."""
        return self.facts.shape.coder

    def since(self, courses: Iterable[int]) -> datetime:
        """Since when all rows of these courses stand as they were read: the end of the pull where that was not noted.

        In between, nothing has spoken for a change (``gpb.term.changed``).
        """
        reads = self.tables.get("course_reads")
        mine = None if reads is None else reads.loc[reads["course_id"].isin(list(courses)), "read_at"]
        return self.facts.taken_at if mine is None or mine.empty else min(self.facts.taken_at, mine.min())

    def read_as(self, shape: Shape) -> Snapshot:
        """The same tables, their associations read in another shape."""
        return self if shape.coder == self.codec else Snapshot(self.id, replace(self.facts, shape=shape), self.tables)

    @cached_property
    def validity(self) -> Validity:
        """Which categories may be chosen in which section."""
        return Validity(self.tables["categories"], self.tables["category_sections"])

    def stored(self, group_id: int) -> dict[str, Any]:
        """The ``integration_data`` of a group; raises KeyError for one that is not in the snapshot."""
        texts = self.tables["groups"].set_index("group_id")["integration_data"]
        data: dict[str, Any] = json.loads(texts[group_id])
        return data

    def sis_ids(self, course_id: int) -> set[str]:
        """The SIS IDs of a course's sections."""
        return self._sis_ids.get(course_id, set())

    @cached_property
    def _sis_ids(self) -> dict[int, set[str]]:
        """By course: an undo asks for those of thousands of courses."""
        found: dict[int, set[str]] = {}
        known = self.tables["sections"][["course_id", "sis_section_id"]].dropna()
        for course_id, sis_id in zip(known["course_id"].tolist(), known["sis_section_id"].tolist(), strict=True):
            found.setdefault(course_id, set()).add(sis_id)
        return found

    @property
    def unread(self) -> pd.DataFrame:
        """What could not be read, see ``schemas.UNREAD``."""
        return unread_of(self.tables)

    @property
    def counts_assignments(self) -> bool:
        """Whether Canvas showed the assignments of any group (or there is none)."""
        counts = self.tables["groups"]["assignments"]
        return counts.empty or bool(counts.notna().any())

    @cached_property
    def not_read(self) -> frozenset[Key]:
        """The rows that show what was read before, or were never read."""
        rows = self.associations()
        return frozenset(keys(rows.loc[rows["not_read"]]))

    def associations(self) -> pd.DataFrame:
        """One row per (assignment group × SIS section), with its status.

        Columns and dtypes: ``schemas.ASSOCIATIONS``; ``weight`` is in percent of the course's grade, ``assignments`` a
        number of assignments, missing where it is not known, and ``not_read`` marks rows of which something could not
        be read: they show what the last reading saw. Computed once; raises pandera's SchemaError when the tables
        contradict each other.
        """
        return self._associations

    def with_links(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of the association frame with ``canvas_link`` and ``focus_link``, see ``association.with_links``."""
        return with_links(rows, self.facts)

    def rows_of(self, some: Collection[Key], columns: Sequence[str]) -> dict[Key, dict[Any, Any]]:
        """The rows of the association frame with these keys, as far as they are there: value by column."""
        wanted = pd.MultiIndex.from_tuples([(int(group), int(section)) for group, section in some], names=KEY)
        places = self._places.get_indexer(wanted)
        found = self.associations()[list(columns)].take(places[places >= 0])
        return dict(zip(wanted[places >= 0].tolist(), records(found, columns), strict=True))

    def place_of(self, rows: pd.DataFrame) -> Places:
        """The place in the association frame of rows of any frame with these keys, -1 where there is none."""
        return np.asarray(self._places.get_indexer(pd.MultiIndex.from_frame(rows[KEY])), dtype="int64")

    @cached_property
    def placed_sections(self) -> pd.DataFrame:
        """Each section that has rows once, in their order: columns ``PLACE`` of the association frame."""
        rows = self.associations()
        return rows[list(PLACE)].take(np.flatnonzero(~rows["section_id"].duplicated()))

    @cached_property
    def _places(self) -> pd.MultiIndex:
        return pd.MultiIndex.from_frame(self.associations()[KEY])

    def counts(self) -> Counts:
        """See ``counts_by_school``."""
        return counts_by_school(self.associations())

    @cached_property
    def _associations(self) -> pd.DataFrame:
        if ROWS in self._derived:
            return self._derived[ROWS]
        return association_frame(self.tables, self.facts, self.validity, self.entries)

    @cached_property
    def entries(self) -> pd.DataFrame:
        """What the codec reads in the assignment groups, see ``schemas.STORED``."""
        return self._derived[STORED] if STORED in self._derived else stored_frame(self.tables, self.codec)


def with_groups(
    tables: Mapping[str, pd.DataFrame], told: Mapping[int, Mapping[str, Any]]
) -> Mapping[str, pd.DataFrame]:
    """Tables in which groups bear what Canvas told since (group id → ``name``, ``integration_data`` or both)."""
    groups = tables["groups"].copy()
    names = {group_id: one["name"] for group_id, one in told.items() if "name" in one}
    texts = {
        group_id: json.dumps(one["integration_data"], ensure_ascii=False)
        for group_id, one in told.items()
        if "integration_data" in one
    }
    for column, newer in (("group", names), ("integration_data", texts)):
        fresh = groups["group_id"].map(newer)
        groups[column] = fresh.where(fresh.notna(), groups[column])
    return {**tables, "groups": schemas.GROUPS.validate(groups)}


def counting(parts: Iterable[pd.DataFrame], counts: Counts) -> Iterator[pd.DataFrame]:
    """The parts of an association frame; when the last has passed, ``counts`` is what ``counts_by_school`` tells."""
    for rows in parts:
        for school, own in counts_by_school(rows).items():
            known = counts.setdefault(school, {})
            for name, (number, behind) in own.items():
                before, behind_before = known.get(name, (0, None))
                sums = [one for one in (behind, behind_before) if one is not None]
                known[name] = before + number, sum(sums) if sums else None
        yield rows


def counts_by_school(rows: pd.DataFrame) -> Counts:
    """What is kept of an association frame for the line over time: school → status → (rows, assignments behind them).

    Beside the statuses stand NOT_PASSED_BACK and BY_NAME with what the next passback does (``passback``). Assignments
    are None where no number is known.
    """
    tonight = {NOT_PASSED_BACK: is_not_passed_back(rows), BY_NAME: is_by_name(rows)}
    school, schools = pd.factorize(rows["school"])
    status, statuses = pd.factorize(rows["status"], sort=True)
    parts = [(name, status == place, "assignments") for place, name in enumerate(statuses)]
    parts += [(name, counted.to_numpy(), name) for name, counted in tonight.items()]
    none: dict[str, tuple[int, int | None]] = dict.fromkeys(tonight, (0, 0))
    names: list[str] = schools.tolist()
    counts: Counts = {name: dict(none) for name in names}
    for name, counted, column in parts:
        at, behind = school[counted], rows[column].array[counted]
        is_known = ~behind.isna()
        sizes, known = (np.bincount(one, minlength=len(schools)) for one in (at, at[is_known]))
        sums = np.bincount(at[is_known], weights=behind[is_known].to_numpy("float64"), minlength=len(schools))
        for place in np.flatnonzero(sizes).tolist():
            counts[names[place]][name] = (int(sizes[place]), int(sums[place]) if known[place] else None)
    return counts
