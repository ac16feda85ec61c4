"""Jobs go on without the page that started them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from gpb.errors import InputError
from gpb.ui.shell.jobs import KEPT, Job, Jobs
from tests.processes import wait_until


def ended(job: Job) -> Job:
    """The job once it is over."""
    wait_until(lambda: job.state != "running")
    return job


def test_a_job_reports_progress_and_its_result() -> None:
    """Any page may look."""

    async def work(progress: Callable[[int, int, str], None]) -> dict[str, Any]:
        progress(3, 4, "3 of 4")
        return {"rows": 4}

    jobs = Jobs()
    job = ended(jobs.start("pull", "ann", work))
    assert (job.state, job.share, job.text, job.result) == ("done", 0.75, "3 of 4", {"rows": 4})
    assert jobs.get("pull") is job


def test_an_error_of_the_program_is_kept_as_its_sentence() -> None:
    """No traceback reaches a person."""

    async def work(*_: object) -> dict[str, Any]:
        raise InputError("Do this instead.")

    job = ended(Jobs().start("pull", "ann", work))
    assert (job.state, job.error) == ("failed", "Do this instead.")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_defect_is_a_sentence_too_and_goes_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The details are for the log."""

    async def work(*_: object) -> dict[str, Any]:
        raise ZeroDivisionError("inside")

    job = ended(Jobs().start("pull", "ann", work))
    assert job.state == "failed"
    assert "inside this program" in str(job.error)
    assert "ZeroDivisionError" in caplog.text


def test_the_same_kind_is_not_started_twice() -> None:
    """Two clicks, one pull; it can be started again afterwards."""
    may_end = threading.Event()

    async def wait(_: object) -> dict[str, Any]:
        while not may_end.is_set():
            await asyncio.sleep(0.01)
        return {}

    jobs = Jobs()
    first = jobs.start("pull", "ann", wait)
    assert jobs.start("pull", "bob", wait) is first
    may_end.set()
    assert ended(first).state == "done"
    assert jobs.start("pull", "bob", wait) is not first


def test_a_job_is_forgotten_an_hour_after_its_end_with_what_it_made() -> None:
    """A workbook of some megabytes does not stay in memory; a job that is still at work does."""
    goes_on = threading.Event()

    async def make(*_: object) -> dict[str, Any]:
        return {"content": b"a large file"}

    async def wait(*_: object) -> dict[str, Any]:
        await asyncio.to_thread(goes_on.wait)
        return {}

    jobs = Jobs()
    made, busy = ended(jobs.start("workbook", "ann", make)), jobs.start("pull", "ann", wait)
    assert jobs.get("workbook") is made
    made.ended_at = time.monotonic() - KEPT - 1
    assert (jobs.get("workbook"), jobs.get("pull")) == (None, busy)
    goes_on.set()
