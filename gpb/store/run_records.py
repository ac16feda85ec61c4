"""What the journal tells of runs: each as it is listed, its rows as they were planned and as they ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd


class RunState(StrEnum):
    """Where a run is: waiting for a worker, being carried out, over, stopped with rows left, or closed for good."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    CLOSED = "closed"


class ChangeKind(StrEnum):
    """What a change is of: an association or a group's name in Canvas, or which sections a category of Focus has."""

    ASSOCIATION = "association"
    GROUP_NAME = "group name"
    MEMBERSHIP = "category membership"


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """What one operation writes: ``id`` is that of the assignment group, for a membership that of the category."""

    kind: ChangeKind
    id: str

    @property
    def system(self) -> str:
        """``Canvas`` or ``Focus``."""
        return "Focus" if self.kind is ChangeKind.MEMBERSHIP else "Canvas"


class OperationState(StrEnum):
    """An operation before its rows have an outcome: nothing sent, or a write that may have been carried out."""

    PLANNED = "planned"
    INTENDED = "intended"


class RowOutcome(StrEnum):
    """What became of a row."""

    CONFIRMED = "confirmed"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


OPEN = (*OperationState, RowOutcome.UNKNOWN)
"""What ``resume`` has yet to do: operations that are ahead, and those whose write may have been carried out."""
WEIGHT: dict[str, int] = {
    RowOutcome.UNCHANGED: 0,
    RowOutcome.CONFIRMED: 1,
    RowOutcome.CONFLICT: 2,
    RowOutcome.REJECTED: 3,
    RowOutcome.UNKNOWN: 4,
}
"""An operation is in the state of its row with the largest."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One planned row of a run, and the target of its operation."""

    group_id: int
    section_id: int
    target: Target


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a row ended; ``reason`` is a sentence for everything but confirmed and unchanged."""

    group_id: int
    section_id: int
    outcome: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as it is listed, without its plan.

    ``state`` is ``queued``, ``running``, ``finished``, ``stopped`` or ``closed``; times are ISO 8601 UTC.
    """

    run_id: str
    scope: str
    term: str
    snapshot_id: str
    checksum: str
    person: str
    undo_of: str | None
    state: str
    reason: str | None
    started_at: str
    ended_at: str | None
    closed_by: str | None
    closed_at: str | None


@dataclass(frozen=True, slots=True)
class RowOfRun:
    """How one row ended in a run (``outcome`` None: not attempted); the numbers are those of the store's order."""

    record: RunRecord
    kind: str
    outcome: str | None
    reason: str | None
    began_no: int
    intended_no: int | None
    settled_no: int | None


CONFIRMED = {
    "group_id": "int64", "section_id": "int64", "after_id": "str", "after_title": "str", "run": "str", "person": "str",
    "started": "str", "is_sure": "bool",
}  # fmt: skip
"""What runs said last about rows: the category that Canvas stored (missing: none), and the run; see ``sync.stands``."""


def nothing_confirmed() -> pd.DataFrame:
    """What a store without runs confirms."""
    return pd.DataFrame(columns=list(CONFIRMED)).astype(CONFIRMED)


NAMED = {
    "group_id": "int64", "section_id": "int64", "after_id": "str", "name": "str", "run": "str", "person": "str",
    "started": "str", "is_sure": "bool",
}  # fmt: skip
"""What runs said last about the names of groups, and the category (missing: none) that each section asked for by it."""


def no_name_confirmed() -> pd.DataFrame:
    """What a store without runs confirms of names."""
    return pd.DataFrame(columns=list(NAMED)).astype(NAMED)
