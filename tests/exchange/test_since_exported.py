"""An edit is what differs from what was exported: the same file again, yesterday's file, somebody else's work."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from gpb.keys import Key, keys
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import edit_now, look, tell
from tests.lent import put_data, settings_for
from tests.test_cli import Shell
from tests.variants import first_quick

Row = dict[str, str]
OLD = ("exported_category_id", "exported_category", "exported_reference")
CASE = (
    "school term course_id course teacher group_id group weight section_id section sis_section_id origin_course_id "
    "category_id category status"
).split()


@pytest.fixture
def shell(box: Running, tmp_path: Path) -> Shell:
    """A shell that has pulled."""
    put_data(box, tmp_path / "data", pulled=True)
    return Shell(box.settings, tmp_path)


@pytest.fixture
def seen(box: Running, shell: Shell) -> Workspace:
    """The same store, as the pages see it."""
    return Workspace(settings_for(box, shell.folder / "data"))


def whole(rows: list[Row]) -> list[Row]:
    """An export as this release writes it."""
    return rows


def older(rows: list[Row]) -> list[Row]:
    """An export as 0.3.1 wrote it."""
    return [{name: cell for name, cell in row.items() if name not in OLD} for row in rows]


def listed(rows: list[Row]) -> list[Row]:
    """A working list that names status and category, and little else."""
    return [{name: row[name] for name in CASE} for row in rows]


FORMS = pytest.mark.parametrize("form", first_quick([whole, older, listed]), ids=["whole", "of 0.3.1", "working list"])
FORMS_OF_A_LONG_TEST = pytest.mark.parametrize(
    "form",
    [whole, *(pytest.param(form, marks=pytest.mark.slow) for form in (older, listed))],
    ids=["whole", "of 0.3.1", "working list"],
)
Form = Callable[[list[Row]], list[Row]]


def open_rows(seen: Workspace, rows: list[Row], count: int) -> list[Row]:
    """Unassociated rows of different groups whose section has two categories to choose from."""
    options, found = seen.term.latest().validity.options, dict[str, Row]()
    classes = seen.term.rows().set_index("section_id")["class_id"].to_dict()
    for row in rows:
        titles = list(options(classes[int(row["section_id"])]).values())
        if row["status"] == "Unassociated" and len(set(titles)) == len(titles) > 2:
            found.setdefault(row["group_id"], row)
    assert len(found) >= count
    return list(found.values())[:count]


def titles(seen: Workspace, row: Row) -> list[str]:
    """The categories of a row's section."""
    class_id = seen.term.rows().set_index("section_id")["class_id"].to_dict()[int(row["section_id"])]
    return list(seen.term.latest().validity.options(class_id).values())


def key(row: Row) -> Key:
    """Its ids."""
    return int(row["group_id"]), int(row["section_id"])


def taken(result: Result) -> tuple[int, int]:
    """Edits, and drafts that they moved."""
    assert result.exit_code == 0, result.stderr
    summary = json.loads(result.stdout)
    return summary["edits"], summary["drafts_moved"]


def drafts(seen: Workspace) -> dict[Key, str | None]:
    """Category titles by row."""
    frame = seen.term.drafts().frame()
    frame["category"] = frame["category"].astype(object).where(frame["category"].notna(), None)
    return dict(zip(keys(frame), frame["category"], strict=True))


def by_colleague(seen: Workspace, row: Row, title: str | None) -> None:
    """Somebody else drafts a row on the page."""
    assert edit_now(seen, {key(row): title}, person="a colleague").refused == ()


def by_teacher(box: Running, row: Row, category_id: str = "theirs") -> None:
    """A teacher associates a row in Canvas."""
    data = look(box, "state")["groups"][row["group_id"]]
    mapping = data.setdefault("sistemic", {}).setdefault("categoryMapping", {})
    mapping[row["sis_section_id"]] = {"categoryId": category_id, "categoryTitle": "Theirs"}
    tell(box, f"integration_data/{row['group_id']}", data)


def stored(box: Running, row: Row) -> Any:
    """What Canvas stores for a row."""
    data = look(box, "state")["groups"][row["group_id"]]
    return data.get("sistemic", {}).get("categoryMapping", {}).get(row["sis_section_id"])


