"""Lines of a file: which are read, which are passed over, and which are refused, each by its number."""

from __future__ import annotations

import tracemalloc

import pandas as pd
import pytest
from click.testing import CliRunner

from gpb.audit.reports.csv_file import safe_csv
from gpb.cli import main
from gpb.errors import InputError
from gpb.exchange import Imported, import_csv
from gpb.exchange.imported import LISTED, MOST_BAD
from gpb.exchange.reading import MAX_MEGABYTES
from gpb.frames.snapshot import Snapshot
from gpb.sandbox import Running
from tests.builders import COURSE, FIRST, HOMEWORK, SECOND, TESTS, category, group, mapped, section, snapshot
from tests.exchange.test_round_trip import all_rows, district, edited, exported, rows_of
from tests.test_cli import Shell

HEADER = "group_id,section_id,category"
LIVING = ((HOMEWORK, "Homework"), (TESTS, "Tests"))
EXPORT = "school,term,course_id,course,group_id,group,section_id,section,sis_section_id,category_id,category,status"


def read(*lines: str, found: Snapshot | None = None, rows: pd.DataFrame | None = None) -> Imported:
    """What these lines of a file ask for."""
    found, rows = found or district(), all_rows() if rows is None else rows
    return import_csv(edited(*lines, ""), rows, found.validity)


@pytest.mark.parametrize("blank", [",,", "", " , , ", ",,,,,,", '"","",""'])
def test_blank_lines_are_passed_over(blank: str) -> None:
    """A spreadsheet leaves lines of nothing but delimiters where rows were emptied."""
    imported = read(HEADER, "2,2,Tests", blank, "2,1,Tests", blank, blank)
    assert (imported.choices, imported.problems) == ({(2, 2): TESTS, (2, 1): TESTS}, [])


def test_a_line_with_more_cells_than_the_header_is_refused() -> None:
    """A category that holds a comma was written without quotes: it is not the one before the comma."""
    categories = [category("t", "Tests", FIRST), category("q", "Tests, Quizzes", FIRST)]
    found = snapshot([group(1, "x")], categories=categories)
    rows = rows_of(found)
    imported = read(HEADER, "1,1,Tests, Quizzes", found=found, rows=rows)
    assert imported.choices == {}
    assert imported.problems[0].startswith("Line 2: it has 4 cells, but the header has 3 columns")
    assert read(HEADER, '1,1,"Tests, Quizzes"', found=found, rows=rows).choices == {(1, 1): "q"}


def test_a_line_that_lacks_cells_which_are_read_is_refused() -> None:
    """It was cut, in the file or by hand; blank cells of the person's own columns are left out by Excel."""
    imported = read(f"{HEADER},status,note", "2,2,Tests,x", "2,1,Tests")
    assert imported.choices == {(2, 2): TESTS}
    assert imported.problems[0].startswith("Line 3: it has 3 cells, but the header has 5 columns")


def test_a_title_with_a_delimiter_is_not_the_part_before_it() -> None:
    """Where a column of the person's own takes up the rest, the line has no cell too many."""
    categories = [category("t", "Tests", FIRST), category("q", "Tests, Quizzes", FIRST)]
    found = snapshot([group(1, "x")], categories=categories)
    for cells in ("1,1,Tests, Quizzes", "1,1,Tests, Quizzes,x"):
        imported = read(f"{HEADER},note,more", cells, found=found, rows=rows_of(found))
        assert (imported.edits, len(imported.problems)) == ({}, 1)
    assert read(f"{HEADER},note", "1,1,Tests,Quizzes", found=found, rows=rows_of(found)).choices == {(1, 1): "t"}


@pytest.mark.parametrize("header", [f"{HEADER},category", f"{HEADER}, Category ", f"Group_ID,{HEADER}"])
def test_a_doubled_column_is_refused(header: str) -> None:
    """Which of both counts is not for the program to guess."""
    with pytest.raises(InputError, match=r"^Line 1: the column .* appears 2 times in the file \(as column "):
        read(header, "2,2,Tests,Homework")


def test_doubled_columns_that_nobody_reads_are_the_persons_own() -> None:
    """Also those without a name."""
    assert read(f"{HEADER},note,note,,", "2,2,Tests,a,b,,").choices == {(2, 2): TESTS}


def test_the_case_of_a_header_and_blanks_around_it_make_no_difference() -> None:
    """A person has typed it."""
    assert read("Group_Id, SECTION_ID ,Category", "2,2,Tests").choices == {(2, 2): TESTS}


