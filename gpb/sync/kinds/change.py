"""One change: what shall become another thing, of which kind, and which row a person chose it for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

import pandas as pd

from gpb.store.run_records import ChangeKind, Target

NEWER = {"entry": None, "kind": ChangeKind.ASSOCIATION, "source": "", "reason": ""}
"""Fields that came later, with what they were before."""
VERBS = {
    "associate": ChangeKind.ASSOCIATION,
    "reassociate": ChangeKind.ASSOCIATION,
    "unassociate": ChangeKind.ASSOCIATION,
    "rename": ChangeKind.GROUP_NAME,
    "add to category": ChangeKind.MEMBERSHIP,
    "take out of category": ChangeKind.MEMBERSHIP,
}
"""What is done, in the order in which it is counted, and the kind of change that it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that shall become another, because of what a person chose for a group in a section.

    ``before`` is what is stored where the plan was made, ``after_id`` the wanted category. Of an association both are
    references and None means Unassociated; ``entry`` is the stored value, as JSON text, that an undo brings back whole.
    Of a group's name ``before`` is the name, which shall become ``after_title``; there is no ``after_id`` where an undo
    brings a name back. Of a membership both are the category that the section is in, before and after. ``source`` and
    ``reason`` tell where the wish comes from, see ``store.drafts.Wish``. The remaining fields are labels for people.
    """

    course_id: int
    group_id: int
    section_id: int
    sis_section_id: str
    class_id: str | None
    before: str | None
    before_title: str | None
    after_id: str | None
    after_title: str | None
    school: str = field(compare=False)
    course: str = field(compare=False)
    group: str = field(compare=False)
    section: str = field(compare=False)
    entry: str | None = field(default=None, compare=False)
    source: str = field(default="", compare=False)
    reason: str = field(default="", compare=False)
    kind: ChangeKind = ChangeKind.ASSOCIATION
    key: tuple[int, int] = field(init=False, repr=False, compare=False)
    """(group id, section id)."""
    place: tuple[int, int, int, str] = field(init=False, repr=False, compare=False)
    """What a plan is sorted by: course, group, section and kind."""
    verb: str = field(init=False, repr=False, compare=False)
    """What is done, one of ``VERBS``."""
    is_done: bool = field(init=False, repr=False, compare=False)
    """Whether what is wanted is stored already."""
    target: Target = field(init=False, repr=False, compare=False)
    """What is written: all changes of one target are one request."""

    def __post_init__(self) -> None:
        """Once, for whoever looks at a plan of thousands asks for these of each."""
        put = partial(object.__setattr__, self)
        put("key", (self.group_id, self.section_id))
        put("place", (self.course_id, self.group_id, self.section_id, self.kind.value))
        put("verb", self._verb())
        put("is_done", self.before in self.stored_as)
        is_membership = self.kind is ChangeKind.MEMBERSHIP
        put("target", Target(self.kind, str(self.category_id if is_membership else self.group_id)))

    def __lt__(self, other: Change) -> bool:
        """By course, group and section; the order of a plan."""
        return self.place < other.place

    @property
    def category_id(self) -> str | None:
        """Of a membership: the category whose sections change."""
        return self.after_id or self.before

    @property
    def title(self) -> str | None:
        """Of a membership: what that category is called."""
        return self.before_title if self.after_id is None else self.after_title

    def _verb(self) -> str:
        if self.kind is ChangeKind.GROUP_NAME:
            return "rename"
        if self.kind is ChangeKind.MEMBERSHIP:
            return "take out of category" if self.after_id is None else "add to category"
        if self.after_id is None:
            return "unassociate"
        return "associate" if self.before is None else "reassociate"

    @property
    def identity(self) -> tuple[int, int, str]:
        """What tells it from the other changes of a plan: (group id, section id, kind)."""
        return self.group_id, self.section_id, self.kind.value

    @property
    def stored_as(self) -> tuple[str | None, ...]:
        """What may be stored once it is carried out: the id, in some districts the title; (None,) for nothing."""
        if self.kind is ChangeKind.GROUP_NAME:
            return (self.after_title,)
        return (None,) if self.after_id is None else (self.after_id, self.after_title)

    def to_json(self) -> dict[str, Any]:
        """Its fields; the newer ones only where they say something: plans of older releases keep their checksum."""
        return as_summed({name: getattr(self, name) for name in _NAMES})  # quicker than ``asdict``, which copies them


def as_summed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a change as they are summed up."""
    return {name: value for name, value in values.items() if name not in NEWER or value != NEWER[name]}


_NAMES = tuple(one.name for one in fields(Change) if one.init)
OF_ROW = [
    *("course_id", "group_id", "section_id", "sis_section_id", "class_id", "school", "course", "group", "section"),
    *("stored_reference", "stored_category"),
]
"""What ``change_of`` reads of a row of the association frame."""
ROW = [*OF_ROW, "source", "reason"]
"""And of one with drafts."""


def change_of(
    row: Mapping[Any, Any], after_id: Any, after_title: Any, kind: ChangeKind = ChangeKind.ASSOCIATION
) -> Change:
    """The change of one association row (a record of the frame) to a category; missing values become None."""
    is_name = kind is ChangeKind.GROUP_NAME
    labels = {name: str(row[name]) for name in ("sis_section_id", "school", "course", "group", "section")}
    values: dict[str, Any] = {
        **labels,
        **{name: int(row[name]) for name in ("course_id", "group_id", "section_id")},
        "class_id": _or_none(row["class_id"]),
        "before": _or_none(row["group" if is_name else "stored_reference"]),
        "before_title": _or_none(row["group" if is_name else "stored_category"]),
        "after_id": _or_none(after_id),
        "after_title": _or_none(after_title),
        "source": _or_none(row.get("source")) or "",
        "reason": _or_none(row.get("reason")) or "",
        "kind": kind,
    }
    return Change(**values)


def _or_none(value: Any) -> str | None:
    if isinstance(value, str):  # nearly all are, and pandas takes long to say so
        return value
    return None if pd.isna(value) else str(value)
