"""What the room of decisions remembers: in the store, for the whole district."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from gpb.store.choices.decisions import Decided, DecisionStore, SkippedStore
from gpb.store.database import Database
from gpb.store.drafts import LastEdit
from gpb.suggest.room.abbreviations import Abbreviations
from gpb.suggest.room.deciding import Decision
from gpb.suggest.room.past import PastTerms
from gpb.suggest.room.received import Received
from gpb.suggest.vocabulary import Vocabulary
from gpb.term.term import Term


class Remembered:
    """The memory of ``Deciding``: decisions and abbreviations of the district, earlier terms, what is skipped."""

    def __init__(
        self,
        database: Database,
        term: Term,
        decisions: DecisionStore,
        past: PastTerms,
        received: Received,
        short: Abbreviations,
    ) -> None:
        self._database = database
        self._term = term
        self._decisions = decisions
        self._past = past
        self._received = received
        self._short = short
        self._known: tuple[str, pd.DataFrame] | None = None

    def version(self) -> str:
        """Another text after every change."""
        earlier = f"{self._past.version()} {self._received.version()}"
        return f"{self._decisions.version()} {earlier} {self._short.version()}"

    def decided(self) -> pd.DataFrame:
        """The decisions that are on, see ``schemas.DECISIONS``; copy them before changing them."""
        version, known = self._decisions.version(), self._known
        if known is None or known[0] != version:
            known = self._known = version, self._decisions.frame()
        return known[1]

    def past(self) -> pd.DataFrame:
        """What earlier terms had, see ``schemas.PAST``."""
        return self._past.frame()

    def received(self) -> pd.DataFrame:
        """What Focus received in earlier terms, see ``schemas.PAST``."""
        return self._received.frame()

    def vocabulary(self) -> Vocabulary:
        """What words mean, with the district's abbreviations."""
        return self._short.vocabulary()

    def remember(self, made: Iterable[Decision], edit: LastEdit, *, person: str, session: str) -> None:
        """Keep decisions as part of an edit."""
        lines = [
            Decided(one.group, one.titles, one.title, one.scope, one.scope_value, evidence=one.evidence) for one in made
        ]
        self._decisions.decide(lines, person, label=edit.label, session=session, name=edit.name)

    def take_back(self, edit: LastEdit, *, person: str, session: str) -> None:
        """Bring what this edit of the person in this session had decided to before it."""
        self._decisions.undo(person, session, edit.name)

    def skip(self, pattern: str, *, person: str) -> None:
        """The person wants to see this pattern no more in this term."""
        self._skipped().skip(pattern, person)

    def skipped(self, person: str) -> frozenset[str]:
        """The patterns that the person has skipped in this term."""
        return self._skipped().skipped(person)

    def _skipped(self) -> SkippedStore:
        return SkippedStore(self._database, self._term.latest().facts.scope)
