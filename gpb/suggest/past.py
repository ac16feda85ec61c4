"""What earlier terms say: the same teacher's same group by title, and work like it in the school and the district."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from gpb.suggest.by_name import Tier
from gpb.suggest.patterns import Cells, distinct, normalised
from gpb.suggest.schemas import Source
from gpb.suggest.voices import Heard, Voice, counted, most

Cases = dict[Hashable, Counter[str]]
ENOUGH, SEVERAL = 3, 2
"""Fewer cases of others, or those of fewer teachers, are a question at best: one teacher's habit is no policy."""


def _cases() -> Cases:
    return defaultdict(Counter)


@dataclass(frozen=True)
class Past:
    """The cases of earlier terms, by what they may be asked for; made once, asked for every reading."""

    by_course: Cases = field(default_factory=_cases)
    by_teacher: Cases = field(default_factory=_cases)
    by_title: Cases = field(default_factory=_cases)
    by_school: Cases = field(default_factory=_cases)
    everywhere: Cases = field(default_factory=_cases)
    terms: dict[Hashable, set[str]] = field(default_factory=lambda: defaultdict(set))
    teachers: dict[Hashable, set[str]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Past:
        """From ``schemas.PAST``."""
        made = cls()
        names = {name: normalised(name) for name in frame["group"].unique()}
        columns = ["term", "school", "teacher", "course", "group", "titles", "category", "rows"]
        lines = zip(*(frame[column].tolist() for column in columns), strict=True)  # Arrow's own iteration is slow
        for term, school, teacher, course, name, titles, title, rows in lines:
            group = names[name]
            if teacher:
                mine = (school, teacher, group)
                made.by_course[*mine, titles, course][title] += rows
                made.by_teacher[*mine, titles][title] += rows
                made.by_title[mine][title] += rows
                made.terms[mine].add(term)
            made.by_school[group, titles, school][title] += rows
            made.teachers[group, titles, school, title].add(teacher)
            made.everywhere[group, titles][title] += rows
        return made

    def of_teacher(self, cells: Cells, place: int) -> Voice | None:
        """The same teacher's same-named group: in this course, else with these titles, else by title."""
        school, teacher, course = (cells.text(name, place) for name in ("school", "teacher", "course"))
        mine, key = (school, teacher, cells.group(place)), cells.set_key(place)
        if mine not in self.by_title:
            return None
        when = " and ".join(sorted(self.terms[mine]))
        claim = f"the same teacher had it in {{title}} before ({{cases}} of {{of}} {{rows}}, {when})"
        for cases in (self.by_course.get((*mine, key, course)), self.by_teacher.get((*mine, key))):
            if cases:
                return counted(Source.LAST_TERM, cases, Tier.A, claim)
        valid = cells.titles(place)
        known = {title: number for title, number in self.by_title[mine].items() if title in valid}
        return counted(Source.LAST_TERM, known, Tier.B, f"{claim}, beside other categories") if known else None

    def of_others(self, cells: Cells, place: int) -> Voice | None:
        """Groups like this in the same school, else in others; few of them, or other schools, are a question."""
        group, key, school = cells.group(place), cells.set_key(place), cells.text("school", place)
        own = self.by_school.get((group, key, school))
        if own:
            title = most(own)
            people = len(self.teachers[group, key, school, title])
            best = Tier.B if own[title] >= ENOUGH and people >= SEVERAL else Tier.C
            by = f"by {people:,} teachers" if people != 1 else "by one teacher"
            claim = f"{{cases}} of {{of}} like this in this school {{were}} in {{title}} before ({by})"
            return counted(Source.PAST_TERMS, own, best, claim)
        others = self.everywhere.get((group, key))
        claim = "{cases} of {of} like this in other schools {were} in {title} before"
        return counted(Source.PAST_TERMS, others, Tier.C, claim) if others else None


def last_term(cells: Cells, past: Past) -> Heard:
    """What the teacher of each row did."""
    columns = [cells.column(name).codes for name in ("school", "teacher", "course")]
    return Heard.of(distinct(cells.groups.codes, cells.sets.codes, *columns), partial(past.of_teacher, cells))


def past_terms(cells: Cells, past: Past) -> Heard:
    """What others did with work like that of each row."""
    lines = distinct(cells.groups.codes, cells.sets.codes, cells.column("school").codes)
    return Heard.of(lines, partial(past.of_others, cells))


def received(cells: Cells, past: Past) -> Heard:
    """What Focus received of the same teacher's group of this name: something to confirm, at best."""

    def speak(place: int) -> Voice | None:
        voice = past.of_teacher(cells, place)
        if voice is None:
            return None
        claim = "Focus received {cases} of {of} {rows} of the same teacher under {title}"
        return counted(Source.RECEIVED, voice.cases, max(voice.tier or Tier.B, Tier.B), claim)

    columns = [cells.column(name).codes for name in ("school", "teacher", "course")]
    return Heard.of(distinct(cells.groups.codes, cells.sets.codes, *columns), speak)
