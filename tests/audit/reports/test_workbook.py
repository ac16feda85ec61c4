"""The workbook, read back as a spreadsheet reads it."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from gpb.audit.figures import WORDS, Figure, counted
from gpb.audit.reports import workbook
from gpb.audit.reports.registry import REPORTS
from gpb.audit.reports.summary import Summary, summarize
from gpb.audit.reports.tables import all_associations, audit_tables
from gpb.audit.reports.workbook import write_workbook
from gpb.errors import InputError
from tests.audit.reports.builders import all_findings, all_rows, district, provenance
from tests.audit.reports.libreoffice import needs_libreoffice, resave


@cache
def summary() -> Summary:
    """Of all schools."""
    return summarize(all_rows(), all_findings(), provenance(), "All schools")


@cache
def all_tables() -> dict[str, pd.DataFrame]:
    """The tables of the whole district."""
    return audit_tables(all_rows(), all_findings(), district().facts)


SHEETS = ["Summary", "By school", "By teacher", "Findings", "Unassociated sections", "All associations", "Columns"]


def written(tables: dict[str, pd.DataFrame]) -> Any:
    """The workbook of these tables, opened."""
    content = io.BytesIO()
    write_workbook(content, tables, summary())
    return openpyxl.load_workbook(content)


@pytest.fixture(scope="module")
def book() -> Any:
    """The workbook of the whole district."""
    return written(all_tables())


def column(sheet: Any, name: str) -> list[Any]:
    """The cells of a column below its header."""
    place = [cell.value for cell in sheet[1]].index(name)
    return [row[place] for row in sheet.iter_rows(min_row=2)]


def test_the_summary_comes_first_and_tells_what_the_file_is(book: Any) -> None:
    """Snapshot and times, counts, schools with their score, how it is made, and the sheets that follow."""
    assert book.sheetnames == SHEETS
    lines = [[cell.value for cell in row if cell.value is not None] for row in book["Summary"].iter_rows()]
    for label, value in summary().facts.items():
        assert [label, value] in lines
    assert [summary().score] in lines
    to_do = counted(all_rows())[Figure.TO_DO]
    assert ["To do", *to_do, WORDS[Figure.TO_DO].meaning] in lines
    lost = counted(all_rows())[Figure.NOT_PASSED_BACK]
    assert ["North High", 78, to_do.rows, lost.rows, lost.assignments, 1, 1 / 78, 1, 49, 2] in lines
    assert [line[0] for line in lines if line and line[0] in SHEETS and len(line) == 3] == SHEETS[
        1:-1
    ]  # a line each in the list of sheets


def test_no_cell_is_a_formula_and_every_text_is_the_text(book: Any, tmp_path: Path) -> None:
    """Of all sheets; titles that look like formulas, numbers and dates stay text."""
    assert [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []
    shown = [cell.value for cell in column(book["All associations"], "group")]
    expected = (
        all_tables()["all_associations"]["group"].str.replace("\x07", "_x0007_").str.replace("_x0041_", "_x005F_x0041_")
    )
    assert shown == expected.tolist()  # the marks in a control character's place are the file format's own
    sis_ids = column(book["All associations"], "sis_section_id")
    assert {cell.data_type for cell in sis_ids} == {"s"}
    assert [cell.value for cell in sis_ids] == all_tables()["all_associations"]["sis_section_id"].tolist()
    write_workbook(tmp_path / "book.xlsx", all_tables(), summary())
    with zipfile.ZipFile(tmp_path / "book.xlsx") as parts:
        assert [name for name in parts.namelist() if b"<f>" in parts.read(name)] == []


def test_ids_of_canvas_are_whole_numbers_and_times_are_times(book: Any) -> None:
    """A number that Excel would round becomes text."""
    ids = column(book["All associations"], "group_id")
    assert [cell.value for cell in ids] == all_tables()["all_associations"]["group_id"].tolist()
    assert {(cell.data_type, cell.number_format) for cell in ids} == {("n", "0")}
    assert column(book["By school"], "associated_share")[0].number_format == "0.0%"
    until = column(book["Findings"], "accepted_until")[0]
    assert (until.value, until.number_format) == (pd.Timestamp("2026-12-31").to_pydatetime(), "yyyy-mm-dd")
    assert column(book["Findings"], "is_new")[0].value == "yes"
    huge = all_associations(all_rows().head(2), district().facts).assign(group_id=[10**15, 10**15 - 1])
    assert [cell.value for cell in column(written({"all_associations": huge})["All associations"], "group_id")] == [
        "1000000000000000",
        999_999_999_999_999,
    ]


def test_a_sheet_can_be_filtered_and_its_header_stays(book: Any) -> None:
    """Bold, frozen, wide enough and not wider than a screen."""
    for name in SHEETS[1:-1]:
        sheet = book[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert all(cell.font.bold for cell in sheet[1])
        widths = [sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]]
        assert min(widths) >= 8
        assert max(widths) < 61
    assert book["Findings"].column_dimensions["C"].width > 55  # a sentence


def test_the_columns_are_explained(book: Any) -> None:
    """On the last sheet."""
    lines = [[cell.value for cell in row] for row in book["Columns"].iter_rows(min_row=2)]
    for name in all_tables():
        for title, meaning in REPORTS[name].columns.items():
            assert [REPORTS[name].title, title, meaning] in lines


def test_severity_is_a_word_and_a_colour(book: Any) -> None:
    """Not the colour alone."""
    assert [cell.value for cell in column(book["Findings"], "severity")] == all_findings()["severity"].tolist()
    rules = [rule.formula for found in book["Findings"].conditional_formatting for rule in found.rules]
    assert rules == [['"lost"'], ['"at risk"']]


def test_links_are_links_as_far_as_excel_allows(book: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Further down, and where an address is too long or none, they are plain text."""
    cells = column(book["Findings"], "canvas_link")
    assert [cell.hyperlink.target for cell in cells] == all_findings()["canvas_link"].tolist()
    assert [cell.value for cell in cells] == all_findings()["canvas_link"].tolist()
    monkeypatch.setattr(workbook, "MAX_LINKS", 5)  # two columns share them
    odd = all_associations(all_rows().head(4), district().facts)
    odd["focus_link"] = ["https://x.example/" + "a" * 2_100, "javascript:alert(1)", "https://x.example", "https://x.e"]
    sheet = written({"all_associations": odd})["All associations"]
    assert [cell.hyperlink is not None for cell in column(sheet, "canvas_link")] == [True, True, False, False]
    assert [cell.hyperlink is not None for cell in column(sheet, "focus_link")] == [False] * 4
    assert [cell.value for cell in column(sheet, "focus_link")] == odd["focus_link"].tolist()


