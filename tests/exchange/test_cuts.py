"""A file that was cut short, at whatever byte, makes no edit that nobody meant."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from functools import cache

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.audit.reports.registry import Provenance
from gpb.errors import InputError
from gpb.exchange import Edit, export_csv, import_csv
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key
from tests.builders import FIRST, SECOND, category, group, mapped, snapshot
from tests.examples import examples
from tests.exchange.test_round_trip import rows_of

TITLES = ["Test", "Tests", "Tests, Quizzes", "T", 'Te"st', "Tes\nts", "日本", "=1", "12", "123456789012345"]
CATEGORIES = [category(f"c{'1' * n}", title, FIRST, SECOND) for n, title in enumerate(TITLES, 1)]
STORED = [{"class_1": "c11", "class_2": "c1"}, {"class_1": "c111"}, {}, {"class_2": "c1111111111"}]


@cache
def whole_district() -> Snapshot:
    """Titles that begin alike, and ids that do."""
    return snapshot(
        [group(int("7" * n), TITLES[n], mapped(**stored)) for n, stored in enumerate(STORED, 1)], categories=CATEGORIES
    )


@cache
def all_rows() -> pd.DataFrame:
    """Its rows, one of them with a draft."""
    return rows_of(whole_district(), (77, 2, "c111", "Tests, Quizzes", None))


@cache
def provenance() -> Provenance:
    """What a file of it says of where it comes from."""
    return Provenance("20260901T000000000000-abcdef", whole_district().facts)


WISHES = {(7, 1): "Test", (7, 2): "Tests, Quizzes", (777, 2): "Tests", (7777, 2): ""}
Cells = list[dict[str, str]]


def text(rows: Cells, end: str) -> str:
    """Rows as CSV, edited as a person would: a title here and there, and nothing else."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), lineterminator=end)
    writer.writeheader()
    for row in rows:
        wish = WISHES.get((int(row["group_id"].strip("'")), int(row["section_id"])))
        writer.writerow(row if wish is None else {**row, "category": wish})
    return out.getvalue()


def columns(rows: Cells, names: Iterable[str]) -> Cells:
    """These columns of the rows, in that order."""
    return [{name: row[name] for name in names} for row in rows]


@cache
def files() -> dict[str, bytes]:
    """One file of each kind, whole."""
    rows = list(csv.DictReader(io.StringIO(export_csv(all_rows(), provenance()).decode("utf-8-sig"), newline="")))
    rows = [{name: cell for name, cell in row.items() if not name.endswith("_link")} for row in rows]
    names = list(rows[0])
    by_hand = columns(rows, ["group_id", "section_id", "category"])
    return {
        "export": text(rows, "\r\n").encode("utf-8-sig"),
        "by hand as 16-bit text": text(by_hand, "\n").encode("utf-16"),
        "export of 0.3.1": text(columns(rows, [n for n in names if not n.startswith("exported_")]), "\r\n").encode(),
        "export without its last columns": text(columns(rows, names[:-2]), "\n").encode(),
        "working list": text(columns(rows, ["group_id", "section_id", "status", "category"]), "\n").encode(),
        "category last": text(by_hand, "\r\n").encode(),
        "section last": text(columns(rows, ["category", "group_id", "section_id"]), "\n").encode(),
        "group last": text(columns(rows, ["section_id", "category", "group_id"]), "\n").encode(),
        "note last": text([{**row, "note": "x"} for row in by_hand], "\n").encode(),
    }


def edits(content: bytes) -> dict[Key, Edit]:
    """What a file asks for; nothing, where it is refused as a whole."""
    try:
        return import_csv(
            content, all_rows(), whole_district().validity, earlier=lambda _: whole_district().associations()
        ).edits
    except InputError:
        return {}


@cache
def whole(name: str) -> dict[Key, Edit]:
    """What the file asks for before it is cut."""
    found = edits(files()[name])
    assert found
    return found


def unmeant(name: str, place: int) -> dict[Key, Edit]:
    """The edits of the file cut at this byte that the whole one does not make."""
    content = files()[name]
    return dict(edits(content[:place]).items() - whole(name).items())


@settings(deadline=None, max_examples=examples(150))
@given(data=st.data(), name=st.sampled_from(sorted(files())))
def test_a_file_cut_anywhere_makes_only_edits_of_the_whole_one(data: st.DataObject, name: str) -> None:
    """Where its last line is no whole one it is refused: by its cells, an open quote, or doubt about the last cell."""
    assert unmeant(name, data.draw(st.integers(0, len(files()[name])))) == {}


@pytest.mark.parametrize("name", ["category last", "section last", "group last"])
def test_a_short_file_by_hand_cut_at_every_byte(name: str) -> None:
    """It has nothing at the end of its lines that would show it, and titles and ids begin like others."""
    assert [place for place in range(len(files()[name])) if unmeant(name, place)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(files()))
def test_every_kind_of_file_cut_at_every_byte(name: str) -> None:
    """All places, where the others take a sample."""
    assert [place for place in range(len(files()[name])) if unmeant(name, place)] == []
