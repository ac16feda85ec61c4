"""The history of one row: every value it had, through this tool or by another hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pandas as pd

from gpb.frames.codec import Stored, codec_for
from gpb.frames.snapshot import SnapshotFacts
from gpb.frames.validity import Validity
from gpb.store.runs import RunRecord
from gpb.store.snapshots import SnapshotStore, saved_at
from gpb.sync.drafting import UNASSOCIATED
from gpb.sync.plan import Change

STORED_TO = timedelta(seconds=1)
"""The journal keeps times to the second."""
ANOTHER_HAND = "changed in Canvas"
COLUMNS = ("at", "who", "what", "before", "after", "outcome", "reason", "run")


@dataclass(frozen=True, slots=True)
class Written:
    """What one run planned for the row, and how it ended (``outcome`` None: not attempted)."""

    record: RunRecord
    change: Change
    outcome: str | None
    reason: str | None

    def explains(self, reference: str | None, after: datetime, before: datetime) -> bool:
        """Whether this run may have stored a value between two moments."""
        started = datetime.fromisoformat(self.record.started_at)
        ended = datetime.fromisoformat(self.record.ended_at) if self.record.ended_at else datetime.now(UTC)
        in_time = started <= before and ended + STORED_TO >= after
        return in_time and self.outcome in ("confirmed", "unknown") and reference in self.change.stored_as


@dataclass(frozen=True, slots=True)
class Seen:
    """What a snapshot shows for the row; ``stored`` None: Unassociated."""

    at: datetime
    stored: Stored | None

    @property
    def reference(self) -> str | None:
        """The stored value."""
        return self.stored.reference if self.stored else None


def row_history(seen: Iterable[Seen], written: Iterable[Written], validity: Validity) -> pd.DataFrame:
    """One line per event, the newest first.

    ``seen`` is in the order of time. Columns (COLUMNS): ``at`` datetime64[us, UTC]; ``who`` str, ANOTHER_HAND's is
    missing; ``what`` str, the kind of change or ANOTHER_HAND; ``before, after`` str, titles; ``outcome, reason, run``
    str.
    """
    runs = list(written)
    lines = [_of_run(one) for one in runs] + _of_others(list(seen), runs, validity)
    table = pd.DataFrame(lines, columns=list(COLUMNS))
    table["at"] = pd.to_datetime(table["at"], utc=True)
    texts = dict.fromkeys(COLUMNS[1:], "str")
    return table.astype(texts).sort_values("at", ascending=False, kind="stable", ignore_index=True)


def _of_run(one: Written) -> tuple[object, ...]:
    change, record = one.change, one.record
    before, after = change.before_title or UNASSOCIATED, change.after_title or UNASSOCIATED
    what = f"{change.kind} (undo)" if record.undo_of else change.kind
    outcome = one.outcome or "not attempted"
    return (record.started_at, record.person, what, before, after, outcome, one.reason, record.run_id)


def _of_others(seen: list[Seen], runs: list[Written], validity: Validity) -> list[tuple[object, ...]]:
    """Changes between two snapshots that no run explains; the moment is that of the later one."""
    lines: list[tuple[object, ...]] = []
    for earlier, later in pairwise(seen):
        moved = earlier.reference != later.reference
        if moved and not any(one.explains(later.reference, earlier.at, later.at) for one in runs):
            before, after = _title(earlier.stored, validity), _title(later.stored, validity)
            reason = f"seen between {earlier.at:%Y-%m-%d %H:%M} and {later.at:%Y-%m-%d %H:%M} UTC"
            lines.append((later.at, None, ANOTHER_HAND, before, after, None, reason, None))
    return lines


def _title(stored: Stored | None, validity: Validity) -> str:
    if stored is None:
        return UNASSOCIATED
    return validity.titles.get(stored.reference, stored.title or stored.reference)


def seen_in(
    store: SnapshotStore, snapshots: Iterable[tuple[str, SnapshotFacts]], group_id: int, sis_section_id: str
) -> list[Seen]:
    """What each snapshot, the newest given first, shows for a row; those without the group are left out."""
    found = []
    for identifier, facts in snapshots:
        text = store.integration_data(identifier, group_id)
        if text is not None:
            stored = codec_for(facts.codec, facts.layout).read(json.loads(text)).get(sis_section_id)
            found.append(Seen(saved_at(identifier), stored))
    return found[::-1]
