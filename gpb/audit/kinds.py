"""What a kind of finding is, and the list of all kinds.

A kind is a function from ``Evidence`` to lines, one per case, under the decorator ``finding``, which gives it its name,
its severity, the person who can fix it, and the way out. The modules beside this one hold them by what they look at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

import numpy as np
import pandas as pd

from gpb.audit.evidence import Evidence
from gpb.frames.rows.coded import taken

LOST, AT_RISK, NOTE = "lost", "at risk", "note"
SEVERITIES = (LOST, AT_RISK, NOTE)
"""Lost: scores will not arrive. At risk: they may not, or arrive where nobody chose. Note: worth a look."""

Cases = Callable[[Evidence], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding.

    ``level`` names the id columns that, with ``name``, make a finding the same one in the next snapshot; one that has a
    ``run`` is so for that run alone. ``cases`` gives a frame with the columns of its level, ``sentence`` and
    ``assignments``, ``severity`` where it differs from case to case, and ``run`` where a run confirmed something else.
    """

    name: str
    title: str
    severity: str
    who: str
    remedy: str
    level: tuple[str, ...]
    cases: Cases

    @property
    def meaning(self) -> str:
        """When it holds, for people: the first line of the function's docstring."""
        return (self.cases.__doc__ or "").strip().partition("\n")[0]


KINDS: dict[str, Kind] = {}
TERM: tuple[str, ...] = ()
ROW, GROUP, SECTION, COURSE, CLASS, OBJECT = (
    ("group_id", "section_id"),
    ("group_id",),
    ("section_id",),
    ("course_id",),
    ("class_id",),
    ("object",),
)


def finding(title: str, *, severity: str, who: str, remedy: str, level: tuple[str, ...]) -> Callable[[Cases], Cases]:
    """Enter a function into ``KINDS`` under its own name."""

    def enter(cases: Cases) -> Cases:
        name = cases.__name__
        KINDS[name] = Kind(name, title, severity, who, remedy, level, cases)
        return cases

    return enter


def by_weight(cases: pd.DataFrame) -> pd.Series[str]:
    """Severity of cases that lose scores as soon as assignments hang on them, as far as that is known."""
    return pd.Series(AT_RISK, index=cases.index, dtype="str").mask(cases["assignments"].gt(0).fillna(False), LOST)


def number_of(counts: pd.Series[int], one: str = "assignment") -> pd.Series[str]:
    """``1 assignment``, ``4 assignments``, ``no assignments``, ``an unknown number of assignments``, by row."""
    place, numbers = pd.factorize(counts.astype("Int64"))
    texts = [f"{number or 'no'} {one}{'' if number == 1 else 's'}" for number in numbers.tolist()]
    return taken([*texts, f"an unknown number of {one}s"], np.where(place < 0, len(texts), place), counts.index)


def days(moments: pd.Series[str], zone: tzinfo | None) -> pd.Series[str]:
    """``2026-11-23`` of each ISO 8601 text, in the district's zone (None: this machine's); missing ones stay so."""
    return moments.map(lambda one: f"{datetime.fromisoformat(one).astimezone(zone):%Y-%m-%d}", na_action="ignore")
