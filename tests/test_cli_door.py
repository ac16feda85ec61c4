"""The command line at the door: what arrives after somebody has looked, runs that were left, runs that are closed."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from gpb.sandbox import Running
from gpb.store.database import runs
from gpb.workspace import Workspace
from tests.conftest import tell
from tests.lent import settings_for
from tests.sync.test_door import leaving, pass_back, writes
from tests.test_cli import Shell, edit_some
from tests.test_cli import shell as shell  # noqa: PLC0414  # a fixture


@pytest.fixture
def opened(shell: Shell, box: Running) -> Any:
    """The workspace on which the shell works."""
    made = Workspace(settings_for(box, shell.folder / "data"))
    yield made
    made._database.close()


def test_an_assignment_that_arrives_between_two_calls_is_asked_about(
    shell: Shell, box: Running, opened: Workspace
) -> None:
    """The option that the first call named accepts its row, not the next one; by then nothing is written."""
    first, second = leaving(opened, 2)
    pass_back(box, first)
    refused = shell("apply", "--yes")
    (option,) = re.findall(r"--accept (already_passed_back:\w+)", refused.stderr)
    pass_back(box, second)
    again = shell("apply", "--yes", "--accept", option)
    assert (refused.exit_code, again.exit_code, writes(box)) == (1, 1, [])
    assert "2 rows leave a category" in again.stderr
    (option,) = re.findall(r"--accept (already_passed_back:\w+)", again.stderr)
    assert json.loads(shell("apply", "--yes", "--accept", option).stdout)["confirmed"] == 2


def test_a_client_without_the_right_to_look_is_accepted_by_its_name(
    shell: Shell, box: Running, opened: Workspace
) -> None:
    """--force is not the only way, as it overrules every other gate, too."""
    leaving(opened, 1)
    tell(box, "script", [{"fault": "forbidden", "path": "/assignments"}])
    refused = shell("apply", "--yes")
    assert "could_not_look: We could not check whether" in refused.stderr
    assert "has no permission for the assignments" in refused.stderr
    assert json.loads(shell("apply", "--yes", "--accept", "could_not_look").stdout)["confirmed"] == 1


def test_the_doctor_tells_that_nobody_can_look(shell: Shell, box: Running) -> None:
    """And what is not checked for want of that right."""
    tell(box, "script", [{"fault": "forbidden", "path": "/assignments"}])
    told = shell("doctor")
    (line,) = [line for line in told.stdout.splitlines() if "Assignments" in line]
    assert (told.exit_code, line.startswith("FAILED")) == (1, True)
    assert "passed back" in line


def test_an_old_run_is_resumed_with_its_name_or_closed(shell: Shell, box: Running, opened: Workspace) -> None:
    """Its age, its rows and the way on are told; a closed run is resumed by nothing."""
    edit_some(shell, 2)
    tell(box, "faults", {"503": 1.0})
    run_id = json.loads(shell("apply", "--yes").stdout)["run"]
    tell(box, "faults", {"503": 0.0})
    with opened._database.write() as connection:
        connection.execute(update(runs).values(started_at=(datetime.now(UTC) - timedelta(days=3)).isoformat()))
    refused = shell("resume")
    assert (refused.exit_code, writes(box)) == (1, [])
    for text in ("3 days ago", "2 rows are not yet written", "was_sent", "--accept old_run:"):
        assert text in refused.stderr
    closed = shell("resume", "--close", run_id)
    assert (closed.exit_code, json.loads(closed.stdout)["not_attempted"]) == (0, 2)
    assert "There is no unfinished run" in shell("resume").stderr
    assert "was closed" in shell("resume", run_id, "--accept", "old_run").stderr
    assert (shell("resume", "--close").exit_code, writes(box)) == (64, [])
    assert re.search(rf"{run_id} .* closed", shell("runs").stdout)


def test_one_run_of_several_is_resumed_by_its_id(shell: Shell, box: Running) -> None:
    """The others are left."""
    edit_some(shell, 2)
    tell(box, "faults", {"503": 1.0})
    first, second = (json.loads(shell("apply", "--yes").stdout)["run"] for _ in range(2))
    tell(box, "faults", {"503": 0.0})
    assert json.loads(shell("resume", first).stdout)["run"] == first
    assert json.loads(shell("resume", "--accept", "old_run").stdout)["run"] == second
