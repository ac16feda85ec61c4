"""The audit of one term: its findings, what was accepted of them, and the term's state over time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from itertools import islice

import pandas as pd

from gpb.audit.changes import no_longer_standing
from gpb.audit.evidence import Evidence
from gpb.audit.figures import Figure, where
from gpb.audit.findings import findings, known_keys, with_overlay
from gpb.audit.links import dashboard_links
from gpb.audit.score import over_time
from gpb.audit.tonight.lines import tonight
from gpb.audit.tonight.sections import losing_sections
from gpb.frames.overlay import with_drafts
from gpb.frames.snapshot import Snapshot
from gpb.settings import Settings
from gpb.store.acceptances import AcceptanceStore, AuditMarks
from gpb.store.choices.decisions import DecisionStore
from gpb.store.database import Database
from gpb.store.order import Reading
from gpb.store.snapshots import saved_at
from gpb.term.term import Term

ConfirmedBy = Callable[[Reading], pd.DataFrame]
"""What runs said last about a reading, by what it can know of them: ``run_records.CONFIRMED``, or ``NAMED``."""


class Audit:
    """Findings are computed once for each snapshot, and again when what they are compared with changes."""

    def __init__(
        self, settings: Settings, database: Database, term: Term, confirmed: ConfirmedBy, names: ConfirmedBy
    ) -> None:
        self._settings = settings
        self._database = database
        self._term = term
        self._confirmed, self._names = lru_cache(maxsize=2)(confirmed), lru_cache(maxsize=2)(names)
        self._decisions = DecisionStore(database, settings.source)
        self._found = lru_cache(maxsize=2)(self._find)
        self._known = lru_cache(maxsize=2)(self._keys)
        self._lost = lru_cache(maxsize=1)(self._find_lost)
        self._overlaid: tuple[object, pd.DataFrame] = (None, pd.DataFrame())
        self._predicted: tuple[str | None, pd.DataFrame] = (None, pd.DataFrame())
        self._losing: tuple[str | None, pd.DataFrame] = (None, pd.DataFrame())
        self._drafted: tuple[tuple[str, str] | None, int] = (None, 0)

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
        if self._overlaid[0] != made_of:
            whole = self._term.readings.load_if_whole(audited) if audited is not None else None
            known = self._known(self._term.readings.reading(whole.id), decided) if whole is not None else None
            found = with_overlay(self._found(reading, decided), accepted, known, today.isoformat())
            links = dashboard_links(found, self._settings.dashboard_url, snapshot.facts.term_id)
            self._overlaid = made_of, found.assign(dashboard_link=links)
        return self._overlaid[1]

    def tonight(self) -> pd.DataFrame:
        """What the next passback does, by the newest snapshot: see ``audit.tonight``; raises InputError."""
        latest = self._term.latest()
        if self._predicted[0] != latest.id:
            self._predicted = latest.id, tonight(latest)
        return self._predicted[1]

    def losing(self) -> pd.DataFrame | None:
        """Sections that lose grades tonight, see ``losing_sections``; None where the snapshot lists no assignments."""
        latest = self._term.latest()
        if latest.facts.assignments is None:
            return None
        if self._losing[0] != latest.id:
            self._losing = latest.id, losing_sections(self.tonight(), latest)
        return self._losing[1]

    def drafted(self) -> int:
        """How many rows are drafted (``figures.DRAFTED``), without laying all drafts over all rows."""
        snapshot, store = self._term.latest(), self._term.drafts()
        made_of = snapshot.id, store.version()
        if self._drafted[0] != made_of:
            rows, drafts = snapshot.associations(), store.frame()
            some = rows.loc[rows["group_id"].isin(drafts["group_id"])]
            self._drafted = made_of, int(where(with_drafts(some, drafts), Figure.DRAFTED).sum())
        return self._drafted[1]

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
        return Evidence(snapshot, before, self._confirmed(reading), self._decisions.frame(), self._names(reading))

    def no_longer_standing(self) -> pd.DataFrame:
        """Rows that have not what a run confirmed, and that nobody accepted: see ``changes.no_longer_standing``.

        Beside the columns of the association frame: ``after_id, was`` (str, category then), ``run, person, started``.
        """
        lost = self._lost(self._term.readings.reading(self._term.latest().id))
        accepted = self.findings().loc[lambda found: found["accepted_until"].notna()]
        of_rows = accepted.dropna(subset=["run", "group_id", "section_id"])
        taken = pd.MultiIndex.from_frame(of_rows[["group_id", "section_id"]].astype("int64"))
        return lost.loc[~pd.MultiIndex.from_frame(lost[["group_id", "section_id"]]).isin(taken)]

    def trend(self) -> pd.DataFrame:
        """The state of the term over its snapshots, see ``score.over_time``."""
        return over_time((saved_at(identifier), facts.counts) for identifier, facts in self._term.facts())

    def _find(self, _newest: Reading, _decided: str) -> pd.DataFrame:
        return findings(self.evidence())

    def _find_lost(self, _newest: Reading) -> pd.DataFrame:
        return no_longer_standing(self.evidence())

    def _keys(self, reading: Reading, _decided: str) -> frozenset[str]:
        """What a snapshot shows by itself, and by what is decided now; what changed before it may be new again."""
        snapshot = self._term.snapshot(reading.snapshot_id)
        return known_keys(self._evidence(snapshot, None, reading))
