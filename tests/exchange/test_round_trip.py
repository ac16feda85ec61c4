"""CSV out and in: a file comes back unchanged, an edit comes back as that edit."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.registry import REPORTS, STAMP_COLUMNS, Provenance
from gpb.audit.reports.tables import all_associations
from gpb.errors import InputError
from gpb.exchange import export_csv, import_csv
from gpb.frames.overlay import with_drafts
from gpb.frames.snapshot import Snapshot
from gpb.sandbox import SandboxConfig, running
from gpb.store.drafts import DRAFT_COLUMNS
from gpb.workspace import Workspace
from tests.audit.reports.libreoffice import needs_libreoffice, resave
from tests.builders import FIRST, HOMEWORK, OTHERS, RETIRED, SECOND, TESTS, category, group, mapped, section, snapshot
from tests.examples import examples
from tests.lent import settings_for

NASTY = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=8
)
TITLES = NASTY | st.sampled_from(
    ["=SUM(A1)", "+1", "-1", "@x", "'quoted", "a,b;c", '"', "\ttab", "日本", "שלום", "<b>", "00123", "1/2", "TRUE"]
)


def rows_of(found: Snapshot, *drafts: tuple[int, int, str | None, str | None, str | None]) -> pd.DataFrame:
    """The frame with drafts (group, section, category id, title, baseline)."""
    records = [(g, s, c, t, "ann", "now", b, "", "") for g, s, c, t, b in drafts]
    table = pd.DataFrame(records, columns=list(DRAFT_COLUMNS))
    ids = ("group_id", "section_id")
    types = {name: "int64" if name in ids else "str" for name in table}
    return with_drafts(found.associations(), table.astype(types))


@cache
def district() -> Snapshot:
    """Two groups in two sections."""
    return snapshot([group(1, "=SUM(A1)", mapped(class_1=HOMEWORK, class_2=RETIRED)), group(2, "Quiz")])


@cache
def all_rows() -> pd.DataFrame:
    """Its rows."""
    return rows_of(district())


def exported(rows: pd.DataFrame, *, bom: bool = True) -> bytes:
    """An export that does not say of which snapshot it is."""
    return safe_csv(all_associations(rows, district().facts), bom=bom)


def edited(*lines: str) -> bytes:
    """A CSV that a person might have written."""
    return "\r\n".join(lines).encode()


@given(names=st.lists(TITLES, min_size=2, max_size=2, unique=True), groups=st.lists(TITLES, min_size=1, max_size=3))
@settings(max_examples=examples(25), deadline=None)
def test_an_exported_file_imports_back_as_no_change(names: list[str], groups: list[str]) -> None:
    """Whatever the titles hold, formulas and quotes included."""
    categories = [category("a", names[0], FIRST, SECOND), category("b", names[1], FIRST)]
    found = snapshot([group(i, name, mapped(class_1="a")) for i, name in enumerate(groups, 1)], categories=categories)
    rows = rows_of(found, (1, 1, "b", names[1], "a"))
    imported = import_csv(exported(rows), rows, found.validity)
    assert (imported.choices, imported.problems) == ({}, [])


def test_the_export_has_the_fixed_columns_and_a_mark_for_spreadsheets() -> None:
    """Others build on these names; the mark is an option."""
    text = exported(all_rows())
    promised = (
        "school, term, course_id, course, group_id, group, section_id, section, sis_section_id, category_id, "
        "category, status, unassociated_in_group, changed, assignments"
    ).split(", ")
    assert text.startswith(b"\xef\xbb\xbfschool,")
    assert not exported(all_rows(), bom=False).startswith(b"\xef\xbb\xbf")
    columns = list(REPORTS["all_associations"].columns)
    assert set(promised) <= set(columns)
    assert text.decode("utf-8-sig").splitlines()[0].split(",") == columns


def test_an_export_that_names_its_snapshot_imports_back_as_well() -> None:
    """The two columns are at the end, where a file that was cut shows it."""
    content = export_csv(all_rows(), Provenance(district().id, district().facts))
    assert content.decode("utf-8-sig").splitlines()[0].endswith(f",exported_reference,{','.join(STAMP_COLUMNS)}")
    imported = import_csv(content, all_rows(), district().validity)
    assert (imported.choices, imported.problems) == ({}, [])


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """The sandbox's own district as it comes, pulled."""
    with running(SandboxConfig(port=0)) as sandbox:
        made = Workspace(settings_for(sandbox, tmp_path_factory.mktemp("district")))
        asyncio.run(made.term.pull())
        yield made
        made._database.close()


