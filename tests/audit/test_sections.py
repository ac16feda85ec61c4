"""Findings about whole sections and SIS classes."""

from __future__ import annotations

from dataclasses import replace

from gpb.audit.evidence import Evidence
from gpb.audit.findings import findings
from tests.audit.found import lines
from tests.builders import (
    EMPTY,
    FIRST,
    HOMEWORK,
    SECOND,
    UNKNOWN,
    assignments,
    category,
    group,
    mapped,
    section,
    sis_class,
    snapshot,
)

GROUPS = [group(1, "HW", mapped(class_3=HOMEWORK)), group(2, "Quiz", counts=assignments(2, unpublished=4))]
SECTIONS = [section(1, FIRST), section(3, EMPTY), section(4, UNKNOWN), section(5, None)]
WITHOUT_WORK = [group(1, "HW", counts=assignments(0))]


def test_a_section_has_no_categories_when_focus_knows_it_and_none_can_be_used() -> None:
    """Weight: everything flagged of its course. Not: one with a category, one unknown to Focus, one without SIS ID."""
    sentence = "Focus has no category for this section: 5 assignments waiting."
    assert lines("no_categories", snapshot(GROUPS, sections=SECTIONS)) == [
        ("no_categories:3", "lost", 5, sentence, "SIS administrator")
    ]


def test_categories_that_are_switched_off_are_none_and_a_global_one_is_enough_for_all() -> None:
    """Without work it is a risk only."""
    off = [category("a", "Labs", EMPTY, active=False), category("b", "Extra", active=False), category("c", "HW", FIRST)]
    sections = [section(1, FIRST), section(3, EMPTY)]
    sentence = "Focus has no category for this section: no assignments waiting."
    assert lines("no_categories", snapshot(WITHOUT_WORK, sections=sections, categories=off)) == [
        ("no_categories:3", "at risk", 0, sentence, "SIS administrator")
    ]
    everywhere = [*off, category("d", "Labs")]
    assert lines("no_categories", snapshot(WITHOUT_WORK, sections=sections, categories=everywhere)) == []


def test_a_section_has_no_sis_class_when_its_sis_id_leads_nowhere() -> None:
    """Not: a known one, whether it has categories or none, nor one without SIS ID."""
    sentence = "Focus has no section “class-9”: 5 assignments waiting."
    assert lines("no_sis_class", snapshot(GROUPS, sections=SECTIONS)) == [
        ("no_sis_class:4", "lost", 5, sentence, "SIS administrator")
    ]
    sentence = "Focus has no section “class-9”: no assignments waiting."
    assert lines("no_sis_class", snapshot(WITHOUT_WORK, sections=SECTIONS)) == [
        ("no_sis_class:4", "at risk", 0, sentence, "SIS administrator")
    ]


def test_a_course_without_groups_needs_nothing_of_its_sections() -> None:
    """There is nothing to associate."""
    found = snapshot([], sections=SECTIONS)
    assert lines("no_categories", found) + lines("no_sis_class", found) == []


def test_a_class_of_this_term_lacks_a_canvas_section() -> None:
    """Not: one of another term or of none (as one in Canvas is too), one given up, a homeroom, one with a section.

    A class belongs to the term through any marking period that it shares.
    """
    classes = [
        sis_class(FIRST, "q1", "q2"),
        sis_class("shares", "q2", "q3"),
        sis_class("beyond", "q3"),
        sis_class("never"),
        sis_class("c-6"),
        sis_class("given up", "q1", active=False),
        sis_class("homeroom", "q1", homeroom=True),
        sis_class("c-5", "q1", title="Algebra 1", school_id="far"),
    ]
    sections = [section(1, FIRST), section(2, "c-6"), section(5, None), section(6, "q3")]
    found = snapshot(GROUPS, sections=sections, classes=classes)
    text = "Focus has a class “{}”, but Canvas has no section for it."
    assert lines("no_canvas_section", found) == [
        ("no_canvas_section:c-5", "at risk", 0, text.format("Algebra 1"), "SIS administrator"),
        ("no_canvas_section:shares", "at risk", 0, text.format("shares"), "SIS administrator"),
    ]
    found.facts = replace(found.facts, section_link="https://focus.example/s/{class_id}")
    places = findings(Evidence(found)).query("finding == 'no_canvas_section'")
    columns = ["school", "section", "class_id", "focus_link"]
    assert places[columns].to_numpy().tolist() == [
        ["District", "Algebra 1", "c-5", "https://focus.example/s/c-5"],
        ["North High", "shares", "shares", "https://focus.example/s/shares"],
    ]


def test_a_term_of_which_canvas_has_no_section_has_no_class_to_miss() -> None:
    """Nothing tells which classes would belong to it."""
    classes = [sis_class(FIRST, "q1"), sis_class(SECOND, "q1")]
    assert lines("no_canvas_section", snapshot(GROUPS, sections=[section(4, UNKNOWN)], classes=classes)) == []
