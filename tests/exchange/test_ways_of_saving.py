"""The law of the round trip: an export that any program has saved asks for what was edited in it, or nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.audit.reports.registry import Provenance
from gpb.errors import InputError
from gpb.exchange import Imported, Problem, export_csv, export_xlsx, import_csv
from gpb.exchange.columns import EXPORTED, REFERENCE
from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from tests.builders import category, group, mapped, section, snapshot
from tests.examples import examples
from tests.exchange.saved import WAYS, Cells
from tests.exchange.test_round_trip import rows_of

TITLES = [
    *(
        "Tests",
        "TESTS",
        "Tests, Quizzes",
        "Teacher’s choice",
        'The "best"',
        "Übungen",
        "日本",
        "1-2",
        "007",
        "7",
        "TRUE",
    ),
    *("=x", "'x", "-5", "Unassociated", "1E5", "a;b", "two\nlines", " padded ", "123456789012345678"),
]
BASES = (100, 4_000, 2**53 - 1, 74140000000062800)
OPTIONAL = ("category_id", *EXPORTED.values(), REFERENCE, "status", "changed", "course", "group", "sis_section_id")


@cache
def district(base: int) -> tuple[Snapshot, pd.DataFrame]:
    """Three groups and two sections with ids from here on; one row has a category, one a draft."""
    sections = [section(base + n, f"S-{n}") for n in (1, 2)]
    groups = [
        group(base + 10, "Tests, Quizzes", mapped(**{"S-1": "c2"})),
        group(base + 11, "Übungen"),
        group(base + 12, "7"),
    ]
    titles = [category(f"c{n}", title, "S-1", "S-2") for n, title in enumerate(TITLES)]
    found = snapshot(groups, sections=sections, categories=titles)
    return found, rows_of(found, (base + 11, base + 2, "c4", TITLES[4], None))


def exported(base: int) -> Cells:
    """The export as a program reads it from the file."""
    found, rows = district(base)
    content = export_csv(rows, Provenance(found.id, found.facts)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))


def asked(content: bytes, base: int) -> Imported:
    """What a file asks for; a file that is refused is a problem."""
    found, rows = district(base)
    try:
        return import_csv(content, rows, found.validity, person="ann")
    except InputError as error:
        return Imported(bad=[Problem(1, str(error))])


@settings(deadline=None, max_examples=examples(200))
@given(
    way=st.sampled_from(WAYS),
    base=st.sampled_from(BASES),
    left_out=st.sets(st.sampled_from(OPTIONAL)),
    place=st.integers(1, 6),
    title=st.sampled_from(TITLES),
    order=st.randoms(use_true_random=False),
)
@pytest.mark.slow
def test_an_edit_comes_back_as_that_edit_or_is_refused(
    way: Callable[[Cells], bytes], base: int, left_out: set[str], place: int, title: str, order: object
) -> None:
    """Whatever was done to the other cells, to the columns and to the order of rows; without one nothing is edited."""
    cells = exported(base)
    header = cells[0]
    key = keys(district(base)[1])[place - 1]
    kept = [n for n, name in enumerate(header) if name not in left_out]
    below = [[row[n] for n in kept] for row in cells[1:]]
    getattr(order, "shuffle")(below)  # noqa: B009  # the type of hypothesis' randoms has no such method
    table = [[header[n] for n in kept], *below]
    unedited = asked(way(table), base)
    assert unedited.edits == {}
    assert unedited.problems == [] or base >= 10**15  # without names a rounded id is of no row
    names = table[0]
    line = next(
        row for row in table[1:] if [int(row[names.index(n)].strip("'")) for n in ("group_id", "section_id")] == [*key]
    )
    line[names.index("category")] = title
    edited = asked(way(table), base)
    wanted = {key: f"c{TITLES.index(title)}"}
    now: dict[Key, object] = {row: found for row, found in wanted.items() if not _has(base, row, found)}
    choices = {row: edit.choice for row, edit in edited.edits.items()}
    assert choices in (wanted, {}), (edited.problems, choices)
    assert choices == now or edited.problems


def _has(base: int, key: Key, category_id: str) -> bool:
    rows = district(base)[1]
    row = rows.loc[rows["group_id"].eq(key[0]) & rows["section_id"].eq(key[1])].iloc[0]
    return bool(row["category_id"] == category_id)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: getattr(way, "__name__", repr(way)))
def test_every_way_of_saving_takes_a_plain_edit(way: Callable[[Cells], bytes]) -> None:
    """A refusal alone would keep the law as well."""
    cells = exported(4_000)
    place = cells[0].index("category")
    cells[6][place] = "Übungen"
    found = asked(way(cells), 4_000)
    assert (list(found.choices.values()), found.problems) == ([f"c{TITLES.index('Übungen')}"], [])


def test_a_workbook_of_ours_comes_back_as_no_edit() -> None:
    """Its texts are texts, and its ids exact."""
    for base in BASES:
        found, rows = district(base)
        imported = asked(export_xlsx(rows, found.validity, Provenance(found.id, found.facts)), base)
        assert (imported.edits, imported.problems, imported.notes) == ({}, [], [])
