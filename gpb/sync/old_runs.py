"""A run that was left long ago: what may have happened since, which this store need not know.

A store that was put back from a backup shows rows as open that were written, and perhaps taken back, since the backup
was made. A row that Canvas shows as it was before the run cannot be told from one that was never written; what can be
told is how long the run has stood still, and what this program has seen since. So a person is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from gpb.errors import InputError
from gpb.frames.facts import FIRST_CONTACT, SnapshotFacts
from gpb.store.run_records import RunRecord, Target
from gpb.store.runs import Journal
from gpb.sync.gates import OLD_RUN, Objection
from gpb.sync.plan import Plan

PATIENCE = timedelta(hours=1)
"""For so long a run that was left, or that waits for a worker, goes on without a question."""


def old_run(
    record: RunRecord,
    plan: Plan,
    sent: frozenset[Target],
    journal: Journal,
    pulled: int,
    facts: Iterable[tuple[str, SnapshotFacts]],
) -> Objection | None:
    """The question about a run whose open rows are ``plan``, None where it was left just now.

    ``sent`` are the targets whose write may have been carried out, ``pulled`` is the place of the newest pull in the
    store's order, and ``facts`` are those of the snapshots, newest first. The clock alone tells how long it was left.
    """
    last = journal.last_change(record.run_id)
    later = sorted(_later_runs(record, journal))
    reasons = [
        *_age(datetime.now(UTC) - last),
        *(["the term has been refreshed since"] if pulled > journal.last_number(record.run_id) else []),
        *([f"{len(later)} later {'run has' if len(later) == 1 else 'runs have'} changed rows"] if later else []),
        *_unknown_runs(journal, facts),
    ]
    if not reasons:
        return None
    first = min(plan.changes, key=lambda change: (change.target not in sent, change))
    maybe = sum(change.target in sent for change in plan.changes)
    sentence = (
        f"The run that {record.person} started stopped on {last:%d %b %Y, %H:%M} UTC: {', '.join(reasons)}. "
        f"{_count(len(plan.changes))} not yet written, {maybe} of them may have been sent. The first is "
        f"“{first.group}” in {first.section}. Anything that has been undone since would be written again. Check "
        "Canvas or History, then confirm, or close the run."
    )
    return Objection(OLD_RUN, sentence, about=" ".join([record.run_id, *later]))


def span(length: timedelta) -> str:
    """``2 hours``, ``3 days``."""
    for name, unit in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if length >= unit:
            number = length // unit
            return f"{number} {name}{'' if number == 1 else 's'}"
    return "less than a minute"


def _age(age: timedelta) -> list[str]:
    if age < -PATIENCE:
        return ["this is in the future by the clock of this machine"]
    return [f"{span(age)} ago"] if age > PATIENCE else []


def _later_runs(record: RunRecord, journal: Journal) -> set[str]:
    """Runs begun after this one that wrote something, or may have."""
    wrote = set(journal.written_after(record.run_id).values())
    newest_first = (one.run_id for one in journal.runs(record.scope))
    return set(takewhile(lambda run_id: run_id != record.run_id, newest_first)) & wrote


def _unknown_runs(journal: Journal, facts: Iterable[tuple[str, SnapshotFacts]]) -> list[str]:
    """A snapshot that bears the writes of a run that this store has never seen.

    Such a snapshot has no place of its own in the store's order, so all are looked at: one question more is no harm.
    """
    for _, one in facts:
        if one.after_run not in (None, FIRST_CONTACT) and not _knows(journal, str(one.after_run)):
            return [
                f"run {one.after_run} changed rows, but this store does not know it (was it restored from a backup?)"
            ]
    return []


def _knows(journal: Journal, run_id: str) -> bool:
    try:
        journal.run(run_id)
    except InputError:
        return False
    return True


def _count(rows: int) -> str:
    return "1 row is" if rows == 1 else f"{rows} rows are"
