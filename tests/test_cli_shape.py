"""The command line where it is not known how this Canvas keeps associations."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpb.sandbox import Running
from tests.conftest import look
from tests.test_cli import Shell


@pytest.mark.slow
def test_an_empty_first_term_is_told_by_doctor_plan_and_apply_and_no_force_helps(box: Running, tmp_path: Path) -> None:
    """Everything else works; after a pull of a term with associations it is known, and the doctor says on what."""
    spring = Shell({**box.settings, "GPB_TERM": str(max(box.world.terms))}, tmp_path)
    told = spring("doctor")
    assert (told.exit_code, "FAILED  Codec" in told.stdout) == (1, True)
    assert spring("pull").exit_code == 0
    assert spring("audit").exit_code == 0
    rows = spring.exported()
    current = Shell(box.settings, tmp_path / "apart")
    current.folder.mkdir()
    titles = {one.uuid: one.title for one in box.world.categories.values()}
    row = next(
        row for row in rows if row["status"] == "Unassociated" and box.world.valid_categories(row["sis_section_id"])
    )
    row["category_id"] = box.world.valid_categories(row["sis_section_id"])[0].uuid
    row["category"] = titles[row["category_id"]]
    assert spring("import", spring.write(rows)).exit_code == 0
    planned = spring("plan")
    assert planned.exit_code == 2
    assert "shape_unknown: No association made in Canvas itself has been found yet" in planned.stderr
    refused = spring("apply", "--yes", "--force")
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output
    assert spring("apply", "--yes", "--accept", "shape_unknown").exit_code == 64
    assert not any(seen["method"] == "PUT" for seen in look(box, "requests"))
    Shell(box.settings, tmp_path)("pull")
    assert "id in “categoryId” and title in “categoryTitle”" in spring("plan").stderr
    assert spring("apply", "--yes").exit_code == 0
    assert "stored associations show it" in spring("doctor").stdout


def test_the_doctor_says_the_setting_that_fits_what_is_stored(box: Running, tmp_path: Path) -> None:
    """GPB_CODEC names another shape than the one that is stored: by the sample, and by what was read before."""
    shell = Shell({**box.settings, "GPB_CODEC": "flat"}, tmp_path)
    before = shell("doctor")
    shell("pull")
    for told in (before, shell("doctor")):
        assert told.exit_code == 1
        assert "Set GPB_CODEC=sistemic" in told.stdout
