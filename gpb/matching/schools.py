"""Which sub-account of Canvas is a school: GPB_SCHOOL_LEVEL, or what the accounts themselves show.

A district may have its schools directly below the root, in a folder of its own, or by regions, and departments below
them. The setting is a number (that level below the account of GPB_CANVAS_ACCOUNT), ``leaf`` (the account in which a
course lies), or a list of accounts by id, SIS id or name. Without it, in this order: accounts with a SIS id, of which
none lies in another; accounts named like schools; else the level below which accounts only divide schools.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from gpb.errors import SettingsError

LEAF = "leaf"
DISTRICT = "District"
"""Where a course lies in no school."""
FEW = 0.1
"""A share of the courses that is no evidence."""
NAMED = 0.8
"""By so large a share of the courses names tell."""
MANUAL = "manually-created courses"
"""Canvas makes an account of this name in every root account."""
_SCHOOL = re.compile(r"\b(?:school|high|middle|elementary|primary|secondary|intermediate|academy|charter|prep)\b", re.I)
_OTHER = re.compile(r"schools\b|\b(?:division|region|area|zone|district|dep(?:artmen)?t)\b", re.I)
_DEPARTMENT = re.compile(
    r"\b(?:dep(?:artmen)?t|faculty|math\w*|science|english|history|arts?|music|languages?|studies|education|esl|cte)\b",
    re.I,
)


@dataclass(frozen=True)
class Place:
    """A sub-account: what of it tells a school."""

    id: int
    name: str
    parent: int | None
    sis_id: str | None = None


@dataclass(frozen=True)
class Schools:
    """The school of every account (by account id; others lie in none), all schools, and by what they were found."""

    names: Mapping[int, str]
    all: tuple[str, ...]
    found_by: str

    def of(self, account_id: int) -> str:
        """The school of a course that lies in this account."""
        return self.names.get(account_id, DISTRICT)


def read_level(text: str) -> str:
    """The setting as it was written; raises ValueError with the rest of a sentence where it is none."""
    if text.lstrip("+-").isdecimal() and not (text.isdecimal() and int(text)):
        raise ValueError("must be a level from 1, leaf, or a list of accounts separated by commas")
    return text


def find_schools(places: Iterable[Place], root: int, level: str, courses: Iterable[int]) -> Schools:
    """The schools among the accounts below ``root``; ``courses`` are the accounts of the courses, once for each.

    Raises SettingsError where the setting names an account that is not there.
    """
    tree = _Tree({place.id: place for place in places}, root, Counter(courses))
    if not level:
        chosen, found_by = tree.found()
    elif level == LEAF:
        chosen, found_by = {one: one for one in tree.paths}, "the account in which a course lies"
    elif level.isdecimal() and not (int(level) > tree.deepest and int(level) in tree.places):
        chosen, found_by = tree.at(int(level)), f"level {level} below the account"
    else:
        chosen, found_by = tree.within(tree.listed(level)), "the accounts that the setting lists"
    names = tree.named(chosen)
    return Schools(names, tuple(dict.fromkeys(names[one] for one in tree.lowest(chosen))), found_by)


@dataclass(frozen=True)
class _Tree:
    places: Mapping[int, Place]
    root: int
    courses: Counter[int]

    @cached_property
    def paths(self) -> dict[int, list[int]]:
        """The way to every account from the one directly below the root; a circle ends where it closes."""
        found = {}
        for identifier in self.places:
            way = [identifier]
            while (parent := self.places[way[0]].parent) in self.places and parent not in {self.root, *way}:
                way.insert(0, parent)  # type: ignore[arg-type]  # it is among the places
            found[identifier] = way
        return found

    @cached_property
    def deepest(self) -> int:
        return max(map(len, self.paths.values()), default=0)

    def at(self, depth: int) -> dict[int, int]:
        """For every account the one on its way at this depth, itself where it lies higher."""
        return {one: way[min(depth, len(way)) - 1] for one, way in self.paths.items()}

    def within(self, schools: set[int], otherwise: int | None = None) -> dict[int, int]:
        """For every account the nearest of the schools on its way, else that at the depth ``otherwise``."""
        by_depth = self.at(otherwise) if otherwise is not None else {}
        nearest = {
            one: next((place for place in reversed(way) if place in schools), by_depth.get(one))
            for one, way in self.paths.items()
        }
        return {one: school for one, school in nearest.items() if school is not None}

    def listed(self, level: str) -> set[int]:
        """The accounts that a list names; raises SettingsError for one that is not there."""
        found: set[int] = set()
        for entry in filter(None, map(str.strip, level.split(","))):
            named = {
                one.id
                for one in self.places.values()
                if entry in (str(one.id), one.sis_id) or entry.casefold() == one.name.strip().casefold()
            }
            if not named:
                raise SettingsError(
                    f"The setting GPB_SCHOOL_LEVEL names {entry}, which is no sub-account in Canvas. Use account ids, "
                    "SIS ids or names, separated by commas; the Connections page shows them."
                )
            found |= named
        return found

    def named(self, chosen: Mapping[int, int]) -> dict[int, str]:
        """The names of the chosen accounts; where two are equal, with the account above or their ids."""
        names = {school: self.places[school].name for school in set(chosen.values())}
        for more in (self._above, str):
            twice = Counter(names.values())
            names = {one: name if twice[name] == 1 else f"{name} ({more(one)})" for one, name in names.items()}
        return {one: names[school] for one, school in chosen.items()}

    def lowest(self, chosen: Mapping[int, int]) -> list[int]:
        """Those of the chosen accounts that stand for schools: they hold none of the others, and lie no higher."""
        schools = sorted(set(chosen.values()))
        held = {above for school in schools for above in self.paths[school][:-1]}
        found = [school for school in schools if school not in held]
        usual = Counter(len(self.paths[school]) for school in found).most_common(1)
        return [school for school in found if len(self.paths[school]) >= usual[0][0]]

    def _above(self, school: int) -> str:
        way = self.paths[school]
        return self.places[way[-2]].name if len(way) > 1 else DISTRICT

    def found(self) -> tuple[dict[int, int], str]:
        """The schools by what the accounts show, and by what they were found."""
        with_id = {one for one in self.paths if self.places[one].sis_id}
        if len(with_id) > 1 and not any(self._contains(one, with_id) for one in with_id):
            depth, _ = Counter(len(self.paths[one]) for one in with_id).most_common(1)[0]
            return self.within(with_id, depth), "accounts with a SIS ID"
        names = {one for one in self.paths if _is_school(self.places[one].name)}
        top = {one for one in names if not names & set(self.paths[one][:-1])}
        if len(top) > 1 and self._below(top) >= NAMED * self.courses.total():
            depth, _ = Counter(len(self.paths[one]) for one in top).most_common(1)[0]
            topmost = {one: next((way for way in self.paths[one] if way in top), None) for one in self.paths}
            by_depth = self.at(depth)
            return {one: place or by_depth[one] for one, place in topmost.items()}, "accounts named like schools"
        depth = 1
        while depth < self.deepest and self._only_divides(depth):
            depth += 1
        return self.at(depth), f"level {depth} below the account"

    def _contains(self, account: int, others: set[int]) -> bool:
        return any(account in self.paths[other][:-1] for other in others)

    def _below(self, accounts: set[int]) -> int:
        """The number of courses in these accounts and in those below them."""
        return sum(number for one, number in self.courses.items() if accounts & set(self.paths.get(one, ())))

    def _only_divides(self, depth: int) -> bool:
        """Whether the accounts at this depth hold no courses themselves, and what is below them looks like schools."""
        here = [one for one, way in self.paths.items() if len(way) == depth and not self._is_manual(one)]
        below = [one for one, way in self.paths.items() if len(way) == depth + 1]
        parents = {self.paths[one][-2] for one in below}
        own = sum(number for one, number in self.courses.items() if one in here)
        names = [self.places[one].name.strip().casefold() for one in below]
        departments = sum(bool(_DEPARTMENT.search(name)) for name in names)
        if own > FEW * self.courses.total() or 2 * departments >= len(names):
            return False
        if len(parents) > 1:
            # schools in different regions may share a name, departments of different schools do
            return 3 * len(set(names)) > 2 * len(names) and len(here) - len(parents) < len(parents)
        others = len(here) - len(parents)
        is_folder = len(below) > others if depth > 1 else len(below) >= others
        return is_folder and self._below(parents) >= (1 - FEW) * self.courses.total()

    def _is_manual(self, account: int) -> bool:
        return self.places[account].name.strip().casefold() == MANUAL


def _is_school(name: str) -> bool:
    """Whether a name is that of one school: a word for schools, and at least one more."""
    return bool(_SCHOOL.search(name)) and not _OTHER.search(name) and len(name.split()) > 1
