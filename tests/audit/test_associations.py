"""Findings about single associations."""

from __future__ import annotations

from typing import Any

from tests.audit.found import decided_by, lines
from tests.builders import (
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
    default_categories,
    group,
    mapped,
    section,
    snapshot,
)

ELSEWHERE = {"syncedWithSisCategory": True}
SECTIONS = [section(1, FIRST), section(2, SECOND), section(3, EMPTY), section(4, UNKNOWN), section(5, None)]


def titled(key: str, identifier: str, title: str) -> dict[str, Any]:
    """What Canvas stores for one section, the title beside the id."""
    return {"sistemic": {"categoryMapping": {key: {"id": identifier, "title": title}}}}


def test_unassociated_is_a_row_without_choice_and_name_whose_assignments_wait() -> None:
    """Not: a choice, a name, no assignments, kept elsewhere, a section without categories, unknown, not of the SIS."""
    groups = [
        group(1, "HW", mapped(class_1=HOMEWORK)),
        group(2, "Quiz", counts=assignments(1)),
        group(3, "Tests"),
        group(4, "Later", counts=assignments(0)),
        group(5, "Labs", ELSEWHERE),
    ]
    one = "“Quiz” has no category in this section: 1 assignment not passed back."
    three = "“HW” has no category in this section: 3 assignments not passed back."
    assert lines("unassociated", snapshot(groups, sections=SECTIONS)) == [
        ("unassociated:1:2", "lost", 3, three, "coordinator"),
        ("unassociated:2:1", "lost", 1, one, "coordinator"),
        ("unassociated:2:2", "lost", 1, one, "coordinator"),
    ]


def test_unassociated_idle_is_such_a_row_for_which_no_assignment_waits() -> None:
    """Not: one that waits, a name that decides, a choice, kept elsewhere."""
    groups = [
        group(1, "Later", mapped(class_2=TESTS), counts=assignments(0, unpublished=2)),
        group(2, "Quiz"),
        group(3, "Tests", counts=assignments(0)),
        group(5, "Labs", ELSEWHERE, counts=assignments(0)),
    ]
    sentence = "“Later” has no category in this section; no assignments depend on it yet."
    assert lines("unassociated_idle", snapshot(groups, sections=SECTIONS)) == [
        ("unassociated_idle:1:1", "note", 0, sentence, "coordinator")
    ]


def test_a_name_decides_where_nobody_chose_and_one_category_bears_exactly_the_name() -> None:
    """Not: another capital, a category switched off, one of the other section, a choice, kept elsewhere."""
    groups = [
        group(1, "Tests", mapped(class_1=HOMEWORK)),
        group(2, "tests"),
        group(3, "Retired"),
        group(4, "Others", counts=assignments(0)),
        group(5, "Homework", ELSEWHERE),
    ]
    text = "No category was chosen; passback uses “{}” because the group has the same name."
    assert lines("name_match", snapshot(groups, sections=SECTIONS)) == [
        ("name_match:1:2", "at risk", 3, text.format("Tests"), "coordinator"),
        ("name_match:4:2", "at risk", 0, text.format("Others"), "coordinator"),
    ]


def test_a_name_is_ambiguous_where_two_usable_categories_of_the_section_bear_it() -> None:
    """A global one counts in every section, one that is switched off in none; the row is not told of twice."""
    categories = [
        category("a", "Labs", FIRST),
        category("b", "Labs", FIRST, active=False),
        category("c", "Labs"),
        category("d", "Labs", FIRST, SECOND, active=False),
        category("e", "Quiz", FIRST),
        category("f", "Quiz", SECOND),
    ]
    found = snapshot([group(1, "Labs"), group(2, "Quiz"), group(3, "Essay")], categories=categories)
    sentence = "No category was chosen, and 2 categories of this section are named “Labs”: passback uses the first."
    assert lines("ambiguous_name_match", found) == [("ambiguous_name_match:1:1", "at risk", 3, sentence, "coordinator")]
    assert [key for key, *_ in lines("name_match", found)] == ["name_match:1:2", "name_match:2:1", "name_match:2:2"]
    assert [key for key, *_ in lines("unassociated", found)] == ["unassociated:3:1", "unassociated:3:2"]


def test_a_category_is_deleted_when_focus_does_not_know_it_any_more() -> None:
    """It goes by the title that Canvas kept, else by its id. Not: one that is switched off, or of another section."""
    groups = [
        group(1, "HW", titled(FIRST, "gone", "Old Homework")),
        group(2, "Quiz", mapped(class_2="gone"), counts=assignments(0)),
        group(3, "Labs", mapped(class_1=RETIRED, class_2=HOMEWORK)),
        group(4, "Essay", mapped(class_1=OTHERS)),
    ]
    assert lines("category_deleted", snapshot(groups, sections=SECTIONS)) == [
        ("category_deleted:1:1", "lost", 3, "“Old Homework” no longer exists in Focus.", "coordinator"),
        ("category_deleted:2:2", "at risk", 0, "“gone” no longer exists in Focus.", "coordinator"),
    ]


