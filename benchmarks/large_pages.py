"""The pages of a term of 352,000 rows with 20,000 drafts: seconds of CPU on the server, and what they send.

The seconds are those of a process of its own; what is sent is counted at the dashboard's websocket.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from streamlit.testing.v1 import AppTest

from benchmarks.copies import repeated
from benchmarks.district import district, settings_for
from benchmarks.figure import Figure
from benchmarks.pages import Grid
from benchmarks.sessions.sent import measured
from gpb.settings import ROOT, load_settings
from gpb.store.drafts import Wish
from gpb.term.written import Told
from gpb.workspace import Workspace

COPIES, DRAFTS, EDITS = 88, 20_000, 5
PAGES = ("overview", "associate", "decide", "audit", "review", "history")
ROWS = "352,000 rows"
BESIDE = ("gpb-proposals", "gpb-audit")
"""Threads."""
OTHERS = 5_000
"""The row from which on another person edits: none that the grid shows."""


def measure() -> list[Figure]:
    """Seconds and kilobytes of each page when it opens and after another person edits, and of an edit in the grid."""
    with district() as printed, tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(settings_for(printed, Path(folder)))
        asyncio.run(_fill(workspace))
        code = "from benchmarks.large_pages import report; report()"
        environment = {**os.environ, **printed, "GPB_DATA_DIR": folder}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        places = count(OTHERS + EDITS * len(PAGES))
        sent = measured(environment, ROWS, lambda: _edit_beside(workspace, next(places)))
        workspace.close()
    seconds: dict[str, tuple[float, float]] = json.loads(done.stdout.splitlines()[-1])
    return [*(Figure(name, taken, "s", aim) for name, (taken, aim) in seconds.items()), *sent]


async def _fill(workspace: Workspace) -> None:
    """A reading of so many copies of a district, and drafts of rows all over it."""
    await workspace.term.pull()
    one = workspace.term.latest()

    async def ask(_: Mapping[int, int]) -> dict[int, Told]:
        raise AssertionError("no run has written anything")

    now = workspace.term.readings.now()
    facts = replace(one.facts, rows=COPIES * len(one.associations()))
    large = await workspace.term.readings.keep(facts, repeated(one.tables, COPIES), now, ask)
    rows = large.associations()
    assert len(rows) == COPIES * len(one.associations())
    some = rows.loc[rows["status"].eq("Unassociated")].sample(DRAFTS, random_state=1)
    workspace.term.drafts().put([_wish(large.validity.options(row.class_id), row) for row in some.itertuples()], "ann",
                                "accepted")  # fmt: skip


def _wish(options: Mapping[str, str], row: Any) -> Wish:
    """The category that bears the group's name, where there is one: then Focus has nothing to say about it."""
    named = {identifier: title for identifier, title in options.items() if identifier == row.name_match_id}
    identifier, title = next(iter((named or options).items()))
    return Wish(row.group_id, row.section_id, identifier, title, None, is_change=True, source="name", reason="name")


def report() -> None:
    """Print the figures of this process, whose environment leads to the term."""
    found, beside = {}, Workspace(load_settings(None))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600).run()
    for number, page in enumerate(PAGES):
        if page == "associate":
            app.query_params["figure"] = "all"
        first = _seconds(app.switch_page(str(ROOT / f"pages/{page}.py")).run)
        after = []
        for place in range(OTHERS + EDITS * number, OTHERS + EDITS * (number + 1)):
            _edit_beside(beside, place)
            after.append(_seconds(app.run))
        assert not app.exception, app.exception
        found[f"{ROWS}, {page}, opens"] = first, 1.5
        found[f"{ROWS}, {page}, after another's edit"] = median(after), 0.3
        if page == "associate":
            grid = Grid(app)
            found[f"{ROWS}, an edit in the grid"] = median(_seconds(grid.edit) for _ in range(EDITS)), 0.3
    told = len(beside.term.drafts().frame())
    assert told >= DRAFTS, f"{told} drafts are left"
    print(json.dumps(found))


def _edit_beside(beside: Workspace, place: int) -> None:
    row = beside.term.latest().associations().iloc[place]
    wish = Wish(int(row["group_id"]), int(row["section_id"]), "made-up", "Made up", None, is_change=True)
    beside.term.drafts().put([wish], "bea", "grid")


def _seconds(act: Callable[[], Any]) -> float:
    """Of CPU; what is made beside pages, proposals and findings, has ended before, and is not counted."""
    for thread in threading.enumerate():
        if thread.name in BESIDE:
            thread.join()
    began = time.process_time()
    act()
    return time.process_time() - began
