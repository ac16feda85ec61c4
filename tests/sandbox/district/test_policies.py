"""The tables behind names and categories, and who decides where a kind of work belongs."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

from gpb.sandbox import SandboxConfig
from gpb.sandbox.district.generate import generate
from gpb.sandbox.district.names import read_names
from gpb.sandbox.district.policies import FROM_SCHOOL, FROM_TEACHER, Policies
from gpb.sandbox.district.world import CURRENT_TERM, LAST_TERM
from tests.sandbox.conftest import TODAY

NAMES = read_names()


def bare(name: str) -> str:
    """The letters of a name, without weights and a plural."""
    return re.sub(r"\d+%|[^a-z]|s\b", "", name.casefold())


def test_the_tables_fit_each_other() -> None:
    """No school without categories, no teacher without names, and every kind of work has its places in every set."""
    policies = {row["policy"] for row in NAMES.schools} | {row["policy_before"] for row in NAMES.schools} - {""}
    subjects = {(level, row["subject"]) for level, rows in NAMES.courses.items() for row in rows}
    kinds = {kind for found in NAMES.kinds_of_work.values() for kind in found}
    assert policies - {""} == NAMES.policies.keys()
    assert {name for sets in NAMES.policies.values() for name in sets.values()} < NAMES.category_sets.keys()
    assert subjects == NAMES.kinds_of_work.keys()
    assert kinds < NAMES.group_names.keys()
    for row in NAMES.schools:
        for subject, kinds_there in (
            (two, NAMES.kinds_of_work[one, two]) for one, two in subjects if one == row["level"]
        ):
            sets = NAMES.policies[row["policy"]]
            choices = NAMES.category_sets[sets.get(subject) or sets[""]].choices
            assert [kind for kind in kinds_there if kind not in choices] == []


@pytest.mark.parametrize("name", NAMES.category_sets)
def test_a_name_that_says_a_title_is_kept_there(name: str) -> None:
    """Whoever reads the name alone, and finds it among the titles, is right."""
    categories = NAMES.category_sets[name]
    titles = {bare(title): title for title in categories.titles}
    said = [*categories.named_as_titles] + [
        (kind, one) for kind, found in NAMES.group_names.items() for _, one in found
    ]
    wrong = [
        (kind, one)
        for kind, one in said
        if bare(one) in titles and categories.choices.get(kind) != (titles[bare(one)],)
    ]
    assert wrong == []


def test_schools_decide_otherwise_and_some_teachers_do_not_follow() -> None:
    """One kind of work goes to one title in this school and to another one in that; 2 to 6 % of teachers contradict."""
    world = generate(SandboxConfig(schools=40, courses=900, today=TODAY))
    policies = Policies(world.config.seed, NAMES)
    decided: Counter[str] = Counter()
    usual = defaultdict(set)
    for teacher in world.teachers.values():
        categories = policies.set_of(teacher, CURRENT_TERM)
        for kind in NAMES.kinds_of_work[teacher.school.level, teacher.subject]:
            title, source = policies.title(teacher, categories, kind)
            decided[source] += 1
            if source == FROM_SCHOOL:
                usual[teacher.school.title, categories.name, kind].add(title)
    assert 0.02 < decided[FROM_TEACHER] / (decided[FROM_TEACHER] + decided[FROM_SCHOOL]) < 0.06
    assert {len(titles) for titles in usual.values()} == {1}
    quizzes = {
        title for (_, name, kind), titles in usual.items() if (name, kind) == ("levels", "quiz") for title in titles
    }
    assert quizzes == {"Summative Assessments", "Formative Assessments"}


def test_a_school_may_have_had_other_categories_in_the_last_term() -> None:
    """What is remembered of that term says little there."""
    world = generate(SandboxConfig(courses=1, today=TODAY))
    policies = Policies(world.config.seed, NAMES)
    moved = {
        one.school.title
        for one in world.teachers.values()
        if policies.set_of(one, LAST_TERM) != policies.set_of(one, CURRENT_TERM)
    }
    assert moved == {"Prairie Junior High"}
