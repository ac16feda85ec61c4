"""A run against its floor: a GET and a PUT for each group, as many at a time as Canvas allows."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.district import district, replies, settings_for
from benchmarks.figure import Figure
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY
from gpb.sync.drafting import seen_in
from gpb.sync.gates import WITH_ALL_OTHERS
from gpb.workspace import Workspace

LATENCY = 0.150  # seconds
GROUPS = 694
OPTIONS = ("--schools", "20", "--courses", "400", "--latency-ms", str(int(LATENCY * 1000)))


def measure() -> list[Figure]:
    """Of one run; a row that was not written ends it."""
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


def _drafted(workspace: Workspace) -> int:
    """Draft one row in each of so many groups; how many."""
    table, options = workspace.term.rows(), workspace.term.latest().validity.options
    free = table.loc[table["status"].eq("Unassociated")].drop_duplicates("group_id").head(GROUPS)
    places: Collection[tuple[Any, ...]] = list(free[["group_id", "section_id", "class_id"]].itertuples(index=False))
    choices = {(int(group), int(section)): next(iter(options(class_id))) for group, section, class_id in places}
    rows: pd.DataFrame = workspace.term.latest().associations()
    moved = workspace.edit(choices, seen=seen_in(rows), person="ann", label="benchmark").moved
    assert moved == GROUPS, f"{moved} rows were drafted"
    return moved


def _counted(seen: list[dict[str, Any]]) -> str:
    writes = sum(one["method"] == "PUT" for one in seen)
    to_canvas = sum("/canvas/" in one["path"] for one in seen)
    return f"{writes} writes, {to_canvas - writes} readings of Canvas, {len(seen) - to_canvas} requests to Focus"