@FORMS_OF_A_LONG_TEST
@pytest.mark.slow
def test_a_working_list_that_is_imported_day_after_day_is_one_edit_a_day(
    shell: Shell, seen: Workspace, box: Running, form: Form
) -> None:
    """Twice without a sync, with a sync in between, and after a month of pulls: only what is new in it moves."""
    rows = form(shell.exported())
    chosen = open_rows(seen, rows, 4)
    chosen[0] = next(row for row in rows if row["status"] == "Synchronized" and len(titles(seen, row)) > 2)
    title = {row["group_id"]: next(t for t in titles(seen, row) if t != row["category"]) for row in chosen}
    for row in chosen[:3]:
        row["category"] = title[row["group_id"]]
    assert taken(shell("import", shell.write(rows))) == (3, 3)
    assert taken(shell("import", shell.write(rows))) == (0, 0)
    assert shell("apply", "--yes").exit_code == 0
    assert taken(shell("import", shell.write(rows))) == (0, 0)
    chosen[3]["category"] = title[chosen[3]["group_id"]]
    assert taken(shell("import", shell.write(rows))) == (1, 1)
    assert drafts(seen) == {key(chosen[3]): title[chosen[3]["group_id"]]}
    assert shell("apply", "--yes").exit_code == 0
    assert shell("pull").exit_code == 0
    assert taken(shell("import", shell.write(rows))) == (0, 0)
    assert all(stored(box, row)["categoryTitle"] == title[row["group_id"]] for row in chosen)


@FORMS
def test_yesterdays_export_with_one_edit_leaves_a_colleagues_ten_drafts(
    shell: Shell, seen: Workspace, form: Form
) -> None:
    """The rows that nobody edited in the file are none of its business."""
    rows = form(shell.exported())
    mine, *theirs = open_rows(seen, rows, 11)
    for row in theirs:
        by_colleague(seen, row, titles(seen, row)[1])
    before = drafts(seen)
    mine["category"] = titles(seen, mine)[0]
    assert taken(shell("import", shell.write(rows))) == (1, 1)
    assert drafts(seen) == before | {key(mine): mine["category"]}


@pytest.mark.slow
@FORMS_OF_A_LONG_TEST
def test_a_row_in_conflict_is_not_decided_by_editing_another_one(
    shell: Shell, seen: Workspace, box: Running, form: Form
) -> None:
    """The teacher's choice stays in Canvas until somebody has looked at both."""
    rows = shell.exported()
    other, row = open_rows(seen, rows, 2)
    by_colleague(seen, row, titles(seen, row)[0])
    by_teacher(box, row)
    assert shell("pull").exit_code == 0
    exported = form(shell.exported())
    edited = next(line for line in exported if key(line) == key(other))
    edited["category"] = titles(seen, other)[0]
    assert taken(shell("import", shell.write(exported))) == (1, 1)
    assert shell("apply", "--yes").exit_code == 0
    assert stored(box, row)["categoryId"] == "theirs"
    assert seen.term.rows()["moved"].sum() == 1


@FORMS
def test_an_edited_row_that_changed_in_canvas_since_waits_for_a_decision(
    shell: Shell, seen: Workspace, box: Running, form: Form
) -> None:
    """Also where the new value was pulled before the file came back; the person is told, nothing is overwritten."""
    rows = form(shell.exported())
    row = open_rows(seen, rows, 1)[0]
    by_teacher(box, row)
    assert shell("pull").exit_code == 0
    row["category"] = titles(seen, row)[0]
    result = shell("import", shell.write(rows))
    assert taken(result) == (1, 1)
    assert "changed in Canvas since the file was exported" in result.stderr
    assert seen.term.rows()["moved"].sum() == 1
    assert shell("apply", "--yes").exit_code == 0
    assert stored(box, row)["categoryId"] == "theirs"


@FORMS_OF_A_LONG_TEST
def test_an_associated_row_that_a_teacher_changed_is_not_taken_back_by_an_older_file(
    shell: Shell, seen: Workspace, box: Running, form: Form
) -> None:
    """Nobody edited it there; id and title that belong together in a list tell that as well."""
    rows = form(shell.exported())
    mine = open_rows(seen, rows, 1)[0]
    row = next(row for row in rows if row["status"] == "Synchronized" and row["group_id"] != mine["group_id"])
    by_teacher(box, row)
    assert shell("pull").exit_code == 0
    mine["category"] = titles(seen, mine)[0]
    assert taken(shell("import", shell.write(rows))) == (1, 1)
    assert [change.key for change in seen.plan().changes] == [key(mine)]
    assert shell("apply", "--yes").exit_code == 0
    assert stored(box, row)["categoryId"] == "theirs"