@pytest.mark.slow
def test_a_whole_district_exports_and_imports_as_no_change(whole: Workspace) -> None:
    """Thousands of rows, with all the names that the sandbox has."""
    rows = whole.term.rows()
    imported = import_csv(exported(rows), rows, whole.term.latest().validity)
    assert len(rows) > 3_000
    assert rows["group"].str.startswith("=").any()
    assert (imported.choices, imported.problems) == ({}, [])


@pytest.mark.slow
@needs_libreoffice
def test_a_whole_district_survives_libreoffice(whole: Workspace, tmp_path: Path) -> None:
    """Opened and saved again as CSV: every cell of text is what it was, and nothing is to be imported."""
    rows, file = whole.term.rows(), tmp_path / "associations.csv"
    file.write_bytes(exported(rows))
    saved = resave(file, "csv").read_bytes()
    imported = import_csv(saved, rows, whole.term.latest().validity)
    assert (imported.choices, imported.problems) == ({}, [])
    before, after = (
        pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False) for content in (file.read_bytes(), saved)
    )
    texts = [name for name in before.columns if name not in ("changed", "not_read")]  # a truth value is one there too
    assert after[texts].replace("\r\n", "\n").to_dict("list") == before[texts].to_dict("list")


@pytest.mark.parametrize(
    ("header", "line", "expected"),
    [
        ("group_id,section_id,category", "1,1,Tests", {(1, 1): TESTS}),
        ("group_id,section_id,category_id", f"1,1,{TESTS}", {(1, 1): TESTS}),
        ("section_id;note;group_id;category", "1;x;1;Tests", {(1, 1): TESTS}),
        ("group_id,section_id,category_id,category", f"1,1,{HOMEWORK},Tests", {(1, 1): TESTS}),
        ("group_id,section_id,category_id,category", f"1,1,{TESTS},Homework", {(1, 1): TESTS}),
        ("group_id,section_id,category_id,category", f"1,1,{TESTS},Tests", {(1, 1): TESTS}),
        ("group_id,section_id,category_id,category", "1,1,,Tests", {(1, 1): TESTS}),
        ("group_id,section_id,category_id,category", "1,1,,Homework", {}),
        ("group_id,section_id,category_id,category", f"1,1,{HOMEWORK},Homework", {}),
        ("group_id,section_id,category", "1.0,1,Tests", {(1, 1): TESTS}),
        ("group_id,section_id,category", "1,2,Retired", {}),
        ("group_id,section_id,category", "2,1,Unassociated", {}),
    ],
)
def test_a_line_is_the_edit_of_what_differs(
    header: str, line: str, expected: dict[tuple[int, int], str | None]
) -> None:
    """A person changes the title or the id, and leaves the other cell as it was."""
    imported = import_csv(edited(header, line), all_rows(), district().validity)
    assert (imported.choices, imported.problems) == (expected, [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("9,1,,Tests", "this term has no group 9 in section 1"),
        ("x,1,,Tests", "group_id is “x”, not a number"),
        ("²,1,,Tests", "not a number"),
        ("2,1,,Others", "“Others” is not valid for this section"),
        (f"2,1,{OTHERS},", "“Others” is not valid for this section"),
        (f"2,1,{HOMEWORK},Tests", "name different categories"),
    ],
)
def test_a_bad_line_is_listed_with_its_number_and_reason(line: str, reason: str) -> None:
    """The good line before it is read all the same."""
    content = edited("group_id,section_id,category_id,category", "2,2,,Tests", line)
    imported = import_csv(content, all_rows(), district().validity)
    assert imported.choices == {(2, 2): TESTS}
    assert len(imported.problems) == 1
    assert imported.problems[0].startswith("Line 3: ")
    assert reason in imported.problems[0]


