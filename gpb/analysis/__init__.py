"""What an analyst needs, in one call each; all of it is offered by ``import gpb``.

``settings`` are those of the environment and ``.env`` where none are given. Every function raises SettingsError where a
setting is missing or wrong, and StoreError where the data directory or the database cannot be used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd

from gpb.audit import figures as desk
from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.registry import Provenance
from gpb.audit.reports.result import AuditResult
from gpb.audit.score import by_school
from gpb.audit.tonight.sections import DTYPES
from gpb.errors import SettingsError
from gpb.frames.snapshot import Snapshot
from gpb.settings import Settings, load_settings
from gpb.workspace import Workspace


def pull(settings: Settings | None = None) -> Snapshot:
    """Read the whole term from Canvas and Focus, keep it, and return it: the newest snapshot.

    It waits until all is read, in a notebook too. Raises ApiError where Canvas or Focus do not answer as they should,
    InputError where the account has no such term. Nothing is written to Canvas.
    """
    with _opened(settings) as workspace:
        with ThreadPoolExecutor(1) as thread:  # a notebook has a running event loop, which allows no second one
            thread.submit(asyncio.run, workspace.term.pull()).result()
        return workspace.term.latest()


def latest(settings: Settings | None = None) -> Snapshot:
    """The newest snapshot that was kept, without asking Canvas; raises InputError before the first pull."""
    with _opened(settings) as workspace:
        return workspace.term.latest()


def findings(settings: Settings | None = None) -> pd.DataFrame:
    """All findings of the newest snapshot, the weightiest first; raises InputError before the first pull.

    Columns: ``key, finding, title, sentence, who, remedy, school, course, teacher, group, section, sis_section_id,
    class_id, category, run, canvas_link, focus_link, dashboard_link`` str; ``severity`` ordered categorical (lost, at
    risk, note); ``assignments`` Int64, how many hang on it; ``course_id, group_id, section_id`` Int64; ``is_new`` bool,
    not known to the last audit; ``accepted_until`` (YYYY-MM-DD), ``accepted_by, accepted_reason`` str. What a finding
    does not concern is missing.
    """
    with _opened(settings) as workspace:
        return workspace.audit.findings()


def figures(settings: Settings | None = None) -> pd.DataFrame:
    """The desk's numbers, drafts included: the same that every page and report shows.

    Columns: ``figure, label`` str; ``rows`` (assignment group × SIS section) and ``groups`` int64; ``assignments``
    Int64, missing where Canvas did not show them. Raises InputError before the first pull.
    """
    with _opened(settings) as workspace:
        return desk.figures(workspace.term.rows())


def sections(settings: Settings | None = None) -> pd.DataFrame:
    """Sections that lose grades tonight, the worst first, see ``audit.tonight.sections``; empty where not known.

    Columns: ``section_id, course_id`` int64; ``school, course, teacher, section, sis_section_id`` str; ``rows,
    assignments`` int64; ``reason, title, who, why`` str: the main reason, in words, who can fix it, and all reasons.
    """
    with _opened(settings) as workspace:
        found = workspace.audit.losing()
        return pd.DataFrame(columns=list(DTYPES)).astype(DTYPES) if found is None else found


def scores(snapshot: Snapshot) -> pd.DataFrame:
    """How healthy the associations of each school are, the lowest score first.

    Columns: ``school`` str; ``rows`` and one column per status (``Synchronized`` …) int64, numbers of rows;
    ``associated_share`` float64 from 0 to 1; ``assignments, assignments_delivered`` Int64; ``score`` Int64 from 0 to
    100, percent of assignments, missing where no assignment waits; ``not_passed_back, name_alone`` rows and
    ``assignments_not_passed_back, assignments_name_alone`` Int64, as ``figures`` counts them.
    """
    return by_school(snapshot.counts())


def trend(settings: Settings | None = None) -> pd.DataFrame:
    """The district over all snapshots of the term: ``read_at`` datetime64 in UTC, and the columns of ``scores``."""
    with _opened(settings) as workspace:
        return workspace.audit.trend()


def write_csv(table: pd.DataFrame, file: str | Path, snapshot: Snapshot | None = None) -> Path:
    """Write a frame as CSV for spreadsheets (UTF-8, no text becomes a formula), and return the path.

    With ``snapshot``, its id and time are the last columns of each line. Missing folders are made; raises OSError where
    the file cannot be written.
    """
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(safe_csv(table, Provenance(snapshot.id, snapshot.facts) if snapshot else None))
    return path


def configured(settings: Settings | None = None) -> Settings:
    """These settings, or those of the environment; raises SettingsError where they lead to no Canvas."""
    settings = settings or load_settings()
    if settings.is_sandbox:
        raise SettingsError(
            "GPB_CANVAS_URL is not set. Set the GPB_ settings to those of your district, or to the ones that "
            "`python -m gpb sandbox` prints."
        )
    return settings


def audited(workspace: Workspace) -> AuditResult:
    """The audit of the newest snapshot beside the one before; whoever has told it marks it in ``audits()``."""
    snapshot = workspace.term.latest()
    before = workspace.audit.marks().before(snapshot.id)
    rows = workspace.term.rows(snapshot)
    return AuditResult(
        Provenance(
            snapshot.id,
            replace(snapshot.facts, counts=snapshot.counts()),
            zone=workspace.settings.zone,
        ),
        workspace.audit.findings(),
        workspace.term.facts_of(before) if before is not None and workspace.term.is_whole(before) else None,
        workspace.settings.dashboard_url,
        desk.figures(rows),
        workspace.audit.losing(),
    )


@contextmanager
def _opened(settings: Settings | None) -> Iterator[Workspace]:
    workspace = Workspace(configured(settings))
    try:
        yield workspace
    finally:
        workspace.close()
