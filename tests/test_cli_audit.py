"""``python -m gpb audit``: for a person at a terminal, and for cron."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest

from gpb.sandbox import Running
from gpb.settings import load_settings
from gpb.workspace import Workspace
from tests.conftest import look, tell
from tests.lent import put_data
from tests.test_cli import Shell
from tests.variants import first_quick

FIRST_AUDIT = "This is the first audit"


@pytest.fixture
def shell(box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell that has pulled; ``load_settings`` gives its settings."""
    made = Shell(box.settings, tmp_path)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    put_data(box, tmp_path / "data", pulled=True)
    return made


def break_an_association(shell: Shell, box: Running, *, loses: bool = True) -> dict[str, str]:
    """Let Canvas store a category that Focus does not know, with assignments behind it or not; the row as it was."""
    rows = [row for row in shell.exported() if row["status"] == "Synchronized"]
    row = next(row for row in rows if (row["assignments"] != "0") == loses)
    stored = look(box, "state")["groups"][row["group_id"]]
    stored["sistemic"]["categoryMapping"][row["sis_section_id"]] = {"id": "gone"}
    tell(box, f"integration_data/{row['group_id']}", stored)
    return row


def lines_of(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_table_begins_with_the_state_and_ends_with_the_findings(shell: Shell) -> None:
    """Score and counts, one line per kind, the sections to fix first with the reason, then the findings."""
    text = shell("audit").stdout
    found = Workspace(load_settings()).audit.findings()
    assert f"{len(found)} open findings" in text.splitlines()[2]
    first = found.iloc[0]
    kinds, worst, listed = text.split("\n\n")[1:]
    assert [line.split("  ")[0] for line in kinds.splitlines()[1:]] == sorted(
        found.groupby(["severity", "title", "who"], observed=True).size().index.get_level_values(0).astype("str"),
        key=["lost", "at risk", "note"].index,
    )
    assert worst.startswith("Fix these sections first\n1. ")
    assert f"section={first['section_id']}\n" in f"{worst}\n"
    assert listed.splitlines()[1].startswith(f"lost      {first['title']}")
    assert len(listed.splitlines()) == 1 + min(50, len(found)) + (len(found) > 50)


def test_csv_workbook_and_bundle_hold_the_findings(shell: Shell) -> None:
    """And stdout stays empty for what comes after the pipe."""
    names = {kind: str(shell.folder / f"audit.{kind}") for kind in ("csv", "xlsx", "zip")}
    result = shell("audit", *(word for kind, name in names.items() for word in (f"--{kind}", name)))
    assert (result.exit_code, result.stdout) == (0, "")
    found = Workspace(load_settings()).audit.findings()
    lines = lines_of(Path(names["csv"]).read_bytes())
    assert [line["key"] for line in lines] == found["key"].tolist()
    assert openpyxl.load_workbook(names["xlsx"])["Findings"].max_row == 1 + len(found)
    with zipfile.ZipFile(names["zip"]) as bundle:
        assert {name for name in bundle.namelist() if name.endswith(".xlsx")} == {
            f"{school}.xlsx" for school in found["school"].unique()
        }


def test_csv_and_mail_can_go_to_a_pipe(shell: Shell) -> None:
    """``-`` is stdout; a mail there is Markdown."""
    assert len(lines_of(shell("audit", "--csv", "-").stdout_bytes)) == len(Workspace(load_settings()).audit.findings())
    assert shell("audit", "--mail", "-").stdout.startswith("# Grade passback: ")


@pytest.mark.parametrize(
    ("name", "beginning"),
    first_quick(
        [("mail.html", "<!DOCTYPE html>"), ("mail.md", "# Grade passback: "), ("mail.HTM", "<!DOCTYPE html>")], 2
    ),
)
def test_the_name_of_the_mail_decides_its_format(shell: Shell, name: str, beginning: str) -> None:
    """HTML or Markdown."""
    file = shell.folder / name
    assert shell("audit", "--mail", str(file)).exit_code == 0
    assert file.read_text(encoding="utf-8").startswith(beginning)


@pytest.mark.slow
def test_fail_on_looks_at_the_status_of_rows(shell: Shell, box: Running) -> None:
    """Whatever the findings are named; case does not matter, and one of several is enough."""
    kept_elsewhere = [row["group_id"] for row in shell.exported() if row["status"] == "Elsewhere"]
    assert kept_elsewhere
    assert shell("audit", "--fail-on", "elsewhere").exit_code == 2
    for group_id in kept_elsewhere:
        tell(box, f"integration_data/{group_id}", {})
    assert shell("audit", "--pull", "--fail-on", "Elsewhere").exit_code == 0
    assert shell("audit", "--fail-on", "Elsewhere", "--fail-on", "UNASSOCIATED").exit_code == 2
    assert shell("audit").exit_code == 0


@pytest.mark.slow
def test_what_is_new_since_the_last_audit_fails_and_is_told(shell: Shell, box: Running) -> None:
    """The first audit says that there was none; the same snapshot gives the same answer however often it is asked."""
    for _ in range(2):
        first = shell("audit", "--new-only", "--fail-on-new")
        assert (first.exit_code, FIRST_AUDIT in first.stdout) == (0, True)
    row = break_an_association(shell, box)
    for words in (["--pull"], []):
        result = shell("audit", *words, "--csv", "-", "--new-only", "--fail-on-new")
        lost = [line for line in lines_of(result.stdout_bytes) if line["severity"] == "lost"]
        assert result.exit_code == 2
        assert [(line["finding"], line["group_id"], line["section_id"]) for line in lost] == [
            ("category_deleted", row["group_id"], row["section_id"])
        ]
    assert "1 lost, score" in shell("audit", "--mail", "-").stdout.partition("\n")[0]
    quiet = shell("audit", "--pull", "--fail-on-new")
    assert (quiet.exit_code, "0 new since the last audit" in quiet.stdout) == (0, True)


@pytest.mark.slow
def test_what_is_new_and_loses_nothing_does_not_fail(shell: Shell, box: Running) -> None:
    """It is told; the exit code is for scores that are lost."""
    shell("audit")
    row = break_an_association(shell, box, loses=False)
    result = shell("audit", "--pull", "--csv", "-", "--new-only", "--fail-on-new")
    assert result.exit_code == 0
    assert {line["group_id"] for line in lines_of(result.stdout_bytes)} == {row["group_id"]}


@pytest.mark.slow
def test_an_accepted_finding_is_counted_apart_and_does_not_fail(shell: Shell, box: Running) -> None:
    """However new it is."""
    shell("audit")
    row = break_an_association(shell, box)
    shell("pull")
    key = f"category_deleted:{row['group_id']}:{row['section_id']}"
    until = date.today() + timedelta(days=3)
    Workspace(load_settings()).audit.acceptances().accept([key], reason="agreed", person="ann", until=until)
    result = shell("audit", "--fail-on-new")
    assert (result.exit_code, "1 accepted finding not counted" in result.stdout) == (0, True)
    assert shell("audit", "--fail-on", "Broken").exit_code == 2


def test_pull_comes_first_reads_everything_and_says_nothing_to_cron(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cron mails whatever a command prints: there is the report, and no progress. At night all courses are read."""
    monkeypatch.setenv("GPB_FULL_REFRESH_HOURS", "24")
    shell("pull")
    opened = Workspace(load_settings())
    before = opened.term.latest_id()
    assert opened.term.changed.why_whole() is None
    result = shell("audit", "--pull", "--mail", "-")
    newest = Workspace(load_settings()).term.latest_id()
    assert Workspace(load_settings()).term.latest().facts.anew is None
    assert (result.stdout[:2], result.stderr) == ("# ", "")
    assert newest != before
    assert f"snapshot {newest}" in result.stdout.replace("\\", "")


def test_an_audit_that_could_not_be_written_is_none(shell: Shell, box: Running) -> None:
    """Exit code 1, and the next audit has it as the first."""
    failed = shell("audit", "--csv", str(shell.folder / "nowhere" / "audit.csv"))
    assert (failed.exit_code, "cannot be used" in failed.stderr) == (1, True)
    break_an_association(shell, box)
    assert FIRST_AUDIT in shell("audit", "--pull").stdout


@pytest.mark.slow
def test_a_snapshot_that_was_thrown_away_counts_as_no_audit(shell: Shell) -> None:
    """Nothing can be compared with it."""
    shell("audit")
    opened = Workspace(load_settings())
    shutil.rmtree(Path(opened.term.snapshots.told_path(str(opened.term.latest_id()))))
    assert FIRST_AUDIT in shell("audit", "--pull").stdout


def test_a_canvas_that_does_not_answer_is_no_audit(shell: Shell, box: Running) -> None:
    """With ``--pull`` an old snapshot is not passed off as tonight's."""
    tell(box, "faults", {"503": 1.0})
    result = shell("audit", "--pull", "--mail", "-")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Canvas" in result.stderr or "Focus" in result.stderr  # whichever failed first


def test_no_output_holds_a_secret(shell: Shell, box: Running) -> None:
    """Neither tokens nor the client's secret."""
    page = shell.folder / "mail.html"
    shell("audit", "--mail", str(page))
    told = shell("audit").output + shell("audit", "--mail", "-").output + page.read_text(encoding="utf-8")
    secrets = [token["token"] for token in look(box, "tokens") if token["system"] == "canvas"]
    assert secrets
    assert [secret for secret in [*secrets, box.settings["GPB_SIS_CLIENT_SECRET"]] if secret in told] == []
