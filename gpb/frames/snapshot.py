"""A snapshot: what both systems said at one moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd

from gpb.frames import schemas
from gpb.frames.association import association_frame
from gpb.frames.codec import Codec, Layout
from gpb.frames.shape import OLD_READING, Shape
from gpb.frames.validity import Validity


@dataclass(frozen=True)
class SnapshotFacts:
    """Where and when a snapshot was taken.

    ``scope`` names Canvas, account and term by their ids, ``source`` and ``term_setting`` as the settings did;
    ``taken_at`` is the end of the pull in UTC, ``rows`` the size of the association frame, ``choices`` the number of
    the categories and of the classes that they name, ``seconds`` the duration of the pull, ``after_run`` the run whose
    writes were added to it. ``shape`` is how its associations were read. ``counts`` is kept for the line over time:
    school → status → number of rows, and assignments for passback behind them.
    """

    scope: str
    source: str
    term_setting: str
    term_id: int
    sis_term_id: str | None
    term: str
    taken_at: datetime
    canvas_url: str
    sis_url: str
    sis_dialect: str
    shape: Shape
    rows: int = 0
    choices: int = 0
    requests: int = 0
    seconds: float = 0.0
    after_run: str | None = None
    counts: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)

    def answers(self, source: str, term: str) -> bool:
        """Whether this is a snapshot of what the settings ask for (GPB_TERM in any of its forms)."""
        names = (self.term_setting, str(self.term_id), f"sis_term_id:{self.sis_term_id}")
        return self.source == source and term in names

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**asdict(self), "taken_at": self.taken_at.isoformat()}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> SnapshotFacts:
        """The inverse of ``to_json``."""
        rest = {name: value for name, value in facts.items() if name not in ("codec", "layout")}
        shape = Shape.from_json(facts["shape"]) if "shape" in facts else _old_shape(facts)
        return cls(**{**rest, "taken_at": datetime.fromisoformat(facts["taken_at"]), "shape": shape})


def _old_shape(facts: Mapping[str, Any]) -> Shape:
    """Up to release 0.3.1 the fields were learned from one reading, or guessed."""
    return Shape(facts["codec"], Layout(**facts["layout"]), unknown=OLD_READING)


class Snapshot:
    """The tables of one moment (``schemas.TABLES``), immutable, and the frames computed from them.

    ``id`` is given by the store. The frames are shared between callers: copy before changing one. They were checked
    where they were made; those of files come in through ``from_files``.
    """

    def __init__(self, identifier: str, facts: SnapshotFacts, tables: Mapping[str, pd.DataFrame]) -> None:
        self.id = identifier
        self.facts = facts
        self.tables = tables

    @classmethod
    def from_files(cls, identifier: str, facts: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> Snapshot:
        """What the store has read, its tables checked and brought to the present columns; raises SchemaError."""
        checked = {name: schema.validate(tables[name]) for name, schema in schemas.TABLES.items()}
        return cls(identifier, SnapshotFacts.from_json(facts), checked)

    @property
    def codec(self) -> Codec:
        """The codec that this snapshot was read with."""
        return self.facts.shape.coder

    def read_as(self, shape: Shape) -> Snapshot:
        """The same tables, their associations read in another shape."""
        return self if shape.coder == self.codec else Snapshot(self.id, replace(self.facts, shape=shape), self.tables)

    @cached_property
    def validity(self) -> Validity:
        """Which categories may be chosen in which section."""
        return Validity(self.tables["categories"], self.tables["category_sections"])

    def associations(self) -> pd.DataFrame:
        """One row per (assignment group × SIS section), with its status.

        Columns and dtypes: ``schemas.ASSOCIATIONS``; ``weight`` is in percent of the course's grade, ``assignments`` a
        number of assignments. Computed once; raises pandera's SchemaError when the tables contradict each other.
        """
        return self._associations

    @cached_property
    def _associations(self) -> pd.DataFrame:
        return association_frame(self)


def with_groups(
    tables: Mapping[str, pd.DataFrame], integration_data: Mapping[int, Mapping[str, Any]]
) -> Mapping[str, pd.DataFrame]:
    """Tables in which the named groups bear the ``integration_data`` that Canvas told since (group id → object)."""
    groups = tables["groups"].copy()
    texts = {group_id: json.dumps(data, ensure_ascii=False) for group_id, data in integration_data.items()}
    fresh = groups["group_id"].map(texts)
    groups["integration_data"] = fresh.where(fresh.notna(), groups["integration_data"])
    return {**tables, "groups": schemas.GROUPS.validate(groups)}
