"""The registry: names that others build on, and a README that lists them."""

from __future__ import annotations

from gpb.audit.reports.registry import AUDIT_REPORTS, REPORTS, readme_table
from gpb.settings import ROOT


def test_the_readme_lists_every_report_with_its_columns() -> None:
    """Between its marks stands exactly what the registry says."""
    _, mark, after = (ROOT / "README.md").read_text(encoding="utf-8").partition("<!-- reports -->")
    assert mark
    assert after.partition("<!-- end -->")[0].strip() == readme_table()


def test_every_column_has_one_line_of_meaning() -> None:
    """Short enough for a cell of the sheet that explains them."""
    meanings = [meaning for report in REPORTS.values() for meaning in report.columns.values()]
    assert all(meaning and "\n" not in meaning and len(meaning) < 100 for meaning in meanings)


def test_titles_fit_the_tab_of_a_sheet() -> None:
    """Excel allows 31 characters, and no two of a name."""
    titles = [report.title for report in REPORTS.values()]
    assert len({title.casefold() for title in [*titles, "Summary", "Columns"]}) == len(titles) + 2
    assert max(map(len, titles)) <= 31
    assert set(AUDIT_REPORTS) < set(REPORTS)
