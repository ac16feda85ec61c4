"""Reports as an Excel workbook: a summary, a sheet per report, and what the columns mean.

Text is written as text and numbers as numbers, whatever they look like, so nothing in a workbook is ever a formula.
xlsxwriter keeps one row at a time in memory (``constant_memory``) and the rest in temporary files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from gpb.audit.reports.registry import REPORTS
from gpb.audit.reports.summary import Summary
from gpb.errors import InputError

Progress = Callable[[int, int, str], None]
MAX_ROWS = 1_048_575  # of a sheet, without its header
MAX_LINKS = 65_530  # of a sheet
MAX_LINK_LENGTH = 2_079
MAX_EXACT = 10**15  # Excel keeps 15 digits of a number
WIDTHS = (8, 60)  # characters
ROWS_PER_STEP = 10_000
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "max_url_length": MAX_LINK_LENGTH,
}
FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "header": {"bold": True, "bottom": 1, "valign": "top"},
    "label": {"bold": True},
    "text": {},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "id": {"num_format": "0"},
    "count": {"num_format": "#,##0"},
    "share": {"num_format": "0.0%"},
    "decimal": {"num_format": "0.0"},
    "day": {"num_format": "yyyy-mm-dd"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm:ss"},
    "link": {"font_color": "#0563C1", "underline": 1},
    "lost": {"bg_color": "#F8D7DA"},
    "at risk": {"bg_color": "#FFF3CD"},
}


def no_progress(_done: int, _total: int, _text: str) -> None:
    """For callers who do not watch."""


def write_workbook(
    file: Path | BinaryIO, tables: Mapping[str, pd.DataFrame], summary: Summary, progress: Progress = no_progress
) -> None:
    """Write the summary, the tables (name of a report → its frame) a sheet each, and the meaning of their columns.

    ``progress`` counts rows. Raises InputError when a table has more rows than a sheet can hold.
    """
    for name, table in tables.items():
        check_rows(name, table)
    total, done = sum(len(table) for table in tables.values()), 0
    with xlsxwriter.Workbook(file, OPTIONS) as workbook:
        workbook.set_properties({"title": summary.about, "comments": f"Snapshot {summary.facts['Snapshot']}"})
        formats = {name: workbook.add_format(properties) for name, properties in FORMATS.items()}
        _summary_sheet(Sheet(workbook, "Summary", formats), summary, tables)
        for name, table in tables.items():
            for written in _table_sheet(Sheet(workbook, REPORTS[name].title, formats), table):
                done += written
                progress(done, total, f"{done:,} of {total:,} rows written: {REPORTS[name].title}")
        _columns_sheet(Sheet(workbook, "Columns", formats), tables)


def check_rows(name: str, table: pd.DataFrame) -> None:
    """Raise InputError where a report has more rows than a sheet can hold."""
    if len(table) > MAX_ROWS:
        raise InputError(
            f"{REPORTS[name].title} has {len(table):,} rows, but a sheet can hold only {MAX_ROWS:,}. Download this "
            "report as CSV, or use the workbooks by school."
        )


class Sheet:
    """A sheet that is filled from top to bottom."""

    def __init__(self, workbook: Any, name: str, formats: Mapping[str, Any]) -> None:
        self.sheet = workbook.add_worksheet(name)
        self.formats = formats
        self.row = 0

    def line(self, *values: object, style: str = "text") -> None:
        """Write one row of text and numbers, in one format."""
        for place, value in enumerate(values):
            if isinstance(value, str):
                self.sheet.write_string(self.row, place, value, self.formats[style])
            elif isinstance(value, (int, float)) and math.isfinite(value):
                self.sheet.write_number(self.row, place, value, self.formats[style])
        self.row += 1

    def table(self, table: pd.DataFrame) -> Iterator[int]:
        """Write header and rows, and yield the number of rows after each step."""
        self.line(*table.columns, style="header")
        columns = [_column(table, str(name), place) for place, name in enumerate(table.columns)]
        for start in range(0, len(table), ROWS_PER_STEP):
            part = table.iloc[start : start + ROWS_PER_STEP]
            values = [_values(part[name]) for name in table.columns]
            for offset, cells in enumerate(zip(*values, strict=True)):
                self._cells(columns, cells, may_link=start + offset)
            yield len(part)

    def _cells(self, columns: list[_Column], cells: tuple[Any, ...], may_link: int) -> None:
        sheet, row = self.sheet, self.row
        for column, value in zip(columns, cells, strict=True):
            if value is None:
                continue
            style = self.formats[column.style]
            if column.style == "text" or type(value) is str:
                linked = may_link < column.links and value.startswith(("http://", "https://"))
                if linked and len(value) <= MAX_LINK_LENGTH:
                    sheet.write_url(row, column.place, value, self.formats["link"])
                else:
                    sheet.write_string(row, column.place, value)
            elif column.style in ("day", "moment"):
                sheet.write_datetime(row, column.place, value, style)
            else:
                sheet.write_number(row, column.place, value, style)
        self.row += 1


@dataclass(frozen=True, slots=True)
class _Column:
    """``links``: in so many rows, the first ones, its text becomes a link."""

    place: int
    style: str
    links: int


def _column(table: pd.DataFrame, name: str, place: int) -> _Column:
    links = [column for column in table.columns if str(column).endswith("_link")]
    return _Column(place, style_of(name, table[name]), MAX_LINKS // len(links) if name in links else 0)


def style_of(name: str, column: pd.Series) -> str:
    """The format of a column, a key of ``FORMATS``."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return "moment"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "day"
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return "text"
    if name.endswith("_id"):
        return "id"
    if pd.api.types.is_float_dtype(column):
        return "share" if name.endswith("share") else "decimal"
    return "count"


