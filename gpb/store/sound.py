"""What is read from a store is held against what this program writes there: a damaged row is a sentence.

A database keeps its own structure; it does not tell when a value in it was altered by a failing disk or by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from types import GenericAlias
from typing import Any, TypeVar, get_type_hints

import pandas as pd

from gpb.errors import StoreError

Record = TypeVar("Record")


def damaged(what: str) -> StoreError:
    """The error for a part of the store that cannot be what this program wrote."""
    return StoreError(
        f"The store is damaged: {what} cannot be read. Stop the program, keep a copy of the damaged store, and "
        "restore its last backup."
    )


def json_object(text: Any, what: str) -> dict[str, Any]:
    """A JSON object that was stored as text; raises StoreError, which names ``what``, for anything else."""
    found = json_value(text, what)
    if not isinstance(found, dict):
        raise damaged(what)
    return found


def json_list(text: Any, what: str) -> list[dict[str, Any]]:
    """As ``json_object``, for a list of objects."""
    found = json_value(text, what)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise damaged(what)
    return found


def json_value(text: Any, what: str) -> Any:
    """Any JSON value that was stored as text; raises StoreError, which names ``what``, where it is none."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise damaged(what) from error


def number(value: Any, what: str) -> int:
    """A stored number; raises StoreError, which names ``what``, for anything else."""
    if not isinstance(value, int):
        raise damaged(what)
    return value


def identifier(text: str, what: str) -> int:
    """A whole number that was stored as text, such as an id of Canvas; raises StoreError, which names ``what``."""
    if not text.isascii() or not text.isdecimal():
        raise damaged(what)
    return int(text)


def rows(found: Iterable[Sequence[Any]], kinds: Sequence[Any], what: str) -> list[tuple[Any, ...]]:
    """Rows of a query whose columns are of these types; raises StoreError, which names ``what``, where one is not."""
    checked = [tuple(row) for row in found]
    if not all(isinstance(value, kind) for row in checked for value, kind in zip(row, kinds, strict=True)):
        raise damaged(what)
    return checked


def record(kind: type[Record], row: Mapping[Any, Any], what: str, *, times: Iterable[str] = ()) -> Record:
    """A dataclass of text and numbers from a row of the same names, each of the type that the class declares.

    ``times`` names the fields that hold ISO 8601 times. Raises StoreError, which names ``what``.
    """
    wanted = _types(kind)  # type: ignore[arg-type]  # a class is hashable
    if row.keys() != wanted.keys() or any(not isinstance(row[name], hint) for name, hint in wanted.items()):
        raise damaged(what)
    for name in times:
        moment(row[name], what)
    return kind(**row)


@cache  # the annotations are text, and lists of runs are long
def _types(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {name: hint.__origin__ if isinstance(hint, GenericAlias) else hint for name, hint in hints.items()}


def moment(text: str | None, what: str) -> datetime | None:
    """A stored time, None for none; raises StoreError, which names ``what``, for what is no time with its offset."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise damaged(what) from error
    if found.tzinfo is None:
        raise damaged(what)
    return found


def frame(rows: Sequence[Sequence[Any]], columns: Mapping[str, str], what: str) -> pd.DataFrame:
    """A frame of stored rows; ``columns`` says ``int64``, ``str``, or (may be missing) ``Int64?``, ``str?`` for each.

    Raises StoreError, which names ``what``, where a value is of another type.
    """
    nothing = type(None)
    allowed: dict[str, set[type]] = {
        "int64": {int},
        "Int64?": {int, nothing},
        "str": {str},
        "str?": {str, nothing},
    }
    for position, kind in enumerate(columns.values()):
        if not {type(row[position]) for row in rows} <= allowed[kind]:
            raise damaged(what)
    found = pd.DataFrame([tuple(row) for row in rows], columns=list(columns))
    return found.astype({name: kind.rstrip("?") for name, kind in columns.items()})
