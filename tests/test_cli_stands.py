"""The command line where something else undoes a sync: the audit fails, ``draft-again`` drafts it, a sync mends it."""

from __future__ import annotations

import json

import pytest

from gpb.sandbox import Running
from tests.conftest import look, tell
from tests.test_cli import Shell, edit_some
from tests.test_cli import shell as shell  # noqa: PLC0414  # a fixture


def undone_by_another_tool(shell: Shell, box: Running, count: int) -> str:
    """A sync of so many rows, after which Canvas is as it was before; the run."""
    before = look(box, "state")["groups"]
    edited = edit_some(shell, count)
    run = str(json.loads(shell("apply", "--yes").stdout)["run"])
    for row in edited:
        tell(box, f"integration_data/{row['group_id']}", before[row["group_id"]])
    return run


@pytest.mark.slow
def test_three_rows_that_were_written_back_are_three_new_findings_until_they_are_synced_again(
    shell: Shell, box: Running
) -> None:
    """Exit code 2 once; the next audit knows them; after another sync there is nothing to tell."""
    assert shell("audit", "--fail-on-new").exit_code == 0
    run = undone_by_another_tool(shell, box, 3)
    told = shell("audit", "--pull", "--fail-on-new", "--csv", "-")
    lines = [line for line in told.stdout.splitlines() if "Changed outside" in line]
    assert (told.exit_code, len(lines)) == (2, 3)
    assert all(f"Run {run} (" in line and "Canvas has nothing now." in line for line in lines)
    assert shell("audit", "--pull", "--fail-on-new").exit_code == 0

    drafted = shell("draft-again", run)
    assert (drafted.exit_code, json.loads(drafted.stdout)) == (0, {"drafted": 3, "drafted_already": 0, "refused": 0})
    again = shell("draft-again")
    assert json.loads(again.stdout) == {"drafted": 0, "drafted_already": 3, "refused": 0}
    assert again.stderr.count("Left as it is because") == 3
    assert json.loads(shell("apply", "--yes").stdout)["confirmed"] == 3
    well = shell("audit", "--pull", "--fail-on-new")
    assert (well.exit_code, "Changed outside" in well.stdout) == (0, False)
    assert json.loads(shell("draft-again").stdout)["drafted"] == 0


@pytest.mark.slow
def test_a_sync_that_is_undone_before_the_first_audit_is_told_by_it(shell: Shell, box: Running) -> None:
    """The run is something to compare with; a run that is not known is said so."""
    undone_by_another_tool(shell, box, 1)
    told = shell("audit", "--pull", "--fail-on-new")
    assert told.exit_code == 2
    assert "only changes to what was synced count as new: 1." in told.stdout
    unknown = shell("draft-again", "20200101-000000-0000")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "There is no run 20200101-000000-0000" in unknown.stderr
