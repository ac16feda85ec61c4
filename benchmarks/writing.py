"""A run against its floor: a GET and a PUT for each group, as many at a time as Canvas allows."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.district import district, replies, settings_for
from benchmarks.figure import Figure
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.sync.drafting import seen_in
from gpb.sync.gates import WITH_ALL_OTHERS
from gpb.workspace import Workspace

Choose = Callable[[Any, Any], str | None]
LATENCY = 0.150  # seconds
GROUPS = 694
OPTIONS = ("--schools", "20", "--courses", "400", "--latency-ms", str(int(LATENCY * 1000)))
MANY = 20_000
LARGE = ("--schools", "40", "--courses", "2000", "--latency-ms", "20")


def measure() -> list[Figure]:
    """Of one run, and of the beginning of a large one; a row that was not written ends it."""
    return [*_run(), *_beginning()]


def _run() -> list[Figure]:
    with district(*OPTIONS) as printed, tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(settings_for(printed, Path(folder)))
        asyncio.run(workspace.term.pull())
        workspace.first_contact.confirm("ann")
        rows = _drafted(workspace)
        shown = asyncio.run(workspace.door.review(workspace.plan()))  # what somebody has read who clicks
        before = len(replies(printed))
        clicked = time.monotonic()  # the clock of the sandbox's log
        run_id = asyncio.run(workspace.door.begin(shown, WITH_ALL_OTHERS, "ann"))
        settled: list[float] = []
        summary = asyncio.run(workspace.runs.perform(run_id, lambda *_: settled.append(time.monotonic())))
        ended = time.monotonic()
        assert summary["confirmed"] == rows, summary
        seen = replies(printed)[before:]
        workspace.close()
    floor = 2 * GROUPS / DEFAULT_CONCURRENCY * LATENCY
    first, last = settled[0] - clicked, settled[-1] - clicked
    left = next(one["at"] for one in seen if one["method"] == "PUT") - clicked
    return [
        Figure("apply, share of the floor", floor / last * 100, "%", 80, at_least=True,
               told=f"{GROUPS} groups at 150 ms in {last:.1f} s: {_counted(seen)}"),
        Figure("click to first write", left, "s", 2),
        Figure("click to first group settled", first, "s"),
        Figure("snapshot and drafts after a sync", ended - settled[-1], "s"),
    ]  # fmt: skip


def _beginning() -> list[Figure]:
    """Of a plan of so many rows, until the first of them has left."""
    with district(*LARGE) as printed, tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(settings_for(printed, Path(folder)))
        asyncio.run(workspace.term.pull())
        workspace.first_contact.confirm("ann")
        table, options = workspace.term.rows(), workspace.term.latest().validity.options
        rows = table.loc[table["status"].isin(["Unassociated", "Synchronized"])]
        _edit(workspace, rows, lambda name, now: next((one for one in options(name) if one != now), None), MANY)
        shown = asyncio.run(workspace.door.review(workspace.plan()))
        before, clicked = len(replies(printed)), time.monotonic()
        run_id = asyncio.run(workspace.door.begin(shown, WITH_ALL_OTHERS, "ann"))
        asyncio.run(_until_settled(workspace, run_id))
        left = next(one["at"] for one in replies(printed)[before:] if one["method"] == "PUT") - clicked
        workspace.close()
    return [Figure(f"{MANY:,} rows: click to first write", left, "s", 2)]


async def _until_settled(workspace: Workspace, run_id: str) -> None:
    """Carry a run out until its first rows are settled; then leave it."""
    settled = asyncio.Event()
    run = asyncio.ensure_future(workspace.runs.perform(run_id, lambda *_: settled.set()))
    waiting = asyncio.ensure_future(settled.wait())
    await asyncio.wait({run, waiting}, return_when=asyncio.FIRST_COMPLETED)
    assert waiting.done(), "the run ended before a row was settled"
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)


def _drafted(workspace: Workspace) -> int:
    """Draft one row in each of so many groups; how many."""
    table, options = workspace.term.rows(), workspace.term.latest().validity.options
    free = table.loc[table["status"].eq("Unassociated")].drop_duplicates("group_id")
    return _edit(workspace, free, lambda class_id, _: next(iter(options(class_id))), GROUPS)


def _edit(workspace: Workspace, rows: pd.DataFrame, choose: Choose, number: int) -> int:
    """Draft what ``choose`` says of class and present category in so many of the rows, as far as it says something."""
    some = rows[["group_id", "section_id", "class_id", "stored_category_id"]].itertuples(index=False)
    chosen = ((int(group), int(section), choose(class_id, now)) for group, section, class_id, now in some)
    wanted = islice(((group, section, one) for group, section, one in chosen if one is not None), number)
    choices = {(group, section): one for group, section, one in wanted}
    seen = seen_in(workspace.term.latest().associations())
    moved = workspace.edit(choices, seen=seen, person="ann", label="benchmark").moved
    assert moved == number, f"{moved} rows were drafted"
    return moved


def _counted(seen: list[dict[str, Any]]) -> str:
    writes = sum(one["method"] == "PUT" for one in seen)
    to_canvas = sum("/canvas/" in one["path"] for one in seen)
    return f"{writes} writes, {to_canvas - writes} readings of Canvas, {len(seen) - to_canvas} requests to Focus"
