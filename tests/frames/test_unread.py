"""Rows of which something could not be read: marked, and never taken for rows of something that is gone."""

from __future__ import annotations

import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings
from gpb.frames.unread import Unread, label
from tests.builders import FIRST, HOMEWORK, SECOND, TESTS, UNKNOWN, category, group, mapped, section, snapshot


def unread(kind: str, identity: str, course_id: int | None = None) -> Unread:
    """An object that could not be read."""
    return Unread(kind, identity, course_id, "", "It is odd.")


def marked(*objects: Unread) -> dict[tuple[int, int], tuple[str, bool]]:
    """Status and mark of two groups in two sections; one section's class, and one category, were not listed."""
    shown = snapshot(
        [group(1, "HW", mapped(class_1=HOMEWORK)), group(2, "Tests", mapped(class_1="odd", class_9=TESTS))],
        sections=[section(1, FIRST), section(2, UNKNOWN)],
        categories=[category(HOMEWORK, "Homework", FIRST, SECOND), category(TESTS, "Tests", FIRST, SECOND)],
        unread=objects,
    )
    rows = shown.associations().set_index(["group_id", "section_id"])[["status", "not_read"]]
    return dict(zip(rows.index, rows.itertuples(index=False, name=None), strict=True))


def test_what_is_there_and_odd_is_neither_gone_nor_unknown() -> None:
    """Without its id every row that lacks one may be meant; with it just those."""
    plain = marked()
    assert [plain[key] for key in ((2, 1), (2, 2), (1, 1))] == [
        ("Broken", False), ("No SIS class", False), ("Synchronized", False),
    ]  # fmt: skip
    named = marked(unread("category", "odd"), unread("Focus section", UNKNOWN))
    assert [named[key] for key in ((2, 1), (1, 1))] == [("Synchronized", True), ("Synchronized", False)]
    assert named[2, 2] == ("Broken", True)  # that category is of other sections, by all that is known
    nameless = marked(unread("category", ""), unread("Focus section", ""))
    assert [nameless[key][1] for key in ((2, 1), (1, 2), (1, 1))] == [True, True, False]


def test_the_audit_claims_nothing_of_it() -> None:
    """Neither a deleted category nor an unknown section; the finding itself names what could not be read."""
    shown = snapshot(
        [group(1, "HW", mapped(class_1="odd"))],
        sections=[section(1, FIRST), section(2, UNKNOWN)],
        unread=[unread("category", "odd"), unread("Focus section", UNKNOWN)],
    )
    found = findings(Evidence(shown))
    assert set(found["finding"]).isdisjoint({"category_deleted", "no_sis_class"})
    named = found.loc[found["finding"].eq("could_not_be_read")]
    assert (len(named), named["school"].tolist()) == (2, ["District", "District"])


def test_an_object_is_named_as_far_as_it_can_be() -> None:
    """In the middle of a sentence."""
    assert label("course", "12", 12, "Biology") == "course 12 “Biology”"
    assert label("assignment group", "", 12, "") == "an assignment group of course 12"
    assert label("category", "", pd.NA, "Essays") == "a category “Essays”"
