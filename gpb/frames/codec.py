"""The codec of ``integration_data``: where Canvas stores which section of a group belongs to which category.

Two shapes are known (contracts: Canvas' front end for the first, its public API example for the second):

* ``sistemic``: ``{"sistemic": {"categoryMapping": {"<section SIS id>": {...one object per section...}}}}``
* ``flat``: ``{"<section SIS id>": "<category id>", "syncedWithSisCategory": true}``

A codec reads the associations, and turns wanted changes into the top-level keys to send. Canvas merges what is sent
shallowly into what it stores, so top-level keys that are not sent survive there; everything below a sent key is
carried over from what was read. Nothing that the codec does not understand is changed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gpb.errors import InputError

MAPPING_ROOT = "sistemic"
MAPPING = "categoryMapping"
FLAG = "syncedWithSisCategory"

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
    """Which field of a ``categoryMapping`` value holds the category's id, and which its title.

    No public source names these fields, so they are learned from what a district already stores.
    """

    id_field: str | None = "id"
    title_field: str | None = "title"

    def read(self, value: Any) -> Stored | None:
        """The association in one stored value; None when there is none."""
        if value is None or value == "":
            return None
        if isinstance(value, str | int) and not isinstance(value, bool):
            return Stored(str(value))
        fields = value if isinstance(value, dict) else {}
        identifier, title = _text(fields, self.id_field), _text(fields, self.title_field)
        return Stored(identifier or title or json.dumps(value, sort_keys=True), title)

    def write(self, old: Any, target: Target) -> Any:
        """The value for ``target``, with every field of ``old`` that is neither the id nor the title.

        A value that says already what is wanted stays as it is.
        """
        stored = self.read(old)
        if stored is not None and stored.reference in (target.id, target.title):
            return old
        value = dict(old) if isinstance(old, dict) else {}
        if self.id_field:
            value[self.id_field] = target.id
        if self.title_field:
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

    def write(self, data: Mapping[str, Any], changes: Mapping[str, Target | None], sections: Collection[str]) -> Json:
        """The top-level keys to send, so that ``changes`` (None: unassociate) become true and all else stays.

        ``sections`` are the SIS ids of all sections of the group's course. Raises InputError when the stored data has
        a shape that cannot take the change without losing something.
        """
        ...


@dataclass(frozen=True, slots=True)
class SistemicCodec:
    """One object per section below ``sistemic.categoryMapping``."""

    layout: Layout = Layout()

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

    def write(
        self,
        data: Mapping[str, Any],
        changes: Mapping[str, Target | None],
        sections: Collection[str],  # noqa: ARG002  # only the flat shape needs them
    ) -> Json:
        """See Codec; the whole value of ``sistemic`` is sent, since Canvas replaces it whole.

        With the group's last association goes ``categoryMapping``: Canvas shows its icon for the key, even if empty.
        """
        root = data.get(MAPPING_ROOT) or {}
        mapping = (root.get(MAPPING) or {}) if isinstance(root, dict) else None
        if not isinstance(mapping, dict):
            raise InputError(
                "The associations of this group are stored in a form that this program does not know. "
                "Check on the Connections page which codec was found."
            )
        wanted = dict(mapping)
        for key, target in changes.items():
            if target is None:
                wanted.pop(key, None)
            else:
                wanted[key] = self.layout.write(wanted.get(key, target.entry), target)
        is_left = any(self.layout.read(value) is not None for value in wanted.values())
        rest = {name: value for name, value in root.items() if name != MAPPING}
        return {MAPPING_ROOT: {**root, MAPPING: wanted} if is_left else rest}


@dataclass(frozen=True, slots=True)
class FlatCodec:
    """Section SIS id to category id at the top level, with a flag that makes Canvas show its icon."""

    def read(self, data: Mapping[str, Any]) -> dict[str, Stored]:
        """See Codec."""
        return {
            key: Stored(str(value))
            for key, value in data.items()
            if isinstance(value, str | int) and not isinstance(value, bool) and value != ""
        }

    def entry(self, data: Mapping[str, Any], key: str) -> Any:
        """See Codec."""
        return data.get(key)

    def keys(self, data: Mapping[str, Any]) -> set[str]:
        """See Codec."""
        return {key for key, value in data.items() if value is None} | self.read(data).keys()

    def write(self, data: Mapping[str, Any], changes: Mapping[str, Target | None], sections: Collection[str]) -> Json:
        """See Codec; a top-level key can never be removed in Canvas, so unassociated is stored as null.

        The flag is left alone when an association goes: Canvas shows its icon for the key, whatever its value.
        """
        sent = {key: None if target is None else self._value(data.get(key), target) for key, target in changes.items()}
        left = self.read({**data, **sent})
        return {**sent, FLAG: True} if any(key in left for key in {*sections, *changes}) else sent

    def _value(self, old: Any, target: Target) -> Any:
        return target.id if old is not None or target.entry is None else target.entry


def codec_for(name: str, layout: Layout) -> Codec:
    """The codec of this name (``sistemic`` or ``flat``)."""
    return SistemicCodec(layout) if name == "sistemic" else FlatCodec()


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


def learn_layout(groups: Iterable[Mapping[str, Any]], ids: Collection[str], titles: Collection[str]) -> Layout:
    """The field names that hold known category ids and titles most often; the default where nothing tells.

    ``groups`` are the ``integration_data`` of a term. Deleted categories do no harm: the majority decides.
    """
    id_hits: dict[str, int] = {}
    title_hits: dict[str, int] = {}
    for data in groups:
        for value in mapping_of(data).values():
            for field, content in value.items() if isinstance(value, dict) else ():
                if str(content) in ids:
                    id_hits[field] = id_hits.get(field, 0) + 1
                elif isinstance(content, str) and content in titles:
                    title_hits[field] = title_hits.get(field, 0) + 1
    if not id_hits and not title_hits:
        return Layout()
    id_field = max(id_hits, key=lambda field: id_hits[field], default=None)
    return Layout(id_field, max(title_hits, key=lambda field: title_hits[field], default=None))


def found_shapes(groups: Iterable[Mapping[str, Any]], sections: Collection[str]) -> dict[str, int]:
    """How many groups bear associations in each shape: ``sistemic``, ``flat``, and ``flag`` (aligned elsewhere)."""
    counts = {"sistemic": 0, "flat": 0, "flag": 0}
    for data in groups:
        if mapping_of(data):
            counts["sistemic"] += 1
        elif any(key in sections and value is not None for key, value in data.items()):
            counts["flat"] += 1
        elif FLAG in data:
            counts["flag"] += 1
    return counts


def _text(fields: Json, name: str | None) -> str | None:
    value = fields.get(name) if name else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None
