"""``python -m gpb tonight``: the next passback, for a person at a terminal and for scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpb.audit.reports.registry import REPORTS, STAMP_COLUMNS
from gpb.sandbox import Running
from gpb.settings import load_settings
from gpb.workspace import Workspace
from tests.test_cli import Shell
from tests.test_cli_audit import lines_of


@pytest.fixture
def shell(box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell; ``load_settings`` gives its settings."""
    made = Shell(box.settings, tmp_path)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    return made


def test_the_lines_of_tonight_as_a_table_and_as_a_file(shell: Shell, tmp_path: Path) -> None:
    """Counts by outcome and reason, then what does not arrive; the file has every line. Exit code 0 either way."""
    before = shell("tonight")
    assert (before.exit_code, before.stdout, "Run `pull`" in before.stderr) == (1, "", True)
    shell("pull")
    lines = Workspace(load_settings()).audit.tonight()
    passed = int(lines["outcome"].eq("passed back").sum())
    shown = shell("tonight")
    head, counts, listed = shown.stdout.split("\n\n")
    assert shown.exit_code == 0
    assert head.splitlines()[1].startswith(f"Passed back tonight: {passed} of {len(lines)} lines")
    counted = [int(line.split()[-3]) for line in counts.splitlines()[1:]]
    assert sum(counted) == len(lines)
    assert "By association" in counts
    assert listed.splitlines()[1].startswith("not passed back")
    assert listed.splitlines()[-1] == f"… and {len(lines) - passed - 50} more; --csv FILE writes all lines."
    assert shell("tonight", "--csv", str(tmp_path / "lines.csv")).stdout == ""
    written = lines_of((tmp_path / "lines.csv").read_bytes())
    assert list(written[0]) == [*REPORTS["tonight"].columns, *STAMP_COLUMNS]
    assert [line["reason"] for line in written] == lines["reason"].tolist()
    assert lines_of(shell("tonight", "--csv", "-").stdout_bytes) == written
