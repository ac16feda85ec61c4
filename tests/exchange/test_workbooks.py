"""Workbooks that people bring: what a cell may hold, and files that are none."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from types import ModuleType

import openpyxl
import pytest

from gpb.errors import InputError
from gpb.exchange import Imported, import_csv, reading, workbook_file
from gpb.frames import tables
from tests.builders import TESTS, section
from tests.exchange.test_round_trip import all_rows, district


def read(*rows: list[object], merged: str | None = None) -> Imported:
    """What a sheet with these rows below the header asks for."""
    book = openpyxl.Workbook()
    for row in (["group_id", "section_id", "category"], *rows):
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    content = io.BytesIO()
    book.save(content)
    return import_csv(content.getvalue(), all_rows(), district().validity)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("=A1", "category holds a formula"), (date(2026, 1, 2), "made a date"), ("#N/A", "holds the error #N/A")],
)
def test_a_cell_that_is_no_value_makes_its_line_bad(cell: object, reason: str) -> None:
    """Nothing is evaluated, and the other line is read."""
    imported = read([2, 1, cell], [2.0, "2", "tests"])
    assert (imported.choices, len(imported.problems)) == ({(2, 2): TESTS}, 1)
    assert reason in imported.problems[0]


def test_merged_cells_take_nothing_away() -> None:
    """All but one of them look empty."""
    imported = read([1, 1, "Tests"], [1, 2, None], merged="C2:C3")
    assert (imported.edits, len(imported.problems)) == ({}, 2)


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0 old"])
def test_a_file_that_is_no_workbook_is_one_sentence(content: bytes) -> None:
    """Also one with a password, and another kind of archive."""
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("content.xml", "x")
    for file in (content, other.getvalue()):
        with pytest.raises(InputError, match="cannot be read as an Excel workbook"):
            import_csv(file, all_rows(), district().validity)


def test_a_missing_id_makes_no_floats_of_the_others() -> None:
    """They have 17 digits, of which a float64 keeps fewer."""
    sections = [section(1, "a"), section(2, "b")]
    sections[1]["nonxlist_course_id"] = 74140000000062611
    assert tables.sections_frame(sections, "sis_section_id")["origin_course_id"].dropna().tolist() == [
        74140000000062611
    ]


@pytest.mark.parametrize(
    ("place", "limit", "told"),
    [
        (workbook_file, {"MAX_CELLS": 8}, "The sheet “Sheet” has more than 8 cells"),
        (workbook_file, {"MAX_MERGED": 1}, "The sheet “Sheet” has too many merged cells"),
        (workbook_file, {"MAX_UNPACKED": 1_000}, "The workbook is too large when unpacked"),
        (workbook_file, {"MAX_IN_MEMORY": 200}, "The workbook is too large when unpacked"),
        (reading, {"MAX_BLANK": 1}, "The file has more than 1 blank lines"),
        (reading, {"MAX_MEGABYTES": 0}, "the limit is 0 MB"),
    ],
)
def test_a_workbook_is_read_within_bounds(
    monkeypatch: pytest.MonkeyPatch, place: ModuleType, limit: dict[str, int], told: str
) -> None:
    """Cells, merged cells, parts when unpacked, blank rows, size: each bound by itself, with one sentence."""
    rows: list[list[object]] = [[1, 1, "Tests"], [], [], [1, 2, "Tests"]]
    assert len(read(*rows, merged="E2:E4").edits) == 2
    for name, number in limit.items():
        monkeypatch.setattr(place, name, number)
    with pytest.raises(InputError, match=told):
        read(*rows, merged="E2:E4")
