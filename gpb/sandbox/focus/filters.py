"""Focus' `filter` and `sort`: `a = 123 AND b = "asd" OR c IS NOT NULL` and `a, b DESC` (contract: native dialect).

OneRoster's `filter` is a part of it: one AND or OR, dotted paths into objects, `~` for "contains".
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

OUTSIDE_QUOTES = r"""(?=(?:[^'"]|'[^']*'|"[^"]*")*$)"""
OR = re.compile(rf"\s+OR\s+{OUTSIDE_QUOTES}", re.IGNORECASE)
AND = re.compile(rf"\s+AND\s+{OUTSIDE_QUOTES}", re.IGNORECASE)
IS_NULL = re.compile(r"([\w.]+)\s+IS\s+(NOT\s+)?NULL", re.IGNORECASE)
COMPARED = re.compile(r"([\w.]+)\s*(!=|<>|>=|<=|=|>|<|~)\s*('[^']*'|\"[^\"]*\"|[^\s'\"]+)", re.DOTALL)
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "~": lambda found, wanted: str(wanted).lower() in str(found).lower(),
}
YES, NO = ("true", "1", "y", "yes"), ("false", "0", "n", "no")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; `operator` is one of `COMPARE`, `!=`, `null` or `set` (which is `IS NOT NULL`)."""

    path: str
    operator: str
    wanted: str = ""

    def holds(self, row: dict[str, Any]) -> bool:
        """Tell whether a row passes: as in SQL no comparison holds for null; one value of a list is enough."""
        values = [value for value in values_at(row, self.path) if value is not None]
        if self.operator in ("null", "set"):
            return bool(values) == (self.operator == "set")
        if self.operator == "!=":
            return bool(values) and not any(_compared(value, "=", self.wanted) for value in values)
        return any(_compared(value, self.operator, self.wanted) for value in values)


@dataclass(frozen=True, slots=True)
class Filter:
    """A whole filter: conditions that must hold together, and such sets of which one is enough."""

    either: tuple[tuple[Condition, ...], ...]

    def __call__(self, row: dict[str, Any]) -> bool:
        """Tell whether a row passes."""
        return any(all(condition.holds(row) for condition in together) for together in self.either)

    @property
    def columns(self) -> set[str]:
        """The first parts of all paths that it names."""
        return {condition.path.partition(".")[0] for together in self.either for condition in together}

    @property
    def connectives(self) -> int:
        """How many ANDs and ORs it has."""
        return sum(len(together) for together in self.either) - 1


def parse_filter(text: str) -> Filter:
    """Return the filter that a text means, AND binding before OR; raise ValueError where it does not parse."""
    return Filter(tuple(tuple(map(_condition, AND.split(together))) for together in OR.split(text.strip())))


def _condition(text: str) -> Condition:
    if null := IS_NULL.fullmatch(text.strip()):
        return Condition(null.group(1), "set" if null.group(2) else "null")
    compared = COMPARED.fullmatch(text.strip())
    if not compared:
        raise ValueError(f"The filter has a part that does not parse: {text.strip()!r}.")
    path, sign, wanted = compared.groups()
    return Condition(path, "!=" if sign == "<>" else sign, wanted[1:-1] if wanted[0] in "'\"" else wanted)


def values_at(content: Any, path: str) -> list[Any]:
    """Return what stands at a dotted path; a list on the way means each of its items, nothing there means null."""
    name, _, rest = path.partition(".")
    inside = content.get(name) if isinstance(content, dict) else None
    items = inside if isinstance(inside, list) else [inside]
    return [value for item in items for value in values_at(item, rest)] if rest else items


def _compared(found: Any, sign: str, wanted: str) -> bool:
    """Compare as the column's own kind: numbers as numbers, flags as flags, all else as text."""
    if isinstance(found, bool):
        return wanted.lower() in (YES if found else NO) and sign == "="
    if isinstance(found, int | float) and sign != "~":
        try:
            return COMPARE[sign](found, float(wanted))
        except ValueError:
            return False
    return COMPARE[sign](str(found), wanted)


def sort_rows(rows: list[dict[str, Any]], sort: str, direction: str) -> list[dict[str, Any]]:
    """Return the rows in the wanted order; a column without a direction of its own takes the common one.

    Numbers sort as numbers, texts as texts, null behind both; equal rows stay in the order that they had.
    """
    for part in reversed([part.split() for part in sort.split(",") if part.strip()]):
        descending = (part[1] if len(part) > 1 else direction).upper() == "DESC"
        # mypy cannot type a lambda with a default
        rows = sorted(rows, key=partial(_sort_key, path=part[0]), reverse=descending)
    return rows


def _sort_key(row: dict[str, Any], path: str) -> tuple[int, float, str]:
    value = next(iter(values_at(row, path)), None)
    if isinstance(value, int | float):
        return 0, value, ""
    return (2, 0, "") if value is None else (1, 0, str(value))
