"""What runs of this dashboard said last about each row, for a snapshot to be held against.

A run that was undone, or followed by another one, has nothing to say any more. What may have been written since the
last sure word (a reply that never came, a run that goes on) excuses the row, too: it is no change from outside.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gpb.store.database import Database
from gpb.store.order import Order, Reading
from gpb.store.run_records import (
    CONFIRMED,
    NAMED,
    ChangeKind,
    RowOutcome,
    no_name_confirmed,
    nothing_confirmed,
)
from gpb.store.runs import Journal
from gpb.sync.plan import plan_of

KEY = ["group_id", "section_id"]


class Confirmed:
    """The last words of the runs of one store."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._order = Order(database)
        self._journal = journal

    def lines(self, reading: Reading) -> pd.DataFrame:
        """What the rows of a reading may store by the word of the runs that it can know of.

        One line a row with ``is_sure``, the last that a run confirmed or found there; beside it, what later runs may
        have written. Columns (CONFIRMED): ``after_id, after_title`` are the id and title of the category, missing for
        Unassociated; ``started`` is the run's, ISO 8601 in UTC. Raises StoreError for a damaged journal.
        """
        spoken = self._spoken(reading, ChangeKind.ASSOCIATION)
        return nothing_confirmed() if spoken is None else spoken[list(CONFIRMED)].astype(CONFIRMED)

    def names(self, reading: Reading) -> pd.DataFrame:
        """The same of the names of groups: one line a word and section that asked for the name, columns NAMED."""
        spoken = self._spoken(reading, ChangeKind.GROUP_NAME, ["group_id"])
        return (
            no_name_confirmed()
            if spoken is None
            else spoken.rename(columns={"after_title": "name"})[list(NAMED)].astype(NAMED)
        )

    def memberships(self, reading: Reading) -> pd.DataFrame:
        """The same of the categories that sections came into, or out of (missing): columns CONFIRMED."""
        spoken = self._spoken(reading, ChangeKind.MEMBERSHIP)
        return nothing_confirmed() if spoken is None else spoken[list(CONFIRMED)].astype(CONFIRMED)

    def _spoken(self, reading: Reading, kind: ChangeKind, of: Sequence[str] = KEY) -> pd.DataFrame | None:
        """The last words on each row, or whatever else these columns name, with what they say; None without any."""
        words = self._order.words(reading.scope, kind)
        known = words["settled"].le(reading.includes).fillna(False).astype("bool")
        words["is_sure"] = known & words["outcome"].ne(RowOutcome.UNKNOWN)
        sure = words.loc[words["is_sure"]].drop_duplicates([*of], keep="last")
        words = words.merge(sure[[*of, "at"]].rename(columns={"at": "last"}), on=[*of], how="left")
        is_later = words["last"].isna() | words["at"].gt(words["last"])
        spoken = words.loc[words["at"].eq(words["last"]).where(words["is_sure"], is_later)]
        wanted = [self._wanted(run, kind) for run in spoken["run"].unique()]
        return spoken.merge(pd.concat(wanted), on=["run", *KEY]) if wanted else None

    def _wanted(self, run_id: str, kind: ChangeKind) -> pd.DataFrame:
        changes = [change for change in plan_of(self._journal, run_id).changes if change.kind is kind]
        rows = [(*change.key, change.after_id, change.after_title, run_id) for change in changes]
        columns = [*KEY, "after_id", "after_title", "run"]
        texts = {"after_id": "str", "after_title": "str", "run": "str"}
        return pd.DataFrame(rows, columns=columns).astype({**dict.fromkeys(KEY, "int64"), **texts})
