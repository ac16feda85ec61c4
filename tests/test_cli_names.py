"""The command line of a district in which a sync renames assignment groups."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gpb.sandbox.district.model import Category
from tests.conftest import SMALL
from tests.lent import lent
from tests.test_cli import Shell


def is_free(category: Category, of_course: list[dict[str, str]]) -> bool:
    """Whether all sections of a course have the category, and none of its groups the name."""
    serves = category.everywhere or {row["sis_section_id"] for row in of_course} <= set(category.section_uuids)
    return serves and category.title.casefold() not in {row["group"].strip().casefold() for row in of_course}


def test_categories_chosen_in_a_spreadsheet_become_names(tmp_path: Path) -> None:
    """Plan and apply say what is renamed and what is left out; the doctor does not miss associations."""
    with lent(replace(SMALL, shape="flag-only")) as box:
        term = str(max(box.world.terms))
        shell = Shell({**box.settings, "GPB_TERM": term, "GPB_WRITE": "names"}, tmp_path)
        assert shell("pull").exit_code == 0
        rows = [row for row in shell.exported() if row["status"] == "Unassociated"]
        group_id, title = next(
            (row["group_id"], one.title)
            for row in rows
            for one in box.world.valid_categories(row["sis_section_id"])
            if one.active and is_free(one, [other for other in rows if other["course_id"] == row["course_id"]])
        )
        own = [row for row in rows if row["group_id"] == group_id]
        groups = [row["group_id"] for row in rows if row["course_id"] != own[0]["course_id"]]
        other = next(row for row in rows if groups.count(row["group_id"]) > 1)
        for row in own:
            row["category"] = title
        other["category"] = next(one.title for one in box.world.valid_categories(other["sis_section_id"]) if one.active)
        assert shell("import", shell.write([*own, other])).exit_code == 0
        planned = shell("plan")
        assert planned.exit_code == 2, planned.stderr
        assert f"{len(own)} to rename" in planned.stdout
        assert f"Left out: “{other['group']}” in {other['section']}" in planned.stderr
        applied = shell("apply", "--yes")
        assert applied.exit_code == 3  # one draft waits
        assert box.world.groups[int(group_id)].name == title
        assert "renames assignment groups" in shell("doctor").stdout
