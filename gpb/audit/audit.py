"""The audit of one term: its findings, what was accepted of them, and the term's state over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import islice

import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings, with_overlay
from gpb.audit.links import dashboard_links
from gpb.audit.score import over_time
from gpb.audit.tonight import tonight
from gpb.keys import Key
from gpb.settings import Settings
from gpb.store.acceptances import AcceptanceStore, AuditMarks
from gpb.store.database import Database
from gpb.store.order import Reading
from gpb.store.snapshots import saved_at
from gpb.term.term import Term

Written = Callable[[Reading], Mapping[Key, tuple[str | None, ...]]]
"""What runs have confirmed that a reading does not include: by row, the values that Canvas may store for it."""


class Audit:
    """Findings are computed once for each snapshot, and again when what they are compared with changes."""

    def __init__(self, settings: Settings, database: Database, term: Term, written: Written) -> None:
        self._settings = settings
        self._database = database
        self._term = term
        self._written = written
        self._found = lru_cache(maxsize=2)(self._find)
        self._known = lru_cache(maxsize=2)(self._keys)
        self._overlaid: tuple[object, pd.DataFrame] = (None, pd.DataFrame())
        self._predicted: tuple[str | None, pd.DataFrame] = (None, pd.DataFrame())

    def acceptances(self) -> AcceptanceStore:
        """The accepted findings of the term."""
        return AcceptanceStore(self._database, self._term.latest().facts.scope, self._settings.zone)

    def marks(self) -> AuditMarks:
        """Which snapshots of the term were audited."""
        return AuditMarks(self._database, self._term.latest().facts.scope)

    def findings(self) -> pd.DataFrame:
        """The findings of the newest snapshot: ``findings.COLUMNS``, ``OVERLAY``, and ``dashboard_link`` (str)."""
        snapshot, accepted = self._term.latest(), self.acceptances().frame()
        audited = self.marks().before(snapshot.id)
        today = datetime.now(self._settings.zone).date()
        made_of = (snapshot.id, audited, today, tuple(accepted.itertuples(index=False, name=None)))
        if self._overlaid[0] != made_of:
            whole = self._term.readings.load_if_whole(audited) if audited is not None else None
            known = self._known(whole.id) if whole is not None else None
            found = with_overlay(self._found(snapshot.id), accepted, known, today.isoformat())
            links = dashboard_links(found, self._settings.dashboard_url, snapshot.facts.term_id)
            self._overlaid = made_of, found.assign(dashboard_link=links)
        return self._overlaid[1]

    def tonight(self) -> pd.DataFrame:
        """What the next passback does, by the newest snapshot: see ``audit.tonight``; raises InputError."""
        latest = self._term.latest()
        if self._predicted[0] != latest.id:
            self._predicted = latest.id, tonight(latest)
        return self._predicted[1]

    def evidence(self) -> Evidence:
        """The newest snapshot, the pull before it, and what was written since that."""
        latest = self._term.latest()
        for reading, _ in islice(self._term.readings.pulls(), 1, None):
            before = self._term.readings.load_if_whole(reading.snapshot_id)
            if before is not None:
                before = before.read_as(latest.facts.shape)
                return Evidence(latest, before, self._written(reading))
        return Evidence(latest)

    def trend(self) -> pd.DataFrame:
        """The state of the term over its snapshots, see ``score.over_time``."""
        return over_time((saved_at(identifier), facts.counts) for identifier, facts in self._term.facts())

    def _find(self, _newest: str) -> pd.DataFrame:
        return findings(self.evidence())

    def _keys(self, identifier: str) -> frozenset[str]:
        """What a snapshot shows by itself; what changed before it was new then, and may be new again."""
        return frozenset(findings(Evidence(self._term.snapshot(identifier)))["key"])
