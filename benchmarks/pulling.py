"""Pulls: against canvasapi on the same server, killed half way, and of a district of 20,000 courses."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
from canvasapi import Canvas
from canvasapi.course import Course

from benchmarks.district import district, replies, settings_for
from benchmarks.figure import Figure
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.frames.snapshot import Snapshot
from gpb.workspace import Workspace

LATENCY = 0.150  # seconds
COURSES = 1000
SERIAL = 40
"""Courses that canvasapi reads one after the other: all of them would take minutes."""
AT_EACH = 1e-9
"""Hours after which all courses are read: at each Refresh, as at the first one of a day."""
ORIGINS = ("origin_course_id", "origin_known")
"""Columns of what is not told of every section."""
LARGE = ("--schools", "200", "--courses", "20000")
REFUSED = (403, 429)


def measure() -> list[Figure]:
    """Ratios of one run each; a wrong result ends it."""
    return [*_against_canvasapi(), *_changed(), *_killed()]


def measure_large() -> list[Figure]:
    """The same of a district of 20,000 courses, which takes half an hour."""
    return [*_large(0), *_large(20)]


def _against_canvasapi() -> list[Figure]:
    options = ("--schools", "20", "--courses", str(COURSES), "--latency-ms", str(int(LATENCY * 1000)))
    with district(*options) as printed, _workspace(printed) as workspace:
        summary = asyncio.run(workspace.term.pull())
        seen = replies(printed)
        facts = workspace.term.latest().facts
        to_canvas = _to_canvas(seen)
        later = _later_day(workspace)
        later_requests = _to_canvas(replies(printed)) - to_canvas
        whole = _whole(printed, workspace.term.latest())
        whole_requests = _to_canvas(replies(printed)) - later_requests - to_canvas
        courses = _courses(printed, facts.term_id)
        threads, groups = _threads(printed, facts.term_id)
        assert groups == summary["groups"], f"canvasapi found {groups} groups, the pull {summary['groups']}"
        serial = _seconds(lambda: [_read(course) for course in islice(courses, SERIAL)]) * summary["courses"] / SERIAL
    seconds, floor = summary["seconds"], 2 * summary["courses"] / DEFAULT_CONCURRENCY * LATENCY
    times = {f"canvasapi, {DEFAULT_CONCURRENCY} threads": (threads, 1.4), "canvasapi, serial": (serial, 9)}
    return [
        Figure(f"pull, {COURSES:,} courses at 150 ms", seconds, "s"),
        *(
            Figure(f"{name}, of the pull", taken / seconds, "times", aim, at_least=True, told=f"{taken:.1f} s")
            for name, (taken, aim) in times.items()
        ),
        Figure("requests to Canvas per course", to_canvas / summary["courses"], "", 2.02),
        Figure("pull that lists all sections", whole, "s"),
        Figure("its share of the floor", floor / whole * 100, "%", 88, at_least=True, told=f"{floor:.1f} s"),
        Figure("its requests to Canvas per course", whole_requests / summary["courses"], ""),
        Figure("first Refresh of a later day", later, "s"),
        Figure("its requests to Canvas per course", later_requests / summary["courses"], "", 2.02),
        Figure(
            f"canvasapi, {DEFAULT_CONCURRENCY} threads, of a later day",
            threads / later,
            "times",
            1.4,
            at_least=True,
            told=f"{threads:.1f} s",
        ),
        Figure("refused", _refused(seen), "", 0),
    ]


def _whole(printed: dict[str, str], first: Snapshot) -> float:
    """Seconds of a pull that lists the sections of each course; it shows what the first one has shown."""
    with _workspace(printed) as other:
        seconds: float = asyncio.run(other.term.pull(is_whole=True))["seconds"]
        _require_equal(first, other.term.latest(), but=ORIGINS)
    return seconds


def _later_day(read: Workspace) -> float:
    """Seconds of the first Refresh of a later day; what it shows is what is there, as nothing has changed."""
    before = read.term.latest()
    later = Workspace(read.settings.model_copy(update={"full_refresh_hours": AT_EACH}))
    seconds: float = asyncio.run(later.term.pull())["seconds"]
    after = later.term.latest()
    assert after.facts.told
    _require_equal(after, before)
    later.close()
    return seconds


def _changed() -> list[Figure]:
    """One percent of the courses is changed from outside; what a Refresh shows then is what a full one shows."""
    with district("--schools", "20", "--courses", str(COURSES)) as printed, _workspace(printed) as workspace:
        asyncio.run(workspace.term.pull(is_whole=True))
        full = Counter(one["path"].split("/")[1] for one in replies(printed))
        groups = workspace.term.latest().tables["groups"].drop_duplicates("course_id")["group_id"]
        for group_id in groups.iloc[:: len(groups) // (COURSES // 100)][: COURSES // 100]:
            _store(printed, int(group_id), {"sistemic": {}, "benchmark": 1})
        summary = asyncio.run(workspace.term.pull())
        every = Counter(one["path"].split("/")[1] for one in replies(printed)) - full
        with _workspace(printed) as other:
            asyncio.run(other.term.pull(is_whole=True))
            _require_equal(workspace.term.latest(), other.term.latest())
    assert summary["courses_read"] == COURSES // 100, f"{summary['courses_read']} courses were read"
    share, of_canvas = every.total() / full.total(), every["canvas"] / full["canvas"]
    told = f"of {full.total():,} requests, nothing missed"
    return [
        Figure("refresh after 1 % changed, of a full one", share * 100, "%", 6, told=told),
        Figure("of those to Canvas", of_canvas * 100, "%", told=f"of {full['canvas']:,}"),
    ]


def _require_equal(ours: Snapshot, theirs: Snapshot, but: Collection[str] = ()) -> None:
    """Both show the same, but for these columns; when each course was read is another matter."""
    for name, table in theirs.tables.items():
        if name != "course_reads":
            own, other = (one.drop(columns=[*but], errors="ignore") for one in (ours.tables[name], table))
            pd.testing.assert_frame_equal(own, other, obj=name)


def _store(printed: dict[str, str], group_id: int, data: dict[str, Any]) -> None:
    base = printed["GPB_CANVAS_URL"].removesuffix("/canvas")
    body = json.dumps(data).encode()
    urllib.request.urlopen(f"{base}/_sandbox/integration_data/{group_id}", body, timeout=60).close()


def _killed() -> list[Figure]:
    with district("--schools", "8", "--latency-ms", "20") as printed, _workspace(printed) as workspace:
        process = _program(printed, workspace.settings.data_dir)
        while sum(_read_courses(printed).values()) < 125:
            time.sleep(0.05)
        process.kill()
        process.communicate()
        asyncio.run(workspace.term.pull())
        read = _read_courses(printed)
        with _workspace(printed) as other:
            asyncio.run(other.term.pull())
            _require_equal(workspace.term.latest(), other.term.latest(), but=ORIGINS)  # each lists some of its own
    twice = sum(number - 1 for number in read.values())
    told = f"of {len(read)} courses; equal to a fresh reading"
    return [Figure("killed half way, read twice", twice / len(read) * 100, "%", 5, told=told)]


def _large(latency_ms: int) -> list[Figure]:
    with district(*LARGE, "--latency-ms", str(latency_ms)) as printed, tempfile.TemporaryDirectory() as folder:
        process = _program(printed, Path(folder))
        assert process.stdout is not None
        summary: dict[str, Any] = json.loads(process.stdout.read())
        _, status, usage = os.wait4(process.pid, 0)
        assert status == 0
        assert summary["courses"] >= 20_000
        seen = replies(printed)
    name, requests = f"pull, 20,000 courses at {latency_ms} ms", summary["requests"]
    return [
        Figure(name, summary["seconds"], "s"),
        Figure(f"{name}, refused", _refused(seen) / requests * 100, "%", 0.05, told=f"of {requests:,}"),
        Figure(f"{name}, most memory", usage.ru_maxrss // 1024, "MB", 700),
    ]


@contextmanager
def _workspace(printed: dict[str, str]) -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory() as folder:
        made = Workspace(settings_for(printed, Path(folder)))
        yield made
        made.close()


def _program(printed: dict[str, str], folder: Path) -> subprocess.Popen[str]:
    """A pull in a process of its own, so that it is measured, or killed, alone."""
    environment = {**os.environ, **printed, "GPB_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "gpb", "pull"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _read_courses(printed: dict[str, str]) -> Counter[str]:
    """How often the groups of each course were asked for."""
    return Counter(seen["path"].split("/")[-2] for seen in replies(printed) if "/assignment_groups" in seen["path"])


def _to_canvas(seen: Iterable[dict[str, Any]]) -> int:
    return sum("/canvas/" in one["path"] for one in seen)


def _refused(seen: Iterable[dict[str, Any]]) -> int:
    return sum(one["status"] in REFUSED for one in seen)


def _courses(printed: dict[str, str], term_id: int) -> Iterable[Course]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it prefers HTTPS
        canvas = Canvas(printed["GPB_CANVAS_URL"], printed["GPB_CANVAS_TOKEN"])
    courses: Iterable[Course] = canvas.get_accounts()[0].get_courses(enrollment_term_id=term_id, per_page=100)
    return courses


def _threads(printed: dict[str, str], term_id: int) -> tuple[float, int]:
    """Seconds for the same from Canvas alone with as many threads, and the number of groups."""
    started = time.perf_counter()
    with ThreadPoolExecutor(DEFAULT_CONCURRENCY) as pool:
        groups = sum(pool.map(_read, _courses(printed, term_id)))
    return time.perf_counter() - started, groups


def _read(course: Course) -> int:
    """Sections, and groups with their assignments; the number of groups."""
    list(course.get_sections(per_page=100))
    return len(list(course.get_assignment_groups(include=["assignments"], per_page=100)))


def _seconds(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
