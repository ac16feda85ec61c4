"""Numbers that somebody wrote as text: in a file, an address, or the reply of a server."""

from __future__ import annotations

LARGEST = 2**63 - 1
"""What a column of a frame or a table can hold; no id and no count is larger."""
_DIGITS = 19


def whole_number(text: str) -> int | None:
    """The number that ASCII digits stand for; None for any other text, and for a number that is too large."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        return None
    number = int(text)
    return number if number <= LARGEST else None
