"""The findings of a hand-made district, one kind at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from gpb.api.types import AssignmentGroup, FlaggedAssignment
from gpb.audit import findings as all_findings
from gpb.audit.evidence import Evidence
from gpb.audit.kinds import KINDS
from gpb.frames import tables
from gpb.frames.snapshot import Snapshot
from gpb.store.run_records import CONFIRMED
from gpb.suggest.schemas import DECISIONS
from tests.builders import COURSE, group, snapshot

ESSAY = FlaggedAssignment(1, "Essay", True, False, False, False, False)
Line = tuple[str, str, int, str, str]


def lines(
    kind: str,
    found: Snapshot,
    before: Snapshot | None = None,
    confirmed: pd.DataFrame | None = None,
    decided: pd.DataFrame | None = None,
) -> list[Line]:
    """All findings of a kind, in their order: key, severity, assignments, sentence, who."""
    said = confirmed_by() if confirmed is None else confirmed, decided_by() if decided is None else decided
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(all_findings, "KINDS", {kind: KINDS[kind]})
        table = all_findings.findings(Evidence(found, before, *said))
    shown = table[["key", "severity", "assignments", "sentence", "who"]].astype({"severity": "str"})
    return list(shown.itertuples(index=False, name=None))


def accepted(*said: tuple[str, str]) -> pd.DataFrame:
    """Exceptions as their store gives them, the newest last: key and last day of each."""
    table = pd.DataFrame(said, columns=["key", "until"]).assign(person="ann", reason="agreed")
    return table.astype("str")


def confirmed_by(
    *words: tuple[int, int, str | None, str | None], is_sure: bool = True, run: str = "r1"
) -> pd.DataFrame:
    """What a run of ann's said last: group id, section id, and the id and title of the category for each row."""
    lines = [(*word, run, "ann", "2026-09-01T10:00:00+00:00", is_sure) for word in words]
    return pd.DataFrame(lines, columns=list(CONFIRMED)).astype(CONFIRMED)


def decided_by(*said: tuple[str, str | None]) -> pd.DataFrame:
    """Rules of ann's for the whole district: normalised name of groups, and title."""
    lines = [
        (number, "rule", group, "", title, "district", "", "ann", "2026-09-01T10:00:00+00:00", "")
        for number, (group, title) in enumerate(said, 1)
    ]
    return pd.DataFrame(lines, columns=list(DECISIONS)).astype(DECISIONS)


def flagged(identifier: int, name: str, data: dict[str, Any] | None = None, *of: FlaggedAssignment) -> AssignmentGroup:
    """A group with these flagged assignments, or with one plain one."""
    return group(identifier, name, data, flagged=of or (replace(ESSAY, id=identifier),))


def read(groups: list[AssignmentGroup] | dict[int, list[AssignmentGroup]], **parts: Any) -> Snapshot:
    """A snapshot that knows of assignments."""
    bare = snapshot(groups, **parts)
    listed = tables.assignments_frame(groups if isinstance(groups, dict) else {COURSE: groups})
    facts = replace(bare.facts, assignments=len(listed))
    return Snapshot(bare.id, facts, {**bare.tables, "assignments": listed})
