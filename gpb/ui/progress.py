"""Long work on the screen: a bar that polls its job, and one full rerun when it ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import streamlit as st

from gpb.sync.jobs import Job
from gpb.sync.pull import Progress
from gpb.ui.runtime import runtime
from gpb.ui.session import person
from gpb.workspace import Workspace

POLL = "0.3s"


@st.fragment(run_every=POLL)
def show_progress(kind: str, workspace: Workspace, *, can_cancel: bool = False) -> None:
    """The bar of the running job of a kind; reruns the whole page when the job has ended."""
    job = runtime().job(kind, workspace)
    if job is None or job.state != "running":
        st.rerun(scope="app")
    st.progress(job.share, text=job.text)
    if can_cancel:
        st.button(
            "Cancel after what is in flight", on_click=job.cancel, disabled=job.is_cancelled, key=f"cancel_{kind}"
        )


def is_running(job: Job | None) -> bool:
    """Whether there is such a job and it has not ended."""
    return job is not None and job.state == "running"


def start_pull(workspace: Workspace) -> None:
    """Take a new snapshot, outside this page."""

    def work(progress: Progress, _: Callable[[], bool]) -> Awaitable[dict[str, Any]]:
        return workspace.pull(progress)

    runtime().start("pull", workspace, person(), work)


def start_run(workspace: Workspace, run_id: str) -> None:
    """Carry out a begun run, outside this page."""

    def work(progress: Progress, is_cancelled: Callable[[], bool]) -> Awaitable[dict[str, Any]]:
        return workspace.perform(run_id, progress, is_cancelled)

    runtime().start("sync", workspace, person(), work)
