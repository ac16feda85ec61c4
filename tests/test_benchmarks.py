"""The benchmarks measure the program as it is."""

from __future__ import annotations

from benchmarks.reports import large_rows
from gpb.audit.reports.tables import all_associations


def test_the_made_up_rows_are_what_reports_read() -> None:
    """A column that a report has needed since would end the measuring in a failure."""
    table = all_associations(large_rows(50))
    assert len(table) == 50
    assert table["exported_reference"].notna().any()