def test_a_category_is_inactive_when_focus_knows_it_and_it_is_switched_off() -> None:
    """Also in a section that it was never valid in; a section unknown to Focus has a finding of its own."""
    groups = [
        group(1, "HW", mapped(class_1=RETIRED)),
        group(2, "Quiz", mapped(class_2=RETIRED, class_9=RETIRED), counts=assignments(0)),
        group(3, "Labs", mapped(class_1="gone", class_2=HOMEWORK)),
        group(4, "Essay", mapped(class_1=OTHERS)),
    ]
    sentence = "“Retired” is inactive in Focus."
    assert lines("category_inactive", snapshot(groups, sections=SECTIONS)) == [
        ("category_inactive:1:1", "lost", 3, sentence, "coordinator"),
        ("category_inactive:2:2", "at risk", 0, sentence, "coordinator"),
    ]


def test_a_cross_listed_section_with_a_category_of_the_course_it_was_listed_into() -> None:
    """Not: a section that was not listed, nor a category that no other section of the course has."""
    sections = [section(1, FIRST, nonxlist_course_id=9), section(2, SECOND), section(3, EMPTY)]
    categories = [*default_categories(), category("far", "Far away", "class-far")]
    groups = [
        group(1, "HW", mapped(class_1=OTHERS, class_2=OTHERS, class_3=OTHERS)),
        group(2, "Quiz", mapped(class_1="far")),
        group(3, "Labs", mapped(class_1=OTHERS), counts=assignments(0)),
        group(4, "Essay", mapped(class_1=RETIRED)),
        group(5, "Exam", mapped(class_1="gone")),
    ]
    found = snapshot(groups, sections=sections, categories=categories)
    sentence = "The section is cross-listed, and “Others” belongs to other sections of the course."
    assert lines("category_of_other_course", found) == [
        ("category_of_other_course:1:1", "lost", 3, sentence, "coordinator"),
        ("category_of_other_course:3:1", "at risk", 0, sentence, "coordinator"),
    ]
    assert [key for key, *_ in lines("category_not_valid", found)] == [
        "category_not_valid:1:3",
        "category_not_valid:2:1",
    ]


def test_a_category_is_not_valid_when_it_is_in_use_elsewhere_and_not_here() -> None:
    """Not: a global one, a valid one, one that is gone or switched off; a section without categories has it too."""
    categories = [*default_categories(), category("off", "Off", active=False)]
    groups = [
        group(1, "HW", mapped(class_1=OTHERS, class_2=OTHERS)),
        group(2, "Quiz", mapped(class_3=HOMEWORK), counts=assignments(0)),
        group(3, "Labs", mapped(class_1=RETIRED, class_2="gone")),
        group(4, "Essay", mapped(class_1="off", class_9=HOMEWORK)),
    ]
    assert lines("category_not_valid", snapshot(groups, sections=SECTIONS, categories=categories)) == [
        ("category_not_valid:1:1", "lost", 3, "“Others” is not valid for this section.", "coordinator"),
        ("category_not_valid:2:3", "at risk", 0, "“Homework” is not valid for this section.", "coordinator"),
    ]
    everywhere = [category(OTHERS, "Others"), category(HOMEWORK, "Homework", FIRST)]
    assert lines("category_not_valid", snapshot(groups[:1], categories=everywhere)) == []


def test_elsewhere_is_a_group_that_is_aligned_and_stores_nothing_here() -> None:
    """Not: a group of which one section is stored here, one without any key of it, a section unknown to Focus."""
    groups = [
        group(1, "Labs", ELSEWHERE),
        group(2, "HW", mapped(class_1=HOMEWORK) | ELSEWHERE),
        group(3, "Quiz", {"other": True}),
    ]
    sections = [section(1, FIRST), section(2, SECOND), section(4, UNKNOWN)]
    sentence = "“Labs” is associated in the vendor's own system, which this dashboard cannot see."
    assert lines("elsewhere", snapshot(groups, sections=sections)) == [
        ("elsewhere:1:1", "note", 3, sentence, "coordinator"),
        ("elsewhere:1:2", "note", 3, sentence, "coordinator"),
    ]


def test_a_row_differs_from_a_decision_that_holds_for_it() -> None:
    """Not: one that agrees, one that nobody associated, and one whose section lacks the title."""
    groups = [
        group(1, "Quiz 20%", mapped(class_1=HOMEWORK, class_2=TESTS)),
        group(2, "Quizzes"),
        group(3, "Labs", mapped(class_1=HOMEWORK)),
        group(4, "Practice", mapped(class_1=HOMEWORK)),
    ]
    decided = decided_by(("quiz", "Tests"), ("lab", "Others"), ("practice", None))
    told = "the rule for the whole district says"
    assert lines("differs_from_decision", snapshot(groups), decided=decided) == [
        ("differs_from_decision:1:1", "note", 3, f"“Quiz 20%” is in “Homework”; {told} “Tests” (ann, 2026-09-01).",
         "coordinator"),
        ("differs_from_decision:4:1", "note", 3,
         f"“Practice” is in “Homework”; {told} that it stays Unassociated (ann, 2026-09-01).", "coordinator"),
    ]  # fmt: skip
