"""What people have decided: for the district, a level of schools, a school or a course; the narrower decision wins."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd

from gpb.suggest.by_name import Tier
from gpb.suggest.normal import plain
from gpb.suggest.patterns import Cells, distinct
from gpb.suggest.schemas import Source
from gpb.suggest.voices import Heard, Voice

SCOPES = ("district", "level", "school", "course")
"""From the widest to the narrowest."""
_LEVELS = {
    "elementary": ("elementary", "primary", "k-5", "k-6", "k5", "k6"),
    "middle": ("middle", "junior high", "intermediate"),
    "high": ("high", "secondary"),
}


_SIGNS = re.compile(r"[\[?]")
"""They stand for themselves in the name of a course."""


def school_level(school: str) -> str:
    """``elementary``, ``middle`` or ``high``, as the school's name says; empty where it says nothing."""
    name = f" {plain(school)} "
    return next((level for level, said in _LEVELS.items() if any(f" {one} " in name for one in said)), "")


@lru_cache(maxsize=65_536)
def is_within(scope: str, value: str, *, school: str, course: str) -> bool:
    """Whether a scope covers a course of a school; a course is named in full, or by a pattern with ``*``."""
    if scope == "level":
        return value == school_level(school)
    if scope == "school":
        return plain(value) == plain(school)
    if scope == "course":
        return fnmatchcase(plain(course), _SIGNS.sub(r"[\g<0>]", plain(value)))
    return scope == "district"


@dataclass(frozen=True)
class _Decision:
    titles: str
    title: str | None
    scope: str
    value: str
    source: Source
    person: str
    made_at: str
    day: str

    @property
    def rank(self) -> tuple[int, bool]:
        """The narrower scope is before the wider one, one for these very titles before one for any."""
        return SCOPES.index(self.scope), self.titles != ""

    def order(self) -> tuple[object, ...]:
        """The narrower after the wider, then the newer after the older; no two that differ are equal."""
        told = (self.title or "", self.titles, self.value, self.person)
        return self.rank, self.made_at, self.source is Source.RULE, *told

    def claim(self) -> str:
        """What was decided, as a clause that stays true: it is kept with drafts, and a rule may be turned off."""
        where = {"district": "the whole district", "level": f"{self.value} schools"}.get(self.scope, self.value)
        title = f"“{self.title}”" if self.title is not None else "that it stays unassociated"
        how = "made the rule" if self.source is Source.RULE else "decided"
        return f"{title} was {how} for {where} by {self.person} on {self.day}"


def decided(cells: Cells, frame: pd.DataFrame, zone: tzinfo | None = None) -> Heard:
    """What decisions (``schemas.DECISIONS``) say about each row, with the days of a zone (None: this machine's)."""
    by_group = defaultdict[str, list[_Decision]](list)
    for line in frame.to_dict("records"):
        if line["scope"] in SCOPES:
            by_group[str(line["group"])].append(_decision(line, zone))
    is_concerned = np.array([group in by_group for group in cells.groups.values], dtype=bool)[cells.groups.codes]
    courses = distinct(*(cells.column(name).codes for name in ("school", "course")))[1]
    lines = distinct(
        np.where(is_concerned, cells.groups.codes, -1) + 1,
        np.where(is_concerned, cells.sets.codes, 0),
        np.where(is_concerned, courses, 0),
    )
    return Heard.of(lines, partial(_said, cells, by_group))


def _decision(line: Mapping[Hashable, Any], zone: tzinfo | None) -> _Decision:
    return _Decision(
        titles=str(line["titles"]),
        title=None if pd.isna(line["title"]) else str(line["title"]),
        scope=str(line["scope"]),
        value=str(line["scope_value"]),
        source=Source.RULE if line["kind"] == "rule" else Source.DECISION,
        person=str(line["person"]),
        made_at=str(line["made_at"]),
        day=f"{datetime.fromisoformat(line['made_at']).astimezone(zone):%Y-%m-%d}",
    )


def _said(cells: Cells, by_group: dict[str, list[_Decision]], place: int) -> Voice | None:
    found = by_group.get(cells.group(place), ())
    school, course = cells.text("school", place), cells.text("course", place)
    valid, key = cells.titles(place), cells.set_key(place)
    fitting = [
        one
        for one in found
        if one.titles in ("", key)
        and (one.title is None or one.title in valid)
        and is_within(one.scope, one.value, school=school, course=course)
    ]
    return _narrowest(fitting) if fitting else None


def _narrowest(fitting: Sequence[_Decision]) -> Voice:
    newest_first = sorted(fitting, key=_Decision.order, reverse=True)
    rank = newest_first[0].rank
    first, *rest = [one for one in newest_first if one.rank == rank]
    other = next((one for one in rest if one.title != first.title), None)
    if other is not None:
        return Voice(first.source, first.title or other.title, Tier.C, f"{first.claim()}, but {other.claim()}")
    wider = next((one for one in newest_first if one.title != first.title), None)
    claim = first.claim() if wider is None else f"{first.claim()}, though {wider.claim()}"
    return Voice(first.source, first.title, Tier.A, claim)
