"""Reports to take along: CSV at once, workbooks made beside the page with a bar.

Session-state keys: ``report_name`` (str, the chosen report) and ``report_bom`` (bool).
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

import pandas as pd
import streamlit as st

from gpb.audit.reports.bundle import write_bundle
from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.registry import AUDIT_REPORTS, REPORTS, Provenance
from gpb.audit.reports.summary import summarize
from gpb.audit.reports.tables import audit_tables
from gpb.audit.reports.workbook import write_workbook
from gpb.frames.snapshot import Snapshot
from gpb.term.underway.courses import Progress
from gpb.ui.audit.filters import AuditFilters
from gpb.ui.entrance.admission import person
from gpb.ui.shell.progress import is_running
from gpb.ui.shell.runtime import runtime
from gpb.ui.shell.session import callback
from gpb.ui.text import count, local_time, plain, sentence
from gpb.workspace import Workspace

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Write = Callable[[io.BytesIO, Progress], None]
Rows = Callable[[], pd.DataFrame]
"""The rows of a report with the drafts of the moment; made only for whoever asks for the report."""


def reports_panel(opened: Workspace, snapshot: Snapshot, shown: pd.DataFrame, filters: AuditFilters) -> None:
    """Draw it for what the filters leave of the association frame and for the findings ``shown``."""

    def meant() -> pd.DataFrame:
        return filters.rows(opened.term.rows(snapshot))

    number = len(filters.rows(snapshot.associations()))
    provenance = Provenance(snapshot.id, snapshot.facts, zone=opened.settings.zone)
    st.header("Reports", anchor=False)
    st.caption(
        f"With the current filters: {count(len(shown), 'finding')} and {count(number, 'row')}, as of "
        f"{local_time(snapshot.facts.taken_at)}. The README and each workbook explain the columns."
    )
    with st.container(key="audit_pairs_reports"):
        choice, bom, one, all_of_it, schools = st.columns([3, 2.2, 1.8, 2, 2.2], vertical_alignment="bottom")
    name = choice.selectbox("Report", AUDIT_REPORTS, format_func=lambda known: REPORTS[known].title, key="report_name")
    with_bom = bom.toggle("CSV for Excel", value=True, key="report_bom", help="With a byte order mark")
    one.download_button(
        "CSV",
        lambda: safe_csv(audit_tables(meant(), shown, snapshot.facts, [name])[name], provenance, bom=with_bom),
        file_name=f"{name}.csv", mime="text/csv", icon=":material/download:", on_click="ignore", width="stretch",
    )  # fmt: skip
    about = filters.school or snapshot.facts.term
    is_busy = is_running(runtime().job(_kind(), opened))
    all_of_it.button("Workbook", icon=":material/table:", disabled=is_busy, width="stretch", on_click=_start,
                     args=(opened, "audit.xlsx", XLSX, _workbook(meant, shown, provenance, about)))  # fmt: skip
    schools.button("One file per school", icon=":material/folder_zip:", disabled=is_busy, width="stretch",
                   on_click=_start, args=(opened, "audit by school.zip", "application/zip",
                                          _bundle(meant, shown, provenance)))  # fmt: skip
    _made(opened)


def _workbook(meant: Rows, found: pd.DataFrame, provenance: Provenance, about: str) -> Write:
    def write(file: io.BytesIO, progress: Progress) -> None:
        rows = meant()
        tables = audit_tables(rows, found, provenance.facts)
        write_workbook(file, tables, summarize(rows, found, provenance, about), progress)

    return write


def _bundle(meant: Rows, found: pd.DataFrame, provenance: Provenance) -> Write:
    def write(file: io.BytesIO, progress: Progress) -> None:
        write_bundle(file, meant(), found, provenance, progress)

    return write


@callback()
def _start(opened: Workspace, name: str, mime: str, write: Write) -> None:
    """Make a file in a thread of its own; the job keeps it until the next one."""

    def work(progress: Progress) -> Awaitable[dict[str, Any]]:
        def make() -> dict[str, Any]:
            file = io.BytesIO()
            write(file, progress)
            return {"name": name, "mime": mime, "content": file.getvalue()}

        return asyncio.to_thread(make)

    runtime().start(_kind(), opened, person(), work)


def _made(opened: Workspace) -> None:
    job = runtime().job(_kind(), opened)
    if is_running(job):
        st.caption("Your report is being written; the bar at the bottom shows how far it is.")
    elif job is not None and job.error:
        st.error(sentence(job.error), icon=":material/error:")
    elif job is not None and job.result:
        made = job.result
        st.download_button(
            f"Download {plain(made['name'])} ({len(made['content']) / 1e6:.1f} MB)",
            made["content"], file_name=made["name"],
            mime=made["mime"], icon=":material/download:", type="primary", on_click="ignore",
        )  # fmt: skip


def _kind() -> str:
    """Each person has a report of their own in the making."""
    return f"report of {person()}"
