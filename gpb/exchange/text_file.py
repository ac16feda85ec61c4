"""CSV and other text with cells: its encoding, its delimiter, and where its header is, whoever has written it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from gpb.errors import InputError
from gpb.exchange.columns import ASSOCIATIONS, MAX_ABOVE, Header

MAX_CHARACTERS = 1_000_000
"""Of one line; the longest cell that the csv module reads has 131,072."""
LEGACY = "cp1252"
"""What Excel on Windows writes as “CSV (Comma delimited)” in Western countries."""
_DELIMITERS = ",;\t|"
_SEPARATOR = re.compile(r"\ufeff?\"?sep=([^\r\n])", re.IGNORECASE)  # Excel's own first line
_CHUNK = 1 << 20


class Record(NamedTuple):
    """One record: the number of its (last) line, its cells, and why some of them, by place, do not count."""

    number: int
    cells: list[str]
    faults: Mapping[int, str] = {}


class Source(NamedTuple):
    """A file as records: the header, what stands below it (as often as it is asked for), what to tell about the file.

    ``is_ended``: the last line is whole. ``is_filled``: a record that is shorter than the header lacks blank
    cells only.
    ``lossy``: the encoding of the file, where it does not hold every character. ``delimiter`` is that of its cells.
    """

    header: Record
    below: Callable[[], Iterator[Record]]
    notes: tuple[str, ...] = ()
    is_ended: bool = True
    is_filled: bool = False
    lossy: str | None = None
    delimiter: str | None = None


def read_text(content: bytes, kind: Header = ASSOCIATIONS) -> Source:
    """A text file with such a header. Raises InputError, also while it is read, where it cannot be read as a whole."""
    encoding = _encoding(content)
    place, delimiter = _header_place(list(islice(_physical(content, encoding), MAX_ABOVE)), kind)

    def records() -> Iterator[Record]:
        lines = islice(_physical(content, encoding), place, None)
        # strict: a quote that is never closed is a file that was cut, not a long last cell
        return _records(csv.reader(lines, delimiter=delimiter, strict=True), place)

    is_legacy, header = encoding == LEGACY, next(records(), Record(1, []))
    if is_legacy and not kind.is_header(kind.names(header.cells)):
        raise InputError(_NOT_TEXT)
    return Source(
        header,
        lambda: islice(records(), 1, None),
        (_LEGACY_NOTE,) if is_legacy else (),
        content[-2:].strip(b"\0")[-1:] in (b"\n", b"\r"),
        lossy=LEGACY if is_legacy else None,
        delimiter=delimiter,
    )


_NOT_TEXT = "The file is not UTF-8 text. Save it from the spreadsheet as “CSV UTF-8”."
_LEGACY_NOTE = (
    "The file is not UTF-8 text, so it was read as Windows-1252. If a name looks wrong, save the file as “CSV UTF-8” "
    "and import it again."
)


def _encoding(content: bytes) -> str:
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    start = content[:200]
    if start.count(0) * 4 > len(start):  # Western text as UTF-16 has a zero beside each letter
        return "utf-16-be" if start[:1] == b"\0" else "utf-16-le"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for place in range(0, len(content), _CHUNK):
            decoder.decode(content[place : place + _CHUNK])
    except UnicodeDecodeError:
        return LEGACY
    return "utf-8-sig"


def _header_place(above: list[str], kind: Header) -> tuple[int, str]:
    """Which of the first lines is the header, and its delimiter; else the line that looks most like one."""
    told = _SEPARATOR.match(above[0]) if above else None
    best, found = 0, (0, ",")
    for place, line in enumerate(above):
        if not any(word in line.casefold() for word in ("group", "section", "category")):
            continue
        for delimiter in (told[1] if told else "") + _DELIMITERS:
            names = _names(above[place:], delimiter, kind)
            if kind.is_header(names):
                return place, delimiter
            if kind.known(names) > best:
                best, found = kind.known(names), (place, delimiter)
    return found


def _names(lines: list[str], delimiter: str, kind: Header) -> list[str]:
    try:
        return kind.names(next(csv.reader(lines, delimiter=delimiter), []))
    except (csv.Error, ValueError, TypeError):  # no header, or a character that can be no delimiter
        return []


def _records(reader: Iterator[list[str]], above: int) -> Iterator[Record]:
    try:
        for cells in reader:
            yield Record(above + reader.line_num, cells)  # type: ignore[attr-defined]  # a csv.reader counts its lines
    except csv.Error as error:
        is_cut = "unexpected end of data" in str(error)
        reason = "a quote is never closed, so the file may have been cut short" if is_cut else error
        number = above + reader.line_num  # type: ignore[attr-defined]  # the same
        raise InputError(f"The file cannot be read as CSV at line {number} ({reason}).") from error


def _physical(content: bytes, encoding: str) -> Iterator[str]:
    # BytesIO shares the bytes, and the text is decoded as it is read: a big file is in memory once
    text, number = io.TextIOWrapper(io.BytesIO(content), encoding, newline=""), 0
    try:
        while line := text.readline(MAX_CHARACTERS + 1):
            number += 1
            if len(line) > MAX_CHARACTERS:
                raise InputError(
                    f"Line {number} of the file has more than {MAX_CHARACTERS:,} characters. Is it a CSV file?"
                )
            yield line
    except UnicodeError as error:
        raise InputError(_NOT_TEXT) from error
