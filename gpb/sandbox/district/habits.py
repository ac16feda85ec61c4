"""How teachers name their groups: each in a way of his own, the same in every course and term."""

from __future__ import annotations

import random
from dataclasses import dataclass

from gpb.sandbox.district.model import Teacher
from gpb.sandbox.district.names import CategorySet, Names
from gpb.sandbox.district.policies import RETIRED_KIND
from gpb.sandbox.district.sizes import MOST_GROUPS
from gpb.sandbox.district.world import CURRENT_TERM

NAMED_AS_CATEGORIES = 0.4
"""The share of teachers who begin with a group for each category, under its title."""
USUAL_NAME = 0.65
"""How often the most usual name is taken where there are others."""
BY_THE_WAY = 0.03
"""How often a group of a course is named otherwise than its teacher names it elsewhere."""
WITH_A_RETIRED_GROUP = 0.08
"""The share of courses that keep a group of another time."""
NOT_EVERYWHERE = {"extra": 0.15, "assignments": 0.15, "imported": 0.05}
"""The share of teachers with a group for what is no kind of work of its own."""
WEIGHTS = (30, 25, 20, 15, 10, 5, 5, 10, 20, 5, 5, 10)
KindAndName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Habit:
    """One teacher's: kinds of work with their names, the usual ones first; `style` is a text of `name_styles.csv`."""

    style: str
    named_as_categories: bool
    plain: tuple[KindAndName, ...]


class Habits:
    """The habits of all teachers of a district, each made when it is first asked for."""

    def __init__(self, seed: int, names: Names) -> None:
        """Take the seed of the district and the tables of names."""
        self.seed = seed
        self.names = names
        self._habits: dict[int, Habit] = {}
        self._named: dict[tuple[int, str, bool], list[KindAndName]] = {}

    def groups(
        self, rng: random.Random, teacher: Teacher, categories: CategorySet, wanted: int, term_id: int
    ) -> list[KindAndName]:
        """Return kind and name of each group of one course, no name twice."""
        usual = self._usual(teacher, categories, fall=term_id == CURRENT_TERM)
        retired = rng.random() < WITH_A_RETIRED_GROUP
        chosen = usual[: wanted - retired]
        for place, (kind, _) in enumerate(chosen):
            if rng.random() < BY_THE_WAY:
                chosen[place] = (kind, rng.choice(self._variants(teacher, kind)))
        if retired:
            chosen.append((RETIRED_KIND, rng.choice(self.names.retired_styles).format(name=rng.choice(usual)[1])))
        taken: dict[str, str] = {}
        for place, (kind, name) in enumerate(chosen, start=1):
            taken[name if name not in taken else f"{name} {place}"] = kind
        return [(kind, name) for name, kind in taken.items()]

    def _usual(self, teacher: Teacher, categories: CategorySet, fall: bool) -> list[KindAndName]:
        """Return what a teacher would name the groups of a course that needs as many as there can be."""
        key = (teacher.id, categories.name, fall)
        if key not in self._named:
            habit = self._habits.get(teacher.id) or self._habits.setdefault(teacher.id, self._habit(teacher))
            plain = [*categories.named_as_titles] if habit.named_as_categories else []
            known = {name for _, name in plain}
            plain += [(kind, name) for kind, name in habit.plain if name not in known]
            self._named[key] = [
                (kind, _styled(name, habit.style, place, fall))
                for place, (kind, name) in enumerate(plain[:MOST_GROUPS])
            ]
        return self._named[key]

    def _habit(self, teacher: Teacher) -> Habit:
        rng = random.Random(f"{self.seed}/habit/{teacher.id}")
        first, *others = self.names.kinds_of_work[teacher.school.level, teacher.subject]
        later = others[2:]
        rng.shuffle(later)
        kinds = [first, *others[:2], *later]
        for kind, share in NOT_EVERYWHERE.items():
            if rng.random() < share:
                kinds.insert(rng.randint(3, 6), kind)
        named: dict[str, str] = {}
        for kind in [*kinds, *kinds]:
            variants = [name for name in self._variants(teacher, kind) if name not in named]
            if variants and len(named) < MOST_GROUPS:
                named[variants[0] if rng.random() < USUAL_NAME else rng.choice(variants)] = kind
        style = rng.choices(self.names.styles, self.names.style_shares)[0]
        plain = tuple((kind, name) for name, kind in named.items())
        return Habit(style, rng.random() < NAMED_AS_CATEGORIES, plain)

    def _variants(self, teacher: Teacher, kind: str) -> list[str]:
        """Return the names for a kind of work that somebody of this subject and level would think of."""
        scopes = ("", teacher.subject, teacher.school.level)
        return [name for scope, name in self.names.group_names[kind] if scope in scopes]


def _styled(name: str, style: str, place: int, fall: bool) -> str:
    """Return a name as a teacher of that style writes it; a title that states its weight stays as it is."""
    if style == "{name}" or "%" in name:
        return name
    return style.format(
        name=name,
        capitals=name.upper(),
        small=name.lower(),
        place=place + 1,
        weight=WEIGHTS[place],
        points=WEIGHTS[place] * 10,
        quarter=1 if fall else 3,
        semester=1 if fall else 2,
    )
