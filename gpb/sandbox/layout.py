"""How the vendor's tool of one district writes associations down in Canvas, and what it reads of them.

The places are public: the key `sistemic.categoryMapping` and the flag `syncedWithSisCategory` from Canvas' front-end
source, `{key: category id}` from the example of Canvas' API documentation; that an association of a group with the flag
alone is kept in a store of the vendor is likely. The fields inside a value are published nowhere: a sandbox can draw
them from its seed, so that nothing can know them beforehand.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

SISTEMIC, FLAT, FLAG_ONLY = "sistemic", "flat", "flag-only"
SHAPES = (SISTEMIC, FLAT, FLAG_ONLY)
MAPPING, FLAG = "categoryMapping", "syncedWithSisCategory"

ID, TITLE, TEACHER = "id", "title", "teacher"
"""What a field holds: the category's uuid, its title, always the word *teacher*."""
USUAL_FIELDS = (("categoryId", ID), ("categoryTitle", TITLE), ("mappedBy", TEACHER))

OWNERS = ("sis", "target", "mapped", "gradebook", "focus", "external", "synced", "chosen")
THINGS = ("Category", "Bucket", "Type", "Slot", "GradeType", "Grouping")
ID_ENDS, TITLE_ENDS = ("Id", "Uuid", "Ref", "Key", "Guid"), ("Title", "Name", "Label", "Caption", "Text")
HARMLESS = {
    "group": ("assignmentGroupName", "groupLabel", "sourceGroup", "sourceName"),
    "counter": ("revision", "position", "attempts", "ordinal"),
    "date": ("syncedAt", "lastSync", "modifiedOn", "savedAt"),
    "user": ("mappedBy", "savedBy", "operator", "userName"),
}
"""Fields that say nothing about the category, and are easily taken for some that do; by what they hold."""
USERS = ("teacher", "nightly", "j.martin", "k.osei")

Associations = Mapping[str, tuple[str, str]]
"""Section SIS id to the uuid and the title of its category."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One district's way: `fields` are (name, what it holds) in the order in which a value bears them."""

    shape: str
    fields: tuple[tuple[str, str], ...] = USUAL_FIELDS
    sets_flag: bool = False

    @property
    def id_field(self) -> str:
        """The name of the field that holds the category's uuid."""
        return next(name for name, holds in self.fields if holds == ID)

    def sent(self, group: str, associations: Associations, gone: Collection[str] = ()) -> dict[str, Any]:
        """Return the top-level keys that the tool sends to Canvas to save all associations of a group of that name.

        `gone` are the sections that were associated and are no more. Without associations the mapping's key goes, and
        with it Canvas' icon; a top-level key can never be taken away (both Canvas' source): flat ones become null,
        and the flag stays.
        """
        flag: dict[str, Any] = {FLAG: True} if self.sets_flag and associations else {}
        if self.shape == FLAG_ONLY:
            return flag
        if self.shape == FLAT:
            return dict.fromkeys(gone) | {key: uuid for key, (uuid, _) in associations.items()} | flag
        mapping = {key: self._value(group, key, *category) for key, category in associations.items()}
        return {SISTEMIC: {MAPPING: mapping} if mapping else {}} | flag

    def read(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Return category uuid by section SIS id, of those values alone that the tool itself would have written.

        Strict about names and types. The harmless fields may be missing, for whether somebody reads them is unknown.
        """
        if self.shape == FLAG_ONLY:
            return {}
        if self.shape == FLAT:
            return {key: value for key, value in data.items() if isinstance(value, str)}
        vendor = data.get(SISTEMIC)
        mapping = vendor.get(MAPPING) if isinstance(vendor, dict) else None
        values = mapping if isinstance(mapping, dict) else {}
        return {key: value[self.id_field] for key, value in values.items() if self._is_own(value)}

    def _is_own(self, value: Any) -> bool:
        if not isinstance(value, dict) or not value.keys() <= dict(self.fields).keys():
            return False
        return all(isinstance(value.get(name), str) for name, holds in self.fields if holds in (ID, TITLE))

    def _value(self, group: str, key: str, uuid: str, title: str) -> dict[str, Any]:
        number = zlib.crc32(f"{group}/{key}".encode())
        made: dict[str, Any] = {
            ID: uuid,
            TITLE: title,
            TEACHER: "teacher",
            "group": group,
            "counter": 1 + number % 9,
            "date": f"2020-08-{1 + number % 28:02d}T{number % 24:02d}:15:00Z",
            "user": USERS[number % len(USERS)],
        }
        return {name: made[holds] for name, holds in self.fields}


def layout_of(shape: str, seed: int, drawn: bool) -> Layout:
    """Return a district's layout: the usual one of its shape, or with `drawn` one whose details the seed decides.

    Drawn are the names of the fields, whether there is a title, which harmless fields stand beside, their order, and
    whether the flag is set; no name is `id`, `title` or one of the usual ones for them.
    """
    if shape == FLAG_ONLY or not drawn:
        return Layout(shape, sets_flag=shape != SISTEMIC)
    rng = random.Random(f"{seed}/layout of the vendor")
    snake = rng.random() < 0.4
    names = [_name(rng, ID_ENDS, ID)]
    if rng.random() < 0.75:
        names.append(_name(rng, TITLE_ENDS, TITLE))
    names += [(rng.choice(words), holds) for holds, words in HARMLESS.items() if rng.random() < 0.6]
    rng.shuffle(names)
    return Layout(shape, tuple((_snake(name) if snake else name, holds) for name, holds in names), rng.random() < 0.5)


def _name(rng: random.Random, ends: tuple[str, ...], holds: str) -> tuple[str, str]:
    return rng.choice(OWNERS) + rng.choice(THINGS) + rng.choice(ends), holds


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
