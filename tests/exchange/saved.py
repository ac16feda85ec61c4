"""Ways in which spreadsheet programs, editors and scripts save a table that they have opened."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

Cells = list[list[str]]


def as_excel(cell: str) -> str:
    """What Excel makes of a cell that it takes for a number, a truth value or a date."""
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE]\+?[0-9]{1,2})?", cell):
        number = float(f"{Decimal(cell):.15g}")
        return f"{number:.5E}" if abs(number) >= 1e11 else f"{number:g}" if number % 1 else f"{int(number)}"
    if cell.casefold() in ("true", "false"):
        return cell.upper()
    date = re.fullmatch(r"([0-9]{1,2})[-/]([0-9]{1,2})", cell)
    return f"{int(date[2])}-Jan" if date and date[1] == "1" else cell


def as_google(cell: str) -> str:
    """An apostrophe marks text, and is no part of it."""
    return cell[1:] if cell.startswith("'") else as_excel(cell)


def in_german(cell: str) -> str:
    """Decimal commas, other truth values, and all numbers with the delimiters of thousands."""
    cell = as_excel(cell)
    if re.fullmatch("[0-9]{4,}", cell):
        return f"{int(cell):,}".replace(",", ".")
    return {"TRUE": "WAHR", "FALSE": "FALSCH"}.get(cell, re.sub(r"^(-?[0-9]+)\.([0-9]+)$", r"\1,\2", cell))


def with_decimals(cell: str) -> str:
    """A script has read short numbers as floats."""
    return f"{cell}.0" if re.fullmatch("[1-9][0-9]{0,10}", cell) else cell


def as_it_is(cell: str) -> str:
    """A text editor."""
    return cell


@dataclass(frozen=True)
class Way:
    """``change`` is done to each cell; ``above`` and ``below`` are lines that stand around the table."""

    name: str
    change: Callable[[str], str] = as_it_is
    delimiter: str = ","
    encoding: str = "utf-8"
    end: str = "\r\n"
    above: str = ""
    below: str = ""
    surplus: int = 0
    total: bool = False
    header: Callable[[str], str] = as_it_is

    def __call__(self, cells: Cells) -> bytes:
        """The table as a file."""
        out = io.StringIO(newline="")
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator=self.end)
        writer.writerow([self.header(cell) for cell in cells[0]])
        for row in cells[1:]:
            writer.writerow([*map(self.change, row), *[""] * self.surplus])
        if self.total:
            writer.writerow(["Total", *[""] * (len(cells[0]) - 2), "12"])
        text = self.above + out.getvalue() + self.below.replace("\n", self.end)
        return text.encode(self.encoding, "replace")

    def __repr__(self) -> str:
        return self.name


def numbers_as_numbers(cells: Cells, *, may_be_number: Callable[[str], bool] = str.isdecimal) -> bytes:
    """An Excel workbook with a sheet of notes before it, title lines, numbers as floats, and blank rows."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_formulas": False}) as workbook:
        workbook.add_worksheet("Notes").write(0, 0, "read me")
        sheet = workbook.add_worksheet("Mine")
        sheet.merge_range(0, 0, 0, 4, "Associations")
        for number, row in enumerate(cells, 2):
            for place, cell in enumerate(row):
                if may_be_number(cell) and number > 2:
                    sheet.write_number(number + (number > 3), place, float(cell))
                else:
                    sheet.write_string(number + (number > 3), place, cell)
    return content.getvalue()


numbers_as_numbers.__name__ = "a workbook"
BOM = "utf-8-sig"
WAYS: list[Callable[[Cells], bytes]] = [
    Way("Excel, CSV UTF-8", as_excel, encoding=BOM),
    Way("Excel, CSV", as_excel, encoding="cp1252"),
    Way("Excel, Unicode text", as_excel, "\t", "utf-16"),
    Way("Excel in German", in_german, ";", "cp1252"),
    Way("Excel with sep=", as_excel, ";", BOM, above="sep=;\r\n"),
    Way("LibreOffice", as_excel, end="\n", below=",,,,\n,,,,\n"),
    Way("Google Sheets", as_google),
    Way("Numbers", as_excel, end="\n", above="Table 1\n\n"),
    Way("an editor", end="\n", header=lambda name: f" {name.upper().replace('_', ' ')}\xa0", below="\n\n"),
    Way("a script", with_decimals, end="\n", surplus=2),
    Way("UTF-16 without mark", encoding="utf-16-le", delimiter="\t"),
    Way("a report", as_excel, above="My list, of today\r\n\r\n", total=True),
    numbers_as_numbers,
]
