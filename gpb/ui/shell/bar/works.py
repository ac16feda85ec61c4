"""What runs at this moment, and what has ended since this session began: jobs of this process, runs of any process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from gpb.store.leases import Lease
from gpb.term.underway.beside import pulls_beside
from gpb.ui.entrance.admission import person
from gpb.ui.shell.bar.remaining import Paces, in_words
from gpb.ui.shell.jobs import Job, JobState
from gpb.ui.shell.runtime import runtime
from gpb.workspace import Workspace

PATIENCE = timedelta(seconds=5)  # after which a queued run says what it waits for
REPORT, PULL, PAST, SYNC = "report", "pull", "past", "sync"
LABELS = {PULL: "Refreshing", PAST: "Reading an earlier term", REPORT: "Writing your report"}
_PACES = Paces()


@dataclass(frozen=True)
class Work:
    """One thing that runs: how far it is (``share``), and what a person reads of it; ``run_id`` of a sync only.

    ``waits``: nobody carries it out, and it takes long.
    """

    name: str
    kind: str
    told: str
    left: str
    share: float
    run_id: str | None = None
    waits: bool = False


def works(opened: Workspace) -> list[Work]:
    """All that runs of this Canvas, of any term: syncs first."""
    found = [_of_run(opened, lease) for lease in opened.runs.live_anywhere()]
    for kind, job in jobs(opened):
        if job.state == JobState.RUNNING:
            left = _PACES.left(f"{job.kind} {id(job)}", job.done, job.total, time.monotonic())
            told = job.text if kind != PULL else f"{LABELS[kind]}: {job.text}"
            found.append(Work(job.kind, kind, told, in_words(left), job.share))
    for one in pulls_beside(opened.settings):
        left = _PACES.left(one.name, one.done, one.total, time.monotonic())
        told, share = f"{LABELS[PULL]}: {one.text}, by {one.person}", one.done / one.total if one.total else 0.0
        found.append(Work(f"beside {one.name}", PULL, told, in_words(left), min(1.0, share)))
    return found


def refreshed_beside(opened: Workspace, *, is_busy: bool, is_own: bool) -> str | None:
    """Who has refreshed the term in another process, told once; None where nobody has.

    Empty where it took so little time that it was not seen under way. ``is_busy``: the term is being read;
    ``is_own``: a Refresh of this process has ended now, and is told as that. Session-state key ``beside_known`` (the
    term, person by name of the pull, and the newest snapshot then).
    """
    now, newest = {one.name: one.person for one in pulls_beside(opened.settings)}, opened.term.latest_id()
    term = opened.settings.term
    of, before, snapshot = st.session_state.get("beside_known", (term, now, newest))
    if is_busy and not is_own:
        st.session_state["beside_known"] = term, {**before, **now}, snapshot if of == term else newest
        return None
    st.session_state["beside_known"] = term, now, newest
    is_news = of == term and newest is not None and newest > (snapshot or "")
    if is_own or not is_news or opened.term.latest().facts.after_run is not None:  # the end of a run is told as that
        return None
    return next((person for name, person in reversed(before.items()) if name not in now), "")


def jobs(opened: Workspace) -> list[tuple[str, Job]]:
    """The jobs that concern this session, by kind: pulls of any term, reports of this person; syncs tell their own."""
    found = []
    for kind, _, job in runtime().jobs_beside(opened):
        if kind in (PULL, PAST):
            found.append((kind, job))
        elif kind == f"report of {person()}":
            found.append((REPORT, job))
    return found


def _of_run(opened: Workspace, lease: Lease) -> Work:
    record = opened.runs.run(lease.run_id)
    done, total = opened.runs.progress(lease.run_id)
    is_queued = lease.token is None
    is_late = datetime.now(UTC) - datetime.fromisoformat(lease.since) > PATIENCE
    verb = "Undoing a sync" if record.undo_of else "Syncing"
    told = f"{verb}: {done:,} of {total:,} assignment groups written"
    told += "" if record.person == person() else f", by {record.person}"
    told += f", in {record.term}" if _is_elsewhere(opened, record.scope) else ""
    left = None if is_queued else _PACES.left(f"{lease.run_id} {lease.token}", done, total, time.monotonic())
    share = done / total if total else 0.0
    return Work(f"sync {lease.run_id}", SYNC, told, in_words(left), share, lease.run_id, is_queued and is_late)


def _is_elsewhere(opened: Workspace, scope: str) -> bool:
    return opened.term.latest_id() is not None and opened.term.latest().facts.scope != scope


def ended(opened: Workspace) -> tuple[list[str], list[tuple[str, Job]]]:
    """Runs and jobs that ended since this session looked last, the newest at the end; at its first look there are none.

    Session-state key ``ended_known`` (set of what had ended, by name and moment).
    """
    runs = {f"{run_id} {at}": run_id for run_id, at in opened.runs.ended_anywhere().items()}
    done = {f"{job.kind} {job.ended_at}": (kind, job) for kind, job in jobs(opened) if job.state != JobState.RUNNING}
    now = {*runs, *done}
    source = f"ended_known {opened.settings.source}"
    known = st.session_state.get(source)
    st.session_state[source] = now if known is None else known | now
    if known is None:
        return [], []
    return [runs[name] for name in reversed(runs) if name not in known], [
        done[name] for name in done if name not in known
    ]
