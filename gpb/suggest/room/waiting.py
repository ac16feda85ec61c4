"""The rows of a snapshot that are Unassociated there: which are open by now, and which nobody has to be asked about."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.suggest.decisions.covered import stays
from gpb.suggest.normal import is_retired
from gpb.suggest.patterns import Coded, normalised

KEY = ["group_id", "section_id"]
SHOWN = ["school", "course", "teacher", "section", "group", "class_id", "assignments", "stored_reference"]
ASKED, RETIRED, DECIDED = 0, 1, 2
"""Whether a row is asked about; else because its name says that the group is not used any more, or by a decision."""
Mask = npt.NDArray[np.bool_]
Why = npt.NDArray[np.int8]


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
