"""The rows of a snapshot that are Unassociated there: which are open by now, and which nobody has to be asked about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key
from gpb.suggest.decisions.covered import stays
from gpb.suggest.normal import is_retired
from gpb.suggest.patterns import Cells, Coded, normalised
from gpb.suggest.room.cards import COUNTED, Card, cards, is_among, is_taken, still_proposed
from gpb.suggest.room.proposing import Version
from gpb.suggest.schemas import Source

KEY = ["group_id", "section_id"]
SHOWN = ["school", "course", "teacher", "section", "group", "class_id", "assignments", "stored_reference"]
ASKED, RETIRED, DECIDED = 0, 1, 2
"""Whether a row is asked about; else because its name says that the group is not used any more, or by a decision."""
Mask = npt.NDArray[np.bool_]
Why = npt.NDArray[np.int8]
Kept = TypeVar("Kept")
Wanted = Mapping[str, str | None]
"""Titles by pattern; None: its rows stay unassociated."""
PROPOSED = ["pattern", "category_id", "category", "tier", "source", "reason"]
FEW = ["pattern", "category", "tier", "source", "reason"]
"""Columns with few different texts: kept as categories, since they are counted again and again."""
AS_TEXT = dict.fromkeys([*FEW, "school"], "str")
"""Their dtypes for whoever is handed rows."""
ROWS = [*KEY, "course_id", *SHOWN, "waiting", *PROPOSED]
"""Columns of open rows: those of ``Waiting.rows``, and their own proposal; dtypes as in ``schemas.ASSOCIATIONS`` and
``PROPOSALS``."""


class Waiting:
    """What can be told of these rows once and for all; asking what is open then looks at drafts and decisions alone.

    ``rows`` has KEY, ``course_id``, SHOWN and ``waiting`` (int64: assignments for passback that are still to be
    published), numbered from 0, the schools as categories; dtypes otherwise as in ``schemas.ASSOCIATIONS``.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        rows = snapshot.associations()
        rows = rows.loc[rows["status"].eq(Status.UNASSOCIATED), [*KEY, "course_id", *SHOWN]].reset_index(drop=True)
        unpublished = snapshot.tables["groups"].set_index("group_id")["unpublished"].fillna(0).astype("int64")
        waiting = rows["group_id"].map(unpublished).astype("int64")
        self.rows = rows.assign(waiting=waiting, school=rows["school"].astype("category"))
        self._places = pd.MultiIndex.from_frame(rows[KEY])
        self._names = Coded.of(rows["group"])
        self._groups = np.array([normalised(str(name)) for name in self._names.values], dtype=object)
        self._retired = np.array([is_retired(str(name)) for name in self._names.values], dtype=bool)
        self._why: tuple[pd.DataFrame, Why] | None = None

    @cached_property
    def patterns(self) -> Coded:
        """The pattern of each row."""
        return Cells.of(self.rows[["group", "class_id"]], self.snapshot.validity).patterns

    def unproposed(self) -> pd.DataFrame:
        """The rows without any proposal: columns ROWS."""
        none = pd.Series(pd.array([None] * len(self.rows), dtype="str"), index=self.rows.index)
        return self.rows.assign(**{name: none.astype("category") if name in FEW else none for name in PROPOSED})[ROWS]

    def places(self, keys: pd.DataFrame) -> npt.NDArray[np.int64]:
        """Where the rows with these ``group_id`` and ``section_id`` are, in their order; -1 for others."""
        return self._places.get_indexer(pd.MultiIndex.from_frame(keys[KEY])).astype("int64")

    def is_free(self, drafts: pd.DataFrame) -> Mask:
        """Which rows have no draft of a category, as ``evidence.is_open`` finds over all rows."""
        found = np.ones(len(self.rows), dtype=bool)
        places = self.places(drafts.loc[drafts["category_id"].notna()])
        found[places[places >= 0]] = False
        return found

    def why(self, decisions: pd.DataFrame) -> Why:
        """For each row ASKED, RETIRED or DECIDED, by decisions (``schemas.DECISIONS``)."""
        if self._why is None or self._why[0] is not decisions:
            self._why = decisions, self._looked(decisions)
        return self._why[1]

    def _looked(self, decisions: pd.DataFrame) -> Why:
        found = np.where(self._retired[self._names.codes], RETIRED, ASKED).astype("int8")
        unwanted = set(decisions.loc[decisions["title"].isna(), "group"])
        if unwanted:
            is_named = np.array([group in unwanted for group in self._groups], dtype=bool)
            places = np.flatnonzero(is_named[self._names.codes] & (found == ASKED))
            rows = self.rows.iloc[places].astype({"school": "str"})
            of_these = decisions.loc[decisions["group"].isin(unwanted)]
            found[places[stays(rows, self.snapshot.validity, of_these).to_numpy(dtype=bool)]] = DECIDED
        return found


