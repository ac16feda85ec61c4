"""When each course was read and by which mark, and whether a mark has ever failed to tell of a change.

Each course that is read although its mark has not moved is a proof: of all in a full reading, of a few in between. What
is otherwise there without another mark is doubted. Canvas may tell it late, and it may have come while we were reading,
so the mark has time to move; if it has not after ``LATE``, the change was missed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import pandas as pd

from gpb.frames import schemas
from gpb.term.changed.look import Look

LATE = timedelta(minutes=65)
"""Canvas may repeat a reply for an hour. By the clock of this machine: where it jumps, the marks may be given up too
early."""
OF_SECTIONS = ("section_id", "course_id", "section", "sis_section_id")
OF_GROUPS = ("group_id", "course_id", "group", "position", "weight", "sis_source_id", "integration_data")
Tables = Mapping[str, pd.DataFrame]


def course_reads(
    look: Look, read: Mapping[int, timedelta], inside: Mapping[int, Collection[int]], kept: pd.DataFrame | None
) -> pd.DataFrame:
    """The table of that name: courses that were read now, and those that were kept.

    ``read`` tells of each how long before the look it was read already, by a reading that was cut short: nobody has
    seen its mark before that. ``inside`` are the ids of the sections and groups that were read of it: where they are
    others than those of the mark, as where a list came empty, the mark vouches for nothing.
    """
    rows = [
        (course_id, look.at - before, _mark(look, course_id, inside.get(course_id, ())) if not before else "", pd.NaT)
        for course_id, before in read.items()
    ]
    made = schemas.COURSE_READS.validate(pd.DataFrame(rows, columns=list(schemas.COURSE_READS.columns)))
    both = made if kept is None or kept.empty else pd.concat([made, kept], ignore_index=True)
    return schemas.COURSE_READS.validate(both)


def _mark(look: Look, course_id: int, inside: Collection[int]) -> str:
    return look.told(course_id) if look.vouches(course_id, inside) else ""


def seen_before(tables: Tables) -> pd.DataFrame:
    """``course_reads`` with a number that stands for the rows of each course, in the column ``rows``."""
    return tables["course_reads"].merge(_numbers(tables).rename("rows"), left_on="course_id", right_index=True)


def with_doubts(before: pd.DataFrame, tables: Tables, now: datetime) -> tuple[pd.DataFrame, list[int]]:
    """``course_reads`` of a reading with what is to be doubted, and the courses of which a change was missed.

    ``before`` is ``seen_before`` of the snapshot that was the last one when the reading began.
    """
    reads = tables["course_reads"]
    both = seen_before(tables).merge(before, on="course_id", suffixes=("", "_before"))
    both = both.loc[
        both["mark"].ne("") & both["mark"].eq(both["mark_before"]) & both["read_at"].gt(both["read_at_before"])
    ]
    both = both.loc[both["doubted_at_before"].notna() | both["rows"].ne(both["rows_before"])]
    since = both["doubted_at_before"].fillna(pd.Timestamp(now))
    is_missed = both["doubted_at_before"].notna() & (pd.Timestamp(now) - since).ge(LATE)
    doubted = pd.DataFrame({"course_id": both["course_id"], "doubted_at": since})[~is_missed]
    marked = reads.drop(columns="doubted_at").merge(doubted, on="course_id", how="left")
    return schemas.COURSE_READS.validate(marked), both.loc[is_missed, "course_id"].tolist()


def _numbers(tables: Tables) -> pd.Series[int]:
    """What stands for the rows of each course that a mark vouches for; course ids are the index.

    The class of a section is for Focus to decide, and neither the course that it came from nor every change of
    assignments is told (``gpb.api.graphql``).
    """
    parts = [_of_each(tables["sections"][list(OF_SECTIONS)]), _of_each(tables["groups"][list(OF_GROUPS)])]
    every = pd.concat(parts).groupby(level=0).sum()
    return every.reindex(tables["course_reads"]["course_id"].unique(), fill_value=0)


def _of_each(table: pd.DataFrame) -> pd.Series[int]:
    rows = pd.util.hash_pandas_object(table, index=False)
    return rows.groupby(table["course_id"].to_numpy()).sum()


def missed_sentence(courses: Collection[int]) -> str:
    """Why a Refresh reads everything from now on."""
    return (
        f"Canvas did not tell that something had changed in course {_few(courses)}, and a full Refresh found it. So "
        "every Refresh reads all courses now."
    )


def otherwise_sentence(courses: Collection[int]) -> str:
    """The same where the sections of courses that were listed are not those that were told."""
    return (
        f"Canvas told other sections of course {_few(courses)} than it lists. So every Refresh reads and lists all "
        "courses now."
    )


def _few(courses: Collection[int]) -> str:
    few = ", ".join(str(one) for one in sorted(courses)[:3])
    return few + (f" and {len(courses) - 3:,} more" if len(courses) > 3 else "")
