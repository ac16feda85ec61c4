"""What a person accepted of that which spoke against a run, as it is kept with the run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from gpb.store import sound

WHAT = "what was accepted for a run"
ROW = (int, int, str)


@dataclass(frozen=True, slots=True)
class Accepted:
    """One objection to beginning or resuming a run, accepted by name; ``at`` is ISO 8601 UTC.

    ``rows`` are (group id, section id, id of the category that the row leaves), none where it is about the whole.
    """

    name: str
    sentence: str
    person: str
    at: str
    rows: tuple[tuple[int, int, str], ...] = ()


def as_text(accepted: Iterable[Accepted]) -> str:
    """As JSON."""
    return json.dumps([asdict(one) for one in accepted], ensure_ascii=False)


def from_text(text: str | None) -> list[Accepted]:
    """The inverse of ``as_text``; runs of releases before 0.3.2 kept nothing."""
    found = sound.json_list(text, WHAT) if text else []
    return [_accepted(one) for one in found]


def _accepted(one: dict[str, Any]) -> Accepted:
    listed = one.get("rows")
    if not isinstance(listed, list) or not all(isinstance(row, list) and len(row) == len(ROW) for row in listed):
        raise sound.damaged(WHAT)
    rows = sound.rows(listed, ROW, WHAT)
    return sound.record(Accepted, {**one, "rows": tuple(rows)}, WHAT, times=("at",))
