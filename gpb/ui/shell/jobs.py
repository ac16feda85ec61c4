"""Long work outside the page's script: closing a tab or rerunning a page does not touch it.

One daemon thread with an event loop carries the jobs; pages only read their progress.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gpb.errors import GpbError
from gpb.term.underway.courses import Progress

log = logging.getLogger(__name__)
Work = Callable[[Progress], Awaitable[dict[str, Any]]]
KEPT = 3600.0
"""Seconds after which a job that has ended is forgotten, with the file that it made."""


class JobState(StrEnum):
    """Whether a job is at work, or how it ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass
class Job:
    """One piece of long work. ``total`` 0: not known yet. ``result`` is the summary, ``error`` a sentence.

    ``ended_at`` is a moment of the monotonic clock, in seconds.
    """

    kind: str
    person: str
    text: str = "Starting"
    done: int = 0
    total: int = 0
    state: JobState = JobState.RUNNING
    result: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    ended_at: float | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float) -> bool:
        """Wait for its end, at most so long; whether it has ended."""
        return self._ended.wait(seconds)

    @property
    def share(self) -> float:
        """How far it is, 0.0 to 1.0."""
        return min(1.0, self.done / self.total) if self.total else 0.0


class Jobs:
    """The jobs of this process, at most one of a kind at a time."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="gpb-jobs", daemon=True).start()

    def start(self, kind: str, person: str, work: Work) -> Job:
        """Start the work, or return the job of this kind that is still running.

        ``work`` gets a progress function ``(done, total, text)``.
        """
        with self._lock:
            self._forget()
            job = self._jobs.get(kind)
            if job is None or job.state != JobState.RUNNING:
                job = self._jobs[kind] = Job(kind, person)
                asyncio.run_coroutine_threadsafe(self._carry(job, work), self._loop)
        return job

    def start_alone(self, kind: str, person: str, work: Work) -> Job:
        """Start work of which there may be any number at a time, and which nobody but the caller looks at."""
        job = Job(kind, person)
        asyncio.run_coroutine_threadsafe(self._carry(job, work), self._loop)
        return job

    def get(self, kind: str) -> Job | None:
        """The running or the last job of this kind; None an hour after its end."""
        with self._lock:
            self._forget()
            return self._jobs.get(kind)

    def all(self) -> list[Job]:
        """All running jobs, and those that ended within the last hour; not those of ``start_alone``."""
        with self._lock:
            self._forget()
            return list(self._jobs.values())

    def _forget(self) -> None:
        gone = time.monotonic() - KEPT
        ended = [kind for kind, job in self._jobs.items() if job.ended_at is not None and job.ended_at < gone]
        for kind in ended:
            del self._jobs[kind]

    async def _carry(self, job: Job, work: Work) -> None:
        def progress(done: int, total: int, text: str) -> None:
            job.done, job.total, job.text = done, total, text

        try:
            job.result = await work(progress)
            job.state = JobState.DONE
        except GpbError as error:
            job.error, job.state = str(error), JobState.FAILED
        except BaseException:
            log.exception("the job %s ended with a defect", job.kind)
            job.error = "Something went wrong inside this program; the log has the details. Nothing more was sent."
            job.state = JobState.FAILED
            raise
        finally:
            job.ended_at = time.monotonic()
            job._ended.set()