def test_lines_that_contradict_each_other_are_refused_by_both_numbers() -> None:
    """Neither is taken, whatever follows."""
    imported = read(HEADER, "2,1,Tests", "2,2,Tests", "2,2,Homework", "2,2,Tests", "2,2,Unassociated")
    assert imported.choices == {(2, 1): TESTS}
    assert [problem.partition(" is about")[0] for problem in imported.problems] == [
        f"Line {number}: line 3" for number in (4, 5, 6)
    ]


def long_ids() -> tuple[Snapshot, pd.DataFrame]:
    """Three groups and three sections whose ids differ in the 17th digit only."""
    base = 74140000000062000
    sections = [section(base + 700 + i, f"SEC-{i}") for i in range(3)]
    groups = [group(base + 800 + i, f"Group {i}") for i in range(3)]
    categories = [category("t", "Tests", *(f"SEC-{i}" for i in range(3)))]
    found = snapshot({COURSE: groups}, sections=sections, categories=categories)
    return found, rows_of(found)


def test_long_ids_leave_as_text_and_come_back_exactly() -> None:
    """A spreadsheet would keep 15 digits of them; other numbers stay numbers."""
    found, rows = long_ids()
    content = exported(rows).decode("utf-8-sig")
    assert content.count("'74140000000062802") == 3
    assert content.count(f",{COURSE},") == 9
    lines = content.splitlines()
    (place,) = (n for n, line in enumerate(lines) if "062802" in line and "062701" in line)
    lines[place] = lines[place].replace(",,,", ",,Tests,", 1)
    (key,) = import_csv("\r\n".join(lines).encode(), rows, found.validity).choices
    assert key == (74140000000062802, 74140000000062701)


def test_ids_that_may_be_missing_are_guarded_too() -> None:
    """No id passes through a float, and a number that is none keeps 15 digits by itself."""
    table = pd.DataFrame({"origin_course_id": pd.array([None, 74140000000062607], "Int64"), "count": [10**12, 1]})
    assert safe_csv(table, bom=False).decode().splitlines()[1:] == [",1000000000000", '"\'74140000000062607",1']


@pytest.mark.parametrize(
    "cells",
    [
        ("74140000000062800", "Group 2", "74140000000062700", "SEC-1"),  # …802 and …701 as a spreadsheet saves them
        ("74140000000062800", "Group 0", "74140000000062700", "SEC-0"),  # rightly named, but siblings look the same
        ("74140000000062800", "", "74140000000062700", ""),
        ("74140000000062802", "Group 1", "74140000000062701", "SEC-1"),
        ("74140000000062802", "Group 2", "74140000000062701", "SEC-2"),
        ("7.4140000000062802E+16", "Group 2", "74140000000062701", "SEC-1"),
    ],
)
def test_an_id_that_may_be_rounded_or_is_of_another_row_never_lands_anywhere(cells: tuple[str, ...]) -> None:
    """The line names the group and the section in other words as well, and these must agree."""
    found, rows = long_ids()
    imported = read(
        "group_id,group,section_id,sis_section_id,category", ",".join((*cells, "Tests")), found=found, rows=rows
    )
    assert (imported.edits, len(imported.problems)) == ({}, 1)


def test_exact_long_ids_are_taken_bare_or_guarded() -> None:
    """By a script, or by a spreadsheet that kept the apostrophe; zeros at the end count where they are guarded."""
    found, rows = long_ids()
    lines = (
        "74140000000062802,74140000000062701,Tests",
        "'74140000000062801,'74140000000062701,Tests",
        "'74140000000062800,'74140000000062700,Tests",
    )
    imported = read(HEADER, *lines, found=found, rows=rows)
    assert (len(imported.choices), imported.problems) == (3, [])


def test_a_round_id_that_no_other_resembles_is_taken_where_the_line_proves_it() -> None:
    """One id in a hundred ends with two zeros by itself."""
    found = snapshot([group(74140000000062800, "Homework")], sections=[section(1, FIRST)])
    columns, cells = "group_id,section_id,category", "74140000000062800,1,Tests"
    assert len(read(columns, cells, found=found, rows=rows_of(found)).problems) == 1
    imported = read(f"{columns},group", f"{cells},Homework", found=found, rows=rows_of(found))
    assert imported.choices == {(74140000000062800, 1): TESTS}


def test_a_column_that_was_sorted_by_itself_is_refused() -> None:
    """Then the ids of one row stand beside the names of another."""
    found = snapshot([group(1, "Essays", mapped(class_1=HOMEWORK)), group(2, "Quizzes")])
    line = "North High,Fall,7,Math 9,2,Essays,1,Section 1,class-1,,Tests,Unassociated"
    imported = read(EXPORT, line, found=found, rows=rows_of(found))
    assert imported.edits == {}
    assert "group is “Essays”, but group 2 has “Quizzes” in Canvas" in imported.problems[0]


