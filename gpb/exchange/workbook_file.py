"""An Excel workbook as records: the sheet that bears our header, its cells as they would stand in our CSV.

A cell of text is text, so it gets the guard that it would have in a CSV. A number has passed through a float64, so it
gets none. Formulas are never evaluated, and what a spreadsheet has stored as their result is not looked at.
"""

from __future__ import annotations

import io
import math
import re
import warnings
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import openpyxl
from openpyxl.utils import range_boundaries

from gpb.audit.reports.csv_file import guarded
from gpb.errors import InputError
from gpb.exchange.columns import ASSOCIATIONS, COLUMNS, MAX_ABOVE, is_header, known
from gpb.exchange.text_file import Record, Source
from gpb.exchange.workbook_out import TITLE

MAX_UNPACKED = 1_500_000_000
"""Bytes of all parts; zipfile gives out no more than its directory says."""
MAX_IN_MEMORY = 300_000_000
"""Bytes of one part that is not a sheet: openpyxl keeps those in memory."""
MAX_CELLS = 60_000_000
MAX_MERGED = 1_000_000
"""Rows in merged cells, in all."""
_MERGED = re.compile(rb'mergeCell\b[^>]*?\bref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_CONSTANT = re.compile(r'="(?:[^"]|"")*"')
_ESCAPED = re.compile("_x((?![dD][89a-fA-F])[0-9A-Fa-f]{4})_")
_OLD = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_SHEETS = "xl/worksheets/"
_CHUNK = 1 << 20
warnings.filterwarnings("ignore", module=r"openpyxl\.")  # about features of a sheet that are not read here


def is_workbook(content: bytes) -> bool:
    """Whether the file is a workbook of any kind, by its first bytes."""
    return content[:4] in (_ZIP, _OLD)


def read_workbook(content: bytes) -> Source:
    """The first sheet with our header. Raises InputError where there is none, and where the file cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_parts(archive)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        sheets = [_Sheet(book, sheet) for sheet in book.worksheets]
    except InputError:
        raise
    except Exception as error:  # whatever a library says about a file that is none
        raise InputError(_UNREADABLE) from error
    if not sheets:
        raise InputError(_UNREADABLE)
    ours = [sheet for sheet in sheets if is_header(sheet.names)]
    chosen = ours[0] if ours else max(sheets, key=lambda sheet: known(sheet.names))
    notes = [f"Read from the sheet “{chosen.title}”."] if len(sheets) > 1 and chosen.title != TITLE else []
    if len(ours) > 1:
        others = ", ".join(f"“{sheet.title}”" for sheet in ours[1:])
        notes.append(f"The file has the same columns on the sheet {others}, which was not read.")
    records = list(chosen.records())
    return Source(chosen.header, lambda: iter(records), tuple(notes), is_filled=True)


_UNREADABLE = (
    "The file cannot be read as an Excel workbook. Save it from the spreadsheet as XLSX without a password, or as “CSV "
    "UTF-8”, then try again."
)


class _Sheet:
    def __init__(self, book: Any, sheet: Any) -> None:
        sheet.reset_dimensions()  # what a file claims about its size is not believed
        self._book, self._sheet = book, sheet
        self.title = str(sheet.title)
        self.header, self.names = Record(1, []), list[str]()
        for record in islice(self._read(), MAX_ABOVE):
            names = ASSOCIATIONS.names(record.cells)
            if known(names) > known(self.names):
                self.header, self.names = record, names
            if is_header(names):
                break

    def records(self) -> Iterator[Record]:
        """What stands below the header."""
        merged, places = self._merged(), frozenset(i for i, name in enumerate(self.names) if name in COLUMNS)
        for record in self._read(places):
            if record.number > self.header.number:
                faults = dict.fromkeys(merged.get(record.number, ()), "is merged with other cells: unmerge them")
                yield record._replace(faults={**record.faults, **faults}) if faults else record

    def _read(self, places: frozenset[int] | None = None) -> Iterator[Record]:
        rows, met = iter(self._sheet.iter_rows()), 0
        number = 0
        while True:
            try:
                row = next(rows, None)
            except Exception as error:  # the same, where a damaged part comes later in the file
                raise InputError(_UNREADABLE) from error
            if row is None:
                return
            number, met = number + 1, met + len(row) + 1
            if met > MAX_CELLS:
                raise InputError(f"The sheet “{self.title}” has more than {MAX_CELLS:,} cells. {_COPY}")
            yield _record(number, row, places)

    def _merged(self) -> defaultdict[int, set[int]]:
        """By the number of a row the places of those of its cells that are merged with others."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        rows = 0
        with self._book._archive.open(self._sheet._worksheet_path) as part:
            for area in _areas(part):
                left, top, right, bottom = range_boundaries(area)
                top = max(top, self.header.number + 1)
                rows += max(0, bottom - top + 1)
                if rows > MAX_MERGED:
                    raise InputError(f"The sheet “{self.title}” has too many merged cells. {_COPY}")
                for number in range(top, bottom + 1):
                    found[number].update(range(left - 1, min(right, len(self.names))))
        return found


_COPY = "Copy the lines that you edited into a new workbook, with the header."


def _areas(part: Any) -> Iterator[str]:
    """The areas of merged cells, which a sheet lists after its rows."""
    rest = b""
    while chunk := part.read(_CHUNK):
        text = rest + chunk
        end = max(text.rfind(b"<"), len(text) - _CHUNK)
        yield from (found[1].decode() for found in _MERGED.finditer(text[:end]))
        rest = text[end:]
    yield from (found[1].decode() for found in _MERGED.finditer(rest))


def _check_parts(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if "[Content_Types].xml" not in archive.namelist():
        raise InputError(_UNREADABLE)
    unpacked = sum(part.file_size for part in parts)
    largest = max((part.file_size for part in parts if not part.filename.startswith(_SHEETS)), default=0)
    if unpacked > MAX_UNPACKED or largest > MAX_IN_MEMORY:
        raise InputError(f"The workbook is too large when unpacked ({unpacked / 1_000_000:,.0f} MB). {_COPY}")


def _record(number: int, row: tuple[Any, ...], places: frozenset[int] | None = None) -> Record:
    """A row of a sheet; only the cells at these places (None: all) are looked at, others are blank or not."""
    cells, faults = [], {}
    for place, cell in enumerate(row):
        if places is not None and place not in places:
            cells.append("" if cell.value is None else str(cell.value))
            continue
        text, fault = _cell(cell)
        cells.append(text)
        if fault is not None:
            faults[place] = fault
    return Record(number, cells, faults)


def _cell(cell: Any) -> tuple[str, str | None]:
    """A cell as text, and why it does not count."""
    value, fault = cell.value, None
    if value is None:
        return "", None
    text = str(value)
    if cell.data_type == "e":
        fault = f"holds the error {text}"
    elif cell.data_type == "f":
        fault = None if _CONSTANT.fullmatch(text) else "holds a formula: copy it and paste its value"
    elif isinstance(value, str):
        text = guarded(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))
    elif isinstance(value, (datetime, date, time, timedelta)):
        fault = f"was made a date by the spreadsheet ({text}): enter it as text, with an apostrophe"
    elif isinstance(value, float) and math.isfinite(value):
        text = f"{Decimal(repr(value)):f}".removesuffix(".0")
    return text, fault
