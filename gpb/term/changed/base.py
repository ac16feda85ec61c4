"""What a Refresh of what has changed begins with: the last snapshot, of which the rows of unmoved courses stay."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from gpb.frames.tables import class_ids
from gpb.frames.unread import Kind, numbers
from gpb.term.changed.look import Look

MOST = 0.25
"""Where a larger share of the courses has moved, all are read: that takes little longer, and is of one time."""
Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Base:
    """The tables of the last snapshot of a scope, with all that runs wrote; ``always`` are courses to be read anyway.

    Those are courses with drafts, and those that runs wrote to since all was read.
    """

    scope: str
    tables: Tables
    always: frozenset[int]
    section_key: str
    whole_at: datetime | None

    def unmoved(self, look: Look, courses: Sequence[int]) -> frozenset[int]:
        """Which of these courses need not be read: nothing speaks for a change; none where too many have moved."""
        reads = self.tables["course_reads"]
        trusted = reads.loc[reads["doubted_at"].isna() & reads["mark"].ne("")]
        marks = dict(zip(trusted["course_id"], trusted["mark"], strict=True))
        read_anyway = self.always | with_unread(self.tables)
        stay = frozenset(
            one for one in courses if one in marks and one not in read_anyway and look.told(one) == marks[one]
        )
        return stay if len(courses) - len(stay) <= MOST * len(courses) else frozenset()

    def kept(self, courses: Collection[int]) -> dict[str, pd.DataFrame]:
        """The sections, groups and assignments of these courses, as they were read."""
        sections = _of(self.tables["sections"], "course_id", courses)
        sections = sections.assign(class_id=class_ids(sections, self.section_key))
        groups = _of(self.tables["groups"], "course_id", courses)
        assignments = _of(self.tables["assignments"], "group_id", groups["group_id"])
        return {"sections": sections, "groups": groups, "assignments": assignments}

    def reads(self, courses: Collection[int]) -> pd.DataFrame:
        """When these courses were read, see ``schemas.COURSE_READS``."""
        return _of(self.tables["course_reads"], "course_id", courses)


def with_unread(tables: Tables) -> frozenset[int]:
    """Courses that could not be read, and those with an object that could not."""
    unread = tables["unread"]
    return frozenset(unread["course_id"].dropna().astype("int64")) | numbers(unread, Kind.COURSE)


def _of(table: pd.DataFrame, column: str, wanted: Collection[int] | pd.Series[int]) -> pd.DataFrame:
    return table.loc[table[column].isin(list(wanted))].reset_index(drop=True)
