"""The zip: a workbook per school, under names that every computer takes."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.audit.reports.bundle import NO_SCHOOL, file_names, write_bundle
from tests.audit.reports.builders import all_findings, all_rows, provenance

SOUTH = "Süd/High: “A” "


def bundled(rows: pd.DataFrame, findings: pd.DataFrame) -> tuple[zipfile.ZipFile, list[tuple[int, int, str]]]:
    """The zip of these rows and findings, opened, and the progress that was told."""
    content, seen = io.BytesIO(), []
    write_bundle(content, rows, findings, provenance(), lambda *step: seen.append(step))
    return zipfile.ZipFile(content), seen


def test_every_school_gets_its_own_lines_and_no_others() -> None:
    """Of findings and unassociated sections alike; what has no school is not lost."""
    rows = all_rows().assign(school=all_rows()["school"].mask(all_rows()["section_id"].eq(2), SOUTH))
    findings = all_findings().assign(
        school=all_findings()["school"].mask(all_findings()["section_id"].eq(2).fillna(False), SOUTH)
    )
    findings.loc[len(findings) - 1, "school"] = None
    bundle, seen = bundled(rows, findings)
    assert bundle.namelist() == ["README.txt", "North High.xlsx", "Süd-High- “A”.xlsx", f"{NO_SCHOOL}.xlsx"]
    assert [(done, total) for done, total, _ in seen] == [(1, 3), (2, 3), (3, 3)]
    lines = {"Findings": 0, "Unassociated sections": 0}
    for name, school in {"North High": "North High", "Süd-High- “A”": SOUTH, NO_SCHOOL: None}.items():
        book = openpyxl.load_workbook(io.BytesIO(bundle.read(f"{name}.xlsx")))
        assert book.sheetnames == ["Summary", "Findings", "Unassociated sections", "Columns"]
        assert book["Summary"]["A1"].value == f"Grade passback audit: {school or NO_SCHOOL}"
        for sheet in lines:
            header, *below = book[sheet].iter_rows(values_only=True)
            assert {line[header.index("school")] for line in below} <= {school}
            lines[sheet] += len(below)
    assert lines == {
        "Findings": len(all_findings()),
        "Unassociated sections": int(all_rows()["status"].eq("Unassociated").sum()),
    }


def test_the_readme_says_what_when_and_from_which_snapshot() -> None:
    """In words, with the school of each file."""
    text = bundled(all_rows(), all_findings())[0].read("README.txt").decode("utf-8-sig")
    for line in (
        "Term: Fall",
        "Canvas: https://canvas.example/canvas",
        "Snapshot: s1",
        "As of (Canvas and Focus): 2026-09-01 00:00 UTC",
        "Made: 2026-09-02 08:30 UTC",
        "North High.xlsx: North High",
    ):
        assert line in text.split("\r\n")


@pytest.mark.parametrize(
    ("school", "name"),
    [
        ("North High", "North High.xlsx"),
        ("K/8: “A” <b>?*|\\", "K-8- “A” -b-----.xlsx"),
        ("con", "School con.xlsx"),
        ("Aux.1", "School Aux.1.xlsx"),
        (" . ", "School.xlsx"),
        ("St.\tMary\u200b's.", "St. Mary 's.xlsx"),
        ("x" * 300, "x" * 80 + ".xlsx"),
        ("../../etc", "-..-etc.xlsx"),
        ("readme.txt", "readme.txt.xlsx"),
    ],
)
def test_a_name_is_safe_on_windows(school: str, name: str) -> None:
    """And still that of the school."""
    assert file_names([school]) == {school: name}


@given(
    schools=st.lists(st.text(max_size=100) | st.sampled_from(["A", "a", "a.", "a (2)", "A (2)", "con"]), unique=True)
)
def test_names_are_unique_whatever_the_case(schools: list[str]) -> None:
    """On a disk that does not tell A from a, no school overwrites another."""
    names = file_names(schools)
    assert list(names) == schools
    assert len({name.casefold() for name in names.values()}) == len(schools)
    assert not [name for name in names.values() if set(name) & set('<>:"/\\|?*') or name[0] in " ." or len(name) > 100]
