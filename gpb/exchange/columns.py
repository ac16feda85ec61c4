"""The columns of a spreadsheet that are read, and how to tell its header from the lines around it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from gpb.errors import InputError

IDS = ("group_id", "section_id")
WISHES = ("category_id", "category")
NAMES = ("sis_section_id", "section", "group", "course_id", "course")
"""Columns that say in other words which row a line is about."""
EXPORTED = {"category_id": "exported_category_id", "category": "exported_category"}
REFERENCE = "exported_reference"
COLUMNS = (
    *(*IDS, *WISHES, *NAMES, *EXPORTED.values(), REFERENCE),
    *("status", "changed", "category_in_canvas", "snapshot", "read_at"),
)
"""What is read of a file; every other column belongs to the person."""
ALSO_CALLED = {
    "group_id": ("assignmentgroupid", "canvasgroupid", "canvasassignmentgroupid"),
    "section_id": ("canvassectionid",),
    "category": ("siscategory", "focuscategory", "newcategory", "gradingcategory"),
    "category_id": ("siscategoryid", "focuscategoryid", "newcategoryid", "gradingcategoryid"),
    "group": ("assignmentgroup",),
    "section": ("sissection", "sectionname"),
    "sis_section_id": ("sisid", "sectionsisid"),
    "course": ("coursename",),
}
"""Letters of other names, as Canvas, its reports and our pages have them; they count where the column is not there."""
LONGEST_NAME, MOST_NAMED = 30, 12
"""Of the columns that a message lists."""
MAX_ABOVE = 100
"""The header stands within the first so many lines."""


@dataclass(frozen=True)
class Header:
    """What the header of a kind of file looks like: the columns that are read, and those that it has to have.

    ``needed`` has groups of columns, of each of which one at least must be there; ``also`` other names by column.
    """

    columns: tuple[str, ...]
    needed: tuple[tuple[str, ...], ...]
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _by_letters(self) -> dict[str, str]:
        return {name.replace("_", ""): name for name in self.columns}

    def column_name(self, cell: str) -> str:
        """The column that a cell of the header names; letter case, blanks, hyphens, underscores make no difference."""
        return self._by_letters.get(letters(cell), cell.strip().casefold())

    def names(self, cells: Sequence[str]) -> list[str]:
        """The columns that the cells of a header name; one by another name only where the column itself is missing."""
        names = [self.column_name(cell) for cell in cells]
        for column, others in self.also.items():
            if column not in names:
                names = [column if letters(name) in others else name for name in names]
        return names

    def is_header(self, names: Sequence[str]) -> bool:
        """Whether these columns are enough to tell what a line is about, and what is wanted for it."""
        return all(not set(some).isdisjoint(names) for some in self.needed)

    def known(self, names: Sequence[str]) -> int:
        """How many of the columns are read."""
        return len(set(names) & set(self.columns))

    def check_twice(self, names: Sequence[str], number: int) -> None:
        """Raise InputError where a column that is read is there twice; ``number`` is the line of the header."""
        for name, times in Counter(names).items():
            if times > 1 and name in self.columns:
                places = [str(place) for place, other in enumerate(names, 1) if other == name]
                raise InputError(
                    f"Line {number}: the column {name} appears {times} times in the file (as column "
                    f"{', '.join(places)}). Keep only the one that you want to import."
                )


def letters(cell: str) -> str:
    """A cell of a header without letter case, blanks and marks."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", cell).casefold()))


ASSOCIATIONS = Header(COLUMNS, (*((name,) for name in IDS), WISHES), ALSO_CALLED)
is_header, known = ASSOCIATIONS.is_header, ASSOCIATIONS.known


def check_header(names: Sequence[str], number: int) -> None:
    """Raise InputError where a column is missing, or there twice; ``number`` is the line of the header."""
    if not is_header(names):
        missing = [name for name in IDS if name not in names]
        needed = " and no column ".join(missing) or "category_id or category"
        told = ", ".join(f"“{name[:LONGEST_NAME]}”" for name in names[:MOST_NAMED] if name)
        there = f" Line {number} has the columns {told}: if one of them is meant, give it that name." if told else ""
        raise InputError(f"The file has no column {needed}.{there} Or export a file, and edit that one.")
    ASSOCIATIONS.check_twice(names, number)
