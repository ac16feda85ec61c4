"""The declared columns and dtypes of every frame, checked where a frame is made or read.

Ids of Canvas are int64 (``Int64`` where they may be missing), ids of the SIS are text, and text is pandas' ``str``,
missing values being NaN. Times are UTC. A column with a default is younger than the first snapshots: where a file lacks
it, the default is read.
"""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from typing import Any

import pandas as pd
from pandera import dtypes
from pandera.engines import pandas_engine
from pandera.pandas import Column, DataFrameSchema


class Status(StrEnum):
    """Whether and where a row of the association frame is passed back."""

    SYNCHRONIZED = "Synchronized"
    UNASSOCIATED = "Unassociated"
    BROKEN = "Broken"
    NO_CATEGORIES = "No categories"
    NO_SIS_CLASS = "No SIS class"
    ELSEWHERE = "Elsewhere"


STATUSES = tuple(status.value for status in Status)
DISTRICT = "District"
"""The school of a course that lies in no sub-account."""


@pandas_engine.Engine.register_dtype
@dtypes.immutable
class Text(pandas_engine.DataType):
    """pandas' ``str``, known by the dtype alone: pandera's own type for text looks at each element once more."""

    type = pd.StringDtype("pyarrow", na_value=float("nan"))

    def __init__(self) -> None:
        super().__init__(self.type)

    def check(self, _: dtypes.DataType, data_container: Any = None) -> bool:
        """Whether the data are text."""
        return data_container is not None and data_container.dtype == self.type

    def __str__(self) -> str:
        return "str"


