"""The codec of ``integration_data``: where Canvas stores which section of a group belongs to which category.

Two shapes are known (contracts: Canvas' front end for the first, its public API example for the second):

* ``sistemic``: ``{"sistemic": {"categoryMapping": {"<section SIS id>": {...one object per section...}}}}``
* ``flat``: ``{"<section SIS id>": "<category id>"}``, in some districts with ``"syncedWithSisCategory": true`` beside

A codec reads the associations, and turns wanted changes into the top-level keys to send. Canvas merges what is sent
shallowly into what it stores, so top-level keys that are not sent survive there; everything below a sent key is
carried over from what was read. Nothing that the codec does not understand is changed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gpb.errors import InputError

MAPPING_ROOT = "sistemic"
MAPPING = "categoryMapping"
FLAG = "syncedWithSisCategory"
BARE = ""
"""The name of the only field of a stored value that is no object."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """One association as Canvas keeps it.

    ``reference`` identifies the category: its id, else its title, else the stored value as JSON text. ``title`` is the
    title stored beside an id, which is all that is left to show when the category is gone.
    """

    reference: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The category that a section shall be associated with.

    ``entry`` is the stored value to bring back as it was, where the section has none now; for undo.
    """

    id: str
    title: str
    entry: Any = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Which field of a stored value holds the category's id, and which its title; ``BARE`` is the value itself.

    No public source names these fields: ``shape`` finds them out. ``title_in_new`` says that a value without title gets
    one, ``as_number`` that ids are JSON numbers. Without any field every value is unknown, and is its own reference.
    """

    id_field: str | None = "id"
    title_field: str | None = "title"
    title_in_new: bool = True
    as_number: bool = False

    def read(self, value: Any) -> Stored | None:
        """The association in one stored value; None when there is none."""
        if value is None or value == "":
            return None
        fields = fields_of(value)
        title = text_of(fields.get(self.title_field)) if self.title_field is not None else None
        # A title speaks for itself only where there is no place for an id: never for an id that is empty or dead.
        by_title = self.id_field is None or self.id_field not in fields
        reference = title if by_title else text_of(fields.get(self.id_field or BARE))
        return Stored(reference or text_of(value) or json.dumps(value, sort_keys=True), title)

    def write(self, old: Any, target: Target) -> Any:
        """The value for ``target``, with every field of ``old`` that is neither the id nor the title.

        A value that says already what is wanted stays as it is.
        """
        stored = self.read(old)
        if stored is not None and stored.reference in (target.id, target.title):
            return old
        identifier = int(target.id) if self.as_number and target.id.isdecimal() else target.id
        if BARE in (self.id_field, self.title_field):
            return identifier if self.id_field == BARE else target.title
        value = dict(old) if isinstance(old, dict) else {}
        if self.id_field is not None:
            value[self.id_field] = identifier
        if self.title_field is not None and (self.title_in_new or self.title_field in value):
            value[self.title_field] = target.title
        return value


class Codec(Protocol):
    """What every shape of ``integration_data`` can do."""

    def read(self, data: Mapping[str, Any]) -> dict[str, Stored]:
        """The associations by section SIS id; keys that are no section of the course are for the caller to ignore."""
        ...

    def entry(self, data: Mapping[str, Any], key: str) -> Any:
        """The value that is stored for a section, whole; None where there is none."""
        ...

    def keys(self, data: Mapping[str, Any]) -> set[str]:
        """The keys of sections that are associated here, or once were: null is what is left of an association."""
        ...

    def write(self, data: Mapping[str, Any], changes: Mapping[str, Target | None]) -> Json:
        """The top-level keys to send, so that ``changes`` (None: unassociate) become true and all else stays.

        Raises InputError when the stored data has a shape that cannot take the change without losing something.
        """
        ...


@dataclass(frozen=True, slots=True)
class SistemicCodec:
    """One object per section below ``sistemic.categoryMapping``."""

    layout: Layout = Layout()
    writes_flag: bool = False

    def read(self, data: Mapping[str, Any]) -> dict[str, Stored]:
        """See Codec."""
        found = ((key, self.layout.read(value)) for key, value in mapping_of(data).items())
        return {key: stored for key, stored in found if stored is not None}

    def entry(self, data: Mapping[str, Any], key: str) -> Any:
        """See Codec."""
        return mapping_of(data).get(key)

    def keys(self, data: Mapping[str, Any]) -> set[str]:
        """See Codec."""
        return set(mapping_of(data))

    def write(self, data: Mapping[str, Any], changes: Mapping[str, Target | None]) -> Json:
        """See Codec; the whole value of ``sistemic`` is sent, since Canvas replaces it whole.

        With the group's last association goes ``categoryMapping``: Canvas shows its icon for the key, even if empty.
        """
        root = data.get(MAPPING_ROOT) or {}
        mapping = (root.get(MAPPING) or {}) if isinstance(root, dict) else None
        if not isinstance(mapping, dict):
            raise InputError(
                "The associations of this group are stored in a form that this program does not recognize. Check "
                "GPB_CODEC on the Connections page."
            )
        wanted = dict(mapping)
        for key, target in changes.items():
            if target is None:
                wanted.pop(key, None)
            else:
                wanted[key] = self.layout.write(wanted.get(key, target.entry), target)
        is_left = any(self.layout.read(value) is not None for value in wanted.values())
        rest = {name: value for name, value in root.items() if name != MAPPING}
        sent: Json = {MAPPING_ROOT: {**root, MAPPING: wanted} if is_left else rest}
        return sent | _flag(self.writes_flag, data, changes)


@dataclass(frozen=True, slots=True)
class FlatCodec:
    """Section SIS id to category id at the top level; in some districts with a flag that makes Canvas show its icon."""

    layout: Layout = Layout(BARE, None)
    writes_flag: bool = False

    def read(self, data: Mapping[str, Any]) -> dict[str, Stored]:
        """See Codec."""
        found = ((key, self.layout.read(value)) for key, value in data.items() if text_of(value) is not None)
        return {key: stored for key, stored in found if stored is not None}

    def entry(self, data: Mapping[str, Any], key: str) -> Any:
        """See Codec."""
        return data.get(key)

    def keys(self, data: Mapping[str, Any]) -> set[str]:
        """See Codec."""
        return {key for key, value in data.items() if value is None} | self.read(data).keys()

    def write(self, data: Mapping[str, Any], changes: Mapping[str, Target | None]) -> Json:
        """See Codec; a top-level key can never be removed in Canvas, so unassociated is stored as null."""
        sent = {key: None if target is None else self._value(data.get(key), target) for key, target in changes.items()}
        return sent | _flag(self.writes_flag, data, changes)

    def _value(self, old: Any, target: Target) -> Any:
        return target.entry if old is None and target.entry is not None else self.layout.write(old, target)


def _flag(is_written: bool, data: Mapping[str, Any], changes: Mapping[str, Target | None]) -> Json:
    """The flag where it is missing; it is left alone when an association goes, as Canvas' icon stays with its key."""
    is_missing = any(target is not None for target in changes.values()) and data.get(FLAG) is not True
    return {FLAG: True} if is_written and is_missing else {}


