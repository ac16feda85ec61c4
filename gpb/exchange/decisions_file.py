"""Decisions as CSV, so that a district can keep, edit and hand on its own."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from gpb.audit.reports.csv_file import safe_csv, unguarded
from gpb.errors import InputError
from gpb.exchange.columns import Header
from gpb.exchange.reading import check_size, too_few, too_many
from gpb.exchange.text_file import Record, read_text
from gpb.exchange.workbook_file import is_workbook

COLUMNS = (
    *("decision_id", "is_on", "kind", "group", "title", "titles", "scope", "scope_value"),
    *("evidence", "person", "made_at", "check"),
)
HEADER = Header(COLUMNS, (("group",), ("title",)))


@dataclass(frozen=True)
class DecisionLines:
    """The lines of a file: (number, cell by column, without guards), what is wrong with others, what to tell of it."""

    lines: tuple[tuple[int, dict[str, str]], ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def export_decisions(table: pd.DataFrame, *, bom: bool = True) -> bytes:
    """Decisions (``suggest.rules.as_table``) as CSV, see ``safe_csv``; ``read_decisions`` gives the same texts back."""
    return safe_csv(table, bom=bom)


def read_decisions(content: bytes) -> DecisionLines:
    """The lines of a CSV file, or another text with cells. Raises InputError where it cannot be read as a whole.

    Blank lines and repeated headers are passed over.
    """
    check_size(len(content))
    if is_workbook(content):
        raise InputError("The file is a workbook. Save it from the spreadsheet as “CSV UTF-8”, then import that file.")
    source = read_text(content, HEADER)
    names = [HEADER.column_name(cell) for cell in source.header.cells]
    if not HEADER.is_header(names):
        raise InputError(
            "The file has no columns group and title. `python -m gpb decisions --csv FILE` writes one that can be "
            "edited; a rule needs these two."
        )
    HEADER.check_twice(names, source.header.number)
    places = {name: place for place, name in enumerate(names) if name in COLUMNS}
    records = [record for record in source.below() if _says_something(record, names)]
    problems = {record.number: fault for record in records if (fault := _fault(record, names, places))}
    if records and not source.is_ended and len(records[-1].cells) < len(names):
        last = records[-1]
        problems.setdefault(last.number, too_few(last.cells, len(names)))
    return DecisionLines(
        tuple((record.number, _cells(record, places)) for record in records if record.number not in problems),
        tuple(f"Line {number}: {fault}." for number, fault in problems.items()),
        source.notes,
    )


def _says_something(record: Record, names: list[str]) -> bool:
    is_header = [HEADER.column_name(cell) for cell in record.cells[: len(names)]] == names
    return any(map(str.strip, record.cells)) and not is_header


def _fault(record: Record, names: list[str], places: dict[str, int]) -> str | None:
    if any(cell.strip() for cell in record.cells[len(names) :]):
        return too_many(record.cells, len(names))
    return too_few(record.cells, len(names)) if len(record.cells) <= max(places.values()) else None


def _cells(record: Record, places: dict[str, int]) -> dict[str, str]:
    return {name: unguarded(record.cells[place]) for name, place in places.items()}
