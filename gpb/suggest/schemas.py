"""The frames of the engine: proposals, patterns, and the evidence that others hand in.

Text is pandas' ``str`` with NaN where there is none; lists of titles are JSON texts, so that they can be compared,
hashed and stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pandas as pd


class Source(StrEnum):
    """Where a proposal comes from."""

    NAME = "name"
    SIBLING = "sibling"
    LAST_TERM = "last term"
    DECISION = "decision"
    RULE = "rule"
    PAST_TERMS = "past terms"
    ASSIGNMENTS = "assignments"
    RECEIVED = "passed back"
    NONE = ""


PROPOSALS = {
    "group_id": "int64",
    "section_id": "int64",
    "pattern": "str",
    "category_id": "str",
    "category": "str",
    "tier": "str",
    "source": "str",
    "reason": "str",
    "evidence": "Int64",
    "against": "Int64",
    "runners_up": "str",
}
"""One line per open row. ``category_id`` and ``category`` are NaN where nothing is proposed; ``tier`` is A, B, C or
empty; ``reason`` is for a coordinator; ``evidence`` counts the cases that say the same, ``against`` those that
contradict, both missing where nothing was counted; ``runners_up`` lists other titles that something speaks for."""

PATTERNS = {
    "pattern": "str",
    "group": "str",
    "names": "int64",
    "titles": "str",
    "rows": "int64",
    "courses": "int64",
    "assignments": "int64",
    "schools": "int64",
    "proposal": "str",
    "tier": "str",
    "source": "str",
    "reason": "str",
    "evidence": "Int64",
    "against": "Int64",
    "contradicting": "int64",
    "is_new": "bool",
}
"""One line per pattern with open rows, those with most assignments first. ``group`` is the name as most often written,
``names`` the number of its spellings, ``titles`` those of its sections in the order of Focus, ``assignments`` those for
passback behind the rows, published or still to be, each once. ``contradicting`` counts the rows whose own proposal is
not that of the pattern, ``is_new`` tells whether one of its sections was not in the last reading."""

DECISIONS = {
    "decision_id": "int64",
    "kind": "str",
    "group": "str",
    "titles": "str",
    "title": "str",
    "scope": "str",
    "scope_value": "str",
    "person": "str",
    "made_at": "str",
    "evidence": "str",
}
"""Decisions that are on. ``kind`` is ``decision`` or ``rule``; ``group`` as ``patterns.normalised`` gives it;
``titles`` a sorted list, empty: any section with the title; ``title`` NaN: stays unassociated; ``scope`` is
``district``, ``level``, ``school`` or ``course``, and ``scope_value`` says which."""

PAST = {
    "term": "str",
    "school": "str",
    "teacher": "str",
    "course": "str",
    "group": "str",
    "titles": "str",
    "category": "str",
    "rows": "int64",
    "assignments": "int64",
}
"""What earlier terms had associated, grouped. ``group`` is the name as written, ``titles`` the sorted list of those of
the section at the time, ``category`` the title it was associated with."""

ASSIGNMENTS = {"group_id": "int64", "assignment": "str"}
"""Titles of assignments, as in the snapshot's table of the same name."""


def empty(columns: Mapping[str, str]) -> pd.DataFrame:
    """A frame with these columns and no rows."""
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})


def framed(found: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Columns in the declared order and with the declared dtypes."""
    return found[list(columns)].astype(dict(columns))
