"""Memory of a process that holds the association frame: the default district, and 20,000 courses."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.district import district, settings_for
from gpb.frames.snapshot import Snapshot
from gpb.store.snapshots import SnapshotStore
from gpb.workspace import Workspace

COPIES = 80  # of 250 courses
IDS = ("course_id", "section_id", "group_id")


def measure() -> dict[str, str]:
    """Resident memory, each figure in a fresh process."""
    with district() as printed, tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(settings_for(printed, Path(folder)))
        asyncio.run(workspace.term.pull())
        latest = workspace.term.latest()
        large = workspace.term.snapshots.write(
            latest.facts.to_json(), {name: _repeated(t) for name, t in latest.tables.items()}
        )
        workspace.term.snapshots.place(large)
        figures = [_resident(folder, name) for name in (latest.id, large)]
        workspace.close()
    return {
        "memory, default district": figures[0],
        "memory, 20,000 courses": f"{figures[1]} (aim: under 1,024 MB)",
    }


def _repeated(table: pd.DataFrame) -> pd.DataFrame:
    """The table of a district of 80 times the size: ids shifted, SIS ids and mapping keys as they are."""
    if "course_id" not in table:
        return table
    parts = [
        table.assign(**{name: table[name] + copy * 10_000_000 for name in IDS if name in table})
        for copy in range(COPIES)
    ]
    return pd.concat(parts, ignore_index=True)


def _resident(folder: str, identifier: str) -> str:
    code = "import sys; from benchmarks.memory import report; report(*sys.argv[1:])"
    done = subprocess.run([sys.executable, "-c", code, folder, identifier], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def report(folder: str, identifier: str) -> None:
    """Load a snapshot, compute its rows, and print them with the memory of this process."""
    facts, tables = SnapshotStore(Path(folder) / "snapshots").load(identifier)
    snapshot = Snapshot.from_files(identifier, facts, tables)
    rows = len(snapshot.associations())
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    resident, peak = (int(status[name].split()[0]) // 1024 for name in ("VmRSS", "VmHWM"))
    print(f"{resident:,} MB, {peak:,} MB at most, for {rows:,} rows")
