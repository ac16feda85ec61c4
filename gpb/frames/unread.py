"""What a reading could not read: the table of it, and which rows of the association frame it concerns.

Those rows show what the last reading saw there, or were never seen as they are; nothing is synced there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from enum import StrEnum

import pandas as pd

from gpb.frames import schemas
from gpb.frames.schemas import Status

WITHOUT_COUNTS = (
    "Canvas left the assignments out of the assignment groups, so how many there are is not known: tables show no "
    "number, there is no score, and the audit cannot look at assignments. Canvas does that where a developer key with "
    "enforced scopes lacks “Allow Include Parameters”: ask a Canvas administrator to switch that on for the key of "
    "this token, then press Refresh."
)
"""canvas-lms issue 1513: such a key makes Canvas drop ``include[]`` without a word."""


class Kind(StrEnum):
    """What an object is, in the words of a sentence."""

    ACCOUNT = "account"
    TERM = "term"
    COURSE = "course"
    SECTION = "section"
    GROUP = "assignment group"
    CLASS = "Focus section"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Unread:
    """An object that could not be read, a line of ``schemas.UNREAD``.

    ``identity`` is its id as text and ``name`` what it is called, both empty where that cannot be read either;
    ``reason`` is a whole sentence.
    """

    kind: str
    identity: str
    course_id: int | None
    name: str
    reason: str


def label(kind: str, identity: str, course_id: object, name: str) -> str:
    """An object in a sentence: ``course 12 (Biology)``, ``a section of course 12``."""
    which = f"{kind} {identity}" if identity else f"an {kind}" if kind[0] in "a" else f"a {kind}"
    named = f" “{name}”" if name else ""
    return f"{which}{named}" + ("" if pd.isna(course_id) or kind == Kind.COURSE else f" of course {course_id}")  # type: ignore[call-overload]  # any missing value


def unread_frame(unread: Iterable[Unread]) -> pd.DataFrame:
    """One line per object, see ``schemas.UNREAD``."""
    frame = pd.DataFrame([astuple(one) for one in unread], columns=list(schemas.UNREAD.columns))
    return schemas.UNREAD.validate(frame)


def unread_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table of a snapshot; an empty one for those that are older than it."""
    return tables["unread"] if "unread" in tables else unread_frame([])


def identities(unread: pd.DataFrame, kind: str) -> set[str]:
    """The ids of the unread objects of a kind; an empty text among them stands for those without a usable one."""
    return set(unread.loc[unread["kind"].eq(kind), "id"])


def numbers(unread: pd.DataFrame, kind: str) -> set[int]:
    """The same, of objects of Canvas."""
    return {int(one) for one in identities(unread, kind) if one.isdecimal()}


def is_not_read(rows: pd.DataFrame, unread: pd.DataFrame, titles: Iterable[str]) -> pd.Series[bool]:
    """Which rows depend on something that could not be read; ``titles`` are the ids of the categories that were.

    Where a class or a category could not even be told by its id, every row that lacks one may be meant.
    """
    if unread.empty:
        return pd.Series(False, index=rows.index)
    classes, categories = identities(unread, Kind.CLASS), identities(unread, Kind.CATEGORY)
    concerned = rows["course_id"].isin(numbers(unread, Kind.COURSE))
    concerned |= rows["section_id"].isin(numbers(unread, Kind.SECTION))
    concerned |= rows["group_id"].isin(numbers(unread, Kind.GROUP))
    concerned |= rows["class_id"].isin(classes) | rows["stored_category_id"].isin(categories)
    if "" in classes:
        concerned |= rows["status"].eq(Status.NO_SIS_CLASS)
    if "" in categories:
        concerned |= rows["stored_category_id"].notna() & ~rows["stored_category_id"].isin(set(titles))
    return concerned
