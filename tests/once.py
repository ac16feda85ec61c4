"""What tests find out again and again of the same pulled district, found out once in each test process.

A snapshot never changes, whoever reads it, and what is computed from it alone is the same each time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import pandas as pd
import pytest

from gpb.audit import audit
from gpb.audit import findings as findings_of
from gpb.audit.evidence import Evidence
from gpb.frames.snapshot import Snapshot
from gpb.term.readings import Readings

T = TypeVar("T")
KEPT = 30


class _Last(Generic[T]):
    """The last so many answers, by what they are about."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, T] = {}

    def get(self, about: Hashable, ask: Callable[[], T]) -> T:
        answer = self._answers.pop(about, None)
        self._answers[about] = ask() if answer is None else answer
        if len(self._answers) > KEPT:
            del self._answers[next(iter(self._answers))]
        return self._answers[about]


@contextmanager
def once() -> Iterator[None]:
    """A snapshot is loaded once while its files are the same, and the findings of the same evidence are made once."""
    load, find = Readings.load_once, findings_of.findings
    loaded, found = _Last[Snapshot](), _Last[pd.DataFrame]()

    def load_once(self: Readings, identifier: str) -> Snapshot:
        self.facts(identifier)  # raises, as it does there
        files = [(file.name, file.stat()) for file in (self._files.folder / identifier).iterdir()]
        about = identifier, *sorted((name, seen.st_size, seen.st_mtime_ns) for name, seen in files)
        return loaded.get(about, lambda: load(self, identifier))

    def findings(evidence: Evidence) -> pd.DataFrame:
        said = evidence.confirmed.to_json(), evidence.decided.to_json()
        return found.get((evidence.snapshot, evidence.before, *said), lambda: find(evidence))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Readings, "load_once", load_once)
        patch.setattr(audit, "findings", findings)
        yield
