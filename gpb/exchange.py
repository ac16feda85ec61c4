"""The association frame as CSV, and edits in a CSV back as choices."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from gpb.audit.reports.csv_file import safe_csv, unguarded
from gpb.audit.reports.registry import Provenance
from gpb.audit.reports.tables import all_associations
from gpb.errors import InputError
from gpb.frames.validity import Validity
from gpb.numbers import whole_number
from gpb.store.drafts import Key
from gpb.sync.drafting import UNASSOCIATED

LONGEST_QUOTE = 40


def export_csv(rows: pd.DataFrame, provenance: Provenance | None = None, *, bom: bool = True) -> bytes:
    """Association rows (with drafts) as CSV, one line per row: the report ``all_associations``, see ``safe_csv``.

    ``category_id`` and ``category`` show the draft where there is one; empty means Unassociated.
    """
    return safe_csv(all_associations(rows), provenance, bom=bom)


@dataclass
class Imported:
    """What a file asks for: choices for ``drafting.edit`` that differ from what is, and one sentence per bad line."""

    choices: dict[Key, str | None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def import_csv(content: bytes, rows: pd.DataFrame, validity: Validity) -> Imported:
    """Read a CSV with ``group_id, section_id`` and ``category_id`` and/or ``category``; other columns are ignored.

    A cell counts as an edit when it differs from the row as it is now (``rows``: the frame with drafts). Raises
    InputError when the file as a whole cannot be read.
    """
    reader = _reader(content)
    known = rows.set_index(["group_id", "section_id"])
    columns = ["class_id", "category_id", "category", "moved", "stored_category_id"]
    records = known[columns].astype(object).where(known[columns].notna(), None).to_dict("index")
    result = Imported()
    seen: dict[Key, str | None] = {}
    for line in _lines(reader):
        number = reader.line_num
        try:
            key = _number(line, "group_id"), _number(line, "section_id")
            if key not in records:
                raise InputError(f"there is no group {key[0]} in a section {key[1]} in this term")
            edit = _edit(line, records[key], validity)
            if seen.setdefault(key, edit) != edit:
                raise InputError("the same group and section stand in the file twice, with different categories")
            if edit is not _SAME:
                result.choices[key] = edit
        except InputError as error:
            result.problems.append(f"Line {number}: {error}.")
    return result


_SAME = "\0same"


def _edit(line: Mapping[str, str], row: Mapping[Any, Any], validity: Validity) -> str | None:
    """The choice that a line makes: a category id, None (unassociate), or _SAME."""
    identifier, title = _cell(line, "category_id"), _cell(line, "category")
    new_id = identifier is not None and identifier != (row["category_id"] or "")
    new_title = title is not None and title != _meaning(row["category"] or "")
    if not new_id and not new_title:
        return row["category_id"] if row["moved"] else _SAME
    wanted = [text for text, is_new in ((identifier, new_id), (title, new_title)) if is_new]
    named = {_category_id(text, row, validity) for text in wanted if text}
    if len(named) > 1:
        raise InputError(f"category_id {identifier} and category “{title}” name different categories")
    return named.pop() if named else None


def _category_id(text: str, row: Mapping[Any, Any], validity: Validity) -> str:
    return text if text == row["stored_category_id"] else validity.target(row["class_id"], text).id


def _cell(line: Mapping[str, str], name: str) -> str | None:
    """A cell without the guard of the export; None where the file lacks the column, Unassociated reads as empty."""
    value = line.get(name)
    if value is None:
        return None
    return _meaning(unguarded(value))


def _meaning(text: str) -> str:
    """Blank and Unassociated both mean: no category."""
    return "" if text.strip() in ("", UNASSOCIATED) else text


def _number(line: Mapping[str, str], name: str) -> int:
    text = (line.get(name) or "").strip().removesuffix(".0")  # a spreadsheet may have made a decimal of it
    number = whole_number(text)
    if number is None:
        raise InputError(f"{name} is “{text[:LONGEST_QUOTE]}”, not a number")
    return number


def _reader(content: bytes) -> csv.DictReader[str]:
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("The file is not UTF-8 text. Save it from the spreadsheet as “CSV UTF-8”.") from error
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = reader.fieldnames or []
    missing = [name for name in ("group_id", "section_id") if name not in names]
    if missing or not {"category_id", "category"} & set(names):
        needed = ", ".join(missing) or "category_id or category"
        raise InputError(f"The file lacks the column {needed}. Export a file first and edit that one.")
    return reader


def _lines(reader: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise InputError(f"The file cannot be read as CSV at line {reader.line_num} ({error}).") from error
