"""The reports of a large district: all associations as CSV and as a workbook, against plain pandas."""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.copies import repeated
from benchmarks.district import district, settings_for
from benchmarks.figure import Figure
from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.registry import Provenance
from gpb.audit.reports.summary import summarize
from gpb.audit.reports.tables import all_associations
from gpb.audit.reports.workbook import write_workbook
from gpb.frames.overlay import with_drafts
from gpb.frames.snapshot import Snapshot
from gpb.workspace import Workspace

COPIES = 25
"""Of the default district: 100,000 rows."""


def measure() -> list[Figure]:
    """Seconds of both, and how many times as long as ``DataFrame.to_csv``."""
    with district() as printed, tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(settings_for(printed, Path(folder)))
        asyncio.run(workspace.term.pull())
        rows, found, provenance = large(workspace, COPIES)
        workspace.close()
    table = all_associations(rows, provenance.facts)
    plain = _seconds(lambda: table.to_csv(index=False).encode())
    as_csv = _seconds(lambda: safe_csv(table, provenance))
    summary = summarize(rows, found, provenance, "All schools")
    as_workbook = _seconds(lambda: write_workbook(io.BytesIO(), {"all_associations": table}, summary))
    size = f"{len(table):,} rows"
    return [
        Figure(f"CSV of {size}", as_csv, "s", 1, told=f"{as_csv / plain:.1f} times to_csv"),
        Figure(f"workbook of {size}", as_workbook, "s", 20, told=f"{as_workbook / plain:.0f} times to_csv"),
    ]


def large(workspace: Workspace, copies: int) -> tuple[pd.DataFrame, pd.DataFrame, Provenance]:
    """The rows of the term so many times over, the findings of the term itself, and where they are from."""
    latest = workspace.term.latest()
    whole = Snapshot("large", latest.facts, repeated(latest.tables, copies))
    rows = with_drafts(whole.associations(), workspace.term.drafts().frame())
    return rows, workspace.audit.findings(), Provenance(whole.id, latest.facts)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
