"""The command line of a district that lets a sync change grading categories in Focus."""

from __future__ import annotations

from pathlib import Path

from gpb.sandbox import Running
from tests.test_cli import Shell
from tests.test_cli import shell as shell  # noqa: PLC0414  # a fixture


def test_categories_are_drafted_from_a_file_and_confirmed_by_name(shell: Shell, box: Running, tmp_path: Path) -> None:
    """Lines that cannot be drafted are named; without the word on Focus nothing is written."""
    shell.environment["GPB_WRITE_FOCUS"] = "true"
    row = next(row for row in shell.exported() if row["status"] == "Unassociated")
    file = tmp_path / "wanted.csv"
    lines = [f"{row['group_id']},{row['section_id']},Capstone", f"1,{row['section_id']},Capstone"]
    file.write_text("\n".join(["group_id,section_id,category", *lines]), encoding="utf-8")
    drafted = shell("add-categories", str(file))
    assert (drafted.exit_code, '"drafted": 1' in drafted.stdout) == (3, True)
    assert "Not drafted: group 1 in section" in drafted.stderr
    planned = shell("plan")
    assert "(not in Focus yet)" in planned.stdout
    assert "1 to add to category" in planned.stdout
    refused = shell("apply", "--yes")
    assert (refused.exit_code, "--accept writes_focus:" in refused.stderr) == (1, True)
    assert shell("apply", "--yes", "--accept", "writes_focus").exit_code == 0
    assert [one.section_uuids for one in box.world.categories.values() if one.title == "Capstone"] == [
        [row["sis_section_id"]]
    ]


def test_a_file_that_cannot_be_read_is_refused_with_its_line(shell: Shell, tmp_path: Path) -> None:
    """And where it is not switched on, the command says how."""
    file = tmp_path / "wanted.csv"
    file.write_text("group_id,section_id,category\nx,2,Capstone\n", encoding="utf-8")
    assert "Line 2 of" in shell("add-categories", str(file)).stderr
    file.write_text("group_id,section_id,category\n1,2,Capstone\n", encoding="utf-8")
    assert "GPB_WRITE_FOCUS=true" in shell("add-categories", str(file)).stderr
