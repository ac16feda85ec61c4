"""A whole district from a seed: accounts, three terms, courses, sections, categories, groups, associations.

The last term is fully associated, the current one about two thirds with broken ones among them, the next one not at
all (contract: course copy does not carry `integration_data`).
"""

from __future__ import annotations

import random
from datetime import date, timedelta

from gpb.sandbox.config import SandboxConfig
from gpb.sandbox.district.builder import Builder
from gpb.sandbox.district.mess import add_mess
from gpb.sandbox.district.model import Account, Course, School, SisSection, Teacher, Term
from gpb.sandbox.district.names import read_names
from gpb.sandbox.district.populate import add_categories, add_groups
from gpb.sandbox.district.sizes import ROWS_PER_COURSE, SECTIONS_PER_COURSE, CourseSize, plan_sizes
from gpb.sandbox.district.world import CURRENT_TERM, DEFAULT_TERM, LAST_TERM, NEXT_TERM, ROOT_ACCOUNT, World

FIRST_TEACHER = 501
COURSES_PER_TEACHER = 3
SECTIONS_PER_HOMEROOM = 40
TEACHERS_PER_SUCCESSOR = 25
"""One in so many teachers leaves before the next term, and somebody new takes over the courses."""


def generate(config: SandboxConfig) -> World:
    """Return the world of a configuration; equal configurations give equal worlds."""
    world = World(config)
    builder = Builder(world, read_names())
    _add_terms(world, config.today or date.today())
    schools = [builder.school(number) for number in range(config.schools)]
    _add_accounts(world, schools)
    teachers = _teachers(builder, schools, -(-config.courses // COURSES_PER_TEACHER))
    for term_id in (CURRENT_TERM, LAST_TERM):
        _add_term(builder, teachers, term_id)
    _add_term(builder, _with_successors(builder, teachers), NEXT_TERM)
    return world


def _add_terms(world: World, today: date) -> None:
    """Place three terms of half a year around today, named after the season that today is in."""
    fall = today.month >= 7
    school_year = today.year if fall else today.year - 1
    world.terms[DEFAULT_TERM] = Term(DEFAULT_TERM, "Default Term", None, None, None, school_year)
    for term_id, number in ((LAST_TERM, -1), (CURRENT_TERM, 0), (NEXT_TERM, 1)):
        start = today + timedelta(days=165 * number - 60)
        half = school_year * 2 + (0 if fall else 1) + number
        season, year = ("Fall", half // 2) if half % 2 == 0 else ("Spring", half // 2 + 1)
        world.terms[term_id] = Term(
            term_id,
            f"{season} {year}",
            f"{half // 2}-S{half % 2 + 1}",
            start,
            start + timedelta(days=150),
            half // 2,
            f"S{half % 2 + 1}",
        )


def _add_accounts(world: World, schools: list[School]) -> None:
    world.accounts[ROOT_ACCOUNT] = Account(ROOT_ACCOUNT, "Alden County School District", None, "DISTRICT")
    for number, school in enumerate(schools, start=1):
        world.accounts[school.account_id] = Account(school.account_id, school.title, ROOT_ACCOUNT, f"SCH{number:03d}")


def _teachers(builder: Builder, schools: list[School], wanted: int) -> list[Teacher]:
    """Return at least one teacher per school."""
    teachers = []
    for number in range(max(wanted, len(schools))):
        school = schools[number % len(schools)]
        titles = builder.names.courses[school.level]
        subject = titles[(FIRST_TEACHER + number) * 7 % len(titles)]["subject"]
        teachers.append(_teacher(builder, number, school, subject))
    return teachers


def _with_successors(builder: Builder, teachers: list[Teacher]) -> list[Teacher]:
    """Return the teachers of the next term: who is new there has no past, and habits of his own."""
    leaving = range(TEACHERS_PER_SUCCESSOR // 2, len(teachers), TEACHERS_PER_SUCCESSOR)
    new = {
        place: _teacher(builder, len(teachers) + number, teachers[place].school, teachers[place].subject)
        for number, place in enumerate(leaving)
    }
    return [new.get(place, teacher) for place, teacher in enumerate(teachers)]


def _teacher(builder: Builder, number: int, school: School, subject: str) -> Teacher:
    """Add a teacher to both systems; the names go round with different periods, so few repeat."""
    names = builder.names
    teacher = Teacher(
        id=FIRST_TEACHER + number,
        uuid=builder.uuid("teacher", number),
        first_name=names.first_names[number * 5 % len(names.first_names)],
        last_name=names.last_names[(number + number // len(names.first_names)) % len(names.last_names)],
        school=school,
        subject=subject,
    )
    builder.world.teachers[teacher.uuid] = teacher
    return teacher


def _add_term(builder: Builder, teachers: list[Teacher], term_id: int) -> None:
    """Add all courses of one term; the hand-made ones come first, and only in the current term."""
    config = builder.world.config
    rng = builder.rng(f"term {term_id}")
    current = term_id == CURRENT_TERM
    made = add_mess(builder, teachers, config.courses) if current else []
    made_sections = sum(len(course.section_ids) for course in made)
    rows = sum(len(course.group_ids) * len(builder.sis_ids(course)) for course in made)
    sizes = plan_sizes(
        rng,
        config.courses - len(made),
        round(SECTIONS_PER_COURSE * config.courses) - made_sections,
        ROWS_PER_COURSE * config.courses - rows,
        odd=current,
    )
    planned = []
    taught: dict[str, list[SisSection]] = {}
    for number, size in enumerate(sizes):
        teacher = teachers[_teacher_number(number, config.schools) % len(teachers)]
        course = _add_course(builder, rng, teacher, term_id, number)
        _add_sections(builder, rng, course, size, taught.setdefault(teacher.uuid, []))
        planned.append((course, size.groups))
    for teacher_uuid, sections in taught.items():
        add_categories(builder, rng, builder.world.teachers[teacher_uuid], sections, term_id)
    for course, groups in planned:
        add_groups(builder, rng, course, groups, term_id)


def _teacher_number(course_number: int, schools: int) -> int:
    """Courses go round the schools, and stay with one teacher of a school three times."""
    return course_number // (COURSES_PER_TEACHER * schools) * schools + course_number % schools


def _add_course(builder: Builder, rng: random.Random, teacher: Teacher, term_id: int, number: int) -> Course:
    titles = builder.names.courses[teacher.school.level]
    title = rng.choice([row for row in titles if row["subject"] == teacher.subject])
    if term_id == NEXT_TERM:
        state = "created"
    elif term_id == LAST_TERM:
        state = "completed" if number % 10 == 9 else "available"
    else:
        state = "created" if rng.random() < 0.06 else "available"
    course = builder.course(term_id, teacher, title, state)
    course.weighted = rng.random() < 0.4
    course.blueprint = number == 20
    return course


def _add_sections(
    builder: Builder, rng: random.Random, course: Course, size: CourseSize, taught: list[SisSection]
) -> None:
    """Add the sections of one course to both systems; those known to Focus go onto the teacher's list."""
    teacher = course.teachers[0]
    sibling = builder.world.courses.get(course.id - builder.world.config.schools)
    for place, kind in enumerate(size.sections, start=1):
        period = 1 + (len(taught) + place) % 8
        if kind == "known":
            cross_listed = place > 1 and course.term_id == CURRENT_TERM and rng.random() < 0.02
            origin = sibling if cross_listed and sibling and sibling.teachers == course.teachers else None
            taught.append(builder.section_pair(course, teacher, period, origin))
        elif kind == "unknown":
            builder.section(course, f"{course.name} - Period {period}", builder.uuid("unknown section", course.id))
        else:
            builder.section(course, course.name, None)
    if course.id % SECTIONS_PER_HOMEROOM == 0:
        builder.sis_section(course, teacher, 0, homeroom=True)
