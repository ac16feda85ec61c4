"""Focus' `filter` and `sort`: `a = 123 AND b = "asd" OR c IS NOT NULL` and `a, b DESC` (contract: native dialect)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Test = Callable[[dict[str, Any]], bool]
OUTSIDE_QUOTES = r"""(?=(?:[^'"]|'[^']*'|"[^"]*")*$)"""
OR = re.compile(rf"\s+OR\s+{OUTSIDE_QUOTES}", re.IGNORECASE)
AND = re.compile(rf"\s+AND\s+{OUTSIDE_QUOTES}", re.IGNORECASE)
IS_NULL = re.compile(r"(\w+)\s+IS\s+(NOT\s+)?NULL", re.IGNORECASE)
COMPARED = re.compile(r"([\w.]+)\s*(!=|<>|>=|<=|=|>|<|~)\s*('[^']*'|\"[^\"]*\"|\S+)", re.DOTALL)


def parse_filter(text: str) -> Test:
    """Return the test that a filter means, AND binding before OR; raise ValueError where it does not parse."""
    either = [[_condition(part) for part in AND.split(group)] for group in OR.split(text.strip())]
    return lambda row: any(all(test(row) for test in tests) for tests in either)


def _condition(text: str) -> Test:
    null = IS_NULL.fullmatch(text.strip())
    if null:
        name, negated = null.group(1), bool(null.group(2))
        return lambda row: (row.get(name) is None) != negated
    compared = COMPARED.fullmatch(text.strip())
    if not compared:
        raise ValueError(f"The filter has a part that does not parse: {text.strip()!r}.")
    name, operator, value = compared.groups()
    wanted = value.strip().strip("\"'")
    return lambda row: _holds(_text(row.get(name)), operator, wanted)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _holds(found: str, operator: str, wanted: str) -> bool:
    if operator == "~":
        return wanted.lower() in found.lower()
    if operator in ("=", "!=", "<>"):
        return (found == wanted) == (operator == "=")
    left, right = (found, wanted) if not _numbers(found, wanted) else (found.zfill(20), wanted.zfill(20))
    return {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}[operator]


def _numbers(*texts: str) -> bool:
    return all(text.isdecimal() for text in texts)


def sort_rows(rows: list[dict[str, Any]], sort: str, direction: str) -> list[dict[str, Any]]:
    """Return the rows in the wanted order; a column without a direction of its own takes the common one."""
    for part in reversed([part.split() for part in sort.split(",") if part.strip()]):
        descending = (part[1] if len(part) > 1 else direction).upper() == "DESC"
        # mypy cannot type a lambda with a default
        rows = sorted(rows, key=lambda row, name=part[0]: _text(row.get(name)), reverse=descending)  # type: ignore[misc]
    return rows
