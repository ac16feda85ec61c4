"""The readings of one term: which snapshot is the newest, those before it, and how a new one becomes the newest.

Order is the store's (``gpb.store.order``), never that of a clock. What a run confirmed is laid over what was read
before it. For each assignment group that a run settled after the reading began there are three cases:

* the operation began after the reading had ended: what it saw is newer, and laid over;
* both show the same: nothing to do;
* else they overlapped, and nothing here can say which came first; a teacher may have come after both. Canvas is asked
  once more for that group alone. That is one request for each row of a run that fell into a pull, which is few, and
  exact; noting a moment for each course would cost a look into the store for each, and still leave replies open that
  were under way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta

import pandas as pd
from pandera.errors import SchemaError, SchemaErrors

from gpb.api.canvas import CanvasClient
from gpb.errors import ApiError, InputError, NotFound, Refused, StoreError
from gpb.frames.facts import FIRST_CONTACT, SnapshotFacts
from gpb.frames.schemas import TABLES
from gpb.frames.snapshot import ROWS, STORED, Counts, Snapshot, counting, with_groups
from gpb.store.database import Database
from gpb.store.order import Order, Place, Reading
from gpb.store.snapshots import SnapshotStore, saved_at, unreadable
from gpb.term.retention import too_old
from gpb.term.told import shows_category, with_category
from gpb.term.written import Told, after, newer_than, one_by_one, shown_in

log = logging.getLogger(__name__)
OLDER_FACTS = {"codec", "layout"}
"""Up to release 0.3.1; ``SnapshotFacts.from_json`` reads them."""
KEPT = 2
"""Snapshots in memory, beside an older one that was asked for last."""
NOT_LISTED_YET = 2**63
"""The place of one that this process has just made."""
UNFINISHED = timedelta(days=1)
"""After which what was begun and never placed is taken for dead: no pull takes that long."""

Tables = Mapping[str, pd.DataFrame]
Ask = Callable[[Mapping[int, int]], Awaitable[dict[int, Told]]]
"""Asks Canvas for groups (group id → course id); what it stores for each that is still there."""


async def ask_canvas(canvas: CanvasClient, groups: Mapping[int, int]) -> dict[int, Told]:
    """See ``Ask``."""

    async def one(group_id: int, course_id: int) -> tuple[int, Told | None]:
        try:
            found = await canvas.assignment_group(course_id, group_id)
        except (NotFound, Refused):  # deleted since
            return group_id, None
        return group_id, {"name": found["name"], "integration_data": found["integration_data"]}

    answers = await asyncio.gather(*(one(group_id, course_id) for group_id, course_id in groups.items()))
    return {group_id: told for group_id, told in answers if told is not None}


@dataclass(frozen=True)
class _Laid:
    """What laying over came to: see ``Reading``; ``run_id`` is the last run that was laid over, None where none was.

    ``groups`` are those that are otherwise; None where something else is, too.
    """

    tables: Tables
    groups: frozenset[int] | None
    includes: int
    read_until: int
    run_id: str | None


class Readings:
    """The snapshots of one term, as ``source`` and ``term`` (GPB_TERM) name it. Whatever is damaged is left out."""

    def __init__(
        self, database: Database, files: SnapshotStore, source: str, term: str, keep_days: int, section_link: str = ""
    ) -> None:
        self._database = database
        self._files = files
        self._order = Order(database)
        self._source, self._term, self._keep_days = source, term, keep_days
        self._section_link = section_link
        self._loaded: dict[str, Snapshot] = {}
        self._places: dict[str, int] = {}
        self._whole: set[str] = set()
        self._bad: dict[str, str] = {}

    def listed(self) -> list[Reading]:
        """All that are known of the term and still there, the newest first, damaged ones too."""
        found = self._order.readings(self._source, self._term)
        there = self._files.identifiers(found[0].snapshot_id if found else None)
        strange = there - self._places.keys() - self._bad.keys()
        if strange and self._adopt(strange - self._order.known()):
            found = self._order.readings(self._source, self._term)
        self._places = {reading.snapshot_id: reading.number for reading in found}
        return [reading for reading in found if reading.snapshot_id in there]

    def newest(self) -> Reading | None:
        """The newest that can be read, None before the first pull."""
        return next(self._usable(), None)

    def latest(self) -> Snapshot:
        """The newest snapshot that can be read; raises InputError before the first pull."""
        return self._latest()[1]

    def reading(self, identifier: str) -> Reading:
        """The place of a snapshot of the term in the store's order; raises StoreError where it is not there."""
        found = next((reading for reading in self.listed() if reading.snapshot_id == identifier), None)
        if found is None:
            raise unreadable(identifier)
        return found

    def _latest(self) -> tuple[Reading, Snapshot]:
        for reading in self._usable():
            found = self.load_if_whole(reading.snapshot_id)
            if found is not None:
                return reading, found
        if self._order.readings(self._source, self._term):
            raise InputError(
                "All snapshots of this term are damaged or missing. Press Refresh, or run `pull`, to take a new one."
            )
        raise InputError("There is no data from Canvas yet. Run `pull`, or press Refresh.")

    def _usable(self) -> Iterator[Reading]:
        return (reading for reading in self.listed() if self.has(reading.snapshot_id))

    def of_other_terms(self) -> list[Reading]:
        """The newest readable snapshot of every other term of the same account, the newest first."""
        newest, there = self.newest(), self._files.identifiers()
        seen = {newest.scope} if newest is not None else set[str]()
        found = []
        for reading in self._order.readings_of_all_terms(self._source):
            if reading.scope not in seen and reading.snapshot_id in there and self.has(reading.snapshot_id):
                seen.add(reading.scope)
                found.append(reading)
        return found

    def with_facts(self) -> Iterator[tuple[Reading, SnapshotFacts]]:
        """All whose facts can be read, the newest first; each is read when it is asked for."""
        for reading in self.listed():
            try:
                yield reading, self.facts(reading.snapshot_id)
            except StoreError as error:
                self._leave_out(reading.snapshot_id, error)

    def pulls(self) -> Iterator[tuple[Reading, SnapshotFacts]]:
        """The pull that the newest snapshot comes from, and those of the same term before it, as ``with_facts``."""
        newest = self.newest()
        for reading, facts in self.with_facts():
            is_before = newest is not None and reading.scope == newest.scope and reading.number <= newest.number
            if is_before and reading.after_run is None:
                yield reading, facts

    def load(self, identifier: str) -> Snapshot:
        """A snapshot; raises StoreError when it is not there or cannot be read."""
        known = self._loaded.get(identifier)
        if known is None:
            known = self.load_once(identifier)
            self._keep_in_memory(known)
        return known

    def load_once(self, identifier: str) -> Snapshot:
        """As ``load``, without keeping it in memory."""
        self.facts(identifier)  # raises: they may have been altered since they were looked at
        facts, tables = self._files.load(identifier)
        try:
            found = Snapshot.from_files(identifier, facts, tables)
        except (KeyError, TypeError, ValueError, SchemaError, SchemaErrors) as error:
            raise unreadable(identifier) from error
        found.facts = replace(found.facts, section_link=self._section_link)
        return found

    def load_if_whole(self, identifier: str) -> Snapshot | None:
        """A snapshot, or None where it is not there or cannot be read; then it is left out from now on."""
        try:
            return self.load(identifier)
        except StoreError as error:
            self._leave_out(identifier, error)
            return None

    def facts(self, identifier: str) -> SnapshotFacts:
        """The facts of a snapshot of any term; raises StoreError when they cannot be read."""
        found = self._files.facts(identifier)
        if unknown := found.keys() - {field.name for field in fields(SnapshotFacts)} - OLDER_FACTS:
            log.info("snapshot %s has the unknown facts %s", identifier, sorted(unknown))
            raise unreadable(identifier, "created by a newer version of this program")
        try:
            return SnapshotFacts.from_json(found)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise unreadable(identifier) from error

    def has(self, identifier: str) -> bool:
        """Whether a snapshot is there and looks whole."""
        if identifier in self._bad or not self._files.has(identifier):
            return False
        if identifier not in self._whole:
            try:
                self._files.require_whole(identifier, TABLES.keys() - self.facts(identifier).lacking)
            except StoreError as error:
                self._leave_out(identifier, error)
                return False
            self._whole.add(identifier)
        return True

    def stand_in(self) -> str | None:
        """The sentence that says that an older snapshot stands in for the newest, or that all are lost; None where not.

        It looks at what ``latest`` returns now: a snapshot may become damaged at any moment.
        """
        listed = self._order.readings(self._source, self._term)
        try:
            used, _ = self._latest()
        except InputError as error:
            return str(error) if listed else None
        if used.snapshot_id == listed[0].snapshot_id:
            return None
        return (
            f"The newest snapshot, {listed[0].snapshot_id}, is damaged or missing. What you see is older, from "
            f"{saved_at(used.snapshot_id):%d %b %Y, %H:%M} UTC. Press Refresh, or run `pull`, to take a new snapshot."
        )

    def problems(self) -> list[str]:
        """One sentence for each thing in the folder of the snapshots that is left out, as the folder is now."""
        self._whole.clear()
        for reading in self.listed():
            self.has(reading.snapshot_id)
        there = self._files.identifiers()
        strangers = [
            f"{name!r} in {self._files.location.told} is not a snapshot. It was ignored."
            for name in self._files.strangers()
        ]
        return [*(told for identifier, told in self._bad.items() if identifier in there), *strangers]

    def now(self) -> int:
        """The present number of the store's order: to be noted before a pull reads anything."""
        return self._order.now()

    async def keep(self, facts: SnapshotFacts, tables: Tables, began: int, ask: Ask) -> Snapshot:
        """Store what a pull has read since ``began`` (see ``now``) as the newest snapshot; the one that came of it."""
        laid = await self._lay_over(facts.scope, tables, began, None, ask)
        made = self._write(facts, laid.tables)
        with self._database.write() as connection:
            self._files.place(made.id)
            self._order.enter(connection, made.id, _place(facts), after_run=None, includes=laid.includes)
        await self.catch_up(ask)  # what was confirmed while the files were written
        self._forget_old(facts.scope)
        return self.latest()

    async def catch_up(self, ask: Ask) -> None:
        """Lay over the newest snapshot what runs have confirmed since, and store that as the newest.

        When somebody else stores one meanwhile it begins anew from that: nothing of a newer pull is lost.
        """
        while True:
            before = self._order.now()
            reading, snapshot = self._latest()
            facts = snapshot.facts
            laid = await self._lay_over(facts.scope, snapshot.tables, reading.includes, reading.read_until, ask)
            if laid.run_id is None:
                self._order.advance(reading.snapshot_id, laid.includes, laid.read_until)
                return
            made = self._write_after(snapshot, replace(facts, after_run=laid.run_id), laid)
            if self._enter_after(before, made, laid):
                self._keep_in_memory(made)
                return
            self._files.drop(made.id)

    async def read_again(
        self, groups: Mapping[int, int], ask: Ask, facts_of: Callable[[SnapshotFacts, Tables], SnapshotFacts]
    ) -> Snapshot:
        """Ask Canvas for some groups and lay what it tells over the newest snapshot; the newest that came of it.

        ``facts_of`` makes the facts from those before and the new tables.
        """
        while True:
            await self.catch_up(ask)
            before = self._order.now()
            reading, snapshot = self._latest()
            told = await ask(groups)
            read_until = self._order.now()  # what runs write from now on is asked for again
            newer = newer_than(told, shown_in(snapshot.tables, told))
            tables = with_groups(snapshot.tables, newer) if newer else snapshot.tables
            facts = facts_of(snapshot.facts, tables)
            if not newer and facts.shape.coder == snapshot.codec:
                return snapshot
            laid = _Laid(tables, frozenset(newer), reading.includes, read_until, None)
            made = self._write_after(snapshot, replace(facts, after_run=FIRST_CONTACT), laid)
            if self._enter_after(before, made, laid):
                self._keep_in_memory(made)
                return made
            self._files.drop(made.id)

    async def _lay_over(self, scope: str, tables: Tables, includes: int, read_until: int | None, ask: Ask) -> _Laid:
        """Tables with what is newer in Canvas by the word of the runs since ``includes``, see above."""
        newest, settled = self._order.settled_since(scope, includes)
        until = newest if read_until is None else read_until
        shown = shown_in(tables, {one.group_id for one in settled}) if settled else {}
        differing = [one for one in settled if newer_than({one.group_id: one.told}, shown)]
        groups_read = tables["groups"] if differing else pd.DataFrame(columns=["group_id", "course_id"])
        courses = groups_read.set_index("group_id")["course_id"]
        unsure = {one.group_id: int(courses[one.group_id]) for one in differing if one.began <= until}
        newer = one_by_one(one for one in differing if one.group_id not in unsure)
        if unsure:
            try:
                newer |= await ask(unsure)
            except ApiError as error:  # what a run confirmed is nearer to the truth than what was read before it
                log.warning("%s groups could not be read again: %s", len(unsure), error)
                newer |= one_by_one(one for one in differing if one.group_id in unsure)
            until = self._order.now()
            newer = newer_than(newer, shown)
        run_id = next((one.run_id for one in reversed(settled) if one.group_id in newer), None)
        laid = with_groups(tables, newer) if newer else tables
        groups: frozenset[int] | None = frozenset(newer)
        for by, category in self._order.categories_since(scope, includes):
            if not shows_category(laid, category):  # what a run confirmed is nearer to the truth than what was read
                laid, run_id, groups = with_category(laid, category), by, None
        return _Laid(laid, groups, newest, until, run_id)

    def _forget_old(self, scope: str) -> None:
        listed = [reading.snapshot_id for reading in self.listed() if reading.scope == scope]
        old = too_old(listed, self._order.referred_to(scope), datetime.now(UTC), self._keep_days)
        needed = {self._files.base_of(identifier) for identifier in self._files.identifiers() - {*old}}
        for identifier in old:
            if identifier not in needed:
                self._files.remove(identifier)
        self._files.sweep(datetime.now(UTC) - UNFINISHED)

    def _write(self, facts: SnapshotFacts, tables: Tables) -> Snapshot:
        """Write a whole snapshot with its counts, not in its place yet; opened, it needs less memory than this."""
        return self._saved(Snapshot("", replace(facts, section_link=self._section_link), tables))

    def _write_after(self, before: Snapshot, facts: SnapshotFacts, laid: _Laid) -> Snapshot:
        """The same of one that differs from another in some groups: they are all that is written, if they are few."""
        base, earlier = self._files.whole_of(before.id)
        if laid.groups is None or base is None or facts.shape.coder != before.codec:
            return self._write(facts, laid.tables)
        made = after(before, replace(facts, section_link=self._section_link), laid.tables, laid.groups)
        groups = laid.groups | earlier
        return self._saved(made, base, groups) if 2 * len(groups) < len(made.tables["groups"]) else self._saved(made)

    def _saved(self, made: Snapshot, base: str | None = None, groups: Collection[int] = ()) -> Snapshot:
        counts: Counts = {}
        derived: dict[str, pd.DataFrame | Iterable[pd.DataFrame]]
        derived = {STORED: made.entries, ROWS: counting(made.parts(), counts)}
        facts = {**made.facts.to_json(), "counts": counts}  # told when all rows have passed
        made.id = self._files.write(facts, {**made.tables, **derived}, base, groups)
        made.facts = replace(made.facts, counts=counts)
        return made

    def _enter_after(self, before: int, made: Snapshot, laid: _Laid) -> bool:
        """Make it the newest of its term, unless another one has become that after the number ``before``."""
        with self._database.write() as connection:
            newest = self._order.newest_number(connection, made.facts.scope)
            if newest is not None and newest > before:
                return False
            self._files.place(made.id)
            place, after_run = _place(made.facts), made.facts.after_run
            self._order.enter(
                connection, made.id, place, after_run=after_run, includes=laid.includes, read_until=laid.read_until
            )
        return True

    def _adopt(self, strange: Iterable[str]) -> bool:
        """Give these a place, see ``Order.adopt``; whether any has got one."""
        found = []
        for identifier in strange:
            try:
                facts = self.facts(identifier)
            except StoreError as error:
                self._leave_out(identifier, error)
                continue
            began = facts.taken_at - timedelta(seconds=facts.seconds)
            found.append((identifier, _place(facts), facts.after_run, began.astimezone(UTC).isoformat()))
        if found:
            self._order.adopt(found)
        return bool(found)

    def _leave_out(self, identifier: str, error: StoreError) -> None:
        if identifier not in self._bad:
            log.warning("%s", error)
            self._bad[identifier] = str(error)

    def _keep_in_memory(self, snapshot: Snapshot) -> None:
        """Keep the newest two in memory: a big district takes hundreds of megabytes."""
        kept = {**self._loaded, snapshot.id: snapshot}
        newest = sorted(kept, key=lambda name: self._places.get(name, NOT_LISTED_YET))[-KEPT:]
        self._loaded = {name: kept[name] for name in newest} | {snapshot.id: snapshot}


def _place(facts: SnapshotFacts) -> Place:
    return Place(facts.scope, facts.source, facts.term_setting, facts.term_id, facts.sis_term_id)
