"""What a person's association has changed in what Canvas stores for a group, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from gpb.frames.codec import FLAG, MAPPING, MAPPING_ROOT, Json, is_aligned, mapping_of

LISTED, LONGEST = 3, 200
"""So many new entries are spelled out, each up to so many characters."""


class Came(StrEnum):
    """What has come since: nothing, the flag alone, or something more."""

    NOTHING = "nothing"
    FLAG = "flag"
    ENTRIES = "entries"


def came(before: Json, after: Json) -> Came:
    """What kind of change there is."""
    if before == after:
        return Came.NOTHING
    without = [{key: value for key, value in data.items() if key != FLAG} for data in (before, after)]
    return Came.FLAG if FLAG in after and without[0] == without[1] else Came.ENTRIES


def spelled_out(before: Json, after: Json) -> str:
    """The entries of ``after`` that are new or changed, as text for people."""
    found = [f"{place}: {_short(value)}" for place, value in _changed(before, after)]
    more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
    return "; ".join(found[:LISTED]) + more


def _changed(before: Json, after: Json) -> Iterator[tuple[str, Any]]:
    old, new = mapping_of(before), mapping_of(after)
    for key, value in new.items():
        if key not in old or old[key] != value:
            yield f"{MAPPING_ROOT} › {MAPPING} › {key}", value
    for key, value in after.items():
        if (key not in before or before[key] != value) and not (key == MAPPING_ROOT and new != old):
            yield key, value


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def left_behind(before: Json, now: Json, group: str) -> str | None:
    """What stays of a first contact in a group, as a sentence; None where it means what it did before.

    A top-level key can never be removed in Canvas; with nothing in it, it means nothing.
    """
    if _meaning(before) == _meaning(now):
        return None
    if is_aligned(now) and not is_aligned(before):
        return f"Canvas keeps showing its icon on “{group}”: the key behind it cannot be deleted."
    return f"What Canvas stores for “{group}” has changed meanwhile: {spelled_out(before, now)}."


def _meaning(data: Json) -> Json:
    return {key: value for key, value in data.items() if value is not None and (key, value) != (MAPPING_ROOT, {})}
