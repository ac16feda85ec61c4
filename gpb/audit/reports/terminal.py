"""An audit, and tables in general, as plain text for a terminal or a log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gpb.audit.reports.mail import counted, delivered, numbers, origin, places, weights
from gpb.audit.reports.result import AuditResult
from gpb.printable import UNSEEN, one_line

SHOWN = 50
WIDEST = 60  # characters of a column


def text_table(frame: pd.DataFrame) -> str:
    """A frame in columns, text to the left and numbers to the right; missing values are blank."""
    columns = [_column(frame[name], str(name)) for name in frame.columns]
    return "\n".join("  ".join(cells).rstrip() for cells in zip(*columns, strict=True))


def _column(values: pd.Series, name: str) -> list[str]:
    texts = values.astype("str").fillna("").str.replace(UNSEEN, " ", regex=True)
    cut = texts.mask(texts.str.len() > WIDEST, texts.str.slice(0, WIDEST - 1) + "…")
    width = max([len(name), *cut.str.len()])
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return [text.rjust(width) for text in (name, *cut)]
    return [text.ljust(width) for text in (name, *cut)]


def audit_text(audit: AuditResult, *, new_only: bool) -> str:
    """State of the term, findings by kind, the sections to fix first, and the weightiest findings."""
    found = audit.new if new_only else audit.open
    head = [one_line(origin(audit)), f"Score {audit.score}: {delivered(audit)}", counted(audit)]
    parts = ["\n".join([*head, *(f"{one['label']}: {one['value']}" for one in numbers(audit.numbers))])]
    if len(found):
        parts += [text_table(audit.kinds(found)), _first(audit, found), _listed(found)]
    return "\n\n".join(filter(None, parts))


def _first(audit: AuditResult, found: pd.DataFrame) -> str:
    first = audit.first(found)
    lines = zip(places(first), weights(first), first.to_dict("records"), strict=True)
    blocks = [
        "\n   ".join(map(one_line, [f"{number}. {place}, {one['school']}: {weight}.", *_reason(one)]))
        for number, (place, weight, one) in enumerate(lines, 1)
    ]
    return "\n".join(["Fix these sections first", *blocks]) if blocks else ""


def _reason(one: Mapping[Any, Any]) -> list[str]:
    return [f"{one['why']}. For: {one['who']}.", str(one["address"])]


def _listed(found: pd.DataFrame) -> str:
    lines = found.head(SHOWN).assign(teacher="", new=found["is_new"].map({True: "new", False: ""}))
    lines = lines.assign(place=places(lines))
    columns = ["severity", "title", "assignments", "school", "place", "group", "who", "new"]
    more = f"\n… and {len(found) - SHOWN:,} more; --csv FILE writes them all." if len(found) > SHOWN else ""
    return f"{text_table(lines[columns])}{more}"
