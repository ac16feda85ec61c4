"""The history of one row: every value it had, through this tool or by another hand."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import pandas as pd

from gpb.errors import StoreError
from gpb.frames.codec import Codec, Stored, read_sections
from gpb.frames.facts import SnapshotFacts
from gpb.frames.validity import Validity
from gpb.matching.labels import UNASSOCIATED, shown_title
from gpb.store.order import Reading
from gpb.store.run_records import ChangeKind, RowOfRun, RowOutcome
from gpb.store.snapshots import SnapshotStore, saved_at
from gpb.sync.kinds.change import Change

log = logging.getLogger(__name__)
ANOTHER_HAND = "changed in Canvas"
COLUMNS = ("at", "who", "what", "before", "after", "outcome", "reason", "run", "why")


@dataclass(frozen=True, slots=True)
class Written:
    """What one run planned for the row, and how it ended."""

    run: RowOfRun
    change: Change

    @property
    def position(self) -> int:
        """Its place in the store's order."""
        return self.run.intended_no or self.run.settled_no or self.run.began_no

    def explains(self, earlier: Seen, later: Seen) -> bool:
        """Whether this run may have stored what the later snapshot shows, after the earlier one had been read."""
        may_come_yet = self.run.outcome == RowOutcome.UNKNOWN or self.run.settled_no is None
        was_over = not may_come_yet and (self.run.settled_no or 0) <= earlier.reading.includes
        in_time = self.position <= later.reading.knows_until and not was_over
        return (
            in_time
            and self.change.kind is ChangeKind.ASSOCIATION
            and self.run.outcome in (RowOutcome.CONFIRMED, RowOutcome.UNKNOWN)
            and later.reference in self.change.stored_as
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What a snapshot shows for the row; ``stored`` None: Unassociated."""

    reading: Reading
    stored: Stored | None

    @property
    def at(self) -> datetime:
        """When the snapshot was stored."""
        return saved_at(self.reading.snapshot_id)

    @property
    def reference(self) -> str | None:
        """The stored value."""
        return self.stored.reference if self.stored else None


def row_history(seen: Iterable[Seen], written: Iterable[Written], validity: Validity) -> pd.DataFrame:
    """One line per event, the newest first by the store's order.

    ``seen`` is in that order, too, the oldest first. Columns (COLUMNS): ``at`` datetime64[us, UTC]; ``who`` str,
    ANOTHER_HAND's is missing; ``what`` str, the kind of change or ANOTHER_HAND; ``before, after`` str, titles;
    ``outcome, reason, run`` str; ``why`` str, the reason of the wish.
    """
    runs = list(written)
    lines = [_of_run(one) for one in runs] + _of_others(list(seen), runs, validity)
    lines.sort(key=lambda line: line[0], reverse=True)
    table = pd.DataFrame([event for _, event in lines], columns=list(COLUMNS))
    table["at"] = pd.to_datetime(table["at"], utc=True)
    return table.astype(dict.fromkeys(COLUMNS[1:], "str"))


Line = tuple[tuple[int, bool], tuple[object, ...]]
"""Its place in the order (a snapshot comes after what it includes), and the values of the columns."""


def _of_run(one: Written) -> Line:
    change, record = one.change, one.run.record
    before, after = shown_title(change.before_title), shown_title(change.after_title)
    what = f"{change.verb} (undo)" if record.undo_of else change.verb
    outcome = one.run.outcome or "not attempted"
    event = (
        record.started_at,
        record.person,
        what,
        before,
        after,
        outcome,
        one.run.reason,
        record.run_id,
        change.reason,
    )
    return (one.position, False), event


def _of_others(seen: list[Seen], runs: list[Written], validity: Validity) -> list[Line]:
    """Changes between two snapshots that no run explains; the moment is that of the later one."""
    lines: list[Line] = []
    for earlier, later in pairwise(seen):
        moved = earlier.reference != later.reference
        if moved and not any(one.explains(earlier, later) for one in runs):
            before, after = _title(earlier.stored, validity), _title(later.stored, validity)
            reason = f"seen between {earlier.at:%Y-%m-%d %H:%M} and {later.at:%Y-%m-%d %H:%M} UTC"
            event = (later.at, None, ANOTHER_HAND, before, after, None, reason, None, None)
            lines.append(((later.reading.position, True), event))
    return lines


def _title(stored: Stored | None, validity: Validity) -> str:
    if stored is None:
        return UNASSOCIATED
    return validity.title(stored.reference, stored.title or stored.reference)


def seen_in(
    store: SnapshotStore,
    snapshots: Iterable[tuple[Reading, SnapshotFacts]],
    codec: Codec,
    group_id: int,
    sis_section_id: str,
    sis_ids: Collection[str],
) -> list[Seen]:
    """What each snapshot, the newest given first, shows for a row; those without the group, or damaged, are left out.

    ``sis_ids`` are those of all sections of the course.
    The oldest is first. All are read by the present codec: what is known better by now has not changed in Canvas.
    """
    found = []
    for reading, _ in snapshots:
        try:
            text = store.integration_data(reading.snapshot_id, group_id)
        except StoreError as error:
            log.warning("%s", error)
            continue
        if text is not None:
            stored = read_sections(codec, json.loads(text), sis_ids).get(sis_section_id)
            found.append(Seen(reading, stored))
    return found[::-1]
