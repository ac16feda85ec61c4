"""A small district with awkward names, its findings, and the way back out of a workbook."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings, with_overlay
from gpb.audit.reports.registry import Provenance
from gpb.frames.overlay import with_drafts
from gpb.frames.snapshot import Snapshot
from gpb.store.drafts import DRAFT_COLUMNS
from tests.builders import FIRST, HOMEWORK, RETIRED, SECOND, category, group, mapped, section, snapshot

AWKWARD = (
    '=HYPERLINK("http://x","y")', "=1+1", "+1", "-x", "@SUM(A1)", "'quoted", "00123", "12345678901234567890", "12E5",
    "3-5", "1/2", "2020-01-02", "TRUE", "5 May", "Zoë Núñez 👋", "日本", "تقييم", 'a,b;c "d"', "two\nlines", " =1",
    "＝1", "_x0041_", "bell\x07", "#N/A", "9 A",
)  # fmt: skip


@cache
def district() -> Snapshot:
    """Groups with awkward names in three sections."""
    return snapshot(
        [
            group(1, "Homework", mapped(class_1=HOMEWORK, class_2=RETIRED)),
            *(group(place, name) for place, name in enumerate(AWKWARD, 2)),
        ],
        sections=[section(1, FIRST), section(2, SECOND, name="=2+2"), section(3, "00123")],
        categories=[category(HOMEWORK, "Homework", FIRST), category("00042", "=1+1", FIRST, SECOND)],
    )


NO_DRAFTS = pd.DataFrame(columns=list(DRAFT_COLUMNS)).astype(
    {"group_id": "int64", "section_id": "int64", **dict.fromkeys(list(DRAFT_COLUMNS)[2:], "str")}
)


@cache
def all_rows() -> pd.DataFrame:
    """Its rows, without drafts."""
    return with_drafts(district().associations(), NO_DRAFTS)


@cache
def provenance() -> Provenance:
    """What reports say of where their numbers come from."""
    return Provenance("s1", replace(district().facts, after_run="run-1"), datetime(2026, 9, 2, 8, 30, tzinfo=UTC))


def found_with(accepted: int = 1) -> pd.DataFrame:
    """The findings of the district, the first ones accepted until the end of 2026."""
    found = findings(Evidence(district()))
    keys = found["key"].head(accepted)
    said = pd.DataFrame({"key": keys, "until": "2026-12-31", "person": "ann", "reason": "agreed"}).astype("str")
    return with_overlay(found, said, set(found["key"].tail(2)), "2026-09-02").assign(dashboard_link="https://x.example")


@cache
def all_findings() -> pd.DataFrame:
    """Its findings, the first one accepted."""
    return found_with()
