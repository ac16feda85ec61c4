"""One term of one Canvas account: what was read of it, the drafts over that, and reading it anew."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from gpb.api.connect import Connections, connect
from gpb.errors import InputError, SettingsError, ToldOtherwise
from gpb.frames.facts import SnapshotFacts
from gpb.frames.overlay import with_drafts, with_newer_drafts
from gpb.frames.schemas import STATUSES, Status
from gpb.frames.shape import Shape
from gpb.frames.snapshot import Snapshot
from gpb.frames.unread import Unread
from gpb.keys import Key
from gpb.settings import Settings
from gpb.store.choices.term import TermChoice, TermChoices
from gpb.store.database import Database
from gpb.store.drafts import DraftStore
from gpb.store.sets.unchanged import Unchanged
from gpb.store.shape.contacts import Contact, Contacts
from gpb.store.shape.evidence import ShapeEvidence
from gpb.store.snapshots import SnapshotStore
from gpb.term.changed.origins import with_origins
from gpb.term.current import MOST_COURSES, USED_BEFORE, ended, is_over, named_term, several_terms, stay
from gpb.term.kept import with_kept
from gpb.term.pull import no_progress, pull, sizes
from gpb.term.readings import Ask, Readings, ask_canvas
from gpb.term.refresh import Changed
from gpb.term.shapes import confirmation, judged_shape, learn, present_shape, shape_of
from gpb.term.underway.beside import seen_beside
from gpb.term.underway.collected import Collected, too_much
from gpb.term.underway.courses import Progress
from gpb.term.underway.memory import give_back
from gpb.term.underway.parts import Parts
from gpb.term.written import Told

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Laid:
    """The rows of a snapshot under these drafts, which are at least of this version of the store."""

    version: str
    drafts: pd.DataFrame
    rows: pd.DataFrame


class Term:
    """The term that the settings choose; what talks to Canvas or Focus is asynchronous, the rest answers at once."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self.snapshots = SnapshotStore.at(settings.snapshots_url, settings.data_dir, settings.source)
        self.readings = Readings(
            database, self.snapshots, settings.source, settings.term, settings.keep_days,
            section_link=settings.focus_section_link,
        )  # fmt: skip
        self.changed = Changed(settings, database, self.readings)
        self.shapes = ShapeEvidence(database, settings.canvas)
        self.choices = TermChoices(database, settings.source)
        self.contacts = Contacts(database, settings.canvas)
        self._laid: WeakKeyDictionary[Snapshot, _Laid] = WeakKeyDictionary()
        self._laying = threading.Lock()
        self._shape: Unchanged[Shape] = Unchanged(self.stored)

    def stored(self) -> int:
        """Another number after every Refresh and every change of a draft, and whatever else is stored; soon told."""
        return self.readings.now()

    def latest_id(self) -> str | None:
        """Id of the newest snapshot, None before the first pull."""
        newest = self.readings.newest()
        return newest.snapshot_id if newest else None

    def latest(self) -> Snapshot:
        """The newest snapshot that can be read; raises InputError before the first pull."""
        return self.readings.latest()

    def snapshot(self, identifier: str) -> Snapshot:
        """A snapshot that somebody has before her; raises StoreError when it cannot be read any more."""
        return self.readings.load(identifier)

    def facts(self) -> Iterator[tuple[str, SnapshotFacts]]:
        """Ids and facts of the snapshots that can be read, the newest first."""
        return ((reading.snapshot_id, facts) for reading, facts in self.readings.with_facts())

    def facts_of(self, identifier: str) -> SnapshotFacts:
        """The facts of one snapshot, of whatever term; raises StoreError when they cannot be read."""
        return self.readings.facts(identifier)

    def is_whole(self, identifier: str) -> bool:
        """Whether a snapshot is there and can be read."""
        return self.readings.has(identifier)

    def is_named(self, term: str) -> bool:
        """Whether GPB_TERM with this value asks for the very term that was read last here."""
        newest = next(self.facts(), None)
        return newest is not None and newest[1].answers(self._settings.source, term)

    def stand_in(self) -> str | None:
        """The sentence that says that the newest snapshot cannot be used, see ``Readings.stand_in``."""
        return self.readings.stand_in()

    def problems(self) -> list[str]:
        """One sentence for each thing among the snapshots that is left out."""
        return self.readings.problems()

    def drafts(self, of: Snapshot | None = None) -> DraftStore:
        """The drafts of a snapshot's term, else of the newest's."""
        return DraftStore(self._database, (of or self.latest()).facts.scope)

    def rows(self, shown: Snapshot | None = None) -> pd.DataFrame:
        """The association frame of a snapshot, else of the newest, with the drafts over it (see ``with_drafts``).

        Whoever needs both, the snapshot and its rows, names it: a newer one may come between two questions.
        """
        snapshot = shown or self.latest()
        store = self.drafts(snapshot)
        with self._laying:  # after an edit every open tab asks at once: one makes it, the others take it
            version, drafts = store.version(), store.frame()  # in this order: the frame may be newer than its version
            known = self._laid.get(snapshot)
            if known is None:
                known = _Laid(version, drafts, with_drafts(snapshot.associations(), drafts))
            elif known.version != version:
                known = _Laid(version, drafts, with_newer_drafts(known.rows, known.drafts, drafts))
            self._laid[snapshot] = known
            return known.rows.copy(deep=False)

    def earlier(self, identifier: str) -> pd.DataFrame | None:
        """The association frame of a snapshot of this term that a file names; None where there is none (any more)."""
        scope = self.latest().facts.scope
        if identifier not in self.snapshots.identifiers():  # a file may name anything
            return None
        found = self.readings.load_if_whole(identifier)
        return found.associations() if found is not None and found.facts.scope == scope else None

    def require(self, shown: Snapshot) -> None:
        """Raise InputError unless what somebody has before her is of this term."""
        if shown.facts.scope != self.latest().facts.scope:
            raise InputError(
                "Another term was opened in the meantime, so nothing was changed. Check the term, then try again."
            )

    def shape(self) -> Shape:
        """How this Canvas keeps associations, by everything that was ever read of it and what people have confirmed."""
        return self._shape.of(
            "present", lambda: present_shape(self.shapes, self.contacts, self._settings.codec, self._scope())
        )

    def stored_shape(self) -> Shape:
        """The same by what is stored alone, whatever people have said."""
        return judged_shape(self.shapes, self._settings.codec, self._scope())

    def _scope(self) -> str | None:
        newest = next(self.facts(), None)
        return newest[1].scope if newest else None

    def confirmation(self) -> Contact | None:
        """The word of a person by which associations may be written in the present shape; None without one."""
        return confirmation(self.contacts, self.shape())

    def on_trial(self, rows: Iterable[Key]) -> Shape | None:
        """The shape in which just these rows may be written all the same: they are those of a first contact."""
        contact = self.contacts.open(self.latest().facts.scope)
        return shape_of(contact) if contact is not None and contact.rows >= set(rows) else None

    async def read_again(self, groups: Mapping[int, int]) -> Snapshot:
        """Ask Canvas for some groups (group id → course id), and lay what it tells over the newest snapshot.

        What is new there is evidence of the shape, as in a pull. It is read as the first contact that is under way has
        found, where one has.
        """

        def facts_of(facts: SnapshotFacts, tables: Mapping[str, pd.DataFrame]) -> SnapshotFacts:
            learned, trial = self._with_shape(facts, tables), shape_of(self.contacts.open(facts.scope))
            return learned if trial is None else replace(facts, shape=trial)

        async def ask(wanted: Mapping[int, int]) -> dict[int, Told]:
            return await ask_canvas(connections.canvas, wanted)

        async with connect(self._settings) as connections:
            return await self.readings.read_again(groups, ask, facts_of)

    def _with_shape(self, facts: SnapshotFacts, tables: Mapping[str, pd.DataFrame]) -> SnapshotFacts:
        return replace(facts, shape=learn(self.shapes, self.contacts, facts.scope, tables, self._settings.codec))

    def shrunk(self) -> float:
        """By which share the newest pull has fewer rows or choices than the pull before it; 0.0 where it has not."""
        pulls = [facts for _, facts in islice(self.readings.pulls(), 2)]
        if len(pulls) < 2:
            return 0.0
        newest, before = pulls
        pairs = ((newest.rows, before.rows), (newest.choices, before.choices))
        return max(0.0, *(1 - now / then for now, then in pairs if then))

    def pulled(self) -> int:
        """The place of the pull that the newest snapshot comes from, in the store's order; 0 where it is gone.

        An adopted one has none of its own; what it includes stands for that. What a later run lays over it is no pull.
        """
        found = (reading.number if reading.number > 0 else reading.includes for reading, _ in self.readings.pulls())
        return next(found, 0)

    def several(self) -> str | None:
        """The sentence that says that several terms are current, and which is used and why; None where it is plain."""
        chosen = None if self._settings.term else self.choices.chosen()
        return several_terms(self.choices.current(), chosen.term, chosen.reason) if chosen is not None else None

    def over(self) -> str | None:
        """When the term that is used ended (ISO 8601); None while it goes on, or where GPB_TERM names it."""
        newest = None if self._settings.term or self.latest_id() is None else self.latest()
        if newest is None:
            return None
        terms = newest.tables["terms"].set_index("term_id")["end_at"]
        end = terms.get(newest.facts.term_id)
        return None if pd.isna(end) or end > datetime.now(UTC) else end.isoformat()

    def use(self, term_id: int, name: str, person: str) -> None:
        """Use this term from now on where no setting names one; the next pull reads it."""
        self.choices.choose(TermChoice(term_id, name, f"{person} chose it"))

    async def use_named(self, wanted: str, person: str) -> None:
        """The same, by number or ``sis_term_id:X``; raises SettingsError where there is none, or it is over."""
        async with connect(self._settings) as connections:
            term = named_term(await connections.canvas.terms("self"), wanted)
        if is_over(term, datetime.now(UTC)):
            raise SettingsError(
                f"The term {term['name']} {ended(term, self._settings.zone)}, so it was not chosen. {stay(term)}"
            )
        self.use(term["id"], term["name"], person)

    def _used_before(self) -> TermChoice | None:
        """The choice that was made before this reading, at least by what was read last; None at the first."""
        chosen, newest = self.choices.chosen(), next((facts for _, facts in self.facts()), None)
        if chosen is None and newest is not None:
            chosen = TermChoice(newest.term_id, newest.term, USED_BEFORE)
        elif chosen is None or chosen.reason != MOST_COURSES:
            return chosen
        kept = replace(chosen, reason=USED_BEFORE)
        self.choices.choose(kept)
        return kept

    async def pull(self, progress: Progress = no_progress, *, is_whole: bool = False) -> dict[str, Any]:
        """Take a new snapshot; the summary: counts of what was read and what could not be, requests and seconds.

        Between full readings only those courses are read that have changed, see ``changed``; with ``is_whole`` all are.
        What could not be read keeps its rows of the last snapshot, see ``kept``. A pull that was cut short goes on, see
        ``parts``.
        """
        async with seen_beside(self._settings, progress) as tell:
            return await self._pull(tell, is_whole=is_whole)

    async def _pull(self, progress: Progress, *, is_whole: bool) -> dict[str, Any]:
        is_first = not self._settings.term and self._used_before() is None
        with Parts(self._settings, self.readings.now()) as parts:
            async with connect(self._settings) as connections:
                ask = partial(ask_canvas, connections.canvas)
                before, facts, tables = await self._read(connections, parts, progress, is_whole=is_whole)
                if facts.unread:
                    tables = await self._with_kept(facts.scope, tables, ask)
                    rows, choices = sizes(tables)
                    flagged = len(tables["assignments"]) if "assignments" in tables else None
                    facts = replace(facts, rows=rows, choices=choices, assignments=flagged)
                give_back(of=tables)
                facts = self._with_shape(facts, tables)
                tables = await with_origins(connections.canvas, facts.shape.coder, tables, progress)
                facts = replace(facts, requests=connections.requests)
                noted = self.changed.after(before, tables)
                give_back(of=tables)
                snapshot = await self.readings.keep(facts, noted, parts.began, ask)
            parts.discard()
        if is_first:
            reason = MOST_COURSES if len(self.choices.current()) > 1 else USED_BEFORE
            self.choices.choose(TermChoice(facts.term_id, facts.term, reason))
        by_school = snapshot.facts.counts.values()
        return {
            "snapshot": snapshot.id,
            "term": facts.term,
            **{name: len(tables[name]) for name in ("courses", "sections", "groups")},
            "rows": sum(counts[status][0] for counts in by_school for status in STATUSES if status in counts),
            "unassociated": sum(counts.get(Status.UNASSOCIATED, (0, None))[0] for counts in by_school),
            "requests": facts.requests,
            "seconds": facts.seconds,
            "unread": facts.unread,
            "courses_read": len(tables["courses"]) if facts.anew is None else facts.anew,
        }

    async def _read(
        self, connections: Connections, parts: Parts, progress: Progress, *, is_whole: bool
    ) -> tuple[pd.DataFrame | None, SnapshotFacts, dict[str, pd.DataFrame]]:
        """What ``changed.after`` compares with, and facts and tables as ``pull`` reads them."""
        ask = partial(ask_canvas, connections.canvas)
        while True:
            place, base = self.pulled(), await self.changed.base(ask, is_whole=is_whole)
            before, told = self.changed.before(base), self.changed.sections(is_whole=is_whole)
            try:
                facts, tables = await pull(self._settings, connections, self.choices, parts, progress, base, told)
            except ToldOtherwise as error:
                log.warning("all is listed: %s", error)
                self.changed.missed.note(str(error))
                parts.discard()
                continue
            if facts.anew is None or self.pulled() == place:
                return before, facts, tables
            # what was kept may be older than what another pull has read meanwhile

    async def _with_kept(self, scope: str, tables: dict[str, pd.DataFrame], ask: Ask) -> dict[str, pd.DataFrame]:
        """The tables with what is kept of the last snapshot of the same term, with all that runs wrote since."""
        newest = self.readings.newest()
        if newest is None or newest.scope != scope:
            return tables
        await self.readings.catch_up(ask)
        kept = with_kept(tables, self.latest().tables)
        missing = len(kept["unread"])
        limit = Collected(len(tables["courses"])).limit
        if missing > len(tables["unread"]) and missing >= limit:
            lines = kept["unread"].astype(object).where(kept["unread"].notna(), None)
            raise too_much([Unread(*line) for line in lines.itertuples(index=False, name=None)], limit)
        return kept

    async def catch_up(self) -> None:
        """Lay what runs have written since over the newest snapshot, as Canvas tells it now."""
        await self.readings.catch_up(self._ask)

    async def _ask(self, groups: Mapping[int, int]) -> dict[int, Told]:
        async with connect(self._settings) as connections:
            return await ask_canvas(connections.canvas, groups)
