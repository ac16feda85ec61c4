"""The findings of a hand-made district, one kind at a time."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings
from gpb.frames.snapshot import Snapshot

Line = tuple[str, str, int, str, str]


def lines(
    kind: str,
    found: Snapshot,
    before: Snapshot | None = None,
    written: Mapping[tuple[int, int], tuple[str | None, ...]] | None = None,
) -> list[Line]:
    """All findings of a kind, in their order: key, severity, assignments, sentence, who."""
    table = findings(Evidence(found, before, written or {})).query("finding == @kind")
    shown = table[["key", "severity", "assignments", "sentence", "who"]].astype({"severity": "str"})
    return list(shown.itertuples(index=False, name=None))


def accepted(*said: tuple[str, str]) -> pd.DataFrame:
    """Exceptions as their store gives them, the newest last: key and last day of each."""
    table = pd.DataFrame(said, columns=["key", "until"]).assign(person="ann", reason="agreed")
    return table.astype("str")
