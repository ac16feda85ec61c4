"""The CSV writer: every text comes back, and none of them comes alive."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gpb.audit.reports.csv_file import safe_csv, unguarded
from tests.audit.reports.builders import AWKWARD, provenance
from tests.audit.reports.libreoffice import needs_libreoffice, resave
from tests.examples import examples

FORMULAS = (
    "=1+1",
    "+1",
    "-x",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\xa0=1",
    "\ufeff=1",
    "\u200b-1",
    "＝1+1",
    "＠x",
)
TURNED = (
    "00123", "123456789012", "1234567890123456", "12E5", "1e5", "1.5", ".5", "1,5", "5 ", " 5", "3-5", "1/2", "1 1/2",
    "2020-01-02", "2020-01-02T10:00:00Z", "1:30", "12:00 PM", "9 A", "Jan 5", "5 May 2026", "MARCH1", "Sept. 2", "12%",
    "$5", "5 €", "(5)", "TRUE", "false", "#N/A", "#DIV/0!", "#NAME?", "１２", "+１",
)  # fmt: skip
APOSTROPHES = ("'", "''", "'x", "'=1", "'00123")
PLAIN = (
    "",
    "0",
    "5",
    "12345678901",
    "Period 5",
    "May",
    "Marching 5",
    "1st",
    "9A-B",
    "#1 Homework",
    "a=b",
    "True story",
)
TEXT = st.text(st.characters(codec="utf-8"), max_size=12) | st.text("0123456789eE-+/.,: ='apm$%()\t\r\n", max_size=8)
RISKY = st.sampled_from([*FORMULAS, *TURNED, *APOSTROPHES, *AWKWARD])


def cells(texts: list[str]) -> list[str]:
    """The texts as they stand in a file."""
    content = safe_csv(pd.DataFrame({"text": texts}, dtype="str"), bom=False).decode()
    return [line[0] for line in csv.reader(io.StringIO(content, newline=""))][1:]


def is_inert(cell: str) -> bool:
    """Whether no spreadsheet makes anything of a cell; told without the writer's own rule."""
    core = cell.strip()
    while core and unicodedata.category(core[0]) in ("Cc", "Cf", "Co", "Zs", "Zl", "Zp"):
        core = core[1:]
    if core.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠")) or core.lower() in ("true", "false"):
        return False
    try:
        float(core.replace("_", "x"))
    except ValueError:
        return True
    return core.lower() in ("nan", "inf", "infinity") or (str(int(float(core))) == cell and len(cell) <= 11)


@given(text=TEXT | RISKY)
@example(text="'" * 3)
@settings(max_examples=examples(400), deadline=None)
def test_any_text_survives_writing_and_reading_and_is_inert(text: str) -> None:
    """Whatever a teacher typed."""
    [cell] = cells([text or "x"])
    assert unguarded(cell) == (text or "x")
    assert is_inert(cell)


@pytest.mark.parametrize("text", [*FORMULAS, *TURNED, *APOSTROPHES])
def test_what_a_spreadsheet_would_turn_bears_one_apostrophe(text: str) -> None:
    """Formulas, numbers that are no numbers, dates, truth values, errors."""
    assert cells([text]) == [f"'{text}"]


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """So that a report still reads well; short numbers are shown and saved as they are."""
    assert unguarded(text) == text
    assert cells(["first", text]) == ["first", text]


@pytest.mark.parametrize("cell", ["'Period 5", "'tis", "5", "x"])
def test_an_apostrophe_of_somebody_else_is_kept(cell: str) -> None:
    """Only that of the writer goes."""
    assert unguarded(cell) == cell


def test_values_that_are_no_text_have_one_form_each() -> None:
    """Numbers, truth values, days, times; what is missing is empty."""
    table = pd.DataFrame(
        {
            "id": pd.array([10**13, None], "Int64"),
            "share": [0.25, float("nan")],
            "changed": [True, False],
            "severity": pd.Categorical(["at risk", None]),
            "until": pd.to_datetime(pd.Series(["2026-12-31", None])),
            "read": pd.to_datetime(pd.Series(["2026-09-01T02:00:00.5+02:00", None])),
            "text": pd.Series([None, "00123"], dtype="str"),
        }
    )
    before = table.copy()
    assert safe_csv(table, bom=False).decode().split("\r\n") == [
        "id,share,changed,severity,until,read,text",
        '10000000000000,0.25,"True","at risk","2026-12-31","2026-09-01T00:00:00Z",',
        ',,"False",,,,"\'00123"',
        "",
    ]
    pd.testing.assert_frame_equal(table, before)


def test_the_file_says_where_and_when_it_came_from() -> None:
    """As its last columns, with the mark that spreadsheets look for, or without."""
    content = safe_csv(pd.DataFrame({"school": ["Zoë"]}), provenance())
    assert content == b"\xef\xbb\xbf" + 'school,snapshot,read_at\r\n"Zoë","s1","2026-09-01T00:00:00Z"\r\n'.encode()
    assert safe_csv(pd.DataFrame({"school": ["Zoë"]}), provenance(), bom=False) == content[3:]


def test_an_empty_table_is_its_header() -> None:
    """A week without findings."""
    assert safe_csv(pd.DataFrame({"a": pd.Series(dtype="str"), "b": pd.Series(dtype="int64")})).endswith(b"a,b\r\n")


@pytest.mark.slow
@needs_libreoffice
def test_libreoffice_makes_nothing_of_any_text(tmp_path: Path) -> None:
    """No formula, number or date; every cell is the text of the file (a lone return becomes a line feed)."""
    texts = [*FORMULAS, *TURNED, *APOSTROPHES, *AWKWARD, "Period 5"]
    file = tmp_path / "report.csv"
    file.write_bytes(safe_csv(pd.DataFrame({"number": range(len(texts)), "text": texts})))
    sheet = openpyxl.load_workbook(resave(file, "xlsx")).active
    assert sheet is not None
    shown = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in shown} == {"s"}
    assert [cell.value for cell in shown] == [
        cell.replace("\r", "\n").replace("\x07", "_x0007_") for cell in cells(texts)
    ]
