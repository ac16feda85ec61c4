"""Which row a line means: its two ids, and whether the rest of the line agrees that it is that row.

A spreadsheet keeps 15 digits of a number and writes zeros for the rest, and other tools keep what a float64 can hold
(53 bits). An id that went through one of them is another id, perhaps that of a sibling. The export guards long ids; one
that stands there bare, and looks like the result of such a loss, counts only where the rest of the line proves it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from gpb.errors import InputError
from gpb.exchange.reading import Line
from gpb.keys import Key
from gpb.numbers import whole_number

EXACT_DIGITS = 15
EXACT_IN_FLOAT = 2**53
LONGEST_QUOTE = 40
IDS = ("group_id", "section_id")


def key_of(line: Line) -> Key:
    """Group id and section id of a line; raises InputError where one is no whole number."""
    group_id, section_id = (_number(line, name) for name in IDS)
    return group_id, section_id


def is_doubtful(line: Line, key: Key) -> bool:
    """Whether one of the ids may be what a spreadsheet left of another one."""
    return any(_may_be_rounded(line.cells[name], number) for name, number in zip(IDS, key, strict=True))


def check_row(line: Line, key: Key, row: Mapping[Any, Any], known: Collection[Key]) -> None:
    """Raise InputError unless the line means the row that bears its ids.

    ``row`` has ``sis_section_id`` and ``group``; ``known`` are the keys of all rows of the term.
    """
    agrees = {
        "section_id": _agrees(line, "sis_section_id", str(row["sis_section_id"]), f"section {key[1]}"),
        "group_id": _agrees(line, "group", str(row["group"]), f"group {key[0]}"),
    }
    for place, name in enumerate(IDS):
        if not _may_be_rounded(line.cells[name], key[place]):
            continue
        if not agrees[name] or any(_look_alike(other[place], key[place]) for other in known):
            raise InputError(
                f"{name} is {key[place]}, which a spreadsheet may have rounded: it has more digits than a "
                "spreadsheet keeps. Enter it as text, with an apostrophe in front, as the export does"
            )


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same for a reader: blanks and the two ways to write an accent make no difference."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _agrees(line: Line, column: str, actual: str, what: str) -> bool:
    """Whether the line names the row's own value; False where it names none. Raises InputError for another one."""
    told = line.text(column)
    if told is None or not told.strip():
        return False
    if same_name(told, actual):
        return True
    raise InputError(
        f"{column} is “{told[:LONGEST_QUOTE]}”, but {what} has “{actual[:LONGEST_QUOTE]}” in Canvas: the line would "
        "change a different row than the one it names. Export again, and edit that file"
    )


def _may_be_rounded(cell: str, number: int) -> bool:
    """Whether a bare long number equals what a spreadsheet or a float64 leaves of one."""
    if cell.strip().startswith("'") or number < 10**EXACT_DIGITS:
        return False
    lost = 10 ** (len(str(number)) - EXACT_DIGITS)
    as_float = float(number)
    by_float = number > EXACT_IN_FLOAT and number in (int(as_float), int(Decimal(repr(as_float))))
    return number % lost == 0 or by_float


def _look_alike(other: int, number: int) -> bool:
    """Whether a spreadsheet or a float64 may leave the same of both."""
    lost = 10 ** (len(str(number)) - EXACT_DIGITS)
    return other != number and abs(other - number) < 2 * lost  # 2: by whichever way it rounds


def _number(line: Line, name: str) -> int:
    text = line.cells[name].strip().removeprefix("'").removesuffix(".0")  # a spreadsheet may have made a decimal of it
    number = whole_number(text)
    if number is None:
        raise InputError(f"{name} is “{text[:LONGEST_QUOTE]}”, not a number")
    return number
