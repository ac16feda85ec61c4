"""Which assignment groups can be renamed to a category's title, so that grade passback finds it by the name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gpb.frames.association import first_by_title
from gpb.frames.schemas import Status
from gpb.frames.validity import Validity
from gpb.keys import keys
from gpb.sync.kinds.change import Change

LONGEST = 255
"""Characters of a group's name (Canvas source: ``AssignmentGroup``, ``maximum_string_length``)."""
ROW = ["group_id", "section_id", "class_id", "section", "status", "stored_reference", "name_match", "assignments"]
"""What is read of a row of the association frame."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A change that a person asked for and that no plan can hold, with the reason as the rest of a sentence."""

    change: Change
    reason: str


def by_name(rows: pd.DataFrame, asked: Sequence[Change], validity: Validity) -> tuple[list[Change], list[LeftOut]]:
    """Of the changes of names that are asked for: those that bring their category about, and what no name can do.

    ``rows`` is the whole association frame. A group has one name for all of its sections: it is renamed where all that
    have categories ask for the same title, or have it by the present name. Of several groups of a course that ask for
    one title the one with the most assignments is renamed.
    """
    found = _groups(rows.loc[rows["group_id"].isin({change.group_id for change in asked}), ROW], asked, validity)
    names = _names(rows, {change.course_id for change in asked})
    against = {group.group_id: group.against or _against_name(group, names) for group in found}
    against |= _against_rivals([group for group in found if against[group.group_id] is None])
    changes, left_out = [], []
    for group in found:
        reason = against[group.group_id]
        if reason is None:
            changes += group.changes
        else:
            left_out += [LeftOut(change, reason) for change in group.changes]
    return changes, left_out


@dataclass(frozen=True, slots=True)
class _Group:
    """The changes of one group, what keeps a name from serving its sections, and its assignments for passback."""

    changes: list[Change]
    against: str | None
    assignments: int = 0

    @property
    def title(self) -> str:
        return self.changes[0].after_title or ""

    @property
    def course_id(self) -> int:
        return self.changes[0].course_id

    @property
    def group_id(self) -> int:
        return self.changes[0].group_id


def _groups(own: pd.DataFrame, asked: Sequence[Change], validity: Validity) -> list[_Group]:
    wanted = {change.key: change for change in asked}
    known = keys(own)
    titles = [wanted[key].after_title if key in wanted else None for key in known]
    by_title = first_by_title(own.assign(group=pd.Series(titles, index=own.index, dtype="str")), "group", validity)
    by_group: dict[int, list[tuple[dict[Any, Any], Change | None, object]]] = {}
    for key, row, first in zip(known, own.to_dict("records"), by_title, strict=True):
        by_group.setdefault(row["group_id"], []).append((row, wanted.get(key), first))
    return [_group(of_group, validity) for of_group in by_group.values()]


def _group(rows: list[tuple[dict[Any, Any], Change | None, object]], validity: Validity) -> _Group:
    """One group; each of its rows stands with what is asked for it, and the category that this title would find."""
    asking = [change for _, change, _ in rows if change is not None]
    against = (
        _not_by_any_name([row for row, _, _ in rows], asking)
        or _undecided([row for row, change, _ in rows if change is None], str(asking[0].after_title), validity)
        or _second_of_title(asking, [first for _, change, first in rows if change is not None])
    )
    return _Group(asking, against, _number(rows[0][0]["assignments"]))


def _number(assignments: object) -> int:
    return assignments if isinstance(assignments, int) else 0


def _not_by_any_name(rows: list[dict[Any, Any]], asking: list[Change]) -> str | None:
    if any(change.after_id is None for change in asking):
        return "a name cannot take an association away"
    if any(isinstance(row["stored_reference"], str) for row in rows):
        return "Canvas stores an association for this group, and that goes before any name"
    if any(row["status"] == Status.ELSEWHERE for row in rows):
        return "Canvas shows this group as aligned: the vendor's own association goes before any name"
    asked = {str(change.after_title): change.section for change in reversed(asking)}
    if len(asked) == 1:
        return None
    listed = ", ".join(f"“{title}” in {section}" for title, section in sorted(asked.items()))
    return f"its sections ask for different categories ({listed}), and a group has only one name"


def _undecided(others: list[dict[Any, Any]], title: str, validity: Validity) -> str | None:
    """A section that has a say and did not use it."""
    for row in others:
        if validity.options(row["class_id"]) and row["name_match"] != title:
            return (
                f"only some of its sections ask for “{title}”: choose it for {row['section']} as well, or rename the "
                "group in Canvas"
            )
    return None


def _second_of_title(asking: list[Change], found: list[object]) -> str | None:
    for change, first in zip(asking, found, strict=True):
        if isinstance(first, str) and first != change.after_id:
            return f"{change.section} has another category called “{change.after_title}”, which a name would find first"
    return None


def _names(rows: pd.DataFrame, courses: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """The groups of some courses, each with its name."""
    found: dict[int, list[tuple[int, str]]] = {}
    groups = rows.loc[rows["course_id"].isin(courses)].drop_duplicates("group_id")
    for course_id, group_id, name in groups[["course_id", "group_id", "group"]].itertuples(index=False):
        found.setdefault(course_id, []).append((group_id, name))
    return found


def _against_name(group: _Group, names: Mapping[int, list[tuple[int, str]]]) -> str | None:
    """What speaks against the new name in its course."""
    if not group.title.strip():
        return "the category has no title"
    if len(group.title) > LONGEST:
        return f"the title has {len(group.title)} characters, and Canvas takes at most {LONGEST}"
    others = (name for other, name in names[group.course_id] if other != group.group_id)
    if any(same_name(name) == same_name(group.title) for name in others):
        return taken(group.title)
    return None


def _against_rivals(free: list[_Group]) -> dict[int, str]:
    """Why groups, by id, have to leave their new name to another group of the course; none of them may have it where
    none has more assignments than the others.
    """
    asking: dict[tuple[int, str], list[_Group]] = {}
    for group in free:
        asking.setdefault((group.course_id, same_name(group.title)), []).append(group)
    found: dict[int, str] = {}
    for rivals in asking.values():
        if len(rivals) > 1:
            first, second, *_ = sorted(rivals, key=lambda group: group.assignments, reverse=True)
            if first.assignments > second.assignments:
                found |= {group.group_id: _behind(group, first) for group in rivals if group is not first}
            else:
                found |= dict.fromkeys((group.group_id for group in rivals), _equal(rivals))
    return found


def _behind(group: _Group, first: _Group) -> str:
    return (
        f"“{group.title}” goes to “{first.changes[0].group}”, which has more assignments ({first.assignments} and "
        f"{group.assignments}): merge the groups in Canvas, choose again, or pick the other one on the Review page"
    )


def _equal(rivals: list[_Group]) -> str:
    return (
        f"{len(rivals)} groups of this course would be called “{rivals[0].title}”, and none has more assignments than "
        "the others: pick one on the Review page, merge them in Canvas, or choose again"
    )


def taken(name: str) -> str:
    """Why a group is not called so, as a sentence without its full stop."""
    return f"the course has another group called “{name}”: merge or rename one of them in Canvas"


def same_name(name: str) -> str:
    """The form in which names of groups are compared: people do not see blanks around them, or tell cases apart."""
    return name.strip().casefold()
