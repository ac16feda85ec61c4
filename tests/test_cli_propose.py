"""Proposals for names in a file: no settings, no district."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from gpb.cli.group import main


def proposed(file: Path) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    result = CliRunner().invoke(main, ["propose", str(file)])
    return result.exit_code, result.stdout, result.stderr


def test_each_case_has_its_line(tmp_path: Path) -> None:
    """In their order, whatever other columns there are."""
    file = tmp_path / "names.csv"
    file.write_text(
        'case,group,categories,answer\n1,Quiz 20%,"[""Quizzes"", ""Tests""]",?\n2,OLD,"[""Tests""]",?\n',
        encoding="utf-8-sig",
    )
    code, out, _ = proposed(file)
    lines = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [(line["case"], line["proposal"], line["tier"]) for line in lines] == [("1", "Quizzes", "A"), ("2", "", "")]
    assert all(line["reason"].endswith(".") for line in lines)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"case,group\n1,Quiz\n", "no column categories"),
        (b"case,group,categories\n1,Quiz,Quizzes\n", "Line 2: categories must be a list"),
        (b"case,group,categories\n1,Quiz,[1]\n", "Line 2: categories must be a list"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    """With the line, and what to do."""
    file = tmp_path / "names.csv"
    file.write_bytes(content)
    code, out, err = proposed(file)
    assert (code, out) == (1, "")
    assert told in err
    assert err.strip().endswith(".")
