"""The drafts of a store as a process read them last: what did not change is not read again."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from gpb.keys import Key, keys
from gpb.store.sets.draft_changes import FEW


@dataclass(slots=True)
class _Kept:
    """The drafts of one scope at a version, and what was changed since and is not in the frame yet."""

    version: int
    frame: pd.DataFrame
    changes: list[tuple[Collection[Key], Sequence[Mapping[str, Any]]]] = field(default_factory=list)


class DraftsKept:
    """The drafts of the scopes of one store, each with the version that was read (see ``DraftStore.version``)."""

    def __init__(self) -> None:
        self._scopes: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def at(self, scope: str, version: int) -> pd.DataFrame | None:
        """The drafts of a scope where they are of this version; whoever changes the frame changes its own."""
        with self._lock:
            kept = self._scopes.get(scope)
            if kept is None or kept.version != version:
                return None
            for gone, fresh in kept.changes:
                kept.frame = _changed(kept.frame, set(gone), fresh)
            kept.changes.clear()
            return kept.frame.copy(deep=False)

    def version(self, scope: str) -> int | None:
        """The version that is kept of a scope; None where nothing is."""
        with self._lock:
            kept = self._scopes.get(scope)
            return None if kept is None else kept.version

    def keep(self, scope: str, version: int, frame: pd.DataFrame) -> None:
        """Remember what was read."""
        with self._lock:
            self._scopes[scope] = _Kept(version, frame.copy(deep=False))

    def change(
        self, scope: str, before: int, version: int, gone: Collection[Key], fresh: Sequence[Mapping[str, Any]]
    ) -> None:
        """Take part in what led from one version to another: drafts of the keys ``gone`` went, ``fresh`` ones came."""
        with self._lock:
            kept = self._scopes.get(scope)
            if kept is None or kept.version != before:
                return  # another process has changed something in between, which is asked for later
            kept.version = version
            kept.changes.append((gone, fresh))
            if sum(max(len(went), len(came)) for went, came in kept.changes) > FEW:
                del self._scopes[scope]


def _changed(frame: pd.DataFrame, gone: set[Key], fresh: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    gone = gone | {(row["group_id"], row["section_id"]) for row in fresh}  # the frame may be newer than its version
    if gone:
        near = frame.loc[frame["group_id"].isin([group_id for group_id, _ in gone])]
        frame = frame.drop(near.index[[key in gone for key in keys(near)]])
    if fresh:
        rows = pd.DataFrame([{name: row[name] for name in frame.columns} for row in fresh])
        frame = pd.concat([frame, rows.astype(frame.dtypes.to_dict())])
    return frame.reset_index(drop=True)


_KEPT: WeakKeyDictionary[object, DraftsKept] = WeakKeyDictionary()
_LOCK = threading.Lock()


def kept_of(store: object) -> DraftsKept:
    """What is kept of one store, for all who use it in this process."""
    with _LOCK:
        return _KEPT.setdefault(store, DraftsKept())
