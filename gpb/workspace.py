"""The engine's verbs, as the pages and the command line call them.

A workspace joins the settings with the store: it finds the newest snapshot of the chosen term, lays the drafts over it,
plans, and carries plans out. Everything that talks to Canvas or Focus is asynchronous; the rest answers at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from itertools import islice
from typing import Any

import pandas as pd

from gpb.api.connect import connect
from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings, with_overlay
from gpb.audit.links import dashboard_links
from gpb.audit.score import over_time
from gpb.errors import GpbError, InputError
from gpb.frames.overlay import with_drafts
from gpb.frames.shape import Shape
from gpb.frames.snapshot import Snapshot, SnapshotFacts
from gpb.private import tighten
from gpb.settings import Settings
from gpb.store.database import Database
from gpb.store.drafts import DraftStore, Key
from gpb.store.exceptions import AuditMarks, ExceptionStore
from gpb.store.order import Order, Reading
from gpb.store.run_records import RunRecord
from gpb.store.runs import Journal
from gpb.store.shape_evidence import ShapeEvidence
from gpb.store.snapshots import SnapshotStore, saved_at
from gpb.sync import run as running
from gpb.sync.door import Door, Review
from gpb.sync.drafting import Edited, edit
from gpb.sync.evidence import lasting_icons, learn, present_shape, shape_objection
from gpb.sync.gates import Objection
from gpb.sync.plan import Plan, plan_from_drafts, plan_of
from gpb.sync.pull import Progress, no_progress, pull
from gpb.sync.row_history import Written, row_history, seen_in
from gpb.sync.undo import Undo, undo_run
from gpb.term.readings import Readings, ask_canvas


class Workspace:
    """One term of one Canvas account, as the settings choose it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        tighten(settings.data_dir)
        self.database = Database(settings.effective_store_url, settings.store_setting)
        self.snapshots = SnapshotStore(settings.data_dir / "snapshots")
        self.journal = Journal(self.database)
        self.order = Order(self.database)
        self.readings = Readings(self.database, self.snapshots, settings.source, settings.term)
        self.shapes = ShapeEvidence(self.database, settings.canvas)
        self._found = lru_cache(maxsize=2)(self._find)
        self._known = lru_cache(maxsize=2)(self._keys)
        self._overlaid: tuple[object, pd.DataFrame] = (None, pd.DataFrame())

    def latest_id(self) -> str | None:
        """Id of the newest snapshot of the chosen term, None before the first pull."""
        newest = self.readings.newest()
        return newest.snapshot_id if newest else None

    def snapshot_facts(self) -> Iterator[tuple[str, SnapshotFacts]]:
        """Ids and facts of the snapshots of the chosen term that can be read, the newest first."""
        return ((reading.snapshot_id, facts) for reading, facts in self.readings.with_facts())

    def latest(self) -> Snapshot:
        """The newest snapshot that can be read; raises InputError before the first pull."""
        return self.readings.latest()

    def stand_in(self) -> str | None:
        """The sentence that says that the newest snapshot cannot be used, see ``Readings.stand_in``."""
        return self.readings.stand_in()

    def problems(self) -> list[str]:
        """One sentence for each thing among the snapshots that is left out."""
        return self.readings.problems()

    def drafts(self) -> DraftStore:
        """The drafts of the chosen term."""
        return DraftStore(self.database, self.latest().facts.scope)

    def earlier(self, identifier: str) -> pd.DataFrame | None:
        """The association frame of a snapshot of this term that a file names; None where there is none (any more)."""
        scope = self.latest().facts.scope
        if identifier not in self.snapshots.identifiers():  # a file may name anything
            return None
        found = self.readings.load_if_whole(identifier)
        return found.associations() if found is not None and found.facts.scope == scope else None

    def rows(self, shown: Snapshot | None = None) -> pd.DataFrame:
        """The association frame of a snapshot, else of the newest, with the drafts over it (see ``with_drafts``).

        Whoever needs both, the snapshot and its rows, names it: a newer one may come between two questions.
        """
        snapshot = shown or self.latest()
        return with_drafts(snapshot.associations(), DraftStore(self.database, snapshot.facts.scope).frame())

    def snapshot(self, identifier: str) -> Snapshot:
        """A snapshot that somebody has before her; raises StoreError when it cannot be read any more."""
        return self.readings.load(identifier)

    def require(self, shown: Snapshot) -> None:
        """Raise InputError unless what somebody has before her is of the term that this workspace is open on."""
        if shown.facts.scope != self.latest().facts.scope:
            raise InputError(
                "Another term was opened in the meantime, so nothing was changed. Check the term, then try again."
            )

    def edit(
        self,
        choices: Mapping[Key, str | None],
        *,
        seen: Mapping[Key, str | None],
        person: str,
        label: str,
        session: str = "",
    ) -> Edited:
        """Turn choices into drafts; ``seen`` is what was on the screen when they were made, see ``drafting.edit``."""
        snapshot = self.latest()
        drafts = DraftStore(self.database, snapshot.facts.scope)
        return edit(snapshot, drafts, choices, seen=seen, person=person, label=label, session=session)

    async def pull(self, progress: Progress = no_progress) -> dict[str, Any]:
        """Take a new snapshot; the summary: counts of what was read, requests and seconds."""
        began = self.readings.now()
        async with connect(self.settings) as connections:
            facts, tables = await pull(self.settings, connections, progress)
            facts = replace(facts, shape=learn(self.shapes, facts.scope, tables, self.settings.codec))
            snapshot = await self.readings.keep(facts, tables, began, partial(ask_canvas, connections.canvas))
        return {
            "snapshot": snapshot.id,
            "term": facts.term,
            **{name: len(tables[name]) for name in ("courses", "sections", "groups")},
            "rows": len(snapshot.associations()),
            "unassociated": int(snapshot.associations()["status"].eq("Unassociated").sum()),
            "requests": facts.requests,
            "seconds": facts.seconds,
        }

    def shape(self) -> Shape:
        """How this Canvas keeps associations, by everything that was ever read of it."""
        return present_shape(self.shapes, self.settings.codec)

    def shape_objection(self) -> Objection | None:
        """Why nothing can be synced at all, see ``evidence.shape_objection``."""
        return shape_objection(self.shape(), self.latest())

    def lasting_icons(self, plan: Plan) -> int:
        """The groups whose icon in Canvas the plan cannot take away, see ``evidence.lasting_icons``."""
        return lasting_icons(plan, self.latest())

    def plan(self) -> Plan:
        """What the drafts ask for; writes nothing."""
        snapshot = self.latest()
        titles = snapshot.validity.titles
        return plan_from_drafts(
            self.rows(snapshot), titles, scope=snapshot.facts.scope, snapshot=snapshot.id, shrunk=self.shrunk()
        )

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

    def exceptions(self) -> ExceptionStore:
        """The accepted findings of the chosen term."""
        return ExceptionStore(self.database, self.latest().facts.scope)

    def audits(self) -> AuditMarks:
        """Which snapshots of the chosen term were audited."""
        return AuditMarks(self.database, self.latest().facts.scope)

    def findings(self) -> pd.DataFrame:
        """The findings of the newest snapshot: ``findings.COLUMNS``, ``OVERLAY``, and ``dashboard_link`` (str)."""
        snapshot, accepted = self.latest(), self.exceptions().frame()
        audited = self.audits().before(snapshot.id)
        made_of = (snapshot.id, audited, date.today(), tuple(accepted.itertuples(index=False, name=None)))
        if self._overlaid[0] != made_of:
            known = self._known(audited) if audited is not None and self.readings.load_if_whole(audited) else None
            found = with_overlay(self._found(snapshot.id), accepted, known, date.today().isoformat())
            links = dashboard_links(found, self.settings.dashboard_url, snapshot.facts.term_id)
            self._overlaid = made_of, found.assign(dashboard_link=links)
        return self._overlaid[1]

    def evidence(self) -> Evidence:
        """The newest snapshot, the pull before it, and what was written since that."""
        latest = self.latest()
        for reading, _ in islice(self.readings.pulls(), 1, None):
            before = self.readings.load_if_whole(reading.snapshot_id)
            if before is not None:
                before = before.read_as(latest.facts.shape)
                return Evidence(latest, before, self._written(reading))
        return Evidence(latest)

    def trend(self) -> pd.DataFrame:
        """The state of the term over its snapshots, see ``score.over_time``."""
        return over_time((saved_at(one.snapshot_id), facts.counts) for one, facts in self.readings.with_facts())

    def _find(self, _newest: str) -> pd.DataFrame:
        return findings(self.evidence())

    def _keys(self, identifier: str) -> frozenset[str]:
        """What a snapshot shows by itself; what changed before it was new then, and may be new again."""
        return frozenset(findings(Evidence(self.readings.load(identifier)))["key"])

    def _written(self, before: Reading) -> dict[Key, tuple[str | None, ...]]:
        """What runs have confirmed that a pull does not include: by row, the values that Canvas may store for it."""
        written: dict[Key, tuple[str | None, ...]] = {}
        for run_id, keys in self.order.confirmed_since(before.scope, before.includes).items():
            for change in self._planned(run_id).changes:
                if change.key in keys:
                    written[change.key] = (*written.get(change.key, ()), *change.stored_as)
        return written

    @property
    def _door(self) -> Door:
        return Door(self.settings, self.journal, self)

    def objections(self, plan: Plan) -> list[Objection]:
        """What speaks against a plan by itself; what Focus says to it, ``review`` tells."""
        return self._door.standing(plan)

    async def review(self, plan: Plan) -> Review:
        """A plan, made anew from what was read last, with everything that speaks against it, see ``Door.review``."""
        return await self._door.review(plan)

    async def begin(
        self, reviewed: Review | Plan, accepted: Collection[str], person: str, *, queued: bool = False
    ) -> str:
        """Store a run that passes every gate or was accepted by name, see ``Door.begin``; its id.

        It is carried out here with ``perform`` or (queued) by a worker.
        """
        return await self._door.begin(reviewed, accepted, person, queued=queued)

    def live_run(self) -> RunRecord | None:
        """The run of the term that is queued or being carried out at this moment, in whatever process."""
        holder = self.journal.holder(self.latest().facts.scope)
        return self.journal.run(holder.run_id) if holder else None

    def unfinished(self) -> list[RunRecord]:
        """Runs of the term that left rows open and that nobody works on or will work on, the newest first."""
        return [
            run for run in self.journal.unfinished(self.latest().facts.scope) if not self.journal.is_live(run.run_id)
        ]

    async def review_resume(self, run_id: str) -> Review:
        """What is open of a run, with everything that speaks against writing it now, see ``Door.review_resume``."""
        return await self._door.review_resume(run_id)

    async def resume(
        self, reviewed: Review | str, accepted: Collection[str], person: str, *, queued: bool = False
    ) -> str:
        """Take over a run that a crash or an error left, to be carried out with ``perform`` or a worker; its id."""
        return await self._door.resume(reviewed, accepted, person, queued=queued)

    def claim(self, run_id: str) -> bool:
        """Take a queued run to ``perform`` it here, see ``Door.claim``."""
        return self._door.claim(run_id)

    def close(self, run_id: str, person: str) -> None:
        """End a run for good: its open rows are never written."""
        self.journal.close(run_id, person)

    async def perform(
        self, run_id: str, progress: Progress = no_progress, why_stop: Callable[[], str | None] = lambda: None
    ) -> dict[str, Any]:
        """Carry out what is open of a run, bring snapshot and drafts up to date; the summary of the run.

        Raises LeaseLost, and leaves the run to whoever has it, when somebody took it over meanwhile.
        """
        reason: str | None = "The program ended in the middle of the run. Press Resume to continue."
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def give_up() -> None:  # also what only waits to be sent must not leave any more
            if task is not None:
                loop.call_soon_threadsafe(task.cancel)

        try:
            with self.journal.beating(run_id, give_up):
                reason = await self._carry_out(run_id, progress, why_stop)
                await self._bring_up_to_date(run_id)
        except GpbError as error:
            reason = str(error)
            raise
        finally:
            self.journal.end(run_id, reason)
        return self.summary(run_id)

    async def _carry_out(self, run_id: str, progress: Progress, why_stop: Callable[[], str | None]) -> str | None:
        plan, snapshot, shape = (
            self._planned(run_id),
            self.readings.load(self.journal.run(run_id).snapshot_id),
            self.shape(),
        )
        against = shape_objection(shape, snapshot)  # a worker comes later than the click
        if against is not None:
            return against.sentence
        async with connect(self.settings) as connections:
            run = running.Run(run_id, plan, snapshot, shape.coder, self.journal, progress, why_stop)
            return await run.perform(connections)

    def summary(self, run_id: str) -> dict[str, Any]:
        """The counts of a run's rows with its id, and the sentence that says why it stopped, if it did."""
        record = self.journal.run(run_id)
        reason = {"reason": record.reason} if record.reason else {}
        return {"run": run_id, **self.journal.summary(run_id), **reason}

    def undo(self, run_id: str) -> Undo:
        """The plan that takes a run back, with the rows that somebody changed since."""
        return undo_run(self.journal, run_id, self.latest())

    def outcomes(self, record: RunRecord) -> pd.DataFrame:
        """The rows of a run for people, see ``run.outcome_frame``."""
        return running.outcome_frame(self.journal, record.run_id, self._planned(record.run_id))

    def row_history(self, group_id: int, section_id: int) -> pd.DataFrame:
        """Every value that a row had, see ``row_history.COLUMNS``; raises InputError for a row that the term lacks."""
        snapshot = self.latest()
        rows = snapshot.associations()
        row = rows.loc[rows["group_id"].eq(group_id) & rows["section_id"].eq(section_id)]
        if row.empty:
            raise InputError(f"This term has no group {group_id} in section {section_id}. Check the numbers.")
        key = row["sis_section_id"].iloc[0]
        seen = seen_in(self.snapshots, self.readings.with_facts(), snapshot.codec, group_id, key)
        written = []
        for run in self.journal.runs_of_row(snapshot.facts.scope, group_id, section_id):
            changes = self._planned(run.record.run_id).changes
            written.append(Written(run, next(one for one in changes if one.key == (group_id, section_id))))
        return row_history(seen, written, snapshot.validity)

    async def _bring_up_to_date(self, run_id: str) -> None:
        """Lay what Canvas told over the newest snapshot, then settle the drafts that came true."""
        await self.readings.catch_up(self._ask)
        if self.journal.run(run_id).undo_of is None:
            rows = self.journal.rows(run_id)
            came_true = rows.loc[rows["outcome"].isin(["confirmed", "unchanged"])]
            done = set(zip(came_true["group_id"].tolist(), came_true["section_id"].tolist(), strict=True))
            changes = self._planned(run_id).changes
            self.drafts().settle({change.key: change.after_id for change in changes if change.key in done})

    async def _ask(self, groups: Mapping[int, int]) -> dict[int, dict[str, Any]]:
        async with connect(self.settings) as connections:
            return await ask_canvas(connections.canvas, groups)

    def _planned(self, run_id: str) -> Plan:
        return plan_of(self.journal, run_id)
