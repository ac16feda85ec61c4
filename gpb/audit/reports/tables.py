"""The reports as frames: one function each, whose columns are those of ``REPORTS`` in that order.

``rows`` is the association frame with drafts (``frames.overlay.with_drafts``), ``facts`` those of its snapshot, and
``findings`` the frame of the audit.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

import pandas as pd

from gpb.audit import score
from gpb.audit.figures import Figure, by_place
from gpb.audit.reports.registry import AUDIT_REPORTS, REPORTS, SEVERITY_COLUMNS, STATUS_COLUMNS
from gpb.frames.association import with_links
from gpb.frames.facts import SnapshotFacts
from gpb.frames.schemas import Status
from gpb.frames.snapshot import BY_NAME, NOT_PASSED_BACK, counts_by_school
from gpb.matching.labels import shown_titles
from gpb.store.run_records import RunRecord


def audit_tables(
    rows: pd.DataFrame, findings: pd.DataFrame, facts: SnapshotFacts, names: Iterable[str] = AUDIT_REPORTS
) -> dict[str, pd.DataFrame]:
    """The named reports of ``AUDIT_REPORTS`` by name, in the order of ``names``."""
    made = {
        "by_school": lambda: by_school(rows, findings),
        "by_teacher": lambda: by_teacher(rows),
        "findings": lambda: all_findings(findings),
        "unassociated_sections": lambda: unassociated_sections(rows, facts),
        "all_associations": lambda: all_associations(rows, facts),
    }
    return {name: made[name]() for name in names}


def unassociated_sections(rows: pd.DataFrame, facts: SnapshotFacts) -> pd.DataFrame:
    """Every row whose status is Unassociated, the one with most assignments first; dtypes as in ``rows``."""
    found = rows.loc[rows["status"].eq(Status.UNASSOCIATED)]
    order = ["assignments", "school", "course", "group_id", "section_id"]
    found = found.sort_values(order, ascending=[False, True, True, True, True])
    return _columns(with_links(found, facts), "unassociated_sections")


def all_associations(rows: pd.DataFrame, facts: SnapshotFacts) -> pd.DataFrame:
    """Every row in the order of ``rows``; dtypes as there, ``category_in_canvas`` being ``stored_category``.

    A title that reads like no category at all is marked as a title (``labels.title_label``).
    The ``exported_`` columns repeat what a person may edit, and tell what Canvas stores, so that a file says by itself
    what was edited in it.
    """
    category = shown_titles(rows["category"], otherwise=None)
    shown = {"category": category, "exported_category": category, "exported_category_id": rows["category_id"]}
    in_canvas = shown_titles(rows["stored_category"], otherwise=None)
    stored = {"category_in_canvas": in_canvas, "exported_reference": rows["stored_reference"]}
    return _columns(with_links(rows, facts).assign(**shown, **stored), "all_associations")


def all_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """Every finding in the order of ``findings``; ``accepted_until`` becomes a day (datetime64), the rest stays."""
    until = pd.to_datetime(findings["accepted_until"], format="ISO8601")
    return _columns(findings.assign(accepted_until=until), "findings")


def by_school(rows: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """One line per school with a row or a finding: dtypes as in ``score.by_school``, counts of findings int64."""
    none = {NOT_PASSED_BACK: (0, 0), BY_NAME: (0, 0)}
    counts: score.Counts = {**dict.fromkeys(findings["school"].dropna(), none), **counts_by_school(rows)}
    drafts = by_place(rows, ["school"])[["nothing_waiting", "to_do", "drafted"]]
    names = {status: name for name, status in STATUS_COLUMNS.items()}
    table = score.by_school(counts).rename(columns=names).join(_findings_by_school(findings), on="school")
    table = table.join(drafts, on="school")
    counted = [*SEVERITY_COLUMNS, "accepted", *drafts.columns]
    return _columns(table.fillna(dict.fromkeys(counted, 0)).astype(dict.fromkeys(counted, "int64")), "by_school")


def _findings_by_school(findings: pd.DataFrame) -> pd.DataFrame:
    """Open findings by severity and accepted ones; a finding without a school counts in none."""
    accepted = findings["accepted_until"].notna()
    marks = {name: findings["severity"].eq(value) & ~accepted for name, value in SEVERITY_COLUMNS.items()}
    return pd.DataFrame({**marks, "accepted": accepted}).groupby(findings["school"]).sum()


def by_teacher(rows: pd.DataFrame) -> pd.DataFrame:
    """One line per school and teacher, all counts int64; teachers who share a course are one line together.

    ``assignments_not_passed_back`` is Int64, missing where Canvas did not show assignments.
    """
    places = ["school", "teacher"]
    table = by_place(rows, places).rename(columns={Figure.ALL: "rows"})
    table["courses"] = rows.groupby(places)["course_id"].nunique().astype("int64")
    table["unassociated"] = rows["status"].eq(Status.UNASSOCIATED).groupby([rows[one] for one in places]).sum()
    table = table.astype({"unassociated": "int64"}).reset_index()
    order = ["assignments_not_passed_back", *places]
    return _columns(table.sort_values(order, ascending=[False, True, True]), "by_teacher")


def changes_of_a_run(record: RunRecord, outcomes: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a run in plan order: ``outcomes`` is ``sync.run.outcome_frame``, ``started`` datetime64 in UTC.

    ``rows`` gives the SIS ids; that of a section which left the term since is NaN.
    """
    sis_ids = rows.drop_duplicates("section_id").set_index("section_id")["sis_section_id"]
    table = outcomes.assign(
        run=record.run_id,
        person=record.person,
        started=pd.Timestamp(datetime.fromisoformat(record.started_at).astimezone(UTC)),
        sis_section_id=outcomes["section_id"].map(sis_ids).astype("str"),
    )
    return _columns(table, "changes_of_a_run")


def _columns(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table[list(REPORTS[name].columns)].reset_index(drop=True)
