"""Findings: what would not be passed back."""

from __future__ import annotations

from gpb.audit.findings import COLUMNS, KINDS, findings
from gpb.frames.overlay import with_drafts
from gpb.frames.schemas import STATUSES
from gpb.store.database import Database
from gpb.store.drafts import DraftStore
from tests.builders import EMPTY, FIRST, HOMEWORK, SECOND, assignments, group, mapped, section, snapshot


def test_every_status_but_synchronized_has_a_sentence_and_a_person() -> None:
    """A new status needs both."""
    assert set(KINDS) == set(STATUSES) - {"Synchronized"}


def test_the_weightiest_come_first_and_synchronized_rows_are_none() -> None:
    """By severity, then by the assignments behind them."""
    groups = [
        group(1, "few", counts=assignments(1)),
        group(2, "many", mapped(class_1=HOMEWORK), counts=assignments(9)),
        group(3, "none", counts=assignments(0)),
        group(4, "elsewhere", {"syncedWithSisCategory": True}, counts=assignments(9)),
    ]
    found = snapshot(groups, sections=[section(1, FIRST), section(2, SECOND), section(3, EMPTY)])
    rows = with_drafts(found.associations(), DraftStore(Database("sqlite://"), "scope").frame())
    listed = findings(rows)
    assert list(listed.columns) == list(COLUMNS)
    assert listed["group"].tolist() == ["many"] * 2 + ["few"] * 3 + ["none"] * 3 + ["elsewhere"] * 3
    assert listed["severity"].astype("str").tolist() == ["lost"] * 5 + ["at risk"] * 3 + ["note"] * 3
    assert listed.query("finding == 'No categories'")["who"].unique().tolist() == ["SIS administrator"]
