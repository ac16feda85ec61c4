"""Which row a line means: its two ids, and whether the rest of the line agrees that it is that row.

A spreadsheet keeps 15 digits of a number and writes zeros for the rest, and other tools keep what a float64 can hold
(53 bits). An id that went through one of them is another id, perhaps that of a sibling. The export guards long ids; one
that stands there bare, and looks like the result of such a loss, counts only where the rest of the line proves it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import product
from typing import Any

from gpb.errors import InputError
from gpb.exchange.columns import IDS
from gpb.exchange.reading import LONGEST_QUOTE, Line
from gpb.exchange.written import Written, is_remains, is_same, may_be_same, number_in
from gpb.keys import Key

PROOFS = {"section_id": ("sis_section_id", "section"), "group_id": ("group",)}
"""By id the columns that name the same thing in other words, the most reliable first."""


def key_of(line: Line, known: Collection[Key]) -> Key:
    """Group id and section id of a line; raises InputError where one is no whole number, or may be two of ``known``."""
    first, second = (_number(line, name) for name in IDS)
    readings = list(product(first.numbers, second.numbers))
    found = [key for key in readings if key in known]
    if len(found) > 1:
        raise InputError(f"its ids may mean {' or '.join(map(str, found))}: write them without delimiters of thousands")
    return found[0] if found else readings[0]


def is_doubtful(line: Line, key: Key) -> bool:
    """Whether one of the ids may be what a spreadsheet left of another one."""
    return any(_number(line, name).reach(number) for name, number in zip(IDS, key, strict=True))


def check_row(line: Line, key: Key, row: Mapping[Any, Any], known: Collection[Key]) -> None:
    """Raise InputError unless the line means the row that bears its ids.

    ``row`` has the columns of ``PROOFS``, ``course_id`` and ``course``; ``known`` are the keys of all rows of the term.
    """
    _check_course(line, row)
    for place, name in enumerate(IDS):
        agrees = _is_proven(line, PROOFS[name], row, f"{name.removesuffix('_id')} {key[place]}")
        reach = _number(line, name).reach(key[place])
        if reach and (not agrees or any(0 < abs(other[place] - key[place]) < reach for other in known)):
            raise InputError(
                f"{name} is {line.cells[name].strip()}, which a spreadsheet may have rounded: it has more digits than "
                "a spreadsheet keeps. Enter it as text, with an apostrophe in front, as the export does"
            )


def _is_proven(line: Line, columns: Collection[str], row: Mapping[Any, Any], what: str) -> bool:
    """Whether the line names the row's own value; False where it names none. Raises InputError for another one.

    The name of a section may have changed since; its SIS ID tells more.
    """
    for column in columns:
        told, actual = line.text(column), str(row[column])
        if told is None or not told.strip():
            continue
        if is_same(told, actual):
            return True
        if may_be_same(told, actual) or is_remains(told, actual):  # something of it was lost, so it proves nothing
            continue
        raise InputError(_another(column, told, what, actual))
    return False


def _check_course(line: Line, row: Mapping[Any, Any]) -> None:
    """Raise InputError where the line names another course, by its id or, without one, by its name."""
    cell = line.cells.get("course_id", "")
    if cell.strip():
        told = number_in(cell)
        if told is None or row["course_id"] not in told.numbers:
            if told is not None and any(abs(row["course_id"] - n) < told.reach(n) for n in told.numbers):
                return
            raise InputError(_another("course_id", cell, "its group", str(row["course_id"])))
    elif (name := line.text("course") or "").strip() and not (
        is_same(name, row["course"]) or is_remains(name, row["course"])
    ):
        raise InputError(_another("course", name, "its group", row["course"]))


def _another(column: str, told: str, what: str, actual: str) -> str:
    return (
        f"{column} is “{told.strip()[:LONGEST_QUOTE]}”, but {what} has “{actual[:LONGEST_QUOTE]}” in Canvas: the line "
        "would change a different row than the one it names. Export again, and edit that file"
    )


def _number(line: Line, name: str) -> Written:
    cell = line.cells[name]
    number = number_in(cell)
    if number is None:
        text = cell.strip().removeprefix("'")[:LONGEST_QUOTE]
        raise InputError(f"{name} is “{text}”, not a number" if text else f"{name} is empty")
    return number
