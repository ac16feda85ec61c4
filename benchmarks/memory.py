"""Rows of a term of any size: opening, making, counting, drafts, plan and audit, with the memory that they take.

Each size is a process of its own. What comes out must be that of one district, so many times.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pandas as pd
from pandas.testing import assert_frame_equal

from benchmarks.copies import repeated
from benchmarks.district import district, settings_for
from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings
from gpb.audit.tonight.lines import tonight
from gpb.audit.tonight.sections import losing_sections
from gpb.frames.overlay import with_drafts
from gpb.frames.schemas import STATUSES
from gpb.frames.snapshot import Snapshot
from gpb.store.snapshots import SnapshotStore
from gpb.sync.plan import plan_from_drafts
from gpb.workspace import Workspace

SIZES = {"4,000 rows": 1, "320,000 rows": 80, "1,000,000 rows": 250}
"""Copies of the default district."""
DRAFTS = 20_000
PARTS = ("opened", "made", "planned", "audited")
Result = TypeVar("Result")


def measure() -> dict[str, str]:
    """Seconds of CPU and the most memory that a process has had; a wrong result ends it."""
    found: dict[str, str] = {}
    with district() as printed, tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(settings_for(printed, Path(folder)))
        asyncio.run(workspace.term.pull())
        latest, files = workspace.term.latest(), workspace.term.snapshots
        for size, copies in SIZES.items():
            name = _written(files, latest, copies)
            found |= {
                f"{size}, {part}": _reported(folder, latest.facts.source, name, part, latest.id, copies)
                for part in PARTS
            }
        workspace.close()
    return found


def _written(files: SnapshotStore, latest: Snapshot, copies: int) -> str:
    whole = Snapshot("", latest.facts, repeated(latest.tables, copies))
    name = files.write(whole.facts.to_json(), {**whole.tables, **whole.derived()})
    files.place(name)
    return name


def _reported(folder: str, *arguments: object) -> str:
    code = "import sys; from benchmarks.memory import report; report(*sys.argv[1:])"
    command = [sys.executable, "-c", code, folder, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def report(folder: str, source: str, identifier: str, part: str, one: str, copies: str) -> None:
    """Print what ``part`` takes in this process, for a snapshot of so many copies of the snapshot ``one``."""
    files = SnapshotStore.at("", Path(folder), source)
    snapshot, seconds = _timed(lambda: _opened(files, identifier))
    told = {"opened": f"{seconds:.2f} s (aim of 320,000: 0.4 s, 350 MB)"}
    if part == "made":
        made = Snapshot(identifier, snapshot.facts, dict(snapshot.tables), {"stored": snapshot.entries})
        rows, seconds = _timed(made.associations)
        counts, more = _timed(made.counts)
        told["made"] = f"{seconds:.2f} s, and counted in {more:.2f} s"
        memory = _memory()  # the check below takes more
        assert_frame_equal(rows, snapshot.associations())
        _check_counts(counts, _opened(files, one).counts(), int(copies))
    if part == "planned":
        told["planned"] = _planned(snapshot)
    if part == "audited":
        told["audited"] = _audited(snapshot, _opened(files, one), int(copies))
    print(told[part] + f"; {memory if part == 'made' else _memory():,} MB at most")


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


def _planned(snapshot: Snapshot) -> str:
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
    return f"{len(drafts):,} drafts laid over in {seconds:.2f} s, plan in {more:.2f} s"


def _audited(snapshot: Snapshot, one: Snapshot, copies: int) -> str:
    found, first = _timed(lambda: findings(Evidence(snapshot)))
    lines, second = _timed(lambda: tonight(snapshot))
    losing, third = _timed(lambda: losing_sections(lines, snapshot))
    own, own_lines = findings(Evidence(one)), tonight(one)
    by_row = own["group_id"].notna()  # a district that is there many times shares its terms and unknown classes
    assert found["group_id"].notna().sum() == copies * by_row.sum()
    assert (len(lines), len(losing)) == (copies * len(own_lines), copies * len(losing_sections(own_lines, one)))
    return f"findings {first:.2f} s (aim of 320,000: 1.5 s), tonight {second:.2f} s, losing sections {third:.2f} s"


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    began = time.process_time()
    return work(), time.process_time() - began


def _memory() -> int:
    """Megabytes of this process at most so far."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    return int(status["VmHWM"].split()[0]) // 1024
