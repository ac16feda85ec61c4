"""What a Refresh begins with: whether all courses are read, and what is compared with them afterwards."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

import pandas as pd

from gpb.errors import GpbError
from gpb.frames.facts import SnapshotFacts
from gpb.frames.snapshot import Snapshot
from gpb.settings import Settings
from gpb.store.choices.refresh import MissedChanges
from gpb.store.database import Database
from gpb.store.drafts import DraftStore
from gpb.store.order import Order
from gpb.store.run_records import ChangeKind
from gpb.term.changed.base import Base, with_unread
from gpb.term.changed.due import why_never, why_whole
from gpb.term.changed.reads import missed_sentence, seen_before, with_doubts
from gpb.term.changed.sections import ToldSections
from gpb.term.readings import Ask, Readings

log = logging.getLogger(__name__)


class Changed:
    """Of one term: ``missed`` is whether Canvas has ever failed to tell of a change."""

    def __init__(self, settings: Settings, database: Database, readings: Readings) -> None:
        self._settings = settings
        self._database = database
        self._readings = readings
        self.missed = MissedChanges(database, settings.source)

    def why_whole(self) -> str | None:
        """The rest of “a Refresh now reads all courses, because …”; None where it reads those that have changed."""
        return why_whole(self._settings, self._newest(), self.missed.told(), datetime.now(UTC))

    def _newest(self) -> SnapshotFacts | None:
        return next((facts for _, facts in self._readings.with_facts()), None)

    async def base(self, ask: Ask, *, is_whole: bool) -> Base | None:
        """What to begin with; None where all courses shall be read."""
        if is_whole or (why := self.why_whole()) is not None:
            log.info("all courses are read, because %s", "somebody asked for it" if is_whole else why)
            return None
        await self._readings.catch_up(ask)
        snapshot = self._readings.latest()
        if snapshot.facts.whole_at is None:
            return None
        scope = snapshot.facts.scope
        return Base(scope, snapshot.tables, self._always(snapshot), self._settings.section_key, snapshot.facts.whole_at)

    def sections(self, *, is_whole: bool) -> ToldSections | None:
        """What need not be listed where all courses are read; None where somebody asked for everything."""
        if is_whole or why_never(self._settings, self.missed.told()) is not None:
            return None
        newest, today = self._loaded(), datetime.now(UTC).astimezone(self._settings.zone).date()
        if newest is None:
            return ToldSections(None, (), today)
        return ToldSections(newest.tables, with_unread(newest.tables), today)

    def _always(self, snapshot: Snapshot) -> frozenset[int]:
        """Courses with drafts, or with something that runs wrote since all courses were read."""
        scope, order = snapshot.facts.scope, Order(self._database)
        groups = set(DraftStore(self._database, scope).frame()["group_id"])
        whole = next((reading.includes for reading, facts in self._readings.pulls() if facts.anew is None), 0)
        for kind in (ChangeKind.ASSOCIATION, ChangeKind.GROUP_NAME):
            words = order.words(scope, kind)
            groups |= set(words.loc[words["at"].gt(whole), "group_id"])
        known = snapshot.tables["groups"]
        return frozenset(known.loc[known["group_id"].isin(groups), "course_id"])

    def before(self, base: Base | None) -> pd.DataFrame | None:
        """What ``after`` compares with, to be taken before anything is read; None where there is nothing to prove."""
        if not self._settings.full_refresh_hours or self.missed.told() is not None:
            return None
        if base is not None:
            return seen_before(base.tables)
        snapshot = self._loaded()
        return None if snapshot is None or snapshot.facts.whole_at is None else seen_before(snapshot.tables)

    def _loaded(self) -> Snapshot | None:
        """The last reading; None where there is none, and a damaged one proves nothing."""
        newest = self._readings.newest()
        try:
            return None if newest is None else self._readings.load_once(newest.snapshot_id)
        except GpbError:
            return None

    def after(self, before: pd.DataFrame | None, tables: Mapping[str, pd.DataFrame]) -> Mapping[str, pd.DataFrame]:
        """The tables of a reading with its doubts; a change that was missed is noted, see ``reads``."""
        if before is None or "course_reads" not in tables:
            return tables
        reads, missed = with_doubts(before, tables, datetime.now(UTC))
        if missed:
            self.missed.note(missed_sentence(missed))
        return {**tables, "course_reads": reads}
