"""Why a section will not sync, step by step, and which sections to fix first."""

from __future__ import annotations

import pandas as pd
import pytest

from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings, with_overlay
from gpb.audit.kinds import KINDS
from gpb.audit.why import STEPS, WORST, of_section, steps, worst_sections
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
FOUND = findings(
    Evidence(
        snapshot(GROUPS, courses=[course(), course(8, name="Art", workflow_state="unpublished")], sections=SECTIONS)
    )
)
PLAIN = with_overlay(FOUND, accepted(), None, TODAY)


def where_it_ends(section_id: int, course_id: int) -> dict[str, list[str]]:
    """The keys that stand in the way, by step; steps that hold are left out."""
    return {step.title: step.findings["key"].tolist() for step in steps(PLAIN, section_id, course_id) if not step.holds}


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
    assert sorted(of_section(PLAIN, 5, 8)["key"]) == ["course_unpublished:8", "unequal:4", "weights:8"]
    assert of_section(PLAIN, 99, 99).empty


def test_the_sections_to_fix_first_are_those_that_lose_most() -> None:
    """Then those with most at risk. A section blocked as a whole counts once, not again by its single rows."""
    worst = worst_sections(PLAIN)
    assert worst[["section_id", "lost", "at_risk"]].to_numpy().tolist() == [
        [3, 7, 0],
        [4, 7, 0],
        [2, 6, 1],
        [1, 2, 1],
        [6, 1, 0],
    ]
    assert worst["why"].tolist() == [
        "1 × Section without categories (7)",
        "1 × Section unknown to Focus (7)",
        "1 × Category deleted (4), 1 × Unassociated (2), 1 × Matched by name only (1)",
        "1 × Category inactive (2), 1 × Matched by name only (1)",
        "1 × Unassociated (1)",
    ]
    assert worst["who"].tolist() == ["SIS administrator"] * 2 + ["coordinator"] * 3
    places = worst[["school", "course", "teacher", "section"]].to_numpy().tolist()
    assert places[4] == ["North High", "Art", "Zoë Núñez", "Section 6"]
    assert [len(worst_sections(PLAIN, number)) for number in (0, 2, 99)] == [0, 2, 5]
    assert worst_sections(PLAIN, 2)["section_id"].tolist() == [3, 4]


def test_more_at_risk_comes_first_among_equal_losses_and_weight_before_number() -> None:
    """Findings of one section are added up; no more than WORST are listed."""
    groups = [group(1, "HW", counts=assignments(2)), group(2, "Others", counts=assignments(5)), group(3, "Quiz")]
    found = with_overlay(findings(Evidence(snapshot(groups))), accepted(), None, TODAY)
    worst = worst_sections(found)
    assert worst[["section_id", "lost", "at_risk"]].to_numpy().tolist() == [[1, 10, 0], [2, 5, 5]]
    assert worst["why"].tolist() == ["3 × Unassociated (10)", "2 × Unassociated (5), 1 × Matched by name only (5)"]
    many = snapshot([group(1, "HW")], sections=[section(number, FIRST) for number in range(1, 9)])
    listed = worst_sections(with_overlay(findings(Evidence(many)), accepted(), None, TODAY))
    assert listed["section_id"].tolist() == list(range(1, WORST + 1))


def test_equal_losses_stand_by_what_is_at_risk() -> None:
    """Lost counts first, whatever is at risk."""
    groups = [
        group(1, "HW", mapped(class_1=HOMEWORK), counts=assignments(1)),
        group(2, "Others", mapped(class_1=TESTS)),
    ]
    groups += [group(3, "Quiz", mapped(class_2=HOMEWORK), counts=assignments(1))]
    found = with_overlay(findings(Evidence(snapshot(groups))), accepted(), None, TODAY)
    assert worst_sections(found)[["section_id", "lost", "at_risk"]].to_numpy().tolist() == [[2, 1, 3], [1, 1, 0]]


def test_accepted_findings_are_left_out() -> None:
    """What is blocked as a whole and accepted leaves the single rows to be told of."""
    said = accepted(("no_categories:3", TODAY), ("no_sis_class:4", TODAY), ("unassociated:2:2", TODAY))
    worst = worst_sections(with_overlay(FOUND, said, None, TODAY))
    assert worst[["section_id", "lost", "at_risk"]].to_numpy().tolist() == [[2, 4, 1], [3, 4, 0], [1, 2, 1], [6, 1, 0]]


def test_a_row_that_changed_outside_counts_only_by_what_is_wrong_with_it_now() -> None:
    """A broken row that somebody made so is one loss, not two; one that is well is none."""
    now = snapshot([group(1, "HW", mapped(class_1="gone", class_2=HOMEWORK))])
    found = findings(Evidence(now, snapshot([group(1, "HW")])))
    worst = worst_sections(with_overlay(found, accepted(), None, TODAY))
    assert sorted(found["finding"]) == ["category_deleted", "changed_outside", "changed_outside", "weights"]
    assert worst[["section_id", "lost", "at_risk"]].to_numpy().tolist() == [[1, 3, 0]]


@pytest.mark.parametrize("found", [PLAIN.iloc[:0], PLAIN.query("severity == 'note'"), PLAIN.assign(accepted_until="x")])
def test_without_open_findings_there_is_nothing_to_fix(found: pd.DataFrame) -> None:
    """The columns and dtypes are those of a full table."""
    worst, full = worst_sections(found), worst_sections(PLAIN)
    assert (len(worst), worst.dtypes.to_dict()) == (0, full.dtypes.to_dict())
    assert {name: str(dtype) for name, dtype in full.dtypes.items()} == {
        **dict.fromkeys(("section_id", "course_id"), "Int64"),
        **dict.fromkeys(("lost", "at_risk"), "int64"),
        **dict.fromkeys(("school", "course", "teacher", "section", "why", "who"), "str"),
    }


def test_the_steps_hold_where_nothing_is_found() -> None:
    """Five of them, in the order in which passback comes to them."""
    assert [(step.title, step.holds, len(step.findings)) for step in steps(PLAIN.iloc[:0], 1, 7)] == [
        (title, True, 0) for title in STEPS
    ]
