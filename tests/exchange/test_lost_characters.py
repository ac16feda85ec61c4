"""Files in an encoding that lacks characters: what two titles have become alike in is never guessed."""

from __future__ import annotations

import csv
import io
from functools import cache

import pandas as pd
import pytest

from gpb.exchange import Imported, import_csv
from gpb.frames.snapshot import Snapshot
from tests.builders import FIRST, SECOND, category, group, mapped, snapshot
from tests.exchange.test_round_trip import exported, rows_of

TITLES = {"c-1": "Εργασία", "c-2": "Εξέταση", "c-3": "Café", "c-4": "Ωμέγα Essay"}


@cache
def district() -> Snapshot:
    """Two groups in two sections."""
    return snapshot(
        [group(1, "Α", mapped(class_1="c-1")), group(2, "Β")],
        categories=[category(identifier, title, FIRST, SECOND) for identifier, title in TITLES.items()],
    )


@cache
def all_rows() -> pd.DataFrame:
    """Its rows."""
    return rows_of(district())


def saved(encoding: str, group_id: int, **cells: str) -> Imported:
    """The export with these cells typed into the row of the first section, saved by a program that writes so."""
    lines = list(csv.DictReader(io.StringIO(exported(all_rows(), bom=False).decode())))
    next(line for line in lines if line["group_id"] == str(group_id)).update(cells)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    return import_csv(out.getvalue().encode(encoding, "replace"), all_rows(), district().validity)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_what_may_be_one_of_several_is_refused_with_its_line(encoding: str) -> None:
    """By the title alone; by its id the same wish is taken."""
    for title in ("Εργασία", "Εξέταση"):
        imported = saved(encoding, 2, category=title)
        assert (imported.edits, len(imported.problems)) == ({}, 1)
        assert imported.problems[0].startswith("Line 4: “???????” ")
    assert saved(encoding, 2, category_id="c-2").choices == {(2, 1): "c-2"}


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_an_edit_that_cannot_be_seen_any_more_is_told(encoding: str) -> None:
    """The row had the one title, and may have got the other: both are the same question marks now."""
    for title in TITLES["c-1"], TITLES["c-2"]:
        imported = saved(encoding, 1, category=title)
        assert (imported.edits, imported.problems) == ({}, [])
        assert "lost in the category of 1 row (line 2)" in imported.notes[-1]
    assert not [note for note in saved("utf-8", 1, category=TITLES["c-1"]).notes if "lost" in note]


def test_what_can_be_only_one_is_taken() -> None:
    """Of this length and these letters there is no other in the section."""
    assert saved("cp1252", 2, category="Ωμέγα Essay").choices == {(2, 1): "c-4"}
    assert saved("cp1252", 2, category="Café").choices == {(2, 1): "c-3"}
