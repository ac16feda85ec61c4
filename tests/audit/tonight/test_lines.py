"""Tonight's passback, line by line: the first reason that holds, and no guess where nobody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from gpb.audit.reports import tonight as reports
from gpb.audit.reports.csv_file import safe_csv
from gpb.audit.reports.registry import REPORTS, Provenance
from gpb.audit.reports.tonight import tonight_table
from gpb.audit.tonight.lines import COLUMNS, TOLD, by_reason, tonight, with_names
from gpb.errors import InputError
from gpb.frames.passback import Outcome, Reason
from gpb.frames.schemas import TABLES
from gpb.frames.snapshot import Snapshot
from gpb.frames.unread import Kind, Unread
from tests.audit.found import ESSAY, flagged, read
from tests.builders import (
    COURSE,
    EMPTY,
    FIRST,
    HOMEWORK,
    OTHERS,
    RETIRED,
    SECOND,
    TESTS,
    UNKNOWN,
    assignments,
    category,
    course,
    default_categories,
    group,
    mapped,
    section,
    sis_class,
    snapshot,
)

PASSED, NOT_PASSED, UNCERTAIN = "passed back", "not passed back", "not certain"


def told(lines: pd.DataFrame) -> list[tuple[str, str, str | None]]:
    """Outcome, reason and category of each line."""
    shown = lines[["outcome", "reason", "category_id"]].astype(object)
    return [(outcome, reason, category if isinstance(category, str) else None) for outcome, reason, category in
            shown.itertuples(index=False)]  # fmt: skip


PLACES = [
    ("an association that is valid there", "x", mapped(class_1=TESTS), FIRST, (PASSED, "association", TESTS)),
    ("an association before the name", "Homework", mapped(class_1=TESTS), FIRST, (PASSED, "association", TESTS)),
    ("the name of the group", "Homework", {}, FIRST, (PASSED, "name", HOMEWORK)),
    ("the very name", "homework", {}, FIRST, (NOT_PASSED, "no_category", None)),
    ("a name that is valid elsewhere", "Others", {}, FIRST, (NOT_PASSED, "no_category", None)),
    ("a name that is switched off", "Retired", {}, FIRST, (NOT_PASSED, "no_category", None)),
    ("a category switched off", "x", mapped(class_1=RETIRED), FIRST, (NOT_PASSED, "no_category", None)),
    ("a category of others", "x", mapped(class_1=OTHERS), FIRST, (NOT_PASSED, "no_category", None)),
    ("a category that is gone, and a name", "Tests", mapped(class_1="gone"), FIRST, (UNCERTAIN, "name", TESTS)),
    ("no categories", "Homework", {}, EMPTY, (NOT_PASSED, "no_categories", None)),
    ("no categories, and an association", "x", mapped(class_3=TESTS), EMPTY, (NOT_PASSED, "no_categories", None)),
    ("a class that Focus lacks", "Homework", {}, UNKNOWN, (NOT_PASSED, "no_sis_class", None)),
    ("a section made by hand", "Homework", {}, None, (NOT_PASSED, "no_sis_id", None)),
    ("an association under another letter case", "x", mapped(CLASS_1=TESTS), FIRST, (UNCERTAIN, "association", TESTS)),
    ("the flag alone", "Homework", {"syncedWithSisCategory": True}, FIRST, (UNCERTAIN, "elsewhere", None)),
    ("the flag, no categories", "x", {"syncedWithSisCategory": True}, EMPTY, (NOT_PASSED, "no_categories", None)),
]


@pytest.mark.parametrize(
    ("name", "data", "sis_id", "expected"), [case[1:] for case in PLACES], ids=[c[0] for c in PLACES]
)
def test_the_category_is_the_associations_else_the_names_else_none(
    name: str, data: dict[str, Any], sis_id: str | None, expected: tuple[str, str, str | None]
) -> None:
    """As the public guides tell; what the vendor keeps to itself, or does with a broken association, is not certain."""
    assert told(tonight(read([flagged(1, name, data)], sections=[section(1, sis_id)]))) == [expected]


def test_a_name_means_the_first_category_in_the_order_of_the_sis() -> None:
    """One that is valid everywhere among them."""
    local, everywhere, later = category("b", "Labs", FIRST), category("a", "Labs"), category("c", "Labs", FIRST)
    for categories in ([everywhere, local], [local, everywhere, later], [later, local]):
        found = tonight(read([flagged(1, "Labs")], sections=[section(1, FIRST)], categories=categories))
        assert told(found) == [(PASSED, "name", categories[0].id)]


BLOCKED = [
    ({"published": False}, NOT_PASSED, "unpublished"),
    ({"no_due_date": True}, NOT_PASSED, "no_due_date"),
    ({"no_due_date": True, "has_overrides": True}, UNCERTAIN, "no_due_date"),
    ({"no_due_date": True, "differentiated": True}, UNCERTAIN, "no_due_date"),
    ({"name_too_long": True}, NOT_PASSED, "name_too_long"),
    ({"differentiated": True, "has_overrides": True}, UNCERTAIN, "differentiated"),
    ({"has_overrides": True}, PASSED, "association"),
    (
        {"published": False, "no_due_date": True, "name_too_long": True, "differentiated": True},
        NOT_PASSED,
        "unpublished",
    ),
    ({"name_too_long": True, "differentiated": True}, NOT_PASSED, "name_too_long"),
]


@pytest.mark.parametrize(("fields", "outcome", "reason"), BLOCKED)
def test_what_keeps_an_assignment_back_comes_before_its_category(
    fields: dict[str, bool], outcome: str, reason: str
) -> None:
    """A due date may be missing for everyone and be there for a section: that is not certain."""
    essay = replace(ESSAY, **fields)  # type: ignore[arg-type]  # fields of a test
    found = told(tonight(read([flagged(1, "x", mapped(class_1=TESTS), essay)], sections=[section(1, FIRST)])))
    assert found == [(outcome, reason, TESTS if outcome == PASSED else None)]


UUID = "6f1c1f0e-0a57-4a59-9f2a-00000000000b"


def test_a_uuid_in_another_letter_case_is_the_same_id() -> None:
    """RFC 9562: nothing is uncertain about it."""
    categories = [category(TESTS, "Tests", UUID.lower())]
    parts = {"classes": [sis_class(UUID.lower())], "sections": [section(1, UUID.lower())], "categories": categories}
    data = {"sistemic": {"categoryMapping": {UUID.upper(): {"id": TESTS}}}}
    assert told(tonight(read([flagged(1, "x", data)], **parts))) == [(PASSED, "association", TESTS)]


@pytest.mark.parametrize(
    ("kind", "identity", "uncertain"),
    [
        (Kind.COURSE, str(COURSE), {1, 2, 3}),
        (Kind.GROUP, "1", {1, 2, 3}),
        (Kind.SECTION, "2", {2}),
        (Kind.SECTION, "3", {3}),
        (Kind.CLASS, SECOND, {2}),
        (Kind.CATEGORY, TESTS, {1, 2}),
    ],
)
def test_of_what_could_not_be_read_nothing_is_promised(kind: Kind, identity: str, uncertain: set[int]) -> None:
    """Neither that it arrives nor that it does not, whatever the last reading knew of it."""
    essay = replace(ESSAY, published=kind != Kind.COURSE)
    sections = [section(1, FIRST), section(2, SECOND), section(3, None)]
    unread = [Unread(kind, identity, COURSE, "x", "The server fails.")]
    lines = tonight(read([flagged(1, "x", mapped(class_1=TESTS, class_2=TESTS), essay)], sections=sections,
                         unread=unread))  # fmt: skip
    is_unread = lines["reason"].eq(Reason.NOT_READ)
    assert set(lines.loc[is_unread, "section_id"]) == uncertain
    assert set(told(lines.loc[is_unread])) == {(UNCERTAIN, "not_read", None)}
    assert UNCERTAIN not in set(lines.loc[~is_unread, "outcome"])


def test_nothing_of_an_unpublished_course_arrives() -> None:
    """Whatever else is wrong there."""
    groups = [flagged(1, "x", mapped(class_1=TESTS), replace(ESSAY, published=False))]
    found = tonight(read(groups, courses=[course(workflow_state="unpublished")]))
    assert told(found) == [(NOT_PASSED, "course_unpublished", None)] * 2


def test_a_line_for_each_flagged_assignment_in_each_section() -> None:
    """With declared columns, also where there is none; counted by reason, named for people, as a report."""
    groups = [flagged(1, "Homework", {}, ESSAY, replace(ESSAY, id=2)), group(2, "nothing flagged")]
    whole = read(groups, sections=[section(1, FIRST), section(2, SECOND), section(3, None)])
    found, none = tonight(whole), tonight(read([]))
    assert dict(found.dtypes) == dict(none.dtypes) == dict(pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS).dtypes)
    assert found[["assignment_id", "section_id"]].values.tolist() == [[1, 1], [1, 2], [1, 3], [2, 1], [2, 2], [2, 3]]
    assert by_reason(found).astype(object).values.tolist() == [
        ["not passed back", "no_sis_id", "No SIS ID", 2, 2, 1],
        ["passed back", "name", "By name", 4, 2, 2],
    ]
    first = with_names(found, whole).iloc[0]
    assert [first[name] for name in ("assignment", "group", "section", "course", "school", "category", "term")] == [
        "Essay", "Homework", "Section 1", "Math 9", "North High", "Homework", "Fall",
    ]  # fmt: skip
    for lines in (found, none):
        assert list(tonight_table(lines, whole).columns) == list(REPORTS["tonight"].columns)
    assert len(by_reason(none)) == 0
    assert TOLD.keys() == set(Reason)
    assert set(Outcome) == set(COLUMNS["outcome"].categories)


def test_a_report_in_parts_is_the_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """One mark and one header, whatever the number of parts."""
    whole = read([flagged(1, "Homework", {}, *(replace(ESSAY, id=number) for number in range(1, 6)))])
    lines, provenance = tonight(whole), Provenance("s1", whole.facts)
    for number in (0, 1, 4, 10):
        expected = safe_csv(tonight_table(lines.head(number), whole), provenance)
        with monkeypatch.context() as patch:
            patch.setattr(reports, "PART", 4)
            assert reports.tonight_csv(lines.head(number), whole, provenance) == expected


def test_a_snapshot_without_assignments_says_so() -> None:
    """It was taken by an earlier release, or Canvas did not show them; an old one still opens."""
    old = snapshot([group(1, "Homework", counts=assignments(3))], categories=default_categories())
    with pytest.raises(InputError, match="does not list assignments"):
        tonight(old)
    opened = Snapshot.from_files("s1", old.facts.to_json(), old.tables)
    assert opened.tables.keys() == TABLES.keys()
    with pytest.raises(KeyError):
        Snapshot.from_files("s1", replace(old.facts, assignments=3).to_json(), old.tables)
