"""What tells the rows of the association frame apart everywhere: Canvas' own ids, never a position."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

Key = tuple[int, int]
"""(assignment group id, section id)."""


def keys(rows: pd.DataFrame) -> list[Key]:
    """The keys of rows with ``group_id`` and ``section_id`` (int64), in their order."""
    return list(zip(rows["group_id"].tolist(), rows["section_id"].tolist(), strict=True))
