"""The engine's verbs, as the pages and the command line call them.

A workspace joins the settings with the store: it finds the newest snapshot of the chosen term, lays the drafts over it,
plans, and carries plans out. Everything that talks to Canvas or Focus is asynchronous; the rest answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

import pandas as pd

from gpb.api.connect import connect
from gpb.errors import GpbError, InputError
from gpb.frames.overlay import with_drafts
from gpb.frames.snapshot import Snapshot, SnapshotFacts
from gpb.settings import Settings
from gpb.store.database import Database
from gpb.store.drafts import DraftStore, Key
from gpb.store.runs import Journal, RunRecord
from gpb.store.snapshots import SnapshotStore
from gpb.sync import run as running
from gpb.sync.drafting import Edited, edit
from gpb.sync.plan import Plan, plan_from_drafts
from gpb.sync.pull import Progress, no_progress, pull
from gpb.sync.undo import Undo, undo_plan


class Workspace:
    """One term of one Canvas account, as the settings choose it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.effective_store_url)
        self.snapshots = SnapshotStore(settings.data_dir / "snapshots")
        self.journal = Journal(self.database)
        self._load = lru_cache(maxsize=2)(self._read_snapshot)

    def snapshot_facts(self) -> Iterator[tuple[str, SnapshotFacts]]:
        """Ids and facts of the snapshots of the chosen term, the newest first; each is read when it is asked for."""
        for name in self.snapshots.identifiers():
            facts = SnapshotFacts.from_json(self.snapshots.facts(name))
            if facts.answers(self.settings.source, self.settings.term):
                yield name, facts

    def latest_id(self) -> str | None:
        """Id of the newest snapshot of the chosen term, None before the first pull."""
        return next((name for name, _ in self.snapshot_facts()), None)

    def latest(self) -> Snapshot:
        """The newest snapshot; raises InputError before the first pull."""
        newest = self.latest_id()
        if newest is None:
            raise InputError("Nothing has been read from Canvas yet. Run `pull`, or press Refresh in the sidebar.")
        return self._load(newest)

    def drafts(self) -> DraftStore:
        """The drafts of the chosen term."""
        return DraftStore(self.database, self.latest().facts.scope)

    def rows(self) -> pd.DataFrame:
        """The association frame of the newest snapshot with the drafts over it (columns: ``with_drafts``)."""
        return with_drafts(self.latest().associations, self.drafts().frame())

    def edit(self, choices: Mapping[Key, str | None], *, person: str, label: str) -> Edited:
        """Turn choices into drafts, see ``drafting.edit``."""
        return edit(self.latest(), self.drafts(), choices, person=person, label=label)

    async def pull(self, progress: Progress = no_progress) -> dict[str, Any]:
        """Take a new snapshot; the summary: counts of what was read, requests and seconds."""
        async with connect(self.settings) as connections:
            facts, tables = await pull(self.settings, connections, progress)
        identifier = self.snapshots.save(facts.to_json(), tables)
        rows = self._load(identifier).associations
        return {
            "snapshot": identifier,
            "term": facts.term,
            "courses": len(tables["courses"]),
            "sections": len(tables["sections"]),
            "groups": len(tables["groups"]),
            "rows": len(rows),
            "unassociated": int(rows["status"].eq("Unassociated").sum()),
            "requests": facts.requests,
            "seconds": facts.seconds,
        }

    def plan(self) -> Plan:
        """What the drafts ask for; writes nothing."""
        snapshot = self.latest()
        return plan_from_drafts(self.rows(), scope=snapshot.facts.scope, snapshot=snapshot.id, shrunk=self.shrunk())

    def shrunk(self) -> float:
        """By which share the newest pull has fewer rows or choices than the pull before it; 0.0 where it has not."""
        pulls = [facts for _, facts in islice(self._pulls(), 2)]
        if len(pulls) < 2:
            return 0.0
        newest, before = pulls
        pairs = ((newest.rows, before.rows), (newest.choices, before.choices))
        return max(0.0, *(1 - now / then for now, then in pairs if then))

    def _pulls(self) -> Iterator[tuple[str, SnapshotFacts]]:
        return ((name, facts) for name, facts in self.snapshot_facts() if facts.after_run is None)

    def check(self, plan: Plan, *, force: bool) -> None:
        """Raise PlanStale, or (unless forced) the gate that the plan does not pass. Nothing is written."""
        if plan.scope != self.latest().facts.scope:
            raise InputError("This plan was made for another Canvas, account or term. Check the settings.")
        plan.raise_if_stale(self.latest().associations)
        if not force:
            plan.raise_if_unsafe()

    def begin(self, plan: Plan, person: str) -> str:
        """Store a run of the plan, to be carried out with ``perform``; its id."""
        return running.begin(self.journal, plan, self.latest().facts.term, person)

    def unfinished(self) -> list[RunRecord]:
        """Runs of the term that left rows open and that no living process works on, the newest first."""
        return [
            run for run in self.journal.unfinished(self.latest().facts.scope) if not self.journal.is_live(run.run_id)
        ]

    def resume(self, run_id: str, person: str) -> str:
        """Take a run over that a crash or an error left, to be carried out with ``perform``; its id."""
        self.journal.take_over(run_id, person)
        return run_id

    async def perform(
        self, run_id: str, progress: Progress = no_progress, is_cancelled: Callable[[], bool] = lambda: False
    ) -> dict[str, Any]:
        """Carry out what is open of a run, bring snapshot and drafts up to date; the summary of the run."""
        record = self.journal.run(run_id)
        try:
            plan, snapshot = self._planned(run_id), self._load(record.snapshot_id)
            async with connect(self.settings) as connections:
                run = running.Run(run_id, plan, snapshot, self.journal, progress, is_cancelled)
                await run.perform(connections)
        except GpbError as error:  # it did not even begin: the term must not stay taken
            self.journal.end(run_id, str(error))
            raise
        self._bring_up_to_date(run_id)
        return self.summary(run_id)

    def summary(self, run_id: str) -> dict[str, Any]:
        """The counts of a run's rows with its id, and the sentence that says why it stopped, if it did."""
        record = self.journal.run(run_id)
        reason = {"reason": record.reason} if record.reason else {}
        return {"run": run_id, **self.journal.summary(run_id), **reason}

    def undo(self, run_id: str) -> Undo:
        """The plan that takes a run back, with the rows that somebody changed since."""
        snapshot = self.latest()
        outcomes = self.journal.rows(run_id)
        return undo_plan(self._planned(run_id), run_id, outcomes, snapshot.associations, snapshot.id)

    def outcomes(self, record: RunRecord) -> pd.DataFrame:
        """The rows of a run for people, see ``run.outcome_frame``."""
        return running.outcome_frame(self.journal, record.run_id, self._planned(record.run_id))

    def _bring_up_to_date(self, run_id: str) -> None:
        """Settle the drafts that came true, and store a snapshot with what Canvas echoed."""
        rows = self.journal.rows(run_id)
        came_true = rows.loc[rows["outcome"].isin(["confirmed", "unchanged"])]
        latest = self.latest()
        record = self.journal.run(run_id)
        if record.undo_of is None:
            done = set(zip(came_true["group_id"].tolist(), came_true["section_id"].tolist(), strict=True))
            changes = self._planned(run_id).changes
            self.drafts().settle({change.key: change.after_id for change in changes if change.key in done})
        echoes = self.journal.echoes(run_id)
        if echoes:
            facts = replace(latest.facts, after_run=run_id)  # the rest of the term is as old as its pull
            self.snapshots.save(facts.to_json(), latest.with_groups(echoes))

    def _planned(self, run_id: str) -> Plan:
        return Plan.from_json(self.journal.plan(run_id))

    def _read_snapshot(self, identifier: str) -> Snapshot:
        facts, tables = self.snapshots.load(identifier)
        return Snapshot(identifier, SnapshotFacts.from_json(facts), tables)
