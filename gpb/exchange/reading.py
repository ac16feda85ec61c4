"""A file as lines of named cells; what is no whole line is told by its number, and no file is read without bounds."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gpb.audit.reports.csv_file import unguarded
from gpb.errors import InputError

MAX_MEGABYTES = 250
MAX_BLANK = 1_048_576
"""Lines: a spreadsheet's sheet has no more."""
MAX_CHARACTERS = 1_000_000
"""Of one line; the longest cell that the csv module reads has 131,072."""
COLUMNS = (
    *("group_id", "section_id", "category_id", "category", "sis_section_id", "group"),
    *("status", "changed", "category_in_canvas"),
    *("exported_category_id", "exported_category", "exported_reference", "snapshot", "read_at"),
)
"""What is read of a file; every other column belongs to the person."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number (of its last line where a cell holds line breaks), and its cells by column, guards included.

    ``fault`` says why it is no line of this table. ``cut`` names the column in whose cell the file ends, where that
    cell is the last thing in the file and no line end follows: what stands there may be the beginning of something.
    """

    number: int
    cells: Mapping[str, str]
    fault: str | None = None
    cut: str | None = None

    def text(self, name: str) -> str | None:
        """A cell without the guard of the export; None where the file lacks the column."""
        value = self.cells.get(name)
        return None if value is None else unguarded(value)


class Table:
    """A CSV file. Raises InputError where it cannot be read as a whole; ``columns`` are those of ``COLUMNS`` it has."""

    def __init__(self, content: bytes) -> None:
        check_size(len(content))
        self._is_ended = content[-2:].strip(b"\0")[-1:] in (b"\n", b"\r")
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        # BytesIO shares the bytes, and the text is decoded as it is read: a big file is in memory once
        self._text = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
        self._physical = _bounded(self._text)
        first = next(self._physical, "")
        delimiter = max(",;\t", key=first.count)
        # strict: a quote that is never closed is a file that was cut, not a long last cell
        self._reader = csv.reader(_and_then(first, self._physical), delimiter=delimiter, strict=True)
        self._header = [name.strip().casefold() for name in next(self._records(), [])]
        self._places = {name: place for place, name in enumerate(self._header) if name in COLUMNS}
        self.columns = frozenset(self._places)
        self._check_header()

    def __iter__(self) -> Iterator[Line]:
        """The lines below the header; blank ones, also those of nothing but delimiters, are passed over."""
        before: Line | None = None
        blank, passed = True, 0
        for cells in self._records():
            blank = not any(map(str.strip, cells))
            passed += blank
            if passed > MAX_BLANK:
                raise InputError(f"The file has more than {MAX_BLANK:,} blank lines. Remove them, then try again.")
            if blank:
                continue
            if before is not None:
                yield before
            before = self._line(self._reader.line_num, cells)
        if before is not None:
            ends_open = not self._is_ended and not blank
            last = self._header[-1] if ends_open else None
            yield Line(before.number, before.cells, before.fault, last)

    def _line(self, number: int, cells: list[str]) -> Line:
        fault = None
        if len(cells) > len(self._header):
            fault = (
                f"it has {len(cells)} cells, but the header has {len(self._header)} columns: a cell that contains a "
                "comma (or whatever separates the cells) needs quotes around it"
            )
        elif len(cells) < len(self._header):
            fault = (
                f"it has {len(cells)} cells, but the header has {len(self._header)} columns: the line is incomplete, "
                "so the file may have been cut short"
            )
        return Line(number, {} if fault else {name: cells[place] for name, place in self._places.items()}, fault)

    def _records(self) -> Iterator[list[str]]:
        try:
            yield from self._reader
        except csv.Error as error:
            reason = "a quote is never closed, so the file may have been cut short" if _is_cut(error) else error
            raise InputError(f"The file cannot be read as CSV at line {self._reader.line_num} ({reason}).") from error

    def _check_header(self) -> None:
        missing = [name for name in ("group_id", "section_id") if name not in self.columns]
        if missing or not {"category_id", "category"} & self.columns:
            needed = " and no column ".join(missing) or "category_id or category"
            raise InputError(f"The file has no column {needed}. Export a file, and edit that one.")
        for name, times in Counter(self._header).items():
            if times > 1 and name in self.columns:
                places = [str(place) for place, other in enumerate(self._header, 1) if other == name]
                raise InputError(
                    f"Line 1: the column {name} appears {times} times in the file (as column {', '.join(places)}). "
                    "Keep only the one that you want to import."
                )


def check_size(size: int) -> None:
    """Raise InputError for a file of so many bytes, where no export of a term is as large."""
    if size > MAX_MEGABYTES * 1_000_000:
        raise InputError(
            f"The file has {size / 1_000_000:,.0f} MB; the limit is {MAX_MEGABYTES} MB. Copy the lines that you "
            "edited into a new file, with the header."
        )


def _is_cut(error: csv.Error) -> bool:
    return "unexpected end of data" in str(error)


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    try:
        while line := text.readline(MAX_CHARACTERS + 1):
            number += 1
            if len(line) > MAX_CHARACTERS:
                raise InputError(
                    f"Line {number} of the file has more than {MAX_CHARACTERS:,} characters. Is it a CSV file?"
                )
            yield line
    except UnicodeError as error:
        raise InputError("The file is not UTF-8 text. Save it from the spreadsheet as “CSV UTF-8”.") from error


def _and_then(first: str, rest: Iterator[str]) -> Iterator[str]:
    if first:
        yield first
    yield from rest
