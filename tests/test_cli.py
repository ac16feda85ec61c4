"""The command line: names, exit codes and summaries that others script against."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gpb.cli import main
from gpb.sandbox import Running
from tests.conftest import look, tell
from tests.lent import put_data
from tests.variants import first_quick

ROOT = Path(__file__).resolve().parents[1]
SUMMARY = ["run", "planned", "confirmed", "unchanged", "conflict", "rejected", "unknown", "not_attempted"]


class Shell:
    """A shell whose environment leads to the sandbox."""

    def __init__(self, settings: dict[str, str], folder: Path) -> None:
        self.environment = {**settings, "GPB_DATA_DIR": str(folder / "data"), "GPB_STORE_URL": ""}
        self.folder = folder

    def __call__(self, *words: str) -> Result:
        """Run ``python -m gpb`` with these words."""
        return CliRunner().invoke(main, list(words), env=self.environment)

    def exported(self) -> list[dict[str, str]]:
        """The association frame, by way of a file."""
        file = self.folder / "out.csv"
        assert self("export", str(file)).exit_code == 0
        return list(csv.DictReader(file.open(encoding="utf-8-sig", newline="")))

    def write(self, rows: list[dict[str, str]]) -> str:
        """A CSV file with these rows; its path."""
        file = self.folder / "in.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return str(file)


@pytest.fixture
def shell(box: Running, tmp_path: Path) -> Shell:
    """A shell that has pulled."""
    put_data(box, tmp_path / "data", pulled=True)
    return Shell(box.settings, tmp_path)


def edit_some(shell: Shell, count: int) -> list[dict[str, str]]:
    """Give unassociated rows a category of their section in a CSV, and import it; the edited rows."""
    rows = shell.exported()
    known = {row["section_id"]: row["category"] for row in rows if row["status"] == "Synchronized"}
    edited = [row for row in rows if row["status"] == "Unassociated" and row["section_id"] in known][:count]
    for row in edited:
        row["category"] = known[row["section_id"]]
    assert shell("import", shell.write(rows)).exit_code == 0
    return edited


def test_pull_prints_one_summary_line(box: Running, tmp_path: Path) -> None:
    """Progress is on stderr."""
    result = Shell(box.settings, tmp_path)("pull")
    names = {"courses", "sections", "groups", "rows", "unassociated", "requests", "seconds"}
    assert names <= set(json.loads(result.stdout))
    assert "courses loaded" in result.stderr


@pytest.mark.parametrize("changes", first_quick([{}, {"GPB_SIS_DIALECT": "oneroster"}]))
def test_the_whole_way_from_csv_to_canvas(shell: Shell, box: Running, changes: dict[str, str]) -> None:
    """Edit, import, plan (2), apply (0), plan again (0), replay (0), undo (0)."""
    shell.environment |= changes
    before = look(box, "state")["groups"]
    edited = edit_some(shell, 4)
    plan = str(shell.folder / "plan.json")
    assert shell("plan", "-o", plan).exit_code == 2
    applied = shell("apply", "--yes")
    summary = json.loads(applied.stdout)
    assert (applied.exit_code, list(summary), summary["confirmed"]) == (0, SUMMARY, 4)
    after = look(box, "state")["groups"]
    for row in edited:
        stored = after[row["group_id"]]["sistemic"]["categoryMapping"][row["sis_section_id"]]
        assert stored["categoryTitle"] == row["category"]
    assert {group for group in after if after[group] != before[group]} == {row["group_id"] for row in edited}
    assert shell("plan").exit_code == 0
    assert json.loads(shell("apply", plan, "--yes").stdout)["unchanged"] == 4
    undone = shell("undo", summary["run"], "--yes")
    assert (undone.exit_code, json.loads(undone.stdout)["confirmed"]) == (0, 4)
    assert summary["run"] in shell("runs").stdout


def test_nothing_to_do_is_a_summary_of_zeros(shell: Shell) -> None:
    """Exit code 0."""
    result = shell("apply", "--yes")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"run": None, **dict.fromkeys(SUMMARY[1:], 0)})


def test_apply_without_yes_writes_nothing_where_nobody_can_answer(shell: Shell, box: Running) -> None:
    """A script must say that it means it."""
    edit_some(shell, 1)
    result = shell("apply")
    assert result.exit_code == 1
    assert "--yes" in result.stderr
    assert not [seen for seen in look(box, "requests") if seen["method"] == "PUT"]


def test_everything_that_speaks_against_a_plan_is_said_before_it_is_forced(shell: Shell, box: Running) -> None:
    """A sentence each, the option to accept just that, and nothing written; with the options it is written."""
    edit_some(shell, 3)
    shell.environment |= {"GPB_MAX_NEW": "2", "GPB_MAX_SNAPSHOT_HOURS": "1e-9"}
    refused = shell("apply", "--yes")
    assert refused.exit_code == 1
    assert "3 new associations would be made at once (limit 2)" in refused.stderr
    assert "The snapshot is less than an hour old" in refused.stderr
    options = re.findall(r"--accept [a-z_]+:[0-9a-f]{8}", refused.stderr)
    assert [option.partition(":")[0] for option in options] == ["--accept snapshot_old", "--accept too_many_changes"]
    assert shell("apply", "--yes", *options[0].split()).exit_code == 1
    assert [entry for entry in look(box, "requests") if entry["method"] == "PUT"] == []
    accepted = shell("apply", "--yes", *options[0].split(), "--accept", "too_many_changes")
    assert json.loads(accepted.stdout)["confirmed"] == 3


def test_force_accepts_everything_that_may_be_accepted(shell: Shell) -> None:
    """And says all the same what it overrules."""
    edit_some(shell, 3)
    shell.environment |= {"GPB_MAX_NEW": "2", "GPB_MAX_SNAPSHOT_HOURS": "1e-9"}
    forced = shell("apply", "--yes", "--force")
    assert json.loads(forced.stdout)["confirmed"] == 3
    assert "too_many_changes: 3 new associations" in forced.stderr


def test_a_name_that_no_objection_has_is_a_typing_mistake(shell: Shell) -> None:
    """With the names that there are."""
    refused = shell("apply", "--yes", "--accept", "everything")
    assert (refused.exit_code, "too_many_changes" in refused.stderr) == (64, True)


def test_rows_that_were_not_confirmed_end_with_3(shell: Shell, box: Running) -> None:
    """Each with its reason on stderr; resume finishes what was not attempted."""
    edited = edit_some(shell, 2)
    tell(box, f"integration_data/{edited[0]['group_id']}", {"sistemic": {"categoryMapping": {
        edited[0]["sis_section_id"]: {"categoryId": "theirs"}}}})  # fmt: skip
    result = shell("apply", "--yes")
    summary = json.loads(result.stdout)
    assert (result.exit_code, summary["conflict"]) == (3, 1)
    assert sum(summary[name] for name in SUMMARY[2:]) == summary["planned"]
    assert "Someone changed this in Canvas" in result.stderr
    assert "There is no unfinished run" in shell("resume").stderr


def test_resume_finishes_a_stopped_run(shell: Shell, box: Running) -> None:
    """The server was down, then it was back."""
    edit_some(shell, 3)
    tell(box, "faults", {"503": 1.0})
    assert shell("apply", "--yes").exit_code == 3
    tell(box, "faults", {"503": 0.0})
    result = shell("resume")
    assert (result.exit_code, json.loads(result.stdout)["confirmed"]) == (0, 3)


@pytest.mark.slow
def test_resume_finishes_every_stopped_run(shell: Shell, box: Running) -> None:
    """Also behind one that ends with a conflict."""
    edited = edit_some(shell, 2)
    tell(box, "faults", {"503": 1.0})
    assert [shell("apply", "--yes").exit_code, shell("apply", "--yes").exit_code] == [3, 3]
    tell(box, "faults", {"503": 0.0})
    tell(box, f"integration_data/{edited[0]['group_id']}", {"sistemic": {"categoryMapping": {
        edited[0]["sis_section_id"]: {"categoryId": "theirs"}}}})  # fmt: skip
    result = shell("resume")
    summaries = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 3
    assert [(one["conflict"], one["confirmed"] + one["unchanged"]) for one in summaries] == [(1, 1), (1, 1)]


def test_bad_lines_are_listed_and_nothing_is_taken(shell: Shell) -> None:
    """Exit code 1, and a plan that is still empty."""
    rows = shell.exported()
    rows[0]["category"] = "No such category"
    rows[1]["group_id"] = "x"
    result = shell("import", shell.write(rows))
    assert result.exit_code == 1
    assert "Line 2: " in result.stderr
    assert "Line 3: group_id is “x”, not a number." in result.stderr
    assert shell("plan").exit_code == 0


def test_doctor_passes_on_a_healthy_district(shell: Shell) -> None:
    """Every check has its line."""
    result = shell("doctor")
    checks = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
    assert (result.exit_code, {state for state, _ in checks}) == (0, {"ok"})
    names = [re.split(r"  +", told, maxsplit=1)[0] for _, told in checks]
    assert names == [
        *("Store", "Canvas", "Term", "Schools", "SIS rights", "Sample", "Edit rights", "Same Canvas", "Focus"),
        *("Sections", "Assignments", "Codec"),
    ]


def credentials(box: Running, kind: str) -> str:
    """A token without the right to read SIS ids, or an expired one."""
    tokens = [token for token in look(box, "tokens") if token["system"] == "canvas"]
    chosen = (
        t
        for t in tokens
        if t["expired"] == (kind == "expired") and (kind == "expired" or "read_sis" not in t["rights"])
    )
    return str(next(chosen)["token"])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"GPB_CANVAS_URL": "http://127.0.0.1:9/canvas"}, "No connection to Canvas"),
        ({"GPB_CANVAS_TOKEN": "wrong"}, "GPB_CANVAS_TOKEN"),
        ({"GPB_SIS_URL": "http://127.0.0.1:9/focus/api/1.0"}, "No connection to Focus"),
        ({"GPB_SIS_CLIENT_SECRET": "wrong"}, "GPB_SIS_CLIENT"),
        ({"GPB_TERM": "99999"}, "Set GPB_TERM to one of"),
        ({"GPB_CODEC": "other"}, "GPB_CODEC"),
        ({"GPB_CANVAS_URL": ""}, "GPB_CANVAS_URL is not set"),
    ],
)
@pytest.mark.parametrize("command", ["pull", "doctor"])
def test_whatever_is_wrong_is_one_plain_sentence(
    box: Running, tmp_path: Path, command: str, changes: dict[str, str], sentence: str
) -> None:
    """No traceback, no token, exit code 1."""
    shell = Shell(box.settings | changes, tmp_path)
    result = shell(command)
    assert result.exit_code == 1
    assert sentence in result.output
    assert "Traceback" not in result.output
    assert box.settings["GPB_CANVAS_TOKEN"] not in result.output


@pytest.mark.parametrize("command", ["doctor", "pull"])
def test_a_token_without_sis_rights_is_one_sentence(box: Running, tmp_path: Path, command: str) -> None:
    """Canvas just leaves the ids out; nothing else would tell."""
    result = Shell(box.settings | {"GPB_CANVAS_TOKEN": credentials(box, "reader")}, tmp_path)(command)
    assert result.exit_code == 1
    assert "SIS Data" in result.output


def test_nothing_pulled_yet_is_a_sentence(box: Running, tmp_path: Path) -> None:
    """It names the command."""
    result = Shell(box.settings, tmp_path)("plan")
    assert (result.exit_code, "Run `pull`" in result.stderr) == (1, True)


@pytest.mark.slow
def test_the_sandbox_prints_settings_that_work(tmp_path: Path) -> None:
    """One NAME=value per line, then ready; a doctor in another process is content with them."""
    command = [sys.executable, "-m", "gpb", "sandbox", "--port", "0", "--courses", "8", "--stop-with-parent"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        lines: list[str] = []
        for line in process.stdout or ():
            lines.append(line.strip())
            if lines[-1] == "ready":
                break
        printed: dict[str, Any] = dict(line.split("=", 1) for line in lines[:-1])
        environment = {**os.environ, **printed, "GPB_DATA_DIR": str(tmp_path)}
        doctor = subprocess.run(
            [sys.executable, "-m", "gpb", "doctor"], env=environment, capture_output=True, text=True, check=False
        )
        assert doctor.returncode == 0, doctor.stdout
    finally:
        process.communicate()  # closes its stdin, which ends it
    assert process.returncode == 0


@pytest.mark.parametrize("fault", ["nonsense", "nonsense=1", "503=x", "503=2"])
def test_an_unknown_fault_is_a_sentence(fault: str) -> None:
    """With the known ones, or the form."""
    result = CliRunner().invoke(main, ["sandbox", "--fault", fault])
    assert (result.exit_code, "Traceback" in result.output) == (1, False)


@pytest.mark.parametrize(
    "words",
    [
        *("--nope", "frob", "apply --yess", "audit --fail-on Nope", "import /nowhere.csv", "undo", "runs too"),
        *("sandbox --port x", "export"),
    ],
)
def test_a_typing_mistake_is_one_sentence_and_64(words: str) -> None:
    """Exit code 2 means that there are changes, or rows of a status: a script must not take a mistake for that."""
    result = CliRunner().invoke(main, words.split())
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (64, "", 1)
    assert "--help`." in result.stderr


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("NO_PROXY=localhost,127.0.0.1,fd00::/8", "the proxy 127.0.0.1:1, which HTTPS_PROXY names: nothing responds"),
        ("NO_PROXY=localhost,::1,[::1]", "nothing responds there"),
        ("NO_PROXY=*.invalid", "that name is not known"),
        ("HTTPS_PROXY=socks5://127.0.0.1:1080", "HTTPS_PROXY names a SOCKS proxy"),
        ("HTTPS_PROXY=proxy.invalid:8080:x", "HTTPS_PROXY is not a usable"),
        ("SSL_CERT_FILE=/nowhere.pem", "SSL_CERT_FILE names /nowhere.pem"),
    ],
)
def test_no_variable_of_a_network_ends_in_a_traceback(tmp_path: Path, variable: str, told: str) -> None:
    """The doctor and a pull say in a sentence what is wrong; the proxy is this machine, where nothing answers."""
    name, _, value = variable.partition("=")
    environment: dict[str, str | None] = {
        **{"GPB_CANVAS_URL": "https://canvas.invalid", "GPB_CANVAS_TOKEN": "t", "GPB_DATA_DIR": str(tmp_path)},
        **{
            "GPB_SIS_URL": "https://focus.invalid/focus/api/1.0",
            "GPB_SIS_CLIENT_ID": "i",
            "GPB_SIS_CLIENT_SECRET": "s",
        },
        **dict.fromkeys(["https_proxy", "all_proxy", "no_proxy"]),
        **{"HTTPS_PROXY": "http://127.0.0.1:1", name: value},
    }
    for verb in ("doctor", "pull"):
        result = CliRunner().invoke(main, [verb], env=environment)
        assert (result.exit_code, "Traceback" in result.output) == (1, False)
        assert told in result.output


@pytest.mark.parametrize("verb", ["doctor", "pull", "audit"])
def test_every_command_tells_all_that_is_wrong_with_the_settings(tmp_path: Path, verb: str) -> None:
    """In one line, with exit code 1."""
    environment = {"GPB_DATA_DIR": str(tmp_path), "GPB_MAX_NEW": "x", "GPB_KEEP_DAYS": "0", "GPB_CANVAS_TOKN": "t"}
    result = CliRunner().invoke(main, [verb], env=environment)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert [name for name in ("GPB_MAX_NEW", "GPB_KEEP_DAYS", "GPB_CANVAS_TOKEN") if name not in result.stderr] == []


def test_a_port_that_is_taken_is_one_sentence(shell: Shell, box: Running) -> None:
    """No file is to blame for it."""
    told = shell("sandbox", "--port", str(box.port))
    assert told.exit_code == 1
    assert told.stderr == f"Port {box.port} of this computer is taken; choose another one, or 0 for any free one.\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [("audit >out", 0), ("apply <&-", 1), ("apply >&-", 1), ("--help >/dev/full", 1), ("runs >/dev/full", 1)],
)
@pytest.mark.slow
def test_streams_that_are_closed_full_or_of_another_encoding_are_no_traceback(
    shell: Shell, tmp_path: Path, words: str, code: int
) -> None:
    """Closed by the caller, full, or of an encoding that lacks a character: a sentence or a question mark."""
    edit_some(shell, 1)
    environment = {**os.environ, **shell.environment, "PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(ROOT)}
    line = f'exec "{sys.executable}" -m gpb {words}'
    done = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, cwd=tmp_path, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False), done.stderr
    assert b"No module" not in done.stderr
    if words.endswith("out"):
        assert b"?" in (tmp_path / "out").read_bytes()


def test_a_name_of_a_term_is_refused_with_the_forms_and_the_doctor_lists_the_terms(shell: Shell) -> None:
    """Also where nothing is read; a number and ``sis_term_id:`` are taken."""
    for words in ("plan", "pull"):
        shell.environment["GPB_TERM"] = "Fall"
        told = shell(words)
        assert (told.exit_code, "names no term by its id" in told.stderr, "sis_term_id:" in told.stderr) == (
            1,
            True,
            True,
        )
    shell.environment["GPB_TERM"] = ""
    assert re.search(r"Other terms: .*\(2 or sis_term_id:", shell("doctor").stdout)


def test_runs_are_listed_in_the_time_of_the_district(shell: Shell) -> None:
    """To the minute, with the zone."""
    edit_some(shell, 1)
    shell("apply", "--yes")
    shell.environment["GPB_TIME_ZONE"] = "Pacific/Kiritimati"
    assert re.search(r"\d\d:\d\d \+14  ", shell("runs").stdout)
