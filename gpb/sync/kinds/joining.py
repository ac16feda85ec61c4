"""Sections that shall have a category of Focus that they do not have yet: one that exists, or a new one."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gpb.errors import InputError
from gpb.frames.codec import Target
from gpb.frames.schemas import Status
from gpb.frames.snapshot import Snapshot
from gpb.frames.validity import Validity
from gpb.store.run_records import ChangeKind
from gpb.sync.kinds.change import Change

OURS = uuid.UUID("7c1b9a52-3f0e-4f0c-9d1c-5f3f0c6a2b11")
"""The namespace of the ids that new categories get (RFC 9562, version 5): the same wish has the same id always."""
NOT_IN_CATEGORY, NEW_CATEGORY = "(not in this section)", "(not in Focus yet)"
"""Stand where people read what was there before."""


def new_id(course_id: int, title: str) -> str:
    """The id of the category that is made for the sections of a course of Canvas under this title."""
    return str(uuid.uuid5(OURS, f"{course_id}/{title}"))


def is_ours(identifier: str, course_id: int, title: str | None) -> bool:
    """Whether a category was made here, for this course."""
    return title is not None and identifier == new_id(course_id, title)


def category_to_add(snapshot: Snapshot, row: Mapping[Any, Any], choice: str) -> Target:
    """The category that a section shall be added to: ``choice`` is its id or its title.

    By title it is the one that another section of the course has, else the only one of the school; where the school has
    none, a new one for the course. ``row`` is one of the association frame. Raises InputError where that is not plain.
    """
    class_id, title = row["class_id"], choice.strip()
    if not isinstance(class_id, str) or row["status"] == Status.NO_SIS_CLASS:
        raise InputError("this section has no class in Focus, so it cannot be added to a category there")
    if not title:
        raise InputError("a category needs a title")
    categories = snapshot.validity.categories
    active = categories.loc[categories["active"] & ~categories["is_global"]]
    titles: dict[str, str] = dict(zip(active["category_id"], active["category"], strict=True))
    if choice in titles:
        return Target(choice, titles[choice])
    if title in snapshot.validity.titles or _is_id(title):
        raise InputError(f"no active category in Focus has the id {title}: name another one, or write a title")
    same = {known for known, own in titles.items() if own == title}
    of_course, of_school = _near(snapshot, row)
    for near in (of_course, of_school):
        served = snapshot.validity.category_sections
        found = same & set(served.loc[served["class_id"].isin(near), "category_id"])
        if len(found) == 1:
            return Target(found.pop(), title)
        if found:
            raise InputError(
                f"{len(found)} categories in Focus are called “{title}”: name the one to add this section to by its id"
            )
    return Target(new_id(int(row["course_id"]), title), title)


def _is_id(text: str) -> bool:
    """All ids of Focus are UUIDs; nobody means one as a title."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _near(snapshot: Snapshot, row: Mapping[Any, Any]) -> tuple[set[str], set[str]]:
    """The classes of the row's course, and those of its school in the SIS."""
    sections, classes = snapshot.tables["sections"], snapshot.tables["classes"]
    of_course = set(sections.loc[sections["course_id"].eq(row["course_id"]), "class_id"].dropna())
    school = classes.loc[classes["class_id"].eq(row["class_id"]), "school_id"]
    of_school = set(classes.loc[classes["school_id"].isin(school.dropna()), "class_id"])
    return of_course, of_school


def memberships(changes: Iterable[Change], validity: Validity) -> list[Change]:
    """What has to be done in Focus first, so that each section has the category that these changes give it."""
    found = (membership(change, validity) for change in changes)
    return [one for one in found if one is not None]


def membership(change: Change, validity: Validity) -> Change | None:
    """The same for one change; None where its category is valid already, or cannot be made valid."""
    wanted = change.after_id
    if wanted is None or change.class_id is None or wanted in validity.options(change.class_id):
        return None
    is_known = wanted in validity.titles
    if not is_known and not is_ours(wanted, change.course_id, change.after_title):
        return None  # it has gone from Focus since it was chosen
    before = NOT_IN_CATEGORY if is_known else NEW_CATEGORY
    return replace(change, kind=ChangeKind.MEMBERSHIP, before=None, before_title=before, entry=None)
