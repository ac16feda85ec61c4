"""Sections that are not listed: Canvas tells those of a hundred courses in one reply (``gpb.api.graphql``).

So a reading of all courses asks once for each course in place of twice. What is told of a section is what is kept of it
(``section_type.rb``: id, name, and the SIS id with the right that the list wants, too), but for the course that it came
from: that is known where the section was listed before, as it does not change as long as the section stays in its
course (``app/models/course_section.rb``: ``crosslist_to_course`` and ``uncrosslist`` move it). Where something hangs on
it, it is asked for, see ``origins``.

Nothing of this is promised by Canvas, so each day the sections of other courses are listed all the same, and of a few
in any reading; where they are not those that are told, all are listed (``Read.require_as_told``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import pandas as pd

from gpb.api.graphql import Mark
from gpb.api.types import Section

DAYS = 8
"""Within so many days of Refreshes the sections of each course are listed."""
PROOFS = 5
"""Courses of which they are listed in any reading, also of the smallest district: those that are asked for first."""


class ToldSections:
    """``tables`` are those of the last reading, and ``unread`` its unread courses; ``today`` is by the district's zone.

    Where that was of another term, none of the courses is in there.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame] | None, unread: Collection[int], today: date) -> None:
        self._unread = frozenset(unread)
        self._today = today
        self._proofs: set[int] = set()
        self._before: dict[int, list[tuple[int, str, str | None, bool, int | None]]] = {}
        columns = ["section_id", "section", "sis_section_id", "origin_known", "origin_course_id"]
        if tables is not None:
            known = tables["sections"][columns].astype(object)
            rows = known.where(known.notna(), None).itertuples(index=False, name=None)
            for course_id, row in zip(tables["sections"]["course_id"].tolist(), rows, strict=True):
                self._before.setdefault(course_id, []).append(row)

    def is_listed(self, course_id: int) -> bool:
        """Whether the sections of a course are listed on this day in any case."""
        return course_id in self._unread or course_id % DAYS == self._today.toordinal() % DAYS

    def of(self, course_id: int, mark: Mark | None) -> list[Section] | None:
        """The sections of a course; None where they have to be listed.

        Also where none has a SIS id, or there is none at all: only a list shows whether Canvas hides them.
        """
        if mark is None or self.is_listed(course_id) or not any(sis_id for _, _, sis_id in mark.sections):
            return None
        if course_id in self._proofs or len(self._proofs) < PROOFS:
            self._proofs.add(course_id)
            return None
        before = self._before.get(course_id)
        if before is None:
            return [_section(course_id, *told) for told in mark.sections]
        is_same = frozenset(row[:3] for row in before) == frozenset(mark.sections)
        return [_section(course_id, *row) for row in before] if is_same else None


def _section(
    course_id: int, section_id: int, name: str, sis_id: str | None, is_known: bool = False, origin: int | None = None
) -> Section:
    section: Section = {"id": section_id, "name": name, "course_id": course_id}
    if is_known:
        section["nonxlist_course_id"] = origin
    if sis_id is not None:  # Canvas leaves it out, too, where the token's user may not see it
        section["sis_section_id"] = sis_id
    return section