def test_contradicting_lines_are_a_problem_and_equal_ones_are_not() -> None:
    """A row that was pasted twice."""
    header = "group_id,section_id,category"
    assert import_csv(edited(header, "2,2,Tests", "2,2,Tests"), all_rows(), district().validity).problems == []
    problems = import_csv(edited(header, "2,2,Tests", "2,2,Homework"), all_rows(), district().validity).problems
    assert problems == ["Line 3: line 2 is about the same group and section but asks for something else."]


def test_a_moved_row_that_nobody_edited_is_left_as_it_is() -> None:
    """Whether its draft overwrites what Canvas has now is decided where both are shown."""
    rows = rows_of(district(), (1, 1, TESTS, "Tests", "something else"))
    imported = import_csv(exported(rows), rows, district().validity)
    assert (rows["moved"].sum(), imported.edits, imported.problems) == (1, {}, [])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "has no column group_id and no column section_id"),
        (b"group_id,category\r\n1,x", "has no column section_id"),
        (b"group_id,section_id\r\n1,1", "category_id or category"),
        (b"\xff\xfa\x00group", "CSV UTF-8"),
        ("grüße".encode("latin-1"), "CSV UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(content: bytes, reason: str) -> None:
    """With the way out."""
    with pytest.raises(InputError, match=reason):
        import_csv(content, all_rows(), district().validity)


def test_the_spreadsheets_unicode_text_is_read_too() -> None:
    """Tabs and UTF-16 are what one of them writes."""
    content = "group_id\tsection_id\tcategory\r\n1\t1\tTests\r\n".encode("utf-16")
    assert import_csv(content, all_rows(), district().validity).choices == {(1, 1): TESTS}


@settings(deadline=None)
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_file_leads_to_anything_but_a_sentence(content: bytes) -> None:
    """Bytes of any kind are an InputError or lines with problems."""
    header = b"group_id,section_id,category\n"
    for whole in (content, header + content):
        try:
            import_csv(whole, all_rows(), district().validity)
        except InputError as error:
            assert str(error)


def test_quoted_line_breaks_do_not_shift_the_line_numbers() -> None:
    """The number is the one that an editor shows at the end of the record."""
    content = edited("group_id,section_id,category,note", '2,2,Tests,"two\r\nlines"', "9,9,Tests,x")
    assert import_csv(content, all_rows(), district().validity).problems[0].startswith("Line 4: ")


def test_sections_of_another_set_take_their_own_category_by_title() -> None:
    """One title, two categories: each section gets its own."""
    categories = [category("a", "HW", FIRST), category("b", "HW", SECOND)]
    found = snapshot([group(1, "x")], categories=categories, sections=[section(1, FIRST), section(2, SECOND)])
    content = edited("group_id,section_id,category", "1,1,HW", "1,2,HW")
    assert import_csv(content, rows_of(found), found.validity).choices == {(1, 1): "a", (1, 2): "b"}


def test_a_category_titled_like_none_is_told_from_none() -> None:
    """In the file and on the way back; the bare word is its title, an empty cell is none."""
    known = [category("u", "Unassociated", FIRST), category("b", " ", FIRST), category(HOMEWORK, "Homework", FIRST)]
    groups = [group(1, "a", mapped(class_1="u")), group(2, "b", mapped(class_1="b")), group(3, "c")]
    shown = snapshot(groups, categories=known, sections=[section(1, FIRST)])
    rows = rows_of(shown)
    content = exported(rows)
    table = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False)
    assert table["category"].tolist() == ["“Unassociated” (category)", "(category without a title)", ""]
    assert import_csv(content, rows, shown.validity).edits == {}
    for title, meant in (("“Unassociated” (category)", "u"), ("(category without a title)", "b")):
        table.loc[2, "category"] = title
        assert import_csv(table.to_csv(index=False).encode(), rows, shown.validity).choices == {(3, 1): meant}
    for text, wanted in (("Unassociated", {(2, 1): "u", (3, 1): "u"}), ("", {(1, 1): None, (2, 1): None})):
        table.loc[:, "category"] = text
        assert import_csv(table.to_csv(index=False).encode(), rows, shown.validity).choices == wanted
