"""A term that is made some courses at a time is the term that is made as a whole."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from gpb.frames.rows import parts
from gpb.frames.snapshot import Snapshot, counting
from gpb.workspace import Workspace


@pytest.mark.parametrize("at_once", [1, 10])
def test_the_parts_of_a_term_are_the_whole(pulled: Workspace, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """Rows in their order, and what is counted of them; also where a school is in two parts."""
    monkeypatch.setattr(parts, "AT_ONCE", at_once)
    latest = pulled.term.latest()
    made = Snapshot("", latest.facts, dict(latest.tables))
    counts: dict[str, dict[str, tuple[int, int | None]]] = {}
    found = list(counting(made.parts(), counts))
    assert len(found) > 2
    assert_frame_equal(pd.concat(found, ignore_index=True), latest.associations())
    assert counts == latest.counts()


def test_a_term_without_courses_has_a_part_without_rows(pulled: Workspace) -> None:
    """So its file has the columns."""
    latest = pulled.term.latest()
    names = ("courses", "sections", "groups", "assignments")
    none = {**latest.tables, **{name: latest.tables[name].head(0) for name in names}}
    (only,) = Snapshot("", latest.facts, none).parts()
    assert_frame_equal(only, latest.associations().head(0))
