"""The association frame as a spreadsheet: out as CSV or XLSX, and what a person edited there back as choices.

An edit is what differs from what was exported. Each line of an export therefore carries what it showed; everything
else about a row may have changed since, by a sync, a colleague or a teacher, and is none of the file's business.
"""

from __future__ import annotations

import pandas as pd

from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.registry import Provenance
from gpb.audit.reports.tables import all_associations
from gpb.exchange.imported import Edit, Imported, Problem, problem_table
from gpb.exchange.importing import import_csv, rows_in
from gpb.exchange.reading import Table, check_size
from gpb.exchange.workbook_out import write_to_edit
from gpb.frames.validity import Validity

__all__ = [
    "Edit",
    "Imported",
    "Problem",
    "Table",
    "check_size",
    "export_csv",
    "export_xlsx",
    "import_csv",
    "problem_table",
    "rows_in",
]


def export_csv(rows: pd.DataFrame, provenance: Provenance, *, bom: bool = True) -> bytes:
    """Association rows (with drafts) as CSV, one line per row: the report ``all_associations``, see ``safe_csv``.

    ``category_id`` and ``category`` show the draft where there is one; empty means Unassociated.
    """
    return safe_csv(all_associations(rows, provenance.facts), provenance, bom=bom)


def export_xlsx(rows: pd.DataFrame, validity: Validity, provenance: Provenance) -> bytes:
    """The same as an Excel workbook, with a drop-down of the valid categories in each row.

    Text, and what is typed over it, stays text there. Raises InputError when there are more rows than a sheet can hold.
    """
    return write_to_edit(all_associations(rows, provenance.facts), rows["class_id"], validity, provenance)
