"""Long work on the screen: a bar that polls its job or its run, and one full rerun when it ends."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any

import streamlit as st

from gpb.errors import GpbError
from gpb.settings import load_settings
from gpb.store.run_records import RunRecord
from gpb.term.underway.courses import Progress
from gpb.ui.entrance.admission import person, require_admitted
from gpb.ui.shell.jobs import Job, JobState
from gpb.ui.shell.runtime import runtime
from gpb.ui.shell.session import callback, sentences
from gpb.ui.text import sentence
from gpb.workspace import Workspace

POLL = "0.3s"
PATIENCE = timedelta(seconds=5)  # after which a queued run says what it waits for


@st.fragment(run_every=POLL)
def show_progress(kind: str, workspace: Workspace) -> None:
    """The bar of the running job of a kind; reruns the whole page when the job has ended."""
    _leave_if_not_admitted()
    job = runtime().job(kind, workspace)
    if job is None or job.state != JobState.RUNNING:
        st.rerun(scope="app")
    st.progress(job.share, text=sentence(job.text))


@st.fragment(run_every=POLL)
def show_job(job: Job) -> None:
    """The bar of a job of this session; reruns the whole page when it has ended."""
    _leave_if_not_admitted()
    if job.state != JobState.RUNNING:
        st.rerun(scope="app")
    st.progress(job.share, text=job.text)


@st.fragment(run_every=POLL)
def show_run(workspace: Workspace, run: RunRecord) -> None:
    """The bar of a run of any process, from the journal; reruns the whole page when nobody is at it any more."""
    _leave_if_not_admitted()
    runs = workspace.runs
    with sentences():
        lease = runs.holder()
        if lease is None or lease.run_id != run.run_id:
            st.rerun(scope="app")
        done, total = runs.progress(run.run_id)
        is_asked = runs.cancelled_by(run.run_id) is not None
    is_late = datetime.now(UTC) - datetime.fromisoformat(lease.since) > PATIENCE
    if lease.token is None and is_late:
        st.info("Waiting for the worker. Start it with `python -m gpb worker`.", icon=":material/hourglass_empty:")
    else:
        st.progress(done / total if total else 0.0, text=f"{done} of {total} assignment groups written")
    label = "Cancel the rest"
    st.button(label, on_click=_cancel, args=(workspace, run.run_id), disabled=is_asked, key=f"cancel_{run.run_id}")


@callback()
def _cancel(workspace: Workspace, run_id: str) -> None:
    workspace.runs.cancel(run_id, person())


def _leave_if_not_admitted() -> None:
    """A bar runs by itself, without ``app.py``; where the person may not see it any more, the door is drawn."""
    try:
        require_admitted(load_settings())
    except GpbError:
        st.rerun(scope="app")


def is_running(job: Job | None) -> bool:
    """Whether there is such a job and it has not ended."""
    return job is not None and job.state == JobState.RUNNING


def start_pull(workspace: Workspace) -> None:
    """Take a new snapshot, outside this page."""

    runtime().start("pull", workspace, person(), workspace.term.pull)


def start_run(workspace: Workspace, run_id: str, who: str) -> None:
    """Carry out a run that ``who`` began, outside the page: in this process, unless it is queued for a worker."""
    if workspace.settings.queues_runs:
        return

    def work(progress: Progress) -> Awaitable[dict[str, Any]]:
        return workspace.runs.perform(run_id, progress)

    runtime().start(f"sync {run_id}", workspace, who, work)
