"""Long work outside the page: how it is started, and a small bar that waits for a job of this session."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import streamlit as st

from gpb.errors import GpbError
from gpb.settings import load_settings
from gpb.term.underway.beside import pulls_beside
from gpb.term.underway.courses import Progress
from gpb.ui.entrance.admission import person, require_admitted
from gpb.ui.shell.jobs import Job, JobState
from gpb.ui.shell.runtime import runtime
from gpb.ui.text import sentence
from gpb.workspace import Workspace

POLL = "0.3s"


@st.fragment(run_every=POLL)
def show_job(job: Job) -> None:
    """The bar of a job of this session; reruns the whole page when it has ended."""
    _leave_if_not_admitted()
    if job.state != JobState.RUNNING:
        st.rerun(scope="app")
    st.progress(job.share, text=sentence(job.text))


def _leave_if_not_admitted() -> None:
    """A bar runs by itself, without ``app.py``; where the person may not see it any more, the door is drawn."""
    try:
        require_admitted(load_settings())
    except GpbError:
        st.rerun(scope="app")


def is_running(job: Job | None) -> bool:
    """Whether there is such a job and it has not ended."""
    return job is not None and job.state == JobState.RUNNING


def is_refreshing(workspace: Workspace) -> bool:
    """Whether the term is being read, in this process or beside it."""
    beside = {one.term for one in pulls_beside(workspace.settings)}
    return is_running(runtime().job("pull", workspace)) or workspace.settings.term in beside


def start_pull(workspace: Workspace, *, is_whole: bool = False) -> None:
    """Take a new snapshot, outside this page; with ``is_whole`` all courses are read."""

    async def work(progress: Progress) -> dict[str, Any]:
        summary = await workspace.term.pull(progress, is_whole=is_whole)
        workspace.audit.look_ahead()
        return summary

    runtime().start("pull", workspace, person(), work)


def start_run(workspace: Workspace, run_id: str, who: str) -> None:
    """Carry out a run that ``who`` began, outside the page: in this process, unless it is queued for a worker."""
    if workspace.settings.queues_runs:
        return

    def work(progress: Progress) -> Awaitable[dict[str, Any]]:
        return workspace.runs.perform(run_id, progress)

    runtime().start(f"sync {run_id}", workspace, who, work)
