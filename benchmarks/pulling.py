"""A pull of the default district at 150 ms per request, against canvasapi on the same server."""

from __future__ import annotations

import asyncio
import tempfile
import time
import warnings
from pathlib import Path

from canvasapi import Canvas

from benchmarks.district import district, replies, settings_for
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.workspace import Workspace

LATENCY = 0.150  # seconds


def measure() -> dict[str, str]:
    """Seconds of both, their ratio, the share of the floor, and throttled replies."""
    with district("--latency-ms", str(int(LATENCY * 1000))) as printed, tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(settings_for(printed, Path(folder)))
        summary = asyncio.run(workspace.term.pull())
        throttled = sum(seen["status"] == 429 for seen in replies(printed))
        serial = _with_canvasapi(printed, workspace.term.latest().facts.term_id)
        workspace.close()
    floor = summary["requests"] / DEFAULT_CONCURRENCY * LATENCY
    return {
        "pull, 250 courses at 150 ms": f"{summary['seconds']:.1f} s for {summary['requests']} requests",
        "canvasapi, serial, same server": f"{serial:.1f} s, {serial / summary['seconds']:.1f} times as long (aim: 5)",
        "share of the floor": f"{floor / summary['seconds']:.0%} of {floor:.1f} s (aim: 70 %)",
        "throttled replies": f"{throttled} (aim: 0)",
    }


def _with_canvasapi(printed: dict[str, str], term_id: int) -> float:
    """Seconds for the same from Canvas alone: courses, sections and groups with their assignments."""
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it prefers HTTPS
        canvas = Canvas(printed["GPB_CANVAS_URL"], printed["GPB_CANVAS_TOKEN"])
    for course in canvas.get_accounts()[0].get_courses(enrollment_term_id=term_id, per_page=100):
        list(course.get_sections(per_page=100))
        list(course.get_assignment_groups(include=["assignments"], per_page=100))
    return time.perf_counter() - started
