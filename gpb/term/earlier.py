"""The terms of a Canvas before the one in use: which have a snapshot, and reading one that has none.

The snapshot of an earlier term is stored under the number of that term, so it never becomes the newest of the term that
is in use, and the choice of the term stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from gpb.errors import InputError
from gpb.frames.snapshot import Snapshot
from gpb.settings import Settings
from gpb.store.database import Database
from gpb.term.pull import no_progress
from gpb.term.term import Term
from gpb.term.underway.courses import Progress


@dataclass(frozen=True, slots=True)
class EarlierTerm:
    """A term that began before the one in use; ``snapshot_id`` is that of its newest snapshot, None without one."""

    term_id: int
    term: str
    sis_term_id: str | None
    start_at: datetime | None
    end_at: datetime | None
    snapshot_id: str | None

    def is_named(self, wanted: str) -> bool:
        """Whether ``wanted`` (an id, ``sis_term_id:X``, or the name) means this term."""
        return wanted in (str(self.term_id), f"sis_term_id:{self.sis_term_id}", self.term)


class EarlierTerms:
    """The terms before the one that ``term`` reads, in the same account."""

    def __init__(self, settings: Settings, database: Database, term: Term) -> None:
        self._settings = settings
        self._database = database
        self._term = term
        self._known: tuple[object, list[EarlierTerm]] | None = None

    def listed(self) -> list[EarlierTerm]:
        """Those that Canvas showed in the newest snapshot, the latest first; raises InputError before the first pull.

        A term without dates is earlier when its number is smaller: Canvas numbers what it makes in ascending order.
        """
        latest = self._term.latest()
        others = [reading.snapshot_id for reading in self._term.readings.of_other_terms()]
        asked = latest.id, *others  # a snapshot stays what it is
        if self._known is None or self._known[0] != asked:
            self._known = asked, self._listed(latest, others)
        return list(self._known[1])

    def _listed(self, latest: Snapshot, others: Iterable[str]) -> list[EarlierTerm]:
        lines = _lines(latest.tables["terms"])
        mine = next((line for line in lines if line[0] == latest.facts.term_id), None)
        snapshots = {self._term.facts_of(identifier).term_id: identifier for identifier in others}
        found = [_term(line, snapshots.get(line[0])) for line in lines if mine is None or _before(line, mine)]
        return sorted(found, key=lambda one: (_text(one.start_at or one.end_at), one.term_id), reverse=True)

    def named(self, wanted: str) -> EarlierTerm:
        """The earlier term that an id, ``sis_term_id:X`` or a name means; raises InputError where there is none."""
        listed = self.listed()
        found = [one for one in listed if one.is_named(wanted)]
        if len(found) != 1:
            raise InputError(
                f"“{wanted}” is {'more than one' if found else 'no'} term before the one in use. {told(listed)}"
            )
        return found[0]

    async def pull(self, wanted: str, progress: Progress = no_progress) -> dict[str, Any]:
        """Take a snapshot of an earlier term, see ``Term.pull``; the term in use stays the same.

        What it shows of how this Canvas keeps associations holds for the term in use, too, which is empty at first and
        shows nothing: its newest snapshot is read anew where that makes a difference. Raises InputError where there is
        no such term.
        """
        settings = self._settings.model_copy(update={"term": str(self.named(wanted).term_id)})
        summary = await Term(settings, self._database).pull(progress)
        if self._term.shape().coder != self._term.latest().codec:
            await self._term.read_again({})
        return summary


def told(listed: Iterable[EarlierTerm]) -> str:
    """The sentence that lists the earlier terms."""
    names = ", ".join(f"{one.term} ({one.term_id})" for one in listed)
    return f"The terms before it are: {names}." if names else "Canvas shows no term before it."


def _lines(terms: pd.DataFrame) -> list[tuple[Any, ...]]:
    columns = terms[["term_id", "term", "sis_term_id", "start_at", "end_at"]].astype(object)
    return list(columns.where(terms.notna(), None).itertuples(index=False, name=None))


def _before(one: tuple[Any, ...], mine: tuple[Any, ...]) -> bool:
    number, *_, start, end = one
    own_start, own_end = mine[3], mine[4]
    if start is not None and own_start is not None:
        return bool(start < own_start)
    if end is not None and (own_start or own_end) is not None:
        return bool(end < (own_end or own_start))
    return bool(number < mine[0])


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _term(line: tuple[Any, ...], snapshot_id: str | None) -> EarlierTerm:
    term_id, name, sis_term_id, start, end = line
    return EarlierTerm(int(term_id), name, sis_term_id, start, end, snapshot_id)