class Schema:
    """The columns of a frame, and pandera's check of them.

    What is as it shall be, or is so once cast, passes at once: pandera takes many times as long to say so.
    """

    def __init__(self, columns: dict[str, Column], **others: Any) -> None:
        self.columns = columns
        self._pandera = DataFrameSchema(columns, strict=True, coerce=True, ordered=True, **others)
        self._dtypes = [column.dtype.type for column in columns.values()]
        self._plain = {n: d for n, d in zip(columns, self._dtypes, strict=True) if d.kind != "M"}
        self._full = [name for name, column in columns.items() if not column.nullable]
        self._unique = [[name] for name, column in columns.items() if column.unique]
        self._unique += [others["unique"]] if "unique" in others else []

    def validate(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with these columns and dtypes; raises SchemaError where it cannot have them."""
        if [*frame.columns] == [*self.columns]:
            objects = {name: dtype for name, dtype in self._plain.items() if frame[name].dtype == object}
            with suppress(TypeError, ValueError, OverflowError):  # what cannot be cast pandera tells
                cast = frame.astype({n: d for n, d in objects.items() if d.kind != "b" or not frame[n].hasnans})
                if self._is_met(cast):
                    return cast
        return self._pandera.validate(frame)

    def _is_met(self, frame: pd.DataFrame) -> bool:
        return (
            [*frame.columns] == [*self.columns]
            and [*frame.dtypes] == self._dtypes
            and not any(frame[name].hasnans for name in self._full)
            and all(_is_unique(frame[names]) for names in self._unique)
        )


def _is_unique(keys: pd.DataFrame) -> bool:
    return bool(keys.iloc[:, 0].is_unique if keys.shape[1] == 1 else not keys.duplicated().any())


def _integer(*, unique: bool = False) -> Column:
    return Column("int64", unique=unique)


def _optional_integer() -> Column:
    return Column("Int64", nullable=True)


def _text(*, nullable: bool = False, unique: bool = False, default: str | None = None) -> Column:
    return Column(Text(), nullable=nullable, unique=unique, default=default)


def _schema(name: str, columns: dict[str, Column]) -> Schema:
    return Schema(columns, add_missing_columns=True, name=name)


TERMS = _schema(
    "terms",
    {
        "term_id": _integer(unique=True),
        "term": _text(),
        "sis_term_id": _text(nullable=True),
        "start_at": Column("datetime64[us, UTC]", nullable=True),
        "end_at": Column("datetime64[us, UTC]", nullable=True),
    },
)
COURSES = _schema(
    "courses",
    {
        "course_id": _integer(unique=True),
        "course": _text(),
        "school": _text(),
        "term_id": _integer(),
        "course_state": _text(),
        "weighted": Column(bool),
        "teacher": _text(),
    },
)
SECTIONS = _schema(
    "sections",
    {
        "section_id": _integer(unique=True),
        "course_id": _integer(),
        "section": _text(),
        "origin_course_id": _optional_integer(),
        "origin_known": Column(bool, default=True),
        "sis_section_id": _text(nullable=True),
        "class_id": _text(nullable=True),
    },
)
"""``origin_course_id`` is the course that a cross-listed section came from, where ``origin_known``."""
GROUPS = _schema(
    "groups",
    {
        "group_id": _integer(unique=True),
        "course_id": _integer(),
        "group": _text(),
        "position": _integer(),
        "weight": Column("float64"),
        "sis_source_id": _text(nullable=True),
        "integration_data": _text(),
        "assignments": _optional_integer(),
        "assignments_in_all": _optional_integer(),
        "unpublished": _optional_integer(),
        "not_flagged": _optional_integer(),
        "no_due_date": _optional_integer(),
        "name_too_long": _optional_integer(),
        "differentiated": _optional_integer(),
    },
)
"""``assignments`` are published and flagged for passback; the counts after it are those of ``AssignmentCounts``.

They are missing where Canvas did not show the assignments of a group, or an older release did not count them.
"""
ASSIGNMENTS = _schema(
    "assignments",
    {
        "assignment_id": _integer(unique=True),
        "group_id": _integer(),
        "assignment": _text(),
        "published": Column(bool),
        "no_due_date": Column(bool),
        "name_too_long": Column(bool),
        "differentiated": Column(bool),
        "has_overrides": Column(bool),
        "due_at": Column("datetime64[us, UTC]", nullable=True),
    },
)
"""Those flagged for passback, see ``FlaggedAssignment``; ``due_at`` is younger than the first snapshots."""
CLASSES = _schema(
    "classes",
    {
        "class_id": _text(unique=True),
        "class": _text(),
        "active": Column(bool),
        "school_id": _text(nullable=True),
        "homeroom": Column(bool, default=False),
        "terms": _text(default=""),
    },
)
"""``terms`` are ids joined with commas."""
CATEGORIES = _schema(
    "categories",
    {"category_id": _text(unique=True), "category": _text(), "active": Column(bool), "is_global": Column(bool)},
)
CATEGORY_SECTIONS = _schema("category_sections", {"category_id": _text(), "class_id": _text()})
UNREAD = _schema(
    "unread",
    {"kind": _text(), "id": _text(), "course_id": _optional_integer(), "name": _text(), "reason": _text()},
)
"""Objects that could not be read; ``id`` is empty where it could not be read either. Younger than the first snapshots.
"""

COURSE_READS = _schema(
    "course_reads",
    {
        "course_id": _integer(unique=True),
        "read_at": Column("datetime64[us, UTC]"),
        "mark": _text(),
        "doubted_at": Column("datetime64[us, UTC]", nullable=True),
    },
)
"""Since when the rows of a course stand as they were read; see ``gpb.term.changed`` for the rest."""
TABLES = {
    "terms": TERMS,
    "courses": COURSES,
    "sections": SECTIONS,
    "groups": GROUPS,
    "assignments": ASSIGNMENTS,
    "classes": CLASSES,
    "categories": CATEGORIES,
    "category_sections": CATEGORY_SECTIONS,
    "unread": UNREAD,
    "course_reads": COURSE_READS,
}

STORED = Schema(
    {
        "group_id": _integer(),
        "is_aligned": Column(bool),
        "sis_section_id": _text(nullable=True),
        "stored_reference": _text(nullable=True),
        "stored_title": _text(nullable=True),
        "is_exact": Column(bool),
    },
    name="stored",
)
"""What a codec reads: a line for each association of a section of the group's course.

Without ``stored_reference`` it is one that was taken away. ``is_aligned``: Canvas shows its icon; a group that is so
without any association has a line without section. ``is_exact``: Canvas has it under the section's SIS ID, letter case
being of no account in a UUID alone. Groups without a line have nothing of it.
"""

ASSOCIATIONS = Schema(
    {
        "school": _text(),
        "term": _text(),
        "course_id": _integer(),
        "course": _text(),
        "course_state": _text(),
        "teacher": _text(),
        "group_id": _integer(),
        "group": _text(),
        "position": _integer(),
        "weight": Column("float64"),
        "section_id": _integer(),
        "section": _text(),
        "sis_section_id": _text(),
        "class_id": _text(nullable=True),
        "origin_course_id": _optional_integer(),
        "stored_reference": _text(nullable=True),
        "stored_category_id": _text(nullable=True),
        "stored_category": _text(nullable=True),
        "status": _text(),
        "assignments": _optional_integer(),
        "name_match_id": _text(nullable=True),
        "name_match": _text(nullable=True),
        "canvas_icon": _text(),
        "not_read": Column(bool),
        "tonight": _text(),
        "not_passed_back": _optional_integer(),
        "by_name": _optional_integer(),
    },
    unique=["group_id", "section_id"],
    name="associations",
)
"""``tonight`` is a ``passback.Reason``: how passback decides the row, or what keeps all of it back.

``not_passed_back`` counts those of ``assignments`` that the next passback does not pass back, ``by_name`` those that
arrive although nobody chose, by the group's name alone; both are missing where that is not known.
"""
