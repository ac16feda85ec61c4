"""Text from elsewhere on one line of a screen, a terminal or a log: without what nobody sees, and what acts unseen."""

from __future__ import annotations

import re

UNSEEN = r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+"
"""Control characters (ECMA-48), which move a terminal's cursor or end a line of a log, and those of Unicode's
bidirectional algorithm (UAX 9), which turn the direction of what follows, so that a name hides what it says."""
_UNSEEN = re.compile(UNSEEN)


def one_line(text: object) -> str:
    """The text with single blanks in the place of all of these and of any white space."""
    return " ".join(_UNSEEN.sub(" ", str(text)).split())