def mapping_of(data: Mapping[str, Any]) -> Json:
    """The ``sistemic.categoryMapping`` of a group, empty where there is none."""
    root = data.get(MAPPING_ROOT)
    mapping = root.get(MAPPING) if isinstance(root, dict) else None
    return mapping if isinstance(mapping, dict) else {}


def is_aligned(data: Mapping[str, Any]) -> bool:
    """Whether Canvas itself shows the icon "Grading category aligned with SIS".

    The rule of its front end: one of two keys is there, whatever its value (contract: where the association lives).
    """
    root = data.get(MAPPING_ROOT)
    return FLAG in data or (isinstance(root, dict) and MAPPING in root)


def fields_of(value: Any) -> Mapping[str, Any]:
    """The fields of a stored value."""
    return value if isinstance(value, dict) else {BARE: value}


def text_of(value: Any) -> str | None:
    """A text or whole number as text; None for anything else, and for an empty text."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def section_keys(stored: Iterable[str], sis_ids: Collection[str]) -> dict[str, list[str]]:
    """The stored keys by the section that they mean, the one to the letter first.

    ``sis_ids`` are those of all sections of the course; a key that means none of these stands for itself. In the ids
    of Focus, which are UUIDs, letter case is of no account (RFC 9562), and nothing public says that it counts in
    others. So a key that differs from a SIS ID in letter case alone is that section's, unless it could be of several.
    """
    keys, own = set(stored), set(sis_ids)
    found = {key: [key] for key in keys & own}
    if not keys <= own:
        alike: dict[str, list[str]] = defaultdict(list)
        for sis_id in own:
            alike[sis_id.casefold()].append(sis_id)
        for key in sorted(keys - own):
            meant = alike.get(key.casefold(), [])
            found.setdefault(meant[0] if len(meant) == 1 else key, []).append(key)
    return found


def read_sections(codec: Codec, data: Mapping[str, Any], sis_ids: Collection[str]) -> dict[str, Stored | None]:
    """The associations by section SIS id; None where one was taken away, and ``null`` is left of it.

    Of several keys for one section the one to the letter counts.
    """
    present = codec.read(data)
    return {sis_id: present.get(keys[0]) for sis_id, keys in section_keys(codec.keys(data), sis_ids).items()}
