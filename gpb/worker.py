"""The worker: a process that carries out the runs that the pages only queue."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from gpb.errors import GpbError, StoreError
from gpb.frames.facts import SnapshotFacts
from gpb.settings import Settings
from gpb.store.run_records import RunRecord
from gpb.workspace import Workspace

log = logging.getLogger(__name__)
POLL = 0.5  # seconds between two looks into the queue


class Worker:
    """Takes queued runs of the settings' Canvas and account, of any term, one after the other.

    ``say`` gets one line per event. Several workers may share a store: each run is claimed by one of them.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings = settings
        self._workspace = Workspace(settings)
        self._say = say
        self._said: set[str] = set()
        self._is_stopping = False

    def stop(self) -> None:
        """Finish what is in flight, leave the rest planned, and end; may be called by a signal."""
        self._is_stopping = True

    def work(self) -> None:
        """Carry out runs until ``stop``; a store that is away for a while is waited for."""
        self._say("The worker is ready.")
        while not self._is_stopping:
            try:
                has_worked = self._work_on_queue()
            except StoreError as error:
                has_worked = False
                self._say_once(str(error))
            if not has_worked:
                time.sleep(POLL)
        self._say("The worker has stopped.")

    def _work_on_queue(self) -> bool:
        """Whether a run of the queue was carried out."""
        for record in self._workspace.runs.queued():
            facts = self._facts(record)
            if facts is None:
                continue
            workspace = Workspace(self._settings.model_copy(update={"term": str(facts.term_id)}))
            try:
                if workspace.door.claim(record.run_id):
                    self._perform(workspace, record)
                    return True
                reason = workspace.runs.run(record.run_id).reason
                if reason:  # else another worker was faster
                    self._say_once(f"Run {record.run_id} of {record.person} was not carried out. {reason}")
            finally:
                workspace.close()
        return False

    def _facts(self, record: RunRecord) -> SnapshotFacts | None:
        try:
            return self._workspace.term.facts_of(record.snapshot_id)
        except StoreError:
            place = self._settings.snapshots_setting
            self._say_once(f"Run {record.run_id} was not touched: its snapshot cannot be read from this {place}.")
            return None

    def _perform(self, workspace: Workspace, record: RunRecord) -> None:
        name = f"Run {record.run_id} of {record.person} ({record.term})"
        self._say(f"{name} has started.")
        try:
            summary = asyncio.run(workspace.runs.perform(record.run_id, why_stop=self._why_stop))
        except GpbError as error:
            self._say(f"{name} stopped. {error}")
        except Exception:  # a defect in one run must not end the worker: the next run may be fine
            log.exception("run %s ended with a defect", record.run_id)
            self._say(f"{name} stopped. Something went wrong inside this program; the log has the details.")
        else:
            counts = ", ".join(f"{count} {outcome}" for outcome, count in summary.items() if isinstance(count, int))
            self._say(f"{name} ended: {counts}. {summary.get('reason', '')}".rstrip())

    def _why_stop(self) -> str | None:
        return "The worker was stopped. Press Resume to continue." if self._is_stopping else None

    def _say_once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._say(line)
