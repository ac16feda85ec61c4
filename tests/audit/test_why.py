"""Why a section will not sync, step by step."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings, with_overlay
from gpb.audit.kinds import KINDS
from gpb.audit.why import STEPS, of_section, steps
from tests.audit.found import accepted
from tests.builders import (
    EMPTY,
    FIRST,
    HOMEWORK,
    RETIRED,
    SECOND,
    TESTS,
    UNKNOWN,
    assignments,
    course,
    group,
    mapped,
    section,
    snapshot,
)

TODAY = "2026-09-10"
GROUPS = {
    7: [
        group(1, "HW", mapped(class_1=HOMEWORK, class_2="gone", class_3="gone"), counts=assignments(4)),
        group(2, "Quiz", mapped(class_1=RETIRED), counts=assignments(2, no_due_date=1)),
        group(3, "Tests", counts=assignments(1)),
    ],
    8: [group(4, "HW", mapped(class_1=HOMEWORK), counts=assignments(1))],
}
SECTIONS = [
    section(1, FIRST),
    section(2, SECOND),
    section(3, EMPTY),
    section(4, UNKNOWN),
    section(5, FIRST, course_id=8),
    section(6, SECOND, course_id=8),
]


@cache
def all_found() -> pd.DataFrame:
    """The findings of this district."""
    return findings(
        Evidence(
            snapshot(GROUPS, courses=[course(), course(8, name="Art", workflow_state="unpublished")], sections=SECTIONS)
        )
    )


@cache
def plain() -> pd.DataFrame:
    """Of which nobody said anything yet."""
    return with_overlay(all_found(), accepted(), None, TODAY)


def where_it_ends(section_id: int, course_id: int) -> dict[str, list[str]]:
    """The keys that stand in the way, by step; steps that hold are left out."""
    return {
        step.title: step.findings["key"].tolist() for step in steps(plain(), section_id, course_id) if not step.holds
    }


def test_every_kind_but_three_belongs_to_one_step() -> None:
    """Weights, classes without a section, and what is wrong with the whole term stop no section."""
    told = [name for names in STEPS.values() for name in names]
    assert sorted(told) == sorted(KINDS.keys() - {"weights", "no_canvas_section", "refreshed", "could_not_be_read"})


@pytest.mark.parametrize(
    ("section_id", "course_id", "expected"),
    [
        (1, 7, {"associated": ["category_inactive:2:1", "name_match:3:1"], "passed back": ["no_due_date:2"]}),
        (2, 7, {"associated": ["category_deleted:1:2", "unassociated:2:2", "name_match:3:2"],
                "passed back": ["no_due_date:2"]}),
        (3, 7, {"has categories": ["no_categories:3"], "associated": ["category_deleted:1:3"],
                "passed back": ["no_due_date:2"]}),
        (4, 7, {"knows": ["no_sis_class:4"], "passed back": ["no_due_date:2"]}),
        (5, 8, {"published": ["course_unpublished:8"]}),
        (6, 8, {"published": ["course_unpublished:8"], "associated": ["unassociated:4:6", "unequal:4"]}),
    ],
)  # fmt: skip
def test_the_steps_of_a_section_say_where_passback_ends(
    section_id: int, course_id: int, expected: dict[str, list[str]]
) -> None:
    """Its own findings and those of its course; nothing of its neighbours."""
    ends = where_it_ends(section_id, course_id)
    assert {word: keys for word in expected for title, keys in ends.items() if word in title} == expected
    assert len(ends) == len(expected)


def test_notes_are_listed_and_stop_nothing() -> None:
    """The group that differs between sections is told of in the step of associations, which holds."""
    groups = [group(1, "HW", mapped(class_1=HOMEWORK, class_2=TESTS))]
    found = with_overlay(findings(Evidence(snapshot(groups))), accepted(), None, TODAY)
    listed = {step.title: (step.holds, step.findings["finding"].tolist()) for step in steps(found, 1, 7)}
    assert list(listed) == list(STEPS)
    assert listed["Every group is associated with a valid category"] == (True, ["unequal"])
    assert [holds for holds, _ in listed.values()] == [True] * 5


def test_a_section_is_concerned_by_its_own_findings_and_those_of_its_course_as_a_whole() -> None:
    """Not by those of other sections, courses, or SIS classes."""
    assert sorted(of_section(plain(), 5, 8)["key"]) == ["course_unpublished:8", "unequal:4", "weights:8"]
    assert of_section(plain(), 99, 99).empty
