"""One zip for a whole district: a workbook per school, to be sent to its principal."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable
from datetime import UTC
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from gpb.audit.reports.registry import Provenance
from gpb.audit.reports.summary import summarize
from gpb.audit.reports.tables import audit_tables
from gpb.audit.reports.workbook import Progress, no_progress, write_workbook

SCHOOL_REPORTS = ("findings", "unassociated_sections")
NO_SCHOOL = "Without a school"
README = "README.txt"
MAX_NAME = 80  # characters: leaves room for the folders above within Windows' 260
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\..*)?", re.IGNORECASE)


def write_bundle(
    file: Path | BinaryIO,
    rows: pd.DataFrame,
    findings: pd.DataFrame,
    provenance: Provenance,
    progress: Progress = no_progress,
) -> None:
    """Write the zip: ``README.txt`` and one workbook per school that has a row or a finding.

    A finding without a school goes into a workbook of its own. ``progress`` counts schools.
    """
    of_row, of_finding = rows["school"], findings["school"].fillna(NO_SCHOOL)
    schools = sorted({*of_row, *of_finding})
    names = file_names(schools)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as bundle:  # workbooks are compressed already
        bundle.writestr(_entry(README, provenance), _readme(names, provenance))
        for done, (school, name) in enumerate(names.items(), 1):
            own_rows, own_findings = rows.loc[of_row.eq(school)], findings.loc[of_finding.eq(school)]
            content = io.BytesIO()
            tables = audit_tables(own_rows, own_findings, provenance.facts, SCHOOL_REPORTS)
            write_workbook(content, tables, summarize(own_rows, own_findings, provenance, school))
            bundle.writestr(_entry(name, provenance), content.getvalue())
            progress(done, len(names), f"{done} of {len(names)} schools written")


def file_names(schools: Iterable[str]) -> dict[str, str]:
    """School → name of its workbook, safe on Windows and different from the others whatever their case."""
    taken = {README.casefold()}
    names = {}
    for school in schools:
        stem = _safe(school)
        name, number = f"{stem}.xlsx", 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem} ({number}).xlsx"
        taken.add(name.casefold())
        names[school] = name
    return names


def _safe(title: str) -> str:
    """A title without what Windows forbids in a file name."""
    composed = unicodedata.normalize("NFC", title)
    printable = "".join(" " if unicodedata.category(mark)[0] in "CZ" else mark for mark in composed)
    stem = re.sub(r"[<>:\"/\\|?*]", "-", printable)
    stem = re.sub(r" +", " ", stem)[:MAX_NAME].strip(" .") or "School"
    return f"School {stem}" if RESERVED.fullmatch(stem) else stem


def _entry(name: str, provenance: Provenance) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, provenance.made_at.astimezone(UTC).timetuple()[:6])


def _readme(names: dict[str, str], provenance: Provenance) -> bytes:
    facts = provenance.facts
    lines = [
        "Grade passback audit by school",
        "",
        f"Term: {facts.term}",
        f"Canvas: {facts.canvas_url}",
        f"Focus: {facts.sis_url}",
        f"Snapshot: {provenance.snapshot}",
        f"As of (Canvas and Focus): {provenance.at(provenance.read_at)}",
        f"Made: {provenance.at(provenance.made_at)}",
        "",
        "Each workbook contains a summary, the findings and the unassociated sections of one school.",
        "Later changes in Canvas or Focus are not included.",
        "",
        *(f"{name}: {' '.join(school.split())}" for school, name in names.items()),
    ]
    return "\r\n".join([*lines, ""]).encode("utf-8-sig")
