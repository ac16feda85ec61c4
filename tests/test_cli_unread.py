"""What the command line says of what could not be read, over real HTTP: each is named, and the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from click.testing import CliRunner, Result

from gpb.cli import main
from tests.conftest import edit_now
from tests.recorded import API, Recorded
from tests.term.test_unread import COURSES, DISTRICT, FAILS, GROUP, GROUPS, OTHER, ROW, courses, stub

FEW_MINUTES = "few minutes"


class Shell:
    """The command line in an environment that leads to a recorded term."""

    def __init__(self, term: Recorded) -> None:
        self.term = term
        given = term.workspace.settings
        self._environment = {
            "GPB_CANVAS_URL": given.canvas_url, "GPB_CANVAS_TOKEN": "t", "GPB_TERM": "5", "GPB_SIS_URL": given.sis_url,
            "GPB_SIS_CLIENT_ID": "client", "GPB_SIS_CLIENT_SECRET": "hush", "GPB_DATA_DIR": str(given.data_dir),
        }  # fmt: skip

    def __call__(self, *words: str) -> Result:
        """Run ``python -m gpb`` with these words; no traceback, whatever comes."""
        with stamina.set_testing(True, attempts=3, cap=True):
            ended = CliRunner().invoke(main, list(words), env=self._environment)
        assert ended.exception is None or isinstance(ended.exception, SystemExit)
        return ended


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A shell that has pulled."""
    with Recorded(tmp_path, DISTRICT) as term:
        term.pull()
        yield Shell(term)


def test_a_course_that_fails_is_named_everywhere_and_ends_nothing(shell: Shell) -> None:
    """Pull and doctor exit with 0, the audit lists it, the export marks its rows."""
    shell.term.answer({GROUPS: FAILS["504"]})
    pulled = shell("pull")
    assert (pulled.exit_code, json.loads(pulled.stdout)["unread"]) == (0, 1)
    assert "Could not be read: Canvas failed with status 504" in pulled.stderr
    assert FEW_MINUTES not in pulled.output
    doctor = shell("doctor")
    assert "Readable" in doctor.stdout
    assert "status 504" in doctor.stdout
    assert "Could not be read" in shell("audit").stdout
    out = shell.term.workspace.settings.data_dir / "out.csv"
    shell("export", str(out))
    assert [line.count("True") > 0 for line in out.read_text().splitlines() if ",12," in line] == [True]


@pytest.mark.slow
def test_a_draft_there_is_left_out_with_a_sentence(shell: Shell) -> None:
    """Of a plan file, too; a row that was left out is not all confirmed."""
    edit_now(shell.term.workspace, {ROW: "c-2", OTHER: "c-2"})
    file = str(shell.term.workspace.settings.data_dir / "plan.json")
    assert shell("plan", "-o", file).exit_code == 2
    shell.term.answer({GROUPS: FAILS["403"]})
    shell("pull")
    told = shell("plan")
    assert told.stdout.strip().endswith("0 to associate, 1 to reassociate, 0 to unassociate")
    assert "1 row is left out because something there could not be read" in told.stderr
    shell.term.workspace.term.drafts().discard([OTHER], "ann", "test")
    left = shell("apply", "--yes")
    assert (left.exit_code, "1 row is left out" in left.stderr) == (0, True)


@pytest.mark.slow
def test_a_key_that_may_not_include_is_named(shell: Shell) -> None:
    """By the doctor, and by a pull that goes on."""
    bare = {name: value for name, value in GROUP.items() if name != "assignments"}
    lists = {f"{API}/courses/11/assignment_groups": [{**bare, "id": 31}], GROUPS: [{**bare, "id": 32}]}
    shell.term.answer(lists)
    pulled, doctor = shell("pull"), shell("doctor")
    assert (pulled.exit_code, doctor.exit_code) == (0, 1)
    assert "Allow Include Parameters" in pulled.stderr
    assert "FAILED  Includes" in doctor.stdout
    assert FEW_MINUTES not in pulled.output + doctor.output
    assert "Canvas did not show assignments" in shell("audit").stdout
    assert (
        shell("audit", "--csv", "-", "--mail", str(shell.term.workspace.settings.data_dir / "mail.md")).exit_code == 0
    )


def test_too_many_stop_the_pull_with_the_list(shell: Shell) -> None:
    """One sentence that names each, and exit code 1; the doctor says so, too."""
    shell.term.answer(courses(*map(stub, range(500, 510))))
    pulled = shell("pull")
    assert (pulled.exit_code, pulled.stdout) == (1, "")
    assert "course 509: Course 509 is not shown" in pulled.stderr
    assert "FAILED  Readable" in shell("doctor").stdout


def test_a_stub_among_the_courses_ends_no_check(shell: Shell) -> None:
    """The doctor names it, and looks at the others."""
    shell.term.answer({COURSES: [*DISTRICT[COURSES], stub(13)]})
    doctor = shell("doctor")
    assert "Course 13 is not shown to the token's user" in doctor.stdout
    assert "2 courses have 3 assignment groups" in doctor.stdout
