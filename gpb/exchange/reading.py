"""A file as lines of named cells; what is no whole line is told by its number, and no file is read without bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from gpb.audit.reports.csv_file import unguarded
from gpb.errors import InputError
from gpb.exchange.columns import ASSOCIATIONS, COLUMNS, EXPORTED, IDS, REFERENCE, WISHES, check_header, letters
from gpb.exchange.text_file import Record, read_text
from gpb.exchange.workbook_file import is_workbook, read_workbook

MAX_MEGABYTES = 250
MAX_BLANK = 1_048_576
"""Lines: a spreadsheet's sheet has no more."""
LONGEST_QUOTE = 40
_LOOKED_AT = 20
_DECIDING = {*IDS, *WISHES, *EXPORTED.values(), REFERENCE}
"""A cell of these that does not count makes its line bad."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number (of its last line where a cell holds line breaks), and its cells by column, guards included.

    ``fault`` says why it is no line of this table. ``cut`` names the column in whose cell the line ends early, or the
    file without a line end: what stands there may be the beginning of something. ``rest`` is the category with all that
    follows it in the line, where the cells stand between delimiters.
    """

    number: int
    cells: Mapping[str, str]
    fault: str | None = None
    cut: str | None = None
    rest: str = ""

    def text(self, name: str) -> str | None:
        """A cell without the guard of the export; None where the file lacks the column."""
        value = self.cells.get(name)
        return None if value is None else unguarded(value)


class Table:
    """A CSV, another text with cells, or a workbook. Raises InputError where it cannot be read as a whole.

    ``columns`` are those of ``COLUMNS`` that it has, ``notes`` what a person should know about the file, and ``lossy``
    its encoding where that does not hold every character. Its lines can be read again and again.
    """

    def __init__(self, content: bytes) -> None:
        check_size(len(content))
        self._source = read_workbook(content) if is_workbook(content) else read_text(content)
        self._header = ASSOCIATIONS.names(self._source.header.cells)
        check_header(self._header, self._source.header.number)
        self._places = {name: place for place, name in enumerate(self._header) if name in COLUMNS}
        self._header_letters = {place: letters(self._source.header.cells[place]) for place in self._places.values()}
        self._needed = 1 + max(self._places.values())
        self._surplus = _surplus(list(islice(self._source.below(), _LOOKED_AT)), len(self._header))
        self.columns = frozenset(self._places)
        self.notes = self._source.notes
        self.lossy = self._source.lossy

    def __iter__(self) -> Iterator[Line]:
        """The lines below the header; blank ones and repetitions of the header are passed over."""
        before: Line | None = None
        blank, passed = True, 0
        for record in self._source.below():
            blank = not any(map(str.strip, record.cells))
            passed += blank
            if passed > MAX_BLANK:
                raise InputError(f"The file has more than {MAX_BLANK:,} blank lines. Remove them, then try again.")
            if blank or self._is_header(record):
                continue
            if before is not None:
                yield before
            before = self._line(record)
        if before is not None:
            ends_open = not self._source.is_ended and not blank
            yield replace(before, cut=before.cut or self._header[-1]) if ends_open else before

    def _is_header(self, record: Record) -> bool:
        """A sheet was put together from several exports."""
        return len(record.cells) >= self._needed and all(
            letters(record.cells[place]) == said for place, said in self._header_letters.items()
        )

    def _line(self, record: Record) -> Line:
        cells, count = record.cells, len(self._header)
        if len(cells) not in range(count + 1) and (len(cells) != count + self._surplus or any(cells[count:])):
            return Line(record.number, {}, too_many(cells, count))
        if len(cells) < self._needed and not self._source.is_filled:
            return Line(record.number, {}, too_few(cells, count))
        cells = [*cells, *[""] * (self._needed - len(cells))]
        bad = next((name for name, place in self._places.items() if name in _DECIDING and place in record.faults), None)
        fault = None if bad is None else f"{bad} {record.faults[self._places[bad]]}"
        ends_early = len(record.cells) < count and not self._source.is_filled
        last = self._header[len(record.cells) - 1] if ends_early else None
        cut = last if last in (*IDS, *WISHES) else None  # others are not what is asked for
        delimiter, place = self._source.delimiter, self._places.get("category")
        rest = "" if delimiter is None or place is None else delimiter.join(cells[place:])
        return Line(record.number, {name: cells[place] for name, place in self._places.items()}, fault, cut, rest)


def _surplus(records: list[Record], count: int) -> int:
    """How many delimiters more than the header all lines have at their end, as some programs write them."""
    counts = {len(record.cells) if any(record.cells) else count for record in records}
    surplus = min(counts, default=count) - count
    are_blank = not any(any(record.cells[count:]) for record in records)
    return surplus if len(counts) == 1 and surplus > 0 and are_blank else 0


def too_many(cells: list[str], count: int) -> str:
    """Why a line with more cells than the header, which has ``count``, is none."""
    return (
        f"it has {len(cells)} cells, but the header has {count} columns (cell {count + 1} is "
        f"“{cells[count].strip()[:LONGEST_QUOTE]}”): a cell that contains a comma (or whatever separates the cells) "
        "needs quotes around it"
    )


def too_few(cells: list[str], count: int) -> str:
    """The same of one with fewer."""
    return (
        f"it has {len(cells)} cells, but the header has {count} columns: the line is incomplete, so the file may have "
        "been cut short"
    )


def check_size(size: int) -> None:
    """Raise InputError for a file of so many bytes, where no export of a term is as large."""
    if size > MAX_MEGABYTES * 1_000_000:
        raise InputError(
            f"The file has {size / 1_000_000:,.0f} MB; the limit is {MAX_MEGABYTES} MB. Copy the lines that you "
            "edited into a new file, with the header."
        )
