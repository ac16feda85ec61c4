"""What runs of this dashboard said last about each row, for a snapshot to be held against.

A run that was undone, or followed by another one, has nothing to say any more. What may have been written since the
last sure word (a reply that never came, a run that goes on) excuses the row, too: it is no change from outside.
"""

from __future__ import annotations

import pandas as pd

from gpb.store.database import Database
from gpb.store.order import Order, Reading
from gpb.store.run_records import CONFIRMED, ChangeKind, RowOutcome, nothing_confirmed
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
        words = self._order.words(reading.scope)
        known = words["settled"].le(reading.includes).fillna(False).astype("bool")
        words["is_sure"] = known & words["outcome"].ne(RowOutcome.UNKNOWN)
        sure = words.loc[words["is_sure"]].drop_duplicates(KEY, keep="last")
        words = words.merge(sure[[*KEY, "at"]].rename(columns={"at": "last"}), on=KEY, how="left")
        is_later = words["last"].isna() | words["at"].gt(words["last"])
        spoken = words.loc[words["at"].eq(words["last"]).where(words["is_sure"], is_later)]
        wanted = [self._wanted(run) for run in spoken["run"].unique()]
        if not wanted:
            return nothing_confirmed()
        return spoken.merge(pd.concat(wanted), on=["run", *KEY])[list(CONFIRMED)].astype(CONFIRMED)

    def _wanted(self, run_id: str) -> pd.DataFrame:
        planned = plan_of(self._journal, run_id).changes
        changes = [change for change in planned if change.kind is ChangeKind.ASSOCIATION]
        rows = [(*change.key, change.after_id, change.after_title, run_id) for change in changes]
        columns = [*KEY, "after_id", "after_title", "run"]
        texts = {"after_id": "str", "after_title": "str", "run": "str"}
        return pd.DataFrame(rows, columns=columns).astype({**dict.fromkeys(KEY, "int64"), **texts})