@dataclass(frozen=True)
class Proposed:
    """All rows that are Unassociated in a snapshot (ROWS, those in FEW and the schools as categories), each with its
    proposal as far as ``is_known``, and ``lines``: the patterns (``schemas.PATTERNS``) by key.

    ``made`` is the version of the ``Made`` that they come from.
    """

    version: str
    made: Version
    waiting: Waiting
    rows: pd.DataFrame
    is_known: Mask
    lines: pd.DataFrame


@dataclass(frozen=True)
class Open:
    """Those of the rows that are open, under a ``name`` by which a click finds them.

    ``is_current``: nothing was decided or drafted since they were proposed. Nobody is asked about ``retired`` rows,
    whose names say that they are not used any more, and rows that were decided to stay unassociated (``left``).
    """

    name: tuple[str, str]
    proposed: Proposed
    is_current: bool
    retired: int
    left: int
    _is_open: Mask
    _asked: dict[object, Any] = field(default_factory=dict)

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot whose rows they are."""
        return self.proposed.waiting.snapshot

    @property
    def lines(self) -> pd.DataFrame:
        """The patterns by key: with the proposal of what is still open, and the counts of when that was proposed."""
        return self._once("lines", self._lines)

    def _lines(self) -> pd.DataFrame:
        lines = self.proposed.lines
        return lines if self.is_current else still_proposed(self._some(None, "", COUNTED), lines)

    @property
    def rows(self) -> pd.DataFrame:
        """The open rows; ROWS. Of a large term not kept, since many may have been drawn."""
        return self.of()

    def __len__(self) -> int:
        """How many rows are open."""
        return int(np.count_nonzero(self._is_open))

    def schools(self) -> list[str]:
        """Those with open rows."""
        return self._once("schools", self._schools)

    def _schools(self) -> list[str]:
        found = self.proposed.rows["school"].loc[self._is_open].unique()
        return sorted(map(str, found), key=str.casefold)

    def _once(self, what: object, made: Callable[[], Kept]) -> Kept:
        if what not in self._asked:
            self._asked[what] = made()
        found: Kept = self._asked[what]
        return found

    def cards(self, school: str = "", apart: Collection[str] = ()) -> list[Card]:
        """What is to decide, in one school or all; the patterns in ``apart`` are on their own."""
        asked = (school, frozenset(apart))
        return self._once(asked, lambda: cards(self._some(None, school, COUNTED), self.lines, apart))

    def of(self, patterns: Collection[str] | None = None, school: str = "") -> pd.DataFrame:
        """The open rows of some patterns, else of all, in one school or all."""
        return self._some(patterns, school, ROWS).astype(AS_TEXT)

    def _some(
        self, patterns: Collection[str] | None, school: str, columns: list[str], source: str | None = None
    ) -> pd.DataFrame:
        rows, wanted = self.proposed.rows, self._is_open
        if source is not None:
            wanted = wanted & rows["source"].eq(source).to_numpy()
        if school:
            wanted = wanted & rows["school"].eq(school).to_numpy()
        if patterns is not None:
            wanted = wanted & rows["pattern"].isin(list(patterns)).to_numpy()
        return rows[columns].loc[wanted]

    def rows_for(
        self, wanted: Wanted, school: str = "", left_out: Collection[Key] = (), *, whole: bool = False
    ) -> pd.DataFrame:
        """The rows that take what is wanted for their patterns, but for those left out.

        Where that is what is proposed, those for which something says so, or with ``whole`` all.
        """
        rows = self.of(wanted, school)
        if not whole:
            rows = rows.loc[is_taken(rows, self.lines, wanted)]
        if left_out:
            rows = rows.loc[~is_among(rows, pd.DataFrame(list(left_out), columns=KEY))]
        return rows

    def as_siblings(self, school: str = "") -> pd.DataFrame:
        """The rows of patterns with new sections that can take what other sections of their course have."""
        return self._siblings(school, ROWS).astype(AS_TEXT)

    def new_sections(self, school: str = "") -> tuple[int, int]:
        """How many rows that are, and of how many sections."""
        sections = self._siblings(school, ["section_id"])["section_id"]
        return len(sections), sections.nunique()

    def _siblings(self, school: str, columns: list[str]) -> pd.DataFrame:
        return self._some(self.lines.index[self.lines["is_new"]], school, columns, Source.SIBLING)
