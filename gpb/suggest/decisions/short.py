"""One abbreviation as people write it, checked and spelled as names are read."""

from __future__ import annotations

from gpb.errors import InputError
from gpb.suggest.normal import plain, words

KIND = "abbreviation"
"""Of a line of a file of decisions: its group is the abbreviation, its title what that is short for."""
LONGEST = 60  # characters of one entry


def entry(short: str, long: str) -> tuple[str, str]:
    """The word and what it is short for; raises InputError with a sentence where that makes no sense."""
    key, meant = spelled(short), " ".join(words(long))
    if not key or " " in key or len(key) > LONGEST:
        raise InputError(f"“{short[:LONGEST]}” is no abbreviation: write one word of letters.")
    if not meant or len(meant) > LONGEST:
        raise InputError(f"Write what “{short}” is short for, in at most {LONGEST} characters.")
    return key, meant


def spelled(short: str) -> str:
    """As the word stands in a name that was taken apart."""
    return " ".join(words(short)) or plain(short)