def test_progress_counts_rows_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """In steps, across sheets."""
    monkeypatch.setattr(workbook, "ROWS_PER_STEP", 50)
    seen: list[tuple[int, int, str]] = []
    tables = {"all_associations": all_tables()["all_associations"], "by_school": all_tables()["by_school"]}
    write_workbook(io.BytesIO(), tables, summary(), lambda *step: seen.append(step))
    assert [(done, total) for done, total, _ in seen] == [(50, 79), (78, 79), (79, 79)]
    assert seen[0][2] == "50 of 79 rows written: All associations"


def test_a_table_that_no_sheet_can_hold_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the way out, before anything is written."""
    monkeypatch.setattr(workbook, "MAX_ROWS", 10)
    with pytest.raises(
        InputError, match=r"All associations has 78 rows, but a sheet can hold only 10\. Download this report as CSV"
    ):
        write_workbook(io.BytesIO(), {"all_associations": all_tables()["all_associations"]}, summary())


def test_a_table_without_rows_is_a_sheet_with_a_header() -> None:
    """A school without findings."""
    sheet = written(audit_tables(all_rows().head(0), all_findings().head(0), district().facts))["Findings"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [list(REPORTS["findings"].columns)]


@pytest.mark.slow
@needs_libreoffice
def test_libreoffice_reads_the_same_texts(tmp_path: Path) -> None:
    """Control characters and texts that look like escapes come out as they were."""
    write_workbook(tmp_path / "book.xlsx", {"all_associations": all_tables()["all_associations"]}, summary())
    sheet = openpyxl.load_workbook(resave(tmp_path / "book.xlsx", "xlsx"))["All associations"]
    shown = [cell.value for cell in column(sheet, "group")]
    assert {cell.data_type for cell in column(sheet, "group")} == {"s"}
    assert shown == all_tables()["all_associations"]["group"].str.replace("\x07", "_x0007_").tolist()
