"""Courses made by hand, the first of the current term: each kind of disorder that real districts have.

They come before all others, so that even a small district shows most kinds. What an audit finds in them is written
down in `data/district/expected_findings.csv`.
"""

from __future__ import annotations

from gpb.sandbox.district.associations import Stored
from gpb.sandbox.district.builder import Builder
from gpb.sandbox.district.cases import CASES, Maker
from gpb.sandbox.district.model import Course, Teacher
from gpb.sandbox.district.world import CURRENT_TERM


def add_mess(builder: Builder, teachers: list[Teacher], most: int) -> list[Course]:
    """Add the hand-made courses, at most so many, and a deleted one that no count includes."""
    before = len(builder.world.courses)
    for maker, courses in MAKERS:
        if len(builder.world.courses) - before + courses <= most:
            maker(builder, teachers)
    made = list(builder.world.courses.values())[before:]
    builder.current_course(teachers[0], "Deleted by mistake", "GONE100", state="deleted")
    return made


def _near_equal_names(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make one kind of work bear many names; two sections share one set; broken in three ways; keys of other tools."""
    course = builder.current_course(teachers[0], "Biology I", "SCIE110")
    first, second = (builder.section_pair(course, teachers[0], period).uuid for period in (1, 2))
    builder.category_set("science", [first, second])
    gone = builder.category("Homework", [first, second], deleted=True)
    off = builder.category("Labs (old)", [first, second], active=False)
    moved = builder.category("Tests/Exams", [builder.sis_section(course, teachers[0], 0, homeroom=True).uuid])
    names = builder.names
    full = Stored(builder.pairs([first, second], "homework"))
    full.top, full.nested = dict(names.foreign_top), dict(names.foreign_nested)
    builder.hand_made_group(course, "Homework", full, 6)
    builder.hand_made_group(course, "HW", Stored(builder.pairs([first], "homework")), 3)
    builder.hand_made_group(course, "Home work", Stored(), 2)
    builder.hand_made_group(
        course, "Homework ", Stored({first: (gone.uuid, gone.title), second: (gone.uuid, gone.title)}), 4
    )
    builder.hand_made_group(course, "Labs", Stored(builder.pairs([first], "lab") | {second: (off.uuid, off.title)}), 5)
    builder.hand_made_group(
        course, "Tests", Stored({second: (moved.uuid, moved.title)}, top=dict(names.foreign_top[:1])), 4
    )
    return course


def _different_sets(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make sections of one course with different categories, one of them with none; groups that differ by section."""
    course = builder.current_course(teachers[1 % len(teachers)], "Math 9 Honors / Math 9", "MATH109")
    course.teachers.append(teachers[2 % len(teachers)])
    honors, regular, bare = (
        builder.section_pair(course, teachers[number % len(teachers)], period).uuid
        for number, period in ((1, 3), (2, 4), (2, 5))
    )
    builder.category_set("standard", [honors])
    builder.category_set("two-part", [regular])
    shared = {"Discussions": "participation", "Quizzes": "quiz", "Tests": "test", "Projects": "project"}
    for name, kind in shared.items():
        builder.hand_made_group(course, name, Stored(builder.pairs([honors, regular], kind)), 3)
    builder.hand_made_group(course, "Formative", Stored(builder.pairs([regular], "practice")), 5)
    builder.hand_made_group(course, "Homework", Stored(), 7)
    # The section without categories keeps a key of the time when it had some.
    lost = builder.category("Classwork", [bare], deleted=True)
    builder.hand_made_group(course, "Classwork", Stored({bare: (lost.uuid, lost.title)}), 2)
    return course


def _awkward_names(builder: Builder, teachers: list[Teacher]) -> Course:
    """Use emoji, right-to-left, markup, formulas and 255 characters in names of groups, sections and categories."""
    teacher = teachers[0]
    course = builder.current_course(teacher, "Español <b>I</b> – ¡Hola! 👋", "SPAN111")
    section = builder.section_pair(course, teacher, 6)
    builder.world.sections[course.section_ids[-1]].name = '=HYPERLINK("x") Période 6 — فصل'
    builder.category_set("language", [section.uuid])
    builder.category("=1+1 📐", [section.uuid])
    builder.category("تقييم", [section.uuid])
    for place, name in enumerate([*builder.names.awkward, "Long " * 51]):
        stored = Stored(builder.pairs([section.uuid], "homework") if place % 2 else {})
        builder.hand_made_group(course, name, stored, place % 4)
    return course


def _cross_listed(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make a course that took over a section of the next one, which stays behind without any."""
    teacher = teachers[0]
    course = builder.current_course(teacher, "Chemistry", "SCIE201")
    origin = builder.current_course(teacher, "Chemistry Honors", "SCIE202")
    own = builder.section_pair(course, teacher, 1).uuid
    taken = builder.section_pair(course, teacher, 2, origin=origin).uuid
    builder.category_set("science", [own])
    builder.category_set("standard", [taken])
    for name, kind in (("Homework", "homework"), ("Lab Reports", "lab"), ("Quiz", "quiz"), ("Tests", "test")):
        builder.hand_made_group(course, name, Stored(builder.pairs([own, taken], kind)), 4)
    builder.hand_made_group(origin, "Homework", Stored(), 0)
    return course


def _made_by_hand(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make a course without SIS ids, later given one section with a SIS id that Focus does not know."""
    teacher = teachers[0]
    course = builder.course(CURRENT_TERM, teacher, {"title": "Chess Club", "code": "CLUB"}, "available", sis=False)
    builder.section(course, "Chess Club", None)
    builder.section(course, "Chess Club (typed by hand)", "PERIOD-9-CHESS")
    for name in ("Assignments", "Tournaments"):
        builder.hand_made_group(course, name, Stored(), 1)
    return course


def _same_title_twice(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make an unpublished course whose section knows one title twice; groups without assignments and of equal names."""
    course = builder.current_course(teachers[0], "Journalism", "ENGL250", state="created")
    section = builder.section_pair(course, teachers[0], 7).uuid
    builder.category_set("language", [section])
    twin = builder.category("Essays", [section])
    builder.hand_made_group(course, "Essays", Stored({section: (twin.uuid, twin.title)}), 0)
    builder.hand_made_group(course, "Essays", Stored(), 0)
    builder.hand_made_group(course, "Unit Tests", Stored(builder.pairs([section], "test")), 0)
    builder.hand_made_group(course, "Reading Log", Stored(), 0)
    return course


def _kept_elsewhere(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make groups aligned elsewhere, imported ones, keys of sections that left, titles that went stale."""
    course = builder.current_course(teachers[0], "World History", "HIST101")
    sections = [builder.section_pair(course, teachers[0], period).uuid for period in (2, 3)]
    builder.category_set("standard", sections)
    builder.hand_made_group(course, "Homework", Stored(builder.pairs(sections, "homework"), elsewhere=True), 5)
    quizzes = Stored(builder.pairs(sections, "quiz"), elsewhere=True, top=dict(builder.names.foreign_top[1:]))
    builder.hand_made_group(course, "Quizzes", quizzes, 2)
    imported = builder.hand_made_group(course, "Tests", Stored(), 3)
    imported.sis_source_id = "FOCUS-TESTS"
    left = builder.uuid("section", "left the course")
    orphan = builder.pairs(sections, "project")
    builder.hand_made_group(course, "Projects", Stored(orphan | {left: next(iter(orphan.values()))}), 2)
    stale = {key: (uuid, "Old title") for key, (uuid, _) in builder.pairs(sections, "classwork").items()}
    builder.hand_made_group(course, "Classwork", Stored(stale), 4)
    builder.hand_made_group(course, "Participation", Stored(top={"sistemic": None}), 1)
    return course


def _one_set_each(builder: Builder, teachers: list[Teacher]) -> Course:
    """Make three sections with categories of their own under equal titles; nothing associated yet."""
    teacher = teachers[0]
    course = builder.current_course(teacher, "Geometry", "MATH201")
    for period in (4, 5, 6):
        builder.category_set("standard", [builder.section_pair(course, teacher, period).uuid])
    for name in ("Homework", "Classwork", "Quizzes", "Tests", "Projects"):
        builder.hand_made_group(course, name, Stored(), 4)
    return course


MAKERS: tuple[tuple[Maker, int], ...] = (
    (_near_equal_names, 1),
    (_different_sets, 1),
    (_awkward_names, 1),
    (_cross_listed, 2),
    (_made_by_hand, 1),
    (_same_title_twice, 1),
    (_kept_elsewhere, 1),
    (_one_set_each, 1),
    *CASES,
)
"""Each maker with the number of courses that it adds."""
