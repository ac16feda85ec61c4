"""Findings about courses and their assignment groups as a whole."""

from __future__ import annotations

import pytest

from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings
from tests.audit.found import lines
from tests.builders import (
    COURSE,
    EMPTY,
    FIRST,
    HOMEWORK,
    OTHERS,
    SECOND,
    TESTS,
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

UNWEIGHTED = 8


def test_a_group_is_unequal_when_its_sections_end_in_different_categories_or_in_none() -> None:
    """Not: all alike, all Unassociated, a difference that only rows beside the question make (Broken, elsewhere)."""
    sections = [section(1, FIRST), section(2, SECOND), section(3, "class-4"), section(4, EMPTY)]
    categories = [
        category(HOMEWORK, "Homework", FIRST, SECOND, "class-4"),
        category(TESTS, "Tests", FIRST),
        category(OTHERS, "Tests", SECOND),
    ]
    groups = [
        group(1, "HW", mapped(class_1=HOMEWORK, class_2=HOMEWORK)),
        group(2, "Quiz", mapped(class_1=TESTS, class_2=OTHERS, class_4=HOMEWORK)),
        group(3, "Labs", mapped(class_1=TESTS, class_2=HOMEWORK, class_4=HOMEWORK)),
        group(4, "Alike", mapped(class_1=HOMEWORK, class_2=HOMEWORK, class_4=HOMEWORK)),
        group(5, "Nothing"),
        group(6, "Broken", mapped(class_1=TESTS, class_2=TESTS, class_4="gone")),
        group(7, "By title", mapped(class_1=TESTS, class_2=OTHERS, class_4="gone")),
    ]
    classes = [sis_class(name) for name in (FIRST, SECOND, "class-4", EMPTY)]
    assert lines("unequal", snapshot(groups, sections=sections, categories=categories, classes=classes)) == [
        (f"unequal:{group_id}", "note", 0, f"{text} in 1 section.", "coordinator")
        for group_id, text in (
            (1, "“HW” is associated differently across sections: “Homework” in 2 sections, Unassociated"),
            (2, "“Quiz” is associated differently across sections: “Tests” in 2 sections, “Homework”"),
            (3, "“Labs” is associated differently across sections: “Homework” in 2 sections, “Tests”"),
        )
    ]


def weighted(*weights: float) -> list[tuple[str, str, int, str, str]]:
    """The findings about the weights of a course with such groups, and of one with the same and no weighting."""
    of_course = {
        number: [group(number * 10 + place, f"G{place}", group_weight=weight) for place, weight in enumerate(weights)]
        for number in (COURSE, UNWEIGHTED)
    }
    courses = [course(), course(UNWEIGHTED, apply_assignment_group_weights=False)]
    sections = [section(1, FIRST), section(2, SECOND, course_id=UNWEIGHTED)]
    return lines("weights", snapshot(of_course, courses=courses, sections=sections))


@pytest.mark.parametrize(
    ("weights", "sum_shown"), [((40.0, 50.0), "90"), ((60.0, 40.25), "100.25"), ((0.0,), "0"), ((99.89,), "99.89")]
)
def test_weights_that_do_not_add_up_are_told_of_where_weighting_is_on(
    weights: tuple[float, ...], sum_shown: str
) -> None:
    """The course with the same weights and no weighting is left alone."""
    sentence = f"The weights of the assignment groups add up to {sum_shown}%, not 100%."
    assert weighted(*weights) == [("weights:7", "note", 0, sentence, "teacher")]


@pytest.mark.parametrize("weights", [(60.0, 40.0), (33.3, 33.3, 33.3), (33.33, 33.33, 33.33), (100.1,), ()])
def test_weights_within_rounding_are_well_and_without_groups_there_are_none(weights: tuple[float, ...]) -> None:
    """Three times 33.3 is 99.9: exactly the limit, whatever floating-point numbers make of it."""
    assert weighted(*weights) == []


def test_weights_need_no_sis_section_and_lead_to_their_course() -> None:
    """They are the teacher's, whether or not anything of the course is passed back."""
    found = findings(Evidence(snapshot([group(1, "HW")], sections=[])))
    assert found[["key", "canvas_link"]].to_numpy().tolist() == [
        ["weights:7", "https://canvas.example/canvas/courses/7/assignments"]
    ]


def test_an_unpublished_course_holds_back_all_that_is_flagged() -> None:
    """Published or not, each assignment with the flag counts.

    Not: a published or concluded course, one without a SIS section, one without groups.
    """
    counts = assignments(3, unpublished=2, not_flagged=4)
    of_course = {number: [group(number * 10, "HW", counts=counts), group(number * 10 + 1, "Quiz")] for number in (7, 8)}
    of_course |= {number: [group(number * 10, "HW")] for number in (9, 10)}
    of_course[12] = [group(120, "HW", counts=assignments(0))]
    courses = [course(), course(8, workflow_state="unpublished"), course(9, workflow_state="completed")]
    courses += [course(number, workflow_state="unpublished") for number in (10, 11, 12)]
    sections = [section(number, FIRST, course_id=number) for number in (7, 8, 9, 11, 12)] + [
        section(10, None, course_id=10)
    ]
    text = "The course is not published, so nothing in it reaches Focus: {} flagged for passback."
    assert lines("course_unpublished", snapshot(of_course, courses=courses, sections=sections)) == [
        ("course_unpublished:8", "at risk", 8, text.format("8 assignments"), "teacher"),
        ("course_unpublished:12", "at risk", 0, text.format("no assignments"), "teacher"),
    ]


def test_a_group_is_empty_when_it_holds_no_assignment_at_all() -> None:
    """Not: one with unflagged work, of an unpublished course, of a course without a SIS section, or never counted."""
    of_course = {
        7: [group(1, "Later", counts=assignments(0)), group(2, "Quiz", counts=assignments(0, not_flagged=1))],
        8: [group(3, "Later", counts=assignments(0))],
        9: [group(4, "Later", counts=assignments(0))],
    }
    courses = [course(), course(8, workflow_state="unpublished"), course(9)]
    sections = [section(1, FIRST), section(2, SECOND, course_id=8), section(3, None, course_id=9)]
    found = snapshot(of_course, courses=courses, sections=sections, categories=default_categories())
    assert lines("empty_group", found) == [("empty_group:1", "note", 0, "“Later” has no assignment.", "teacher")]
    found.tables["groups"]["assignments_in_all"] = -1  # a snapshot made before they were counted
    assert lines("empty_group", found) == []
