"""Odd objects: single ones in otherwise good replies, the same ones whenever they are shown.

An object is named as addresses name it, by collection and id: `courses/1001`, `assignment_groups/3001`, `terms/3`; in
Focus `sections/<uuid>`, in OneRoster `classes/<sourcedId>`. Objects inside of others count as of the collection that
their key names, such as `assignments` in a group.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gpb.sandbox.replies import encode

Row = dict[str, Any]
RawHeaders = list[tuple[bytes, bytes]]
IDS = ("id", "uuid", "sourcedId")
LENGTH = b"content-length"
NO_DAY = "2026-02-31"
COURSES = "courses"
OPAQUE = ("integration_data", "metadata")
"""What holds data of others, not objects of the API."""
ALIASES = ("self", "default")


@dataclass(frozen=True, slots=True)
class Oddity:
    """A fault of one object (`target`), or without a target of a share of all objects, drawn by their ids."""

    fault: str
    target: str
    rate: float
    seed: int

    def concerns(self, collection: str, key: str) -> bool:
        """Tell whether an object is odd in this way."""
        if self.fault in OF_COURSES and collection != COURSES:
            return False
        if self.target:
            return self.target == f"{collection}/{key}"
        return random.Random(f"{self.seed}/{self.fault}/{collection}/{key}").random() < self.rate


def aims_at(target: str, path: str) -> bool:
    """Tell whether a path names an object, itself or something below it."""
    return f"/{target}/" in f"{path}/"


def collection_of(path: str) -> str:
    """Return what a path lists, or what the object is that it ends with."""
    parts = path.strip("/").split("/")
    return parts[-2] if len(parts) > 1 and _is_id(parts[-1]) else parts[-1]


def _is_id(part: str) -> bool:
    return part in ALIASES or not part.replace("_", "").isalpha()


def repeats(oddities: list[Oddity], path: str) -> Callable[[str], bool] | None:
    """Return which ids the list at a path holds twice, or None where none is."""
    wanted = [one for one in oddities if one.fault == "equal-row"]
    collection = collection_of(path)
    return (lambda key: any(one.concerns(collection, key) for one in wanted)) if wanted else None


def made_odd(oddities: list[Oddity], path: str, headers: RawHeaders, body: bytes) -> tuple[RawHeaders, bytes]:
    """Return headers and body with the odd objects in it; what is not JSON stays as it is."""
    wanted = [one for one in oddities if one.fault in CHANGES]
    if not wanted:
        return headers, body
    try:
        content = json.loads(body)
    except ValueError:
        return headers, body
    changed = encode(_changed(content, collection_of(path), wanted))
    return [*(pair for pair in headers if pair[0] != LENGTH), (LENGTH, str(len(changed)).encode())], changed


def _changed(content: Any, collection: str, oddities: list[Oddity]) -> Any:
    if isinstance(content, list):
        return [_changed(item, collection, oddities) for item in content]
    if not isinstance(content, dict):
        return content
    key = next((str(content[name]) for name in IDS if content.get(name) is not None), None)
    row: Row = {
        name: value if name in OPAQUE else _changed(value, collection if key is None else name, oddities)
        for name, value in content.items()
    }
    if key is not None:
        for oddity in oddities:
            if oddity.concerns(collection, key):
                row = CHANGES[oddity.fault](row)
    return row


def _stub(row: Row) -> Row:
    """What Canvas shows of a course that the token's user may not see."""
    return {"id": row["id"], "access_restricted_by_date": True}


def _nickname(row: Row) -> Row:
    """What Canvas shows of a course to which the token's user has given a nickname."""
    return row | {"name": f"My {row.get('name')}", "original_name": row.get("name")}


def _null_name(row: Row) -> Row:
    return row | {name: None for name in ("name", "title") if name in row}


def _bad_date(row: Row) -> Row:
    days = [name for name in row if name.endswith(("_date", "Date"))]
    moments = [name for name in row if name.endswith(("_at", "dateLastModified"))]
    return row | dict.fromkeys(days, NO_DAY) | dict.fromkeys(moments, f"{NO_DAY}T25:00:00Z")


def _php_empty(row: Row) -> Row:
    return {name: [] if value == {} else value for name, value in row.items()}


def _php_lost(row: Row) -> Row:
    return {name: [] if isinstance(value, dict) else value for name, value in row.items()}


def _flags(true: object, false: object) -> Callable[[Row], Row]:
    def change(row: Row) -> Row:
        return {name: (true if value else false) if isinstance(value, bool) else value for name, value in row.items()}

    return change


CHANGES: dict[str, Callable[[Row], Row]] = {
    "nickname": _nickname,
    "null-name": _null_name,
    "bad-date": _bad_date,
    "php-empty": _php_empty,
    "php-lost": _php_lost,
    "flag-number": _flags(1, 0),
    "flag-digit": _flags("1", "0"),
    "flag-letter": _flags("Y", "N"),
    "stub": _stub,
}
OF_COURSES = ("stub", "nickname")