def test_names_may_be_written_in_either_form_of_unicode() -> None:
    """And with other blanks; the ids decide, the names only confirm."""
    found = snapshot([group(1, "Devoirs  corrig\u00e9s")], sections=[section(1, SECOND)])
    imported = read(f"{HEADER},group", "1,1,Tests,Devoirs corrige\u0301s", found=found, rows=rows_of(found))
    assert imported.choices == {(1, 1): TESTS}


def test_a_line_of_an_export_without_its_end_is_refused() -> None:
    """As a spreadsheet saves a line that was cut when the file was opened: filled up with empty cells."""
    lines = exported(all_rows()).decode("utf-8-sig").splitlines()
    cut = [f"{lines[0]},snapshot,read_at", *(f"{line},,".replace("Homework", "Tests", 1) for line in lines[1:])]
    imported = read(*cut)
    assert (imported.edits, len(imported.problems)) == ({}, len(all_rows()))


def test_few_bad_lines_are_listed_and_more_are_counted() -> None:
    """Many end the reading: nothing of such a file is meant for this term."""
    some = read(HEADER, "2,2,Tests", *("x,1,Tests" for _ in range(LISTED + 5)))
    assert (len(some.problems), some.more, some.choices) == (
        LISTED,
        "5 more lines cannot be imported.",
        {(2, 2): TESTS},
    )
    many = read(HEADER, "2,2,Tests", *("x,1,Tests" for _ in range(MOST_BAD * 3)))
    assert (len(many.problems), many.edits, len(many.bad)) == (LISTED, {}, MOST_BAD)
    assert "50,000 lines cannot be imported" in str(many.more)


@pytest.mark.parametrize("number", [60_000, 2_000_000])
@pytest.mark.slow
def test_a_big_file_of_bad_lines_takes_no_more_than_itself(
    box: Running, tmp_path_factory: pytest.TempPathFactory, number: int
) -> None:
    """Neither memory, nor time, nor a flood on stderr; beyond a size it is one sentence."""
    content = (HEADER + "\n").encode() + b"x,1,Tests\n" * number
    tracemalloc.start()
    imported = import_csv(content, all_rows(), district().validity)
    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()
    assert len(imported.problems) == LISTED
    shell = Shell(box.settings, tmp_path_factory.mktemp("big"))
    assert shell("pull").exit_code == 0
    file = shell.folder / "big.csv"
    file.write_bytes(content)
    refused = shell("import", str(file))
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, LISTED + 2)
    with file.open("r+b") as out:
        out.truncate(MAX_MEGABYTES * 1_000_000 + 1_000_000)
    refused = CliRunner().invoke(main, ["import", str(file)], env=shell.environment)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "The file has 251 MB; the limit is 250 MB." in refused.stderr


def test_a_file_of_blank_lines_is_not_read_for_minutes() -> None:
    """A sheet that was saved with all its empty rows is, a file that goes on is not."""
    content = (HEADER + "\n2,2,Tests\n").encode()
    assert import_csv(content + b",,\n" * 50_000, all_rows(), district().validity).choices == {(2, 2): TESTS}
    with pytest.raises(InputError, match="more than 1,048,576 blank lines"):
        import_csv(content + b",\n" * 1_050_000, all_rows(), district().validity)


@pytest.mark.parametrize("content", [b"," * 3_000_000, HEADER.encode() + b"\n" + b"," * 3_000_000])
def test_a_line_without_end_is_refused(content: bytes) -> None:
    """Before its cells are made."""
    with pytest.raises(InputError, match=r"Line \d of the file has more than 1,000,000 characters"):
        import_csv(content, all_rows(), district().validity)


def test_a_title_that_a_dead_category_shares_means_the_living_one() -> None:
    """Whoever types it over a draft; the dead one can still be named by its id, which takes the draft back."""
    categories = [category("dead", "Homework", FIRST, active=False), *(category(c, t, FIRST) for c, t in LIVING)]
    found = snapshot([group(1, "x", mapped(class_1="dead"))], categories=categories, sections=[section(1, FIRST)])
    rows = rows_of(found, (1, 1, TESTS, "Tests", "dead"))
    for header, cell, meant in ((HEADER, "Homework", HOMEWORK), ("group_id,section_id,category_id", "dead", "dead")):
        imported = import_csv(edited(header, f"1,1,{cell}", ""), rows, found.validity, person="ann")
        assert (imported.choices, imported.problems) == ({(1, 1): meant}, [])
