"""Decisions and earlier terms on the command line: exit codes, and the summaries that others script against."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from gpb.sandbox import Running
from tests.lent import put_data
from tests.test_cli import Shell


def test_rules_are_shown_before_they_are_turned_on_and_handed_on_as_a_file(box: Running, tmp_path: Path) -> None:
    """A bad line leaves all as it was; on and off by id."""
    put_data(box, tmp_path / "data", pulled=True)
    shell, file, out = Shell(box.settings, tmp_path), tmp_path / "rules.csv", tmp_path / "out.csv"
    file.write_text("group,title\nTests,Homework\n,Tests\n", encoding="utf-8")
    refused = shell("decisions", "--import", str(file), "--yes")
    assert refused.exit_code == 1
    assert "Line 3: the group is empty: " in refused.stderr
    assert f"Nothing was imported from {file}" in refused.stderr
    file.write_text("group,title\nTests,Homework\n", encoding="utf-8")
    shown = shell("decisions", "--import", str(file))
    summary = json.loads(shown.stdout)
    assert (shown.exit_code, summary["decisions"], summary["imported"]) == (0, 1, 0)
    assert summary["contradict"] > 0
    assert f"Would decide {summary['decide']:,} rows" in shown.stderr
    assert "Nothing has been decided yet." in shell("decisions").stdout
    assert json.loads(shell("decisions", "--import", str(file), "--yes").stdout)["imported"] == 1
    assert "rule" in shell("decisions").stdout
    assert json.loads(shell("decisions", "--off", "1").stdout) == {"turned_off": 1}
    assert "Nothing has been decided yet." in shell("decisions").stdout
    assert shell("decisions", "--all", "--csv", str(out)).exit_code == 0
    (line,) = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig")))
    assert (line["group"], line["title"], line["is_on"], line["evidence"]) == (
        "test",
        "Homework",
        "off",
        "imported from rules.csv",
    )
    assert json.loads(shell("decisions", "--on", "1").stdout) == {"turned_on": 1}
    assert shell("decisions", "--on", "7").exit_code == 1
    assert shell("decisions", "--on", "1", "--all").exit_code == 64


@pytest.mark.slow
def test_an_earlier_term_is_read_and_carried_forward(box: Running, tmp_path: Path) -> None:
    """The first says how; then what it decides is told, drafted on demand, and the rest is counted."""
    shell = Shell({**box.settings, "GPB_TERM": "4"}, tmp_path)
    shell("pull")
    without = shell("carry-forward")
    assert without.exit_code == 1
    assert "python -m gpb pull --past 3" in without.stderr
    assert json.loads(shell("pull", "--past", "sis_term_id:2026-S1").stdout)["term"] == "Fall 2026"
    assert json.loads(shell("pull", "--past", "Spring 2026").stdout)["unread"] == 0
    told = shell("carry-forward", "--term", "3")
    summary = json.loads(told.stdout)
    assert (told.exit_code, summary["contradictions"]) == (0, 0)
    assert summary["open"] == summary["decided"] + summary["contradictions"] + summary["undecided"]
    before = json.loads(shell("carry-forward").stdout)
    assert (before["open"], before["drafted"]) == (summary["open"], 0)
    assert before["decided"] > summary["decided"]
    rules = tmp_path / "rules.csv"
    rules.write_text("group,title\nTests,Unassociated\nQuizzes,Unassociated\n", encoding="utf-8")
    shell("decisions", "--import", str(rules), "--yes")
    contradicted = shell("carry-forward")
    assert (contradicted.exit_code, json.loads(contradicted.stdout)["contradictions"] > 0) == (2, True)
    assert "They contradict each other in" in contradicted.stderr
    shell("decisions", "--off", "1", "--off", "2")
    drafted = json.loads(shell("carry-forward", "--yes").stdout)
    assert (drafted["drafted"], drafted["left"]) == (before["decided"], 0)
    assert json.loads(shell("carry-forward").stdout)["open"] == before["open"] - before["decided"]
    assert shell("pull", "--past", "2", "--use-term", "3").exit_code == 64
