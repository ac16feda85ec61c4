"""Bad lines of a file and what may be meant in them; files that ask for nothing, and old ones."""

from __future__ import annotations

from gpb.audit.reports.registry import Provenance
from gpb.exchange import Imported, export_csv, import_csv, problem_table
from tests.builders import HOMEWORK, OTHERS, TESTS
from tests.exchange.test_round_trip import all_rows, district, edited, exported, rows_of

HEADER = "group_id,section_id,category"


def read(*lines: str) -> Imported:
    """What these lines ask for."""
    return import_csv(edited(HEADER, *lines), all_rows(), district().validity, person="ann")


def test_a_title_that_is_nearly_right_can_be_used() -> None:
    """The nearest of that section's own titles; a line that is bad for another reason offers none."""
    imported = read("2,1,Tset", "2,2,Oters", "x,1,Tests", "1,1,qqqq", "9,9,Tests")
    told = problem_table(imported.bad)
    assert told[["line", "group", "section", "your_text", "nearest"]].fillna("").values.tolist() == [
        [2, "Quiz", "Section 1", "Tset", "Tests"],
        [3, "Quiz", "Section 2", "Oters", "Others"],
        [4, "", "", "Tests", ""],
        [5, "=SUM(A1)", "Section 1", "qqqq", ""],
        [6, "", "", "Tests", ""],
    ]
    assert imported.problems[0].endswith("Nearest: “Tests”.")
    fixed = imported.using([3, 4, 5])
    assert (fixed.choices, [one.line for one in fixed.bad]) == ({(2, 2): OTHERS}, [2, 4, 5, 6])
    assert (imported.using([2, 3]).choices, imported.edits) == ({(2, 1): TESTS, (2, 2): OTHERS}, {})


def test_a_category_is_not_used_against_another_line() -> None:
    """Whichever of them comes first; of two bad lines about one row the second is refused."""
    for lines in (["2,2,Tests", "2,2,Oters"], ["2,2,Oters", "2,2,Tests"]):
        imported = read(*lines)
        assert imported.choices == {(2, 2): TESTS}
        assert imported.using([2, 3]).choices == {(2, 2): TESTS}
    both = read("2,2,Oters", "2,2,Tset").using([2, 3])
    assert (both.choices, [one.reason.partition(" is")[0] for one in both.bad]) == ({(2, 2): OTHERS}, ["line 2"])


def test_a_line_of_another_row_offers_nothing() -> None:
    """Its group says that the ids are wrong."""
    header = f"{HEADER},group"
    (problem,) = import_csv(edited(header, "2,2,Oters,Essays"), all_rows(), district().validity).bad
    assert (problem.nearest, problem.edit) == (None, None)


def test_a_file_that_asks_for_nothing_says_why() -> None:
    """Nobody edited it, or it was imported before."""
    unedited = import_csv(exported(all_rows()), all_rows(), district().validity)
    assert unedited.nothing == "Nothing to import: no row was edited in this file, or the rows already are as it says."
    drafted = rows_of(district(), (2, 1, TESTS, "Tests", None), (2, 2, HOMEWORK, "Homework", None))
    file = edited(f"{HEADER},exported_category", "2,1,Tests,", "2,2,homework,", "")
    assert len(import_csv(file, all_rows(), district().validity).edits) == 2
    again = import_csv(file, drafted, district().validity)
    assert again.nothing == "Nothing to import: 2 edited rows are already as this file says."
    assert read("2,1,Tests").nothing is None
    assert read("2,1,qqqq").nothing is None


def test_an_old_copy_is_told() -> None:
    """A file of an earlier snapshot says of when it is; one of today's, or without one, does not."""
    content = export_csv(all_rows(), Provenance(district().id, district().facts))
    (note,) = import_csv(content, all_rows(), district().validity, newest="s2").notes
    assert note.startswith("This file shows the data of 2026-09-01 00:00:00 UTC, and the term has been refreshed")
    assert import_csv(content, all_rows(), district().validity, newest=district().id).notes == []
    assert import_csv(exported(all_rows()), all_rows(), district().validity, newest="s2").notes == []


def test_columns_may_be_called_as_canvas_and_the_pages_call_them() -> None:
    """Where the column itself is there too, the other belongs to the person."""
    file = edited("Assignment Group ID;Canvas section id;SIS Category", "2;1;Tests")
    assert import_csv(file, all_rows(), district().validity).choices == {(2, 1): TESTS}
    both = edited("group_id,section_id,category,SIS Category", "2,1,Tests,mine")
    assert import_csv(both, all_rows(), district().validity).choices == {(2, 1): TESTS}
