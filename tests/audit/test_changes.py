"""Findings about what became different since the pull before."""

from __future__ import annotations

from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings
from tests.audit.found import lines
from tests.builders import (
    FIRST,
    HOMEWORK,
    SECOND,
    TESTS,
    assignments,
    category,
    course,
    default_categories,
    group,
    mapped,
    section,
    snapshot,
)


def test_a_section_is_new_when_its_course_was_there_before_and_it_was_not() -> None:
    """Weight: everything of its course. Not: sections of a new course, one without SIS ID, one that went away."""
    of_course = {7: [group(1, "HW", mapped(class_1=HOMEWORK)), group(2, "Quiz")], 8: [group(3, "HW")]}
    courses = [course(), course(8)]
    then = snapshot({7: of_course[7]}, sections=[section(1, FIRST), section(9, SECOND)])
    sections = [section(1, FIRST), section(2, SECOND), section(3, SECOND, course_id=8), section(4, None)]
    now = snapshot(of_course, courses=courses, sections=sections)
    sentence = "The section is new in this course; its groups have 6 assignments in its groups."
    assert lines("new_section", now, then) == [("new_section:2", "note", 6, sentence, "coordinator")]
    assert lines("new_section", now) == []


def test_a_row_is_changed_outside_when_it_stores_something_else_and_no_run_wrote_it() -> None:
    """Chosen, chosen anew, taken away. Not: a row that stayed, that a run wrote, that is new, or that is gone."""
    then = snapshot(
        [
            group(1, "Chosen"),
            group(2, "Anew", mapped(class_1=HOMEWORK), counts=assignments(1)),
            group(3, "Taken", mapped(class_1=HOMEWORK, class_2=TESTS), counts=assignments(0)),
            group(4, "Stayed", mapped(class_1=HOMEWORK)),
            group(5, "Gone", mapped(class_1=HOMEWORK)),
        ]
    )
    now = snapshot(
        [
            group(1, "Chosen", mapped(class_2=TESTS)),
            group(2, "Anew", mapped(class_1=TESTS), counts=assignments(1)),
            group(3, "Taken", mapped(class_2=TESTS), counts=assignments(0)),
            group(4, "Stayed", mapped(class_1=HOMEWORK)),
            group(6, "Fresh", mapped(class_1=HOMEWORK)),
        ]
    )
    text = "Canvas had {} in the previous snapshot and has {} now; no run of this dashboard changed it."
    chosen = ("changed_outside:1:2", "at risk", 3, text.format("nothing", "“Tests”"), "coordinator")
    anew = ("changed_outside:2:1", "at risk", 1, text.format("“Homework”", "“Tests”"), "coordinator")
    taken = ("changed_outside:3:1", "at risk", 0, text.format("“Homework”", "nothing"), "coordinator")
    assert lines("changed_outside", now, then) == [chosen, anew, taken]
    assert lines("changed_outside", now) == []
    ours = {(1, 2): (HOMEWORK, TESTS), (2, 1): (TESTS, "Tests"), (3, 1): (None,)}
    assert lines("changed_outside", now, then, ours) == []
    others = {(1, 2): (HOMEWORK,), (2, 1): (None,), (3, 1): (HOMEWORK, "Homework"), (2, 2): (TESTS,)}
    assert lines("changed_outside", now, then, others) == [chosen, anew, taken]


def test_a_category_that_only_has_another_title_now_is_no_change() -> None:
    """What Canvas stores is the same."""
    groups = [group(1, "HW", mapped(class_1=HOMEWORK))]
    renamed = [category(HOMEWORK, "Homework 2", FIRST, SECOND), *default_categories()[1:]]
    assert lines("changed_outside", snapshot(groups, categories=renamed), snapshot(groups)) == []


def test_without_a_pull_before_nothing_is_told_of_changes() -> None:
    """The first pull has nothing to compare with."""
    found = findings(Evidence(snapshot([group(1, "HW", mapped(class_1=HOMEWORK))])))
    assert set(found["finding"]) & {"new_section", "changed_outside"} == set()
