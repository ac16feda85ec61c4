"""The audit of one term: its findings, what was accepted of them, and the term's state over time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from itertools import islice

import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.figures import Figure, where
from gpb.audit.findings import findings, known_keys, not_standing, with_overlay
from gpb.audit.links import dashboard_links
from gpb.audit.score import over_time
from gpb.audit.tonight.lines import tonight
from gpb.audit.tonight.sections import losing_sections
from gpb.errors import GpbError
from gpb.frames.snapshot import Snapshot
from gpb.settings import Settings
from gpb.store.acceptances import AcceptanceStore, AuditMarks
from gpb.store.choices.decisions import DecisionStore
from gpb.store.database import Database
from gpb.store.order import Reading
from gpb.store.snapshots import saved_at
from gpb.term.term import Term

log = logging.getLogger(__name__)
LARGE = 30_000
"""Rows of a term that is looked at before somebody asks."""
ConfirmedBy = Callable[[Reading], pd.DataFrame]
"""What runs said last about a reading, by what it can know of them: ``run_records.CONFIRMED``, or ``NAMED``."""


class Audit:
    """Findings are computed once for each snapshot, and again when what they are compared with changes.

    Who asks while they are computed waits for the same ones.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        term: Term,
        confirmed: ConfirmedBy,
        names: ConfirmedBy,
        memberships: ConfirmedBy,
    ) -> None:
        self._settings = settings
        self._database = database
        self._term = term
        self._confirmed, self._names = lru_cache(maxsize=2)(confirmed), lru_cache(maxsize=2)(names)
        self._memberships = lru_cache(maxsize=2)(memberships)
        self._decisions = DecisionStore(database, settings.source)
        self._lock, self._ahead = threading.RLock(), ""
        self._found = lru_cache(maxsize=1)(self._find)  # one of a large term has hundreds of megabytes
        self._known = lru_cache(maxsize=1)(self._keys)
        self._lost = lru_cache(maxsize=1)(self._find_lost)
        self._overlaid: tuple[object, pd.DataFrame] = (None, pd.DataFrame())
        self._predicted: tuple[str | None, pd.DataFrame] = (None, pd.DataFrame())
        self._losing: tuple[str | None, pd.DataFrame] = (None, pd.DataFrame())

    def acceptances(self) -> AcceptanceStore:
        """The accepted findings of the term."""
        return AcceptanceStore(self._database, self._term.latest().facts.scope, self._settings.zone)

    def marks(self) -> AuditMarks:
        """Which snapshots of the term were audited."""
        return AuditMarks(self._database, self._term.latest().facts.scope)

    def findings(self) -> pd.DataFrame:
        """The findings of the newest snapshot: ``findings.COLUMNS``, ``OVERLAY``, and ``dashboard_link`` (str)."""
        snapshot, accepted = self._term.latest(), self.acceptances().frame()
        reading = self._term.readings.reading(snapshot.id)
        audited = self.marks().before(snapshot.id)
        today, decided = datetime.now(self._settings.zone).date(), self._decisions.version()
        made_of = (reading, audited, today, decided, tuple(accepted.itertuples(index=False, name=None)))
        with self._lock:
            if self._overlaid[0] != made_of:
                whole = self._term.readings.load_if_whole(audited) if audited is not None else None
                known = self._known(self._term.readings.reading(whole.id), decided) if whole is not None else None
                found = with_overlay(self._found(reading, decided), accepted, known, today.isoformat())
                links = dashboard_links(found, self._settings.dashboard_url, snapshot.facts.term_id)
                self._overlaid = made_of, found.assign(dashboard_link=links)
            return self._overlaid[1]

    def look_ahead(self) -> None:
        """Begin to find what is wrong with a large term, so that whoever opens Audit need not wait; returns at once."""
        snapshot = self._term.latest()
        if snapshot.facts.rows > LARGE and self._ahead != snapshot.id:
            self._ahead = snapshot.id
            threading.Thread(target=self._look, name="gpb-audit", daemon=True).start()

    def _look(self) -> None:
        try:
            self.findings()
            self.losing()
        except GpbError as error:
            log.warning("not found before somebody asks: %s", error)
        except Exception:  # in a thread nobody would hear of it; the page that asks tells it
            log.exception("looking ahead ended with a defect")

    def tonight(self) -> pd.DataFrame:
        """What the next passback does, by the newest snapshot: see ``audit.tonight``; raises InputError."""
        latest = self._term.latest()
        with self._lock:
            if self._predicted[0] != latest.id:
                self._predicted = latest.id, tonight(latest)
            return self._predicted[1]

    def losing(self) -> pd.DataFrame | None:
        """Sections that lose grades tonight, see ``losing_sections``; None where the snapshot lists no assignments."""
        latest = self._term.latest()
        if latest.facts.assignments is None:
            return None
        with self._lock:
            if self._losing[0] != latest.id:
                known, lines = self._predicted  # which are not kept for this alone: they are many
                self._losing = latest.id, losing_sections(lines if known == latest.id else tonight(latest), latest)
            return self._losing[1]

    def drafted(self) -> int:
        """How many rows are drafted (``figures.DRAFTED``)."""
        return int(where(self._term.rows(), Figure.DRAFTED).sum())

    def evidence(self) -> Evidence:
        """The newest snapshot, the pull before it, and what runs have confirmed by then."""
        latest = self._term.latest()
        reading = self._term.readings.reading(latest.id)
        for earlier, _ in islice(self._term.readings.pulls(), 1, None):
            before = self._term.readings.load_if_whole(earlier.snapshot_id)
            if before is not None:
                return self._evidence(latest, before.read_as(latest.facts.shape), reading)
        return self._evidence(latest, None, reading)

    def _evidence(self, snapshot: Snapshot, before: Snapshot | None, reading: Reading) -> Evidence:
        confirmed, names, memberships = self._confirmed(reading), self._names(reading), self._memberships(reading)
        return Evidence(snapshot, before, confirmed, self._decisions.frame(), names, memberships, self._settings.zone)

    def no_longer_standing(self) -> pd.DataFrame:
        """What runs had confirmed and is otherwise now, and what nobody accepted: see ``findings.not_standing``."""
        lost = self._lost(self._term.readings.reading(self._term.latest().id))
        found = self.findings()
        return lost.loc[~lost["key"].isin(found.loc[found["accepted_until"].notna(), "key"])]

    def trend(self) -> pd.DataFrame:
        """The state of the term over its snapshots, see ``score.over_time``."""
        return over_time((saved_at(identifier), facts.counts) for identifier, facts in self._term.facts())

    def _find(self, _newest: Reading, _decided: str) -> pd.DataFrame:
        return findings(self.evidence())

    def _find_lost(self, _newest: Reading) -> pd.DataFrame:
        return not_standing(self.evidence())

    def _keys(self, reading: Reading, _decided: str) -> frozenset[str]:
        """What a snapshot shows by itself, and by what is decided now; what changed before it may be new again."""
        snapshot = self._term.snapshot(reading.snapshot_id)
        return known_keys(self._evidence(snapshot, None, reading))
