"""Numbers and texts as spreadsheets, editors and people write them, and which of them a reader takes for the same."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from gpb.audit.reports.csv_file import unguarded
from gpb.numbers import whole_number

EXACT_DIGITS = 15
"""So many digits of a number are kept by a spreadsheet."""
EXACT_IN_FLOAT = 2**53
_APOSTROPHES = "'‘’"
_CONSTANT = re.compile(r'="((?:[^"]|"")*)"')
_FRACTION = re.compile(r"([0-9]+)[.,](0+)")
_GROUPED = re.compile(r"([0-9]{1,3})([.,'’  \u202f])([0-9]{2,3}\2)*([0-9]{3})([.,]0+)?")
_SCIENTIFIC = re.compile(r"([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_TYPOGRAPHY = str.maketrans(
    {**dict.fromkeys("‘’‚‛′´`", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—−", "-")}
)


@dataclass(frozen=True, slots=True)
class Written:
    """A whole number as somebody wrote it: what it may be, and how far the truth may lie from it.

    ``is_text``: it was marked as text, which no spreadsheet rounds. ``step``: 0, or in scientific notation 10 to the
    power of the digits that were left out.
    """

    numbers: tuple[int, ...]
    is_text: bool = False
    step: int = 0

    def reach(self, number: int) -> int:
        """How far from it a number may be of which a spreadsheet or a float64 leaves this one; 0 where it is exact."""
        lost: int = 10 ** max(0, len(str(number)) - EXACT_DIGITS)
        if self.step:
            return 2 * max(self.step, lost)
        if self.is_text or number < 10**EXACT_DIGITS:
            return 0
        as_float = float(number)
        by_float = number > EXACT_IN_FLOAT and number in (int(as_float), int(Decimal(repr(as_float))))
        return 2 * lost if number % lost == 0 or by_float else 0  # 2: by whichever way it rounds


def number_in(cell: str) -> Written | None:
    """The number that a cell of a file holds, with or without delimiters of thousands; None for anything else.

    ``1,000`` may be 1000 or, with decimals, 1.
    """
    bare = cell.translate(_INVISIBLE).strip()
    constant = _CONSTANT.fullmatch(bare)
    text = (constant[1] if constant else bare).lstrip(_APOSTROPHES).strip()
    if (number := whole_number(text)) is not None:
        return Written((number,), is_text=text != bare)
    fraction, grouped, scientific = (kind.fullmatch(text) for kind in (_FRACTION, _GROUPED, _SCIENTIFIC))
    if scientific:
        value = Decimal(f"{scientific[1]}.{scientific[2] or 0}").scaleb(int(scientific[3]))
        left = int(scientific[3]) - len(scientific[2] or "")
        return _written([f"{value:f}".partition(".")[0]], 10**left) if left >= 0 else None
    readings = [fraction[1]] if fraction else []
    if grouped:
        readings.append(re.sub("[^0-9]", "", text.removesuffix(grouped[5] or "")))
    return _written(readings)


def _written(readings: list[str], step: int = 0) -> Written | None:
    numbers = tuple(number for number in map(whole_number, readings) if number is not None)
    return Written(numbers, step=step) if numbers else None


@lru_cache(maxsize=16_384)
def plain(text: str) -> str:
    """A text without what programs change by themselves: kinds of blanks, quotes, dashes, ways to write an accent."""
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).translate(_TYPOGRAPHY).split())


def loose(text: str) -> str:
    """The same without letter case."""
    return plain(text).casefold()


@lru_cache(maxsize=16_384)
def forms(text: str) -> tuple[str, ...]:
    """The texts that a cell may stand for: itself, or what is inside of the marks that make a text of it."""
    constant = _CONSTANT.fullmatch(text.strip())
    inside = [constant[1].replace('""', '"')] if constant else []
    quoted = plain(text)
    if len(quoted) > 2 and quoted[0] == quoted[-1] == '"':
        inside.append(quoted[1:-1])
    if quoted.startswith("'"):
        inside.append(quoted[1:])
    return tuple(dict.fromkeys([text, unguarded(text), *inside]))


def is_same(one: str, other: str) -> bool:
    """Whether two names are the same for a reader."""
    return not {loose(form) for form in forms(one)}.isdisjoint({loose(form) for form in forms(other)})


def is_remains(text: str, of: str) -> bool:
    """Whether a text is what an encoding has left of another one: a question mark for each character that it lacks."""
    return "?" in text and any(text == of.encode(one, "replace").decode(one) for one in ("ascii", "cp1252"))


def may_be_same(one: str, other: str) -> bool:
    """Whether one may be what a spreadsheet made of the other: a number without its zeros or its last digits."""
    first, second = _value(one), _value(other)
    if first is None or second is None:
        return False
    return first == second or (min(first, second) >= 10**EXACT_DIGITS and float(first) == float(second))


def _value(text: str) -> Decimal | None:
    written = re.fullmatch(r"[0-9]+(?:\.[0-9]+)?(?:[eE]\+?[0-9]{1,3})?", text.strip().lstrip(_APOSTROPHES))
    return Decimal(written[0]) if written else None
