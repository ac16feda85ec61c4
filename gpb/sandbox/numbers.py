"""Numbers in paths, queries and ids, as clients write them."""

from __future__ import annotations

LONGEST = 18


def whole(text: str) -> int | None:
    """Return the number that digits stand for, None for any other text and for more digits than an id can have."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST else None
