"""Rows of a term of any size: opening, making, counting, drafts, plan and audit, with the memory that they take.

Each size is a process of its own. What comes out must be that of one district, so many times.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pandas as pd
from pandas.testing import assert_frame_equal

from benchmarks.copies import repeated
from benchmarks.district import district, settings_for
from benchmarks.figure import Figure
from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings
from gpb.audit.tonight.lines import tonight
from gpb.audit.tonight.sections import losing_sections
from gpb.frames.overlay import with_drafts
from gpb.frames.schemas import STATUSES
from gpb.frames.snapshot import ROWS, STORED, Snapshot
from gpb.keys import records
from gpb.store.run_records import ChangeKind, RowOutcome
from gpb.store.snapshots import SnapshotStore
from gpb.sync.kinds.change import OF_ROW, Change, change_of
from gpb.sync.plan import Plan, plan_from_drafts
from gpb.sync.undo import undo_plan
from gpb.workspace import Workspace

SIZES = {"4,000 rows": 1, "320,000 rows": 80, "1,000,000 rows": 250}
"""Copies of the default district."""
DRAFTS = 20_000
PARTS = ("opened", "made", "audited")
AIMS = {
    (80, "opened"): 0.4, (80, "most memory, opened"): 350, (80, "findings"): 1.5,
    (250, "frame, counts, changed and plan"): 3, (250, "most memory, made"): 2000,
}  # fmt: skip
"""By number of copies and what was measured."""
Result = TypeVar("Result")


def measure() -> list[Figure]:
    """Seconds of CPU and the most memory that a process has had; a wrong result ends it."""
    found: list[Figure] = []
    with district() as printed, tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(settings_for(printed, Path(folder)))
        asyncio.run(workspace.term.pull())
        latest, files = workspace.term.latest(), workspace.term.snapshots
        for size, copies in SIZES.items():
            name = _written(files, latest, copies)
            for part in PARTS:
                told = _reported(folder, latest.facts.source, name, part, latest.id, copies)
                for what, (value, unit) in json.loads(told).items():
                    found.append(Figure(f"{size}, {what}", value, unit, AIMS.get((copies, what))))
        workspace.close()
    return found


def _written(files: SnapshotStore, latest: Snapshot, copies: int) -> str:
    whole = Snapshot("", latest.facts, repeated(latest.tables, copies))
    name = files.write(whole.facts.to_json(), {**whole.tables, STORED: whole.entries, ROWS: whole.parts()})
    files.place(name)
    return name


def _reported(folder: str, *arguments: object) -> str:
    code = "import sys; from benchmarks.memory import report; report(*sys.argv[1:])"
    command = [sys.executable, "-c", code, folder, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def report(folder: str, source: str, identifier: str, part: str, one: str, copies: str) -> None:
    """Print what ``part`` takes in this process, for a snapshot of so many copies of the snapshot ``one``."""
    files = SnapshotStore.at("", Path(folder), source)
    if part == "made":
        told, memory = _made(files, identifier, one, int(copies))
    else:
        snapshot, seconds = _timed(lambda: _opened(files, identifier))
        told = {"opened": seconds} if part == "opened" else _audited(snapshot, _opened(files, one), int(copies))
        memory = _memory()
    figures = {name: (value, "s") for name, value in told.items()}
    print(json.dumps({**figures, f"most memory, {part}": (memory, "MB")}))


def _made(files: SnapshotStore, identifier: str, one: str, copies: int) -> tuple[dict[str, float], int]:
    """Seconds and memory of the rows, made from the tables alone as after a reading, and of what is made of them."""
    kept = Snapshot.from_files(identifier, *files.load(identifier))
    made = Snapshot(identifier, kept.facts, dict(kept.tables), {STORED: kept.entries})
    rows, seconds = _timed(made.associations)
    counts, more = _timed(made.counts)
    laid = _planned(made)
    undone = _undone(made)
    memory = _memory()  # the checks take more
    assert_frame_equal(rows, _opened(files, identifier).associations())
    _check_counts(counts, _opened(files, one).counts(), copies)
    whole = seconds + more + sum(laid.values())
    return {"frame, counts, changed and plan": whole, "of it the frame": seconds, **laid, **undone}, memory


def _opened(files: SnapshotStore, identifier: str) -> Snapshot:
    snapshot = Snapshot.from_files(identifier, *files.load(identifier))
    snapshot.associations()
    return snapshot


def _check_counts(counts: object, one: object, copies: int) -> None:
    def totals(of: object) -> dict[str, int]:
        assert isinstance(of, dict)
        return {status: sum(school.get(status, (0, 0))[0] for school in of.values()) for status in STATUSES}

    expected = {status: copies * number for status, number in totals(one).items()}
    assert totals(counts) == expected, f"{totals(counts)} instead of {expected}"


def _planned(snapshot: Snapshot) -> dict[str, float]:
    """Seconds of laying drafts over, and of the plan."""
    rows = snapshot.associations()
    some = rows.loc[rows["status"].eq("Unassociated"), ["group_id", "section_id", "class_id"]].head(DRAFTS)
    choices = [next(iter(snapshot.validity.options(one).items()), ("", "")) for one in some["class_id"]]
    drafts = some[["group_id", "section_id"]].assign(person="ann", baseline="", source="", reason="")
    drafts[["category_id", "category"]] = pd.DataFrame(choices, index=drafts.index, dtype="str")
    laid, seconds = _timed(lambda: with_drafts(rows, drafts))
    assert laid["changed"].sum() == len(drafts)
    titles = snapshot.validity.titles
    plan, more = _timed(lambda: plan_from_drafts(laid, titles, scope="s", snapshot="s", shrunk=0.0))
    assert len(plan.changes) == len(drafts)
    return {f"{len(drafts):,} drafts laid over": seconds, f"plan of {len(drafts):,} drafts": more}


def _undone(snapshot: Snapshot) -> dict[str, float]:
    """Seconds of the way back from a run that has made so many of the associations that are there."""
    rows = snapshot.associations()
    done = rows.loc[rows["stored_reference"].eq(rows["stored_category_id"]).fillna(False)].head(DRAFTS)
    found = [change_of(row, row["stored_reference"], "A title") for row in records(done, OF_ROW)]
    changes = [replace(one, before=None, before_title=None) for one in found]
    outcomes = done[["group_id", "section_id"]].assign(change=ChangeKind.ASSOCIATION, outcome=RowOutcome.CONFIRMED)
    plan = Plan("s", snapshot.id, tuple(changes), len(done))

    def entry(change: Change) -> None:
        assert change.sis_section_id in snapshot.sis_ids(change.course_id)

    back, seconds = _timed(lambda: undo_plan(plan, "run", outcomes, entry, snapshot))
    assert (len(back.plan.changes), back.skipped) == (len(done), ())
    return {f"undo of {len(done):,} rows": seconds}


def _audited(snapshot: Snapshot, one: Snapshot, copies: int) -> dict[str, float]:
    found, first = _timed(lambda: findings(Evidence(snapshot)))
    lines, second = _timed(lambda: tonight(snapshot))
    losing, third = _timed(lambda: losing_sections(lines, snapshot))
    own, own_lines = findings(Evidence(one)), tonight(one)
    by_row = own["group_id"].notna()  # a district that is there many times shares its terms and unknown classes
    assert found["group_id"].notna().sum() == copies * by_row.sum()
    assert (len(lines), len(losing)) == (copies * len(own_lines), copies * len(losing_sections(own_lines, one)))
    return {"findings": first, "what the next passback does": second, "sections that lose grades": third}


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def _memory() -> int:
    """Megabytes of this process at most so far."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    return int(status["VmHWM"].split()[0]) // 1024
