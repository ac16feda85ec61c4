"""Findings about what became different since the pull before."""

from __future__ import annotations

from typing import Any

from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings
from gpb.frames.snapshot import Snapshot
from tests.audit.found import confirmed_by, lines
from tests.builders import (
    FIRST,
    HOMEWORK,
    OTHERS,
    RETIRED,
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
    sentence = "The section is new in this course; its groups have 6 assignments."
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
    ours = confirmed_by((1, 2, TESTS, "Tests"), (2, 1, TESTS, "Tests"), (3, 1, None, None))
    assert lines("changed_outside", now, then, ours) == []
    assert lines("changed_outside", now, then, ours.assign(is_sure=False)) == []
    others = confirmed_by((1, 2, HOMEWORK, None), (2, 1, None, None), (3, 1, HOMEWORK, "Homework"), is_sure=False)
    assert lines("changed_outside", now, then, others) == [chosen, anew, taken]


def test_what_a_run_confirmed_and_is_not_there_names_run_person_then_and_now() -> None:
    """Also where the pull before shows what is there now, and where there is none. Its key is that of the run."""
    now = snapshot(
        [
            group(1, "Back", mapped(class_1=TESTS)),
            group(2, "Emptied", counts=assignments(0)),
            group(3, "Chosen", mapped(class_2=TESTS)),
            group(4, "By title", {"sistemic": {"categoryMapping": {"class-1": {"id": HOMEWORK}}}}),
            group(5, "Left", {"syncedWithSisCategory": True}),
        ]
    )
    ours = confirmed_by(
        (1, 1, HOMEWORK, "Homework"),
        (2, 2, OTHERS, "Others"),
        (3, 2, None, None),
        (4, 1, "an older id", "Homework"),
        (5, 1, RETIRED, "Retired"),
        (9, 9, HOMEWORK, "Homework"),  # gone
    )
    text = (
        "Synced as {}; Canvas has {} now. Run r1 (ann, 2026-09-01) had confirmed it, and no run has changed it since."
    )
    elsewhere = text.format("“Retired”", "only the mark of the vendor's own system")
    wanted = [
        ("changed_outside:1:1:r1", "at risk", 3, text.format("“Homework”", "“Tests”"), "coordinator"),
        ("changed_outside:3:2:r1", "at risk", 3, text.format("Unassociated", "“Tests”"), "coordinator"),
        ("changed_outside:4:1:r1", "at risk", 3, text.format("“Homework”", "“Homework”"), "coordinator"),
        (
            "changed_outside:5:1:r1",
            "at risk",
            3,
            f"{elsewhere} “Retired” is not valid for this section any more.",
            "coordinator",
        ),
        ("changed_outside:2:2:r1", "at risk", 0, text.format("“Others”", "nothing"), "coordinator"),
    ]
    found = lines("changed_outside", now, now, ours)
    assert found[:2] + found[3:] == wanted[:2] + wanted[3:]
    assert "“Homework” is not valid for this section any more" in found[2][3]
    assert lines("changed_outside", now, None, ours) == found
    assert lines("refreshed", now, now, ours) == []


def test_nearly_everything_that_runs_confirmed_is_told_once() -> None:
    """From 10 rows in 3 courses and 90 percent on; what changed beside it is not told row by row either."""
    places: dict[str, Any] = {
        "courses": [course(n) for n in (7, 8, 9)],
        "sections": [section(n, FIRST, course_id=n) for n in (7, 8, 9)],
    }

    def district(*, well: int) -> Snapshot:
        """Four groups in each course, of which so many of all are as they were synced."""
        stored = [mapped(class_1=HOMEWORK)] * well + [{}] * (12 - well)
        groups = {
            n: [group(10 * n + m, "HW", stored[4 * place + m]) for m in range(4)] for place, n in enumerate((7, 8, 9))
        }
        return snapshot(groups, **places)

    then = district(well=12)
    ours = confirmed_by(*[(10 * n + m, n, HOMEWORK, None) for n in (7, 8, 9) for m in range(4)])
    ((key, severity, weight, sentence, _),) = lines("refreshed", district(well=1), then, ours)
    assert (key, severity, weight) == ("refreshed:r1", "lost", 33)
    assert sentence.startswith("11 of 12 associations that syncs had confirmed are not in Canvas any more.")
    assert lines("changed_outside", district(well=1), then, ours) == []
    assert lines("refreshed", district(well=2), then, ours) == []
    assert len(lines("changed_outside", district(well=2), then, ours)) == 10
    of_two_courses = ours.loc[ours["section_id"].ne(9)]
    assert lines("refreshed", district(well=0), then, of_two_courses) == []


def test_a_canvas_without_its_newest_groups_is_told_once_however_few_rows_were_synced() -> None:
    """Numbers only grow: where the newest of several courses are gone and older ones are there, a copy came back."""
    courses = [course(n) for n in (7, 8, 9)]
    sections = [section(n, FIRST if n == 7 else f"class-{n}", course_id=n) for n in (7, 8, 9)]
    places: dict[str, Any] = {"courses": courses, "sections": sections}
    then = snapshot({n: [group(n, "HW"), group(10 * n, "Late", mapped(class_1=HOMEWORK))] for n in (7, 8, 9)}, **places)
    back = snapshot({n: [group(n, "HW")] for n in (7, 8, 9)}, **places)
    ours = confirmed_by((70, 7, HOMEWORK, "Homework"), (7, 7, TESTS, "Tests"))
    ((_, _, _, sentence, _),) = lines("refreshed", back, then, ours)
    assert "2 of 2" in sentence
    assert "1 of them in groups or sections that are gone" in sentence
    assert "The newest assignment groups are gone, too." in sentence
    one_gone = snapshot({n: [group(n, "HW"), group(10 * n, "Late")][: n - 6] for n in (7, 8, 9)}, **places)
    assert lines("refreshed", one_gone, then, ours) == []


def test_a_category_that_only_has_another_title_now_is_no_change() -> None:
    """What Canvas stores is the same."""
    groups = [group(1, "HW", mapped(class_1=HOMEWORK))]
    renamed = [category(HOMEWORK, "Homework 2", FIRST, SECOND), *default_categories()[1:]]
    assert lines("changed_outside", snapshot(groups, categories=renamed), snapshot(groups)) == []


def test_without_a_pull_before_nothing_is_told_of_changes() -> None:
    """The first pull has nothing to compare with."""
    found = findings(Evidence(snapshot([group(1, "HW", mapped(class_1=HOMEWORK))])))
    assert set(found["finding"]) & {"new_section", "changed_outside"} == set()
