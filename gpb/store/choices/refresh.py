"""Whether a Refresh may leave out what Canvas does not tell to have changed: until it has missed something."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from gpb.store import sound
from gpb.store.choices.tables import missed_changes
from gpb.store.database import Database, now

WHAT = "what is known of changes that Canvas did not tell"


class MissedChanges:
    """Of one account; ``source`` names Canvas and account."""

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source

    def told(self) -> str | None:
        """The sentence about the change that was missed; None where none was, or a person trusts Canvas again."""
        mine = select(missed_changes.c.sentence).where(missed_changes.c.source == self._source)
        with self._database.read() as connection:
            found = next(iter(sound.rows(connection.execute(mine), (str,), WHAT)), None)
        return None if found is None else found[0]

    def note(self, sentence: str) -> None:
        """From now on everything is read; the first sentence stays."""
        mine = missed_changes.c.source == self._source
        with self._database.write() as connection:
            if connection.execute(select(missed_changes.c.source).where(mine)).first() is None:
                row = {"source": self._source, "sentence": sentence, "noted_at": now()}
                connection.execute(insert(missed_changes).values(row))

    def trust_again(self) -> None:
        """Leave out again what has not changed by the word of Canvas."""
        with self._database.write() as connection:
            connection.execute(delete(missed_changes).where(missed_changes.c.source == self._source))
