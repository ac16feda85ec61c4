"""Where the work of a group belongs: as a set of categories says, else the school, else a teacher of another mind.

Everything follows from the seed and the tables, so nothing of it is stored: who asks again is told the same.
"""

from __future__ import annotations

import random

from gpb.sandbox.district.model import School, Teacher
from gpb.sandbox.district.names import CategorySet, Names
from gpb.sandbox.district.world import LAST_TERM

OWN_SET = 0.06
"""The share of teachers who keep another set of categories than their school asks for."""
CONTRADICTS = 0.04
"""The share of a school's decisions that a teacher does not follow."""
FROM_SET, FROM_SCHOOL, FROM_TEACHER, RETIRED, NOWHERE = "set", "school", "teacher", "retired", "none"
RETIRED_KIND = "retired"
"""The kind of a group that its name says is used no more."""


class Policies:
    """The decisions of one district, each made once."""

    def __init__(self, seed: int, names: Names) -> None:
        """Take the seed of the district and the tables of names."""
        self.seed = seed
        self.names = names
        self._of_school: dict[tuple[int, str, str], str | None] = {}
        self._of_teacher: dict[tuple[int, str, str], tuple[str | None, str]] = {}
        self._own: dict[int, bool] = {}

    def set_of(self, teacher: Teacher, term_id: int) -> CategorySet:
        """Return the set of categories that a teacher's sections have in a term."""
        school = teacher.school
        policy = (school.policy_before if term_id == LAST_TERM else "") or school.policy
        subjects = self.names.policies[policy]
        usual = subjects.get(teacher.subject) or subjects[""]
        if not self._has_own_set(teacher):
            return self.names.category_sets[usual]
        return self.names.category_sets["two-part" if usual != "two-part" else "standard"]

    def title(self, teacher: Teacher, categories: CategorySet, kind: str) -> tuple[str | None, str]:
        """Return the title under which a teacher keeps a kind of work, None for no category, and who decided that."""
        key = (teacher.id, categories.name, kind)
        if key not in self._of_teacher:
            self._of_teacher[key] = self._decide(teacher, categories, kind)
        return self._of_teacher[key]

    def _decide(self, teacher: Teacher, categories: CategorySet, kind: str) -> tuple[str | None, str]:
        if kind == RETIRED_KIND:
            return None, RETIRED
        choices = categories.choices.get(kind, ())
        if len(choices) < 2:
            title = choices[0] if choices else None
            return title, FROM_SET if title else NOWHERE
        usual = self._school_decides(teacher.school, categories, kind)
        others = [title for title in choices if title and title != usual]
        rng = random.Random(f"{self.seed}/otherwise/{teacher.id}/{categories.name}/{kind}")
        if others and rng.random() < CONTRADICTS:
            return rng.choice(others), FROM_TEACHER
        return usual, FROM_SCHOOL if usual else NOWHERE

    def _school_decides(self, school: School, categories: CategorySet, kind: str) -> str | None:
        key = (school.account_id, categories.name, kind)
        if key not in self._of_school:
            rng = random.Random(f"{self.seed}/policy/{school.account_id}/{categories.name}/{kind}")
            self._of_school[key] = rng.choice(categories.choices[kind])
        return self._of_school[key]

    def _has_own_set(self, teacher: Teacher) -> bool:
        if teacher.id not in self._own:
            self._own[teacher.id] = random.Random(f"{self.seed}/own set/{teacher.id}").random() < OWN_SET
        return self._own[teacher.id]
