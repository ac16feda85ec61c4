"""The workbook that people edit: a drop-down in each row, within the limits of a spreadsheet program."""

from __future__ import annotations

import io
import re
import zipfile
from functools import cache
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest

from gpb.audit.reports.registry import Provenance
from gpb.errors import InputError
from gpb.exchange import export_xlsx, import_csv, workbook_out
from gpb.frames.snapshot import Snapshot
from gpb.keys import keys
from tests.builders import category, group, mapped, section, snapshot
from tests.exchange.test_round_trip import rows_of

ODD = ["Tests, Quizzes", "=1+1", "Unassociated", "1-2", "x" * 250, '"a"', "日本", "'b"]


@cache
def district() -> Snapshot:
    """Sections with the same titles, with others, with none; two categories of one section have the same title."""
    titles = [category(f"o{place}", title, "S-1", "S-2") for place, title in enumerate(ODD)]
    twins = [category(name, "Homework", "S-3") for name in ("h1", "h2")]
    sections = [section(number, f"S-{number}") for number in (1, 2, 3, 4)]
    groups = [group(1, "Homework", mapped(S_1="o1")), group(2, "=cmd()")]
    return snapshot(groups, sections=sections, categories=[*titles, *twins])


@cache
def all_rows() -> pd.DataFrame:
    """Its rows, one of them with a draft."""
    return rows_of(district(), (1, 2, "o1", ODD[1], None))


@cache
def exported() -> bytes:
    """The workbook of all rows."""
    return export_xlsx(all_rows(), district().validity, Provenance(district().id, district().facts))


def opened(content: bytes | None = None) -> Any:
    """As a program reads it; without content, that of all rows."""
    return openpyxl.load_workbook(io.BytesIO(content or exported()))


def offered(book: Any, row: int) -> list[str]:
    """What the drop-down of a row lists, by the rule of its cell."""
    sheet, lists = book["All associations"], book["Choices"]
    (rule,) = sheet.data_validations.dataValidation
    column = next(cell.column_letter for cell in sheet[1] if cell.value == "category")
    assert f"{column}{row}" in rule.sqref
    own = re.fullmatch(
        r"OFFSET\(Choices!\$A\$1,\$([A-Z]+)2,0,OFFSET\(Choices!\$B\$1,\$\1(2),0,1,1\),1\)", rule.formula1
    )
    assert own is not None
    start = sheet[f"{own[1]}{row}"].value
    length = lists.cell(start + 1, 2).value
    return [lists.cell(start + 1 + place, 1).value for place in range(length)]


def test_the_drop_down_of_each_row_lists_what_is_valid_there() -> None:
    """Unassociated and the labels of the section, none of another one; a section without any has the first alone."""
    book = opened()
    lists = [offered(book, row) for row in range(2, len(all_rows()) + 2)]
    labels = [list(district().validity.labels(class_id)) for class_id in all_rows()["class_id"]]
    assert lists == [["Unassociated", *known] for known in labels]
    assert {len(found) for found in lists} == {1, 3, len(ODD) + 1}


def test_what_is_chosen_in_a_drop_down_is_that_edit() -> None:
    """For every row and everything that it offers, after a program has saved the workbook."""
    for place in range(1, len(ODD) + 1):
        book = opened()
        sheet = book["All associations"]
        column = next(cell.column for cell in sheet[1] if cell.value == "category")
        wanted = {}
        for row, key, class_id, now in zip(
            range(2, len(all_rows()) + 2),
            keys(all_rows()),
            all_rows()["class_id"],
            all_rows()["category_id"],
            strict=True,
        ):
            choices = offered(book, row)
            label = choices[place % len(choices)]
            sheet.cell(row, column, label).data_type = "s"
            meant = district().validity.labels(class_id).get(label)
            if meant != (now if isinstance(now, str) else None):
                wanted[key] = meant
        saved = io.BytesIO()
        book.save(saved)
        imported = import_csv(saved.getvalue(), all_rows(), district().validity, person="ann")
        assert (imported.choices, imported.problems, imported.notes) == (wanted, [], [])


def test_the_workbook_keeps_the_limits_of_excel() -> None:
    """One short rule for all rows, no formula in any cell, lists once on a hidden sheet, and what to do comes first."""
    book = opened()
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        ("Read me", "visible"),
        ("All associations", "visible"),
        ("Choices", "hidden"),
    ]
    with zipfile.ZipFile(io.BytesIO(exported())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name.endswith(".xml")}
    for name, content in parts.items():
        ElementTree.fromstring(content)
        assert b"<f>" not in content, name
    (rule,) = re.findall(rb"<dataValidation .*?</dataValidation>", parts["xl/worksheets/sheet2.xml"])
    formula = re.search(rb"<formula1>(.*)</formula1>", rule)
    assert formula is not None
    assert len(formula[1]) <= 255
    assert [cell.value for cell in book["Choices"]["A"]].count("Tests, Quizzes") == 1
    read_me = " ".join(str(cell.value) for cell in book["Read me"]["A"])
    assert "8 rows" in read_me
    assert "yellow column “category”" in read_me
    hidden = {cell.value for cell in book["All associations"][1] if
              book["All associations"].column_dimensions[cell.column_letter].hidden}  # fmt: skip
    assert "exported_category_id" in hidden
    assert hidden.isdisjoint({"group_id", "section_id", "category", "category_id", "group"})


def test_lists_that_no_sheet_can_hold_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is written."""
    monkeypatch.setattr(workbook_out, "MAX_ROWS", len(ODD))
    with pytest.raises(InputError, match=r"The lists of categories have .* lines, but a sheet can hold only 8"):
        export_xlsx(all_rows(), district().validity, Provenance(district().id, district().facts))
