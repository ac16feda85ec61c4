"""Sections that are not listed again: Canvas tells them (``gpb.api.graphql``) as an earlier reading had listed them.

So the first Refresh of a day asks once for each course in place of twice. What is told of a section is what is kept of
it (``section_type.rb``: id, name, SIS id), but for the course that it came from; as long as it stays in its course that
does not change (``app/models/course_section.rb``: ``crosslist_to_course`` and ``uncrosslist`` move it).

Nothing of this is promised by Canvas, so each day the sections of other courses are listed all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import pandas as pd

from gpb.api.graphql import Mark
from gpb.api.types import Section

DAYS = 8
"""Within so many days of Refreshes the sections of each course are listed."""


class KnownSections:
    """Of the term that ``scope`` names, those of ``tables`` without the courses that are ``unread`` there.

    ``today`` is the day in the district's zone.
    """

    def __init__(self, scope: str, tables: Mapping[str, pd.DataFrame], unread: Collection[int], today: date) -> None:
        self.scope = scope
        self._listed: dict[int, list[tuple[int, str, str | None, int | None]]] = {}
        sections = tables["sections"]
        columns = sections[["section_id", "section", "sis_section_id", "origin_course_id"]].astype(object)
        rows = columns.where(columns.notna(), None).itertuples(index=False, name=None)
        for course_id, row in zip(sections["course_id"].tolist(), rows, strict=True):
            if course_id not in unread and course_id % DAYS != today.toordinal() % DAYS:
                self._listed.setdefault(course_id, []).append(row)

    def of(self, course_id: int, mark: Mark | None) -> list[Section] | None:
        """The sections of a course; None where they have to be listed."""
        listed = self._listed.get(course_id)
        if listed is None or mark is None or mark.sections != frozenset(row[:3] for row in listed):
            return None
        return [_section(course_id, *row) for row in listed]


def _section(course_id: int, section_id: int, name: str, sis_id: str | None, origin: int | None) -> Section:
    section: Section = {"id": section_id, "name": name, "course_id": course_id, "nonxlist_course_id": origin}
    if sis_id is not None:  # Canvas leaves it out, too, where the token's user may not see it
        section["sis_section_id"] = sis_id
    return section
