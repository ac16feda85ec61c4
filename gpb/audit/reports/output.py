"""The files of one audit, as their contents: reports for people, and the mail."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from gpb.audit.reports import mail
from gpb.audit.reports.bundle import write_bundle
from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.result import AuditResult
from gpb.audit.reports.summary import summarize
from gpb.audit.reports.tables import all_findings, audit_tables
from gpb.audit.reports.workbook import write_workbook


def audit_files(audit: AuditResult, rows: pd.DataFrame, *, new_only: bool) -> Mapping[str, Callable[[Path], bytes]]:
    """Kind of file → function that makes its content, for the file's name: ``csv``, ``xlsx``, ``bundle``, ``mail``.

    ``rows`` is the association frame with drafts. ``new_only`` narrows the findings of the reports to new ones; a mail
    tells what is new anyway. What is made raises InputError when it is too long for a sheet.
    """
    found, provenance = audit.new if new_only else audit.found, audit.provenance
    about = f"{audit.facts.term}, new findings only" if new_only else audit.facts.term

    def workbook(_file: Path) -> bytes:
        content = io.BytesIO()
        write_workbook(content, audit_tables(rows, found, provenance.facts), summarize(rows, found, provenance, about))
        return content.getvalue()

    def bundle(_file: Path) -> bytes:
        content = io.BytesIO()
        write_bundle(content, rows, found, provenance)
        return content.getvalue()

    return {
        "csv": lambda _file: safe_csv(all_findings(found), provenance),
        "xlsx": workbook,
        "bundle": bundle,
        "mail": lambda file: _mail(audit, file).encode(),
    }


def _mail(audit: AuditResult, file: Path) -> str:
    return mail.html(audit) if file.suffix.lower() in (".html", ".htm") else mail.markdown(audit)
