"""A number that somebody types to confirm what many rows will become: in any usual format, and told where it is wrong.

A person types back what she reads, or as her country writes it: ``2230``, ``2,230``, ``2.230``, ``2 230``, ``2'230``.
"""

from __future__ import annotations

import re

from gpb.ui.text import count

_GROUPED = re.compile(r"\d{1,3}(?:([,.\s'’_])\d{2,3})?(?:\1\d{2,3})*")  # also 20,00,000, as India writes it
_SEPARATORS = re.compile(r"[,.\s'’_]")


def typed_number(text: str) -> int | None:
    """What was meant; None where it is no whole number. A sign and the word behind it make no difference."""
    words = re.sub(r"^[+]|\s*(rows?|sections?|changes?)$", "", text.strip(), flags=re.IGNORECASE).strip()
    if re.fullmatch(r"\d+", words):
        return int(words)
    if _GROUPED.fullmatch(words) and re.search(r"\D\d{3}$", words):
        return int(_SEPARATORS.sub("", words))
    return None


def why_not(text: str, number: int, what: str) -> str | None:
    """Why what was typed does not confirm this number of things (``what``: row, section); None where it does."""
    meant = typed_number(text)
    if meant == number:
        return None
    wanted = count(number, what)
    if not text.strip():
        return f"Type {number:,} above first."
    shown = f"{meant:,}" if meant is not None else f"“{text.strip()}”"
    return f"You typed {shown}; the plan has {wanted}."
