"""What tells the rows of the association frame apart everywhere: Canvas' own ids, never a position."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Key = tuple[int, int]
"""(assignment group id, section id)."""


def keys(rows: pd.DataFrame) -> list[Key]:
    """The keys of rows with ``group_id`` and ``section_id`` (int64), in their order."""
    return list(zip(rows["group_id"].tolist(), rows["section_id"].tolist(), strict=True))


def records(rows: pd.DataFrame, columns: Collection[str]) -> Iterator[dict[str, Any]]:
    """Each row as column → value, in plain Python values; as ``to_dict("records")``, in a fraction of its time."""
    values = zip(*(rows[name].tolist() for name in columns), strict=True)
    return (dict(zip(columns, one, strict=True)) for one in values)
