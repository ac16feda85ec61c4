"""More courses made by hand: each shows a few findings of an audit, and close to them what is no finding."""

from __future__ import annotations

from collections.abc import Callable

from gpb.sandbox.district.associations import Stored
from gpb.sandbox.district.builder import Builder
from gpb.sandbox.district.model import Course, GivenAssignment, Teacher

Maker = Callable[[Builder, list[Teacher]], Course]

PLAIN = GivenAssignment("Worksheet")
UNPUBLISHED = GivenAssignment("Not handed out yet", published=False)
NOT_FLAGGED = GivenAssignment("For practice only", post_to_sis=False)
NO_DUE_DATE = GivenAssignment("Whenever you like", has_due_date=False)
DIFFERENTIATED = GivenAssignment("For those who were away", differentiated=True)
LONGEST = GivenAssignment("Forty characters are what Focus can take")
TOO_LONG = GivenAssignment("Forty-one characters are one more than it")
ALL_AT_ONCE = GivenAssignment(f"{TOO_LONG.name}!", has_due_date=False, differentiated=True)


def _taken_from_others(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make a course with a cross-listed section, in which categories of either course are stored where they do not fit.

    Only what belongs to the course that the section was listed into is told apart from other wrong categories.
    """
    course = builder.current_course(teachers[0], "Physics", "SCIE301")
    origin = builder.current_course(teachers[0], "Physics Honors", "SCIE302")
    own, other = (builder.section_pair(course, teachers[0], period).uuid for period in (1, 3))
    taken = builder.section_pair(course, teachers[0], 2, origin=origin).uuid
    left = builder.section_pair(origin, teachers[0], 4).uuid
    for uuid, name in ((own, "science"), (other, "science"), (taken, "standard"), (left, "standard")):
        builder.category_set(name, [uuid])
    builder.hand_made_group(course, "Homework", Stored(builder.pairs([own, other, taken], "homework")), 4)
    lab = builder.pairs([own], "lab")[own]
    builder.hand_made_group(course, "Labs", Stored({own: lab, other: lab, taken: lab}), 3)
    foreign = builder.pairs([left], "quiz")[left]
    builder.hand_made_group(course, "Quizzes", Stored(builder.pairs([own, other], "quiz") | {taken: foreign}), 2)
    # Weights that nobody has switched on may add up to anything.
    builder.hand_made_group(origin, "Homework", Stored(builder.pairs([left], "homework")), 2, weight=50.0)
    return course


def _weights(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make two courses with weights: of 90 in all, and of a hundred within what rounding takes."""
    teacher = teachers[0]
    course = builder.current_course(teacher, "Statistics", "MATH401")
    rounded = builder.current_course(teacher, "Economics", "HIST401")
    for one, weights in ((course, (40.0, 30.0, 20.0)), (rounded, (33.33, 33.33, 33.33))):
        one.weighted = True
        section = builder.section_pair(one, teacher, 5).uuid
        builder.category_set("standard", [section])
        for (kind, name), weight in zip(
            {"homework": "Homework", "quiz": "Quizzes", "test": "Tests"}.items(), weights, strict=True
        ):
            builder.hand_made_group(one, name, Stored(builder.pairs([section], kind)), 3, weight)
    return course


def _assignments_in_the_way(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make well associated groups whose assignments are in the way, an empty one, and such as hold just one."""
    course = builder.current_course(teachers[0], "Digital Media", "COMP220")
    sections = [builder.section_pair(course, teachers[0], period).uuid for period in (6, 7)]
    builder.category_set("standard", sections)
    builder.category("Journal", sections)
    associated = {
        ("Homework", "homework"): [PLAIN, UNPUBLISHED, GivenAssignment("Draft", published=False, post_to_sis=False)],
        ("Classwork", "classwork"): [PLAIN, NOT_FLAGGED, GivenAssignment("Warm-up", post_to_sis=False)],
        ("Quizzes", "quiz"): [PLAIN, NO_DUE_DATE],
        ("Tests", "test"): [LONGEST, TOO_LONG],
        ("Projects", "project"): [PLAIN, DIFFERENTIATED],
        ("Participation", "participation"): [],
        ("Late Work", "homework"): [PLAIN, ALL_AT_ONCE],
        ("Final Exam", "exam"): [PLAIN],
    }
    for (name, kind), work in associated.items():
        builder.hand_made_group(course, name, Stored(builder.pairs(sections, kind)), work)
    builder.hand_made_group(course, "Capstone", Stored(), [PLAIN])
    builder.hand_made_group(course, "Portfolio", Stored(), [NOT_FLAGGED])
    builder.hand_made_group(course, "Journal", Stored(), [PLAIN])
    return course


def _not_published(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make a course that its teacher has begun and not published; its unpublished work is told of with it, once."""
    course = builder.current_course(teachers[0], "Theatre", "ARTS210", state="claimed")
    section = builder.section_pair(course, teachers[0], 8).uuid
    builder.category_set("standard", [section])
    builder.hand_made_group(
        course, "Homework", Stored(builder.pairs([section], "homework")), [PLAIN, UNPUBLISHED, UNPUBLISHED, NOT_FLAGGED]
    )
    builder.hand_made_group(course, "Quizzes", Stored(), [PLAIN, UNPUBLISHED])
    builder.hand_made_group(course, "Projects", Stored(builder.pairs([section], "project")), [])
    return course


def _names_of_categories(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make groups named like one category, like two, like one with another capital, like one that is switched off."""
    course = builder.current_course(teachers[0], "Creative Writing", "ENGL260")
    first, second = (builder.section_pair(course, teachers[0], period).uuid for period in (1, 2))
    builder.category_set("language", [first, second])
    builder.category("Essays", [first])
    builder.category("Journals", [first, second], active=False)
    builder.hand_made_group(course, "Essays", Stored(), 3)
    builder.hand_made_group(course, "Reading Log", Stored(builder.pairs([first], "reading")), 4)
    builder.hand_made_group(course, "Reading log", Stored(), 2)
    builder.hand_made_group(course, "Journals", Stored(), 2)
    return course


def _in_focus_alone(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make classes without a Canvas section: a real one, one that was given up, a homeroom."""
    course = builder.current_course(teachers[0], "Marching Band", "MUSC140")
    section = builder.section_pair(course, teachers[0], 1).uuid
    builder.category_set("skills", [section])
    builder.sis_section(course, teachers[0], 2)
    builder.sis_section(course, teachers[0], 3).active = False
    builder.sis_section(course, teachers[0], 0, homeroom=True)
    for name, kind in (("Effort", "participation"), ("Performances", "project")):
        builder.hand_made_group(course, name, Stored(builder.pairs([section], kind)), 2)
    return course


def _nothing_to_pass_back(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make a course without groups, whose sections need nothing, and one with a group and no work yet."""
    course = builder.current_course(teachers[0], "Advisory", "ADVS100")
    builder.section_pair(course, teachers[0], 1)
    builder.section(course, "Advisory (typed by hand)", "ADVISORY-B")
    later = builder.current_course(teachers[0], "Study Skills", "ADVS200")
    builder.section_pair(later, teachers[0], 2)
    builder.hand_made_group(later, "Check-ins", Stored(), 0)
    return course


CASES: tuple[tuple[Maker, int], ...] = (
    (_taken_from_others, 2),
    (_weights, 2),
    (_assignments_in_the_way, 1),
    (_not_published, 1),
    (_names_of_categories, 1),
    (_in_focus_alone, 1),
    (_nothing_to_pass_back, 2),
)
"""Each maker with the number of courses that it adds."""
