"""Which term an account works with where no setting names one: it is kept, and changes by a person's word alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Column, insert, select, update

from gpb.store import sound
from gpb.store.choices.tables import term_choices
from gpb.store.database import Database, now

WHAT = "the choice of the term"


@dataclass(frozen=True, slots=True)
class CurrentTerm:
    """A term that was current when Canvas was last read, and how many courses it had; times are ISO 8601."""

    id: int
    name: str
    start_at: str | None
    end_at: str | None
    courses: int


@dataclass(frozen=True, slots=True)
class TermChoice:
    """The term that is used, and the rest of the sentence “it is used because …”."""

    term_id: int
    term: str
    reason: str


class TermChoices:
    """The choice of one account; ``source`` names Canvas and account."""

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source

    def chosen(self) -> TermChoice | None:
        """What is used, None before the first pull."""
        columns = (term_choices.c.term_id, term_choices.c.term, term_choices.c.reason)
        kinds = (int | None, str | None, str | None)
        found = self._row(columns, kinds)
        return None if found is None or found[0] is None else TermChoice(found[0], found[1] or "", found[2] or "")

    def choose(self, choice: TermChoice) -> None:
        """Use this term from now on."""
        self._put(asdict(choice))

    def current(self) -> list[CurrentTerm]:
        """The terms that were current when Canvas was last read."""
        found = self._row((term_choices.c.current,), (str,))
        listed = sound.json_list(found[0], WHAT) if found is not None else []
        return [sound.record(CurrentTerm, one, WHAT) for one in listed]

    def note(self, current: Iterable[CurrentTerm]) -> None:
        """Keep which terms are current."""
        self._put({"current": json.dumps([asdict(one) for one in current])})

    def _row(self, columns: Sequence[Column[Any]], kinds: Sequence[Any]) -> tuple[Any, ...] | None:
        mine = select(*columns).where(term_choices.c.source == self._source)
        with self._database.read() as connection:
            return next(iter(sound.rows(connection.execute(mine), kinds, WHAT)), None)

    def _put(self, values: dict[str, object]) -> None:
        mine = term_choices.c.source == self._source
        with self._database.write() as connection:
            if connection.execute(update(term_choices).where(mine).values(changed_at=now(), **values)).rowcount:
                return
            row = {"source": self._source, "changed_at": now(), "current": "[]", **values}
            connection.execute(insert(term_choices).values(row))
