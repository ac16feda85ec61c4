"""How many sections and groups each course of a term gets, so that a term's totals come out exactly.

The aim per 250 courses: 600 Canvas sections and 4,000 rows, one row being an assignment group times a section with
a SIS id.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

SECTIONS_PER_COURSE = 2.4
ROWS_PER_COURSE = 16
FEWEST_GROUPS, MOST_GROUPS = 3, 12
MOST_SECTIONS = 6
SECTION_COUNTS = (1, 2, 3, 4, 5)
SECTION_WEIGHTS = (25, 35, 22, 12, 6)


@dataclass(slots=True)
class CourseSize:
    """One course: `sections` holds `known`, `unknown` (to Focus) or `null` (no SIS id) for each section."""

    sections: list[str] = field(default_factory=list)
    groups: int = 0

    @property
    def sis_sections(self) -> int:
        """The number of sections with a SIS id, hence the rows of each group."""
        return sum(kind != "null" for kind in self.sections)


def plan_sizes(rng: random.Random, courses: int, sections: int, rows: int, odd: bool) -> list[CourseSize]:
    """Return the sizes of `courses` courses that hold so many sections and rows together, or as near as can be.

    `odd` mixes in sections with an unknown or null SIS id.
    """
    counts = rng.choices(SECTION_COUNTS, SECTION_WEIGHTS, k=courses)
    _settle_sections(rng, counts, sections)
    sizes = []
    for count in counts:
        kinds = ["known"] * count
        if odd and count > 1 and rng.random() < 0.08:
            kinds[-1] = rng.choice(("unknown", "null"))
        sizes.append(CourseSize(kinds, rng.randint(5, 8)))
    _settle_rows(rng, sizes, rows)
    return sizes


def _settle_sections(rng: random.Random, counts: list[int], wanted: int) -> None:
    """Move single counts up or down until they add up to what is wanted."""
    missing = wanted - sum(counts)
    step = 1 if missing > 0 else -1
    moved = True
    while missing and moved:
        moved = False
        for index in rng.sample(range(len(counts)), len(counts)):
            if missing and 1 <= counts[index] + step <= MOST_SECTIONS:
                counts[index] += step
                missing -= step
                moved = True


def _settle_rows(rng: random.Random, sizes: list[CourseSize], wanted: int) -> None:
    """Give or take single groups, in wide courses first, until the rows add up to what is wanted."""
    missing = wanted - sum(size.groups * size.sis_sections for size in sizes)
    step = 1 if missing > 0 else -1
    order = rng.sample(sizes, len(sizes))
    order.sort(key=lambda size: -size.sis_sections)
    moved = True
    while missing and moved:
        moved = False
        for size in order:
            if size.sis_sections <= abs(missing) and FEWEST_GROUPS <= size.groups + step <= MOST_GROUPS:
                size.groups += step
                missing -= step * size.sis_sections
                moved = True
