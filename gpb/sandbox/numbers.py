"""Numbers in paths, queries and ids, as clients write them."""

from __future__ import annotations

import re

LONGEST = 18
LEADING = re.compile(r"\s*([+-]?\d{1,18})")


def whole(text: str) -> int | None:
    """Return the number that digits stand for, None for any other text and for more digits than an id can have."""
    return int(text) if text.isdecimal() and len(text) <= LONGEST else None


def leading(text: str) -> int:
    """Return the number that a text begins with, 0 where it begins with none: what Ruby's `to_i` makes of it."""
    found = LEADING.match(text)
    return int(found.group(1)) if found else 0
