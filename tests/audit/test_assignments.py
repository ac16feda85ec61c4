"""Findings about assignments that are not passed back whatever the associations are."""

from __future__ import annotations

import pytest

from tests.audit.found import lines
from tests.builders import FIRST, HOMEWORK, SECOND, TESTS, assignments, course, group, mapped, section, snapshot

UNPUBLISHED_COURSE, BEYOND_THE_SIS = 8, 9
COURSES = [course(), course(UNPUBLISHED_COURSE, workflow_state="unpublished"), course(BEYOND_THE_SIS)]
SECTIONS = [
    section(1, FIRST),
    section(2, SECOND),
    section(3, SECOND, course_id=UNPUBLISHED_COURSE),
    section(4, None, course_id=BEYOND_THE_SIS),
]
COUNTS = ("unpublished", "not_flagged", "no_due_date", "name_too_long", "differentiated")


@pytest.mark.parametrize(
    ("kind", "severity", "what", "in_unpublished_course"),
    [
        ("unpublished", "at risk", "flagged for passback but not published", False),
        ("not_flagged", "note", "published but not flagged for passback", True),
        ("no_due_date", "lost", "without the due date that Focus requires", True),
        ("name_too_long", "lost", "with a name that is too long for Focus", True),
        ("differentiated", "at risk", "assigned only to some students", True),
    ],
)
def test_each_count_is_a_finding_of_its_group(kind: str, severity: str, what: str, in_unpublished_course: bool) -> None:
    """Its number is the weight. Not: a group without such, with only other counts, or in a course beyond the SIS.

    What is unpublished in an unpublished course is told of with the course.
    """
    others = assignments(3, **{name: 9 for name in COUNTS if name != kind})
    of_course = {
        7: [
            group(1, "HW", counts=assignments(3, **{kind: 1})),
            group(2, "Quiz", mapped(class_1=TESTS), counts=assignments(0, **{kind: 4})),
            group(3, "Labs", counts=others),
        ],
        UNPUBLISHED_COURSE: [group(4, "HW", counts=assignments(3, **{kind: 2}))],
        BEYOND_THE_SIS: [group(5, "HW", counts=assignments(3, **{kind: 5}))],
    }
    found = lines(kind, snapshot(of_course, courses=COURSES, sections=SECTIONS))
    expected = [(f"{kind}:2", severity, 4, f"“Quiz” has 4 assignments {what}.", "teacher")]
    if in_unpublished_course:
        expected.append((f"{kind}:4", severity, 2, f"“HW” has 2 assignments {what}.", "teacher"))
    assert found == [*expected, (f"{kind}:1", severity, 1, f"“HW” has 1 assignment {what}.", "teacher")]


def test_a_group_of_its_own_holds_one_assignment_and_is_served_nowhere() -> None:
    """Not: two assignments, another one beside it, none that is flagged, a choice or a name in any section."""
    groups = [
        group(1, "Final", counts=assignments(1)),
        group(2, "Two", counts=assignments(2)),
        group(3, "One more", counts=assignments(1, unpublished=1)),
        group(4, "Practice", counts=assignments(0, not_flagged=1)),
        group(5, "Chosen", mapped(class_2=HOMEWORK), counts=assignments(1)),
        group(6, "Others", counts=assignments(1)),
        group(7, "Broken", mapped(class_1="gone"), counts=assignments(1)),
    ]
    text = "“{}” has only one assignment and is not Synchronized in any section."
    assert lines("own_group", snapshot(groups)) == [
        ("own_group:1", "note", 1, text.format("Final"), "teacher"),
        ("own_group:7", "note", 1, text.format("Broken"), "teacher"),
    ]


def test_a_group_of_its_own_needs_two_others_in_its_course() -> None:
    """Those of another course do not count."""
    alone = [group(1, "Final", counts=assignments(1)), group(2, "HW")]
    other = {8: [group(number, "HW") for number in (3, 4, 5)]}
    sections = [section(1, FIRST), section(2, SECOND, course_id=8)]
    assert lines("own_group", snapshot({7: alone} | other, courses=[course(), course(8)], sections=sections)) == []
    with_third = {7: [*alone, group(6, "Labs")]}
    assert [key for key, *_ in lines("own_group", snapshot(with_third))] == ["own_group:1"]
