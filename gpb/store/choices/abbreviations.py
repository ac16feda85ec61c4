"""What the people of a district have said that words in names of groups are short for: shared by all who work there."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from sqlalchemy import delete, insert, select

from gpb.store import sound
from gpb.store.choices.tables import abbreviations
from gpb.store.database import Database, now
from gpb.store.sets.unchanged import Unchanged

COLUMNS = {"short": "str", "long": "str", "person": "str", "changed_at": "str"}
"""One line per word, sorted; ``long`` empty: it is no abbreviation."""
WHAT = "an abbreviation"


class AbbreviationStore:
    """The abbreviations of one district: ``source`` names Canvas and account."""

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source
        self._kept: Unchanged[pd.DataFrame] = Unchanged(database.number)

    def frame(self) -> pd.DataFrame:
        """COLUMNS; shared between callers: copy it before changing it."""
        return self._kept.of("all", self._frame)

    def _frame(self) -> pd.DataFrame:
        columns = [abbreviations.c[name] for name in COLUMNS]
        wanted = select(*columns).where(abbreviations.c.source == self._source).order_by(abbreviations.c.short)
        with self._database.read() as connection:
            return sound.frame(connection.execute(wanted).all(), COLUMNS, WHAT)

    def put(self, changes: Mapping[str, str | None], person: str) -> None:
        """Keep what words are short for, at once; None: nothing is said of a word any more."""
        mine = abbreviations.c.source == self._source
        common = {"source": self._source, "person": person, "changed_at": now()}
        rows = [{**common, "short": short, "long": long} for short, long in changes.items() if long is not None]
        with self._database.write() as connection:
            for short in changes:
                connection.execute(delete(abbreviations).where(mine, abbreviations.c.short == short))
            if rows:
                connection.execute(insert(abbreviations), rows)