@FORMS
def test_replacing_what_a_colleague_drafted_since_is_refused_until_it_is_said_by_name(
    shell: Shell, seen: Workspace, form: Form
) -> None:
    """Nothing of the file is taken by halves."""
    rows = form(shell.exported())
    mine, theirs = open_rows(seen, rows, 2)
    by_colleague(seen, theirs, titles(seen, theirs)[1])
    before = drafts(seen)
    mine["category"], theirs["category"] = titles(seen, mine)[0], titles(seen, theirs)[0]
    file = shell.write(rows)
    refused = shell("import", file)
    assert refused.exit_code == 1
    assert "someone else drafted 1 row (line " in refused.stderr
    assert "--replace-drafts" in refused.stderr
    assert drafts(seen) == before
    assert taken(shell("import", file, "--replace-drafts")) == (2, 2)
    assert drafts(seen) == {key(row): row["category"] for row in (mine, theirs)}


def test_a_hand_made_file_that_would_take_away_is_refused_until_it_is_said_by_name(
    shell: Shell, seen: Workspace, box: Running
) -> None:
    """An empty cell says nothing about what was there; the count is told, and no row is taken by halves."""
    rows = shell.exported()
    mine, drafted = open_rows(seen, rows, 2)
    associated = [row for row in rows if row["status"] == "Synchronized"][:3]
    by_colleague(seen, drafted, titles(seen, drafted)[0])
    before = drafts(seen)
    emptied = [*associated, drafted]
    lines = [{"group_id": row["group_id"], "section_id": row["section_id"], "category": ""} for row in emptied]
    lines.append({"group_id": mine["group_id"], "section_id": mine["section_id"], "category": titles(seen, mine)[0]})
    file = shell.write(lines)
    refused = shell("import", file)
    assert refused.exit_code == 1
    assert "4 rows (lines 2, 3, 4 and 5)" in refused.stderr
    assert "--take-away" in refused.stderr
    assert drafts(seen) == before
    assert "--replace-drafts" in shell("import", file, "--take-away").stderr
    assert drafts(seen) == before
    assert taken(shell("import", file, "--take-away", "--replace-drafts")) == (5, 5)
    assert shell("apply", "--yes", "--force").exit_code == 0
    assert [stored(box, row) for row in associated] == [None] * 3


def test_an_emptied_cell_of_an_export_takes_the_association_away(shell: Shell, seen: Workspace, box: Running) -> None:
    """There it is known that somebody emptied it."""
    for form in (whole, older):
        rows = form(shell.exported())
        row = next(row for row in rows if row["status"] == "Synchronized")
        row["category"] = ""
        assert taken(shell("import", shell.write(rows))) == (1, 1)
        assert drafts(seen) == {key(row): None}
        seen.term.drafts().discard([key(row)], "ann")
    assert stored(box, row) is not None


def test_the_own_draft_is_replaced_without_a_question(shell: Shell, seen: Workspace) -> None:
    """The person changes their mind in the same file."""
    rows = shell.exported()
    row = open_rows(seen, rows, 1)[0]
    for title in titles(seen, row)[:2]:
        row["category"] = title
        assert taken(shell("import", shell.write(rows))) == (1, 1)
    row["category"] = ""
    assert taken(shell("import", shell.write(rows))) == (0, 0)
    assert len(drafts(seen)) == 1


def test_a_row_that_left_canvas_since_stops_no_file(shell: Shell, seen: Workspace) -> None:
    """Unless it was edited."""
    rows = shell.exported()
    row = open_rows(seen, rows, 1)[0]
    gone = {**rows[0], "group_id": "999999"}
    row["category"] = titles(seen, row)[0]
    assert taken(shell("import", shell.write([*rows, gone]))) == (1, 1)
    refused = shell("import", shell.write([*rows, {**gone, "category": "Another"}]))
    assert (refused.exit_code, "this term has no group 999999" in refused.stderr) == (1, True)


def test_a_file_that_names_a_snapshot_outside_of_the_store_reads_nothing_there(shell: Shell, seen: Workspace) -> None:
    """A name from a file is looked up, never followed; what the file shows by itself still counts."""
    rows = older(shell.exported())
    row = open_rows(seen, rows, 1)[0]
    for other in rows:
        other["snapshot"] = "../../snapshots/../x"
    row["category"] = titles(seen, row)[0]
    assert taken(shell("import", shell.write(rows))) == (1, 1)
    assert drafts(seen) == {key(row): row["category"]}