def _values(column: pd.Series) -> list[Any]:
    """Cells as Python values, None where there is nothing; whole numbers that Excel would round become text."""
    if pd.api.types.is_bool_dtype(column):
        column = column.map({True: "yes", False: ""})
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    values: list[Any] = column.astype(object).where(column.notna(), None).tolist()
    if pd.api.types.is_integer_dtype(column) and (column.abs() >= MAX_EXACT).any():
        return [str(value) if value is not None and abs(value) >= MAX_EXACT else value for value in values]
    return values


def _table_sheet(sheet: Sheet, table: pd.DataFrame) -> Iterator[int]:
    yield from sheet.table(table)
    last_row, last_column = len(table), len(table.columns) - 1
    sheet.sheet.freeze_panes(1, 0)
    sheet.sheet.autofilter(0, 0, last_row, last_column)
    for place, name in enumerate(table.columns):
        sheet.sheet.set_column(place, place, width_of(str(name), table[name]))
    if "severity" in table.columns and last_row:
        place = list(table.columns).index("severity")
        for severity in ("lost", "at risk"):  # the word stands there too
            rule = {"type": "cell", "criteria": "==", "value": f'"{severity}"', "format": sheet.formats[severity]}
            sheet.sheet.conditional_format(1, place, last_row, place, rule)


def width_of(name: str, column: pd.Series) -> int:
    """Characters that show header and content, within ``WIDTHS``."""
    lengths = column.astype("str").str.len()
    longest = 0 if column.isna().all() else int(lengths.max())
    least, most = WIDTHS
    return min(most, max(least, len(name) + 4, longest + 2))  # 4: the button of the filter


def _summary_sheet(sheet: Sheet, summary: Summary, tables: Mapping[str, pd.DataFrame]) -> None:
    sheet.line(f"Grade passback audit: {summary.about}", style="title")
    sheet.line()
    for label, value in summary.facts.items():
        sheet.line(label, value)
    sheet.sheet.set_column(0, 0, 34)
    sheet.sheet.set_column(1, len(summary.schools.columns) - 1, 16)
    for title, table in (
        ("Numbers", summary.numbers),
        ("Findings by severity", summary.severities),
        ("By school", summary.schools),
    ):
        sheet.line()
        sheet.line(title, style="label")
        sum(sheet.table(table))
    sheet.line()
    sheet.line(summary.score)
    sheet.line()
    sheet.line("Sheets", style="label")
    for name, table in tables.items():
        sheet.line(REPORTS[name].title, f"{len(table):,} rows", REPORTS[name].about)


def _columns_sheet(sheet: Sheet, tables: Mapping[str, pd.DataFrame]) -> None:
    sheet.line("sheet", "column", "meaning", style="header")
    for name in tables:
        for column, meaning in REPORTS[name].columns.items():
            sheet.line(REPORTS[name].title, column, meaning)
    sheet.line()
    sheet.line("Links", "", f"Excel allows {MAX_LINKS:,} links per sheet; the rest are plain text.")
    sheet.sheet.freeze_panes(1, 0)
    sheet.sheet.set_column(0, 1, 24)
    sheet.sheet.set_column(2, 2, 90)
