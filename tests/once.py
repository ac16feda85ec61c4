"""What tests find out or make again and again, found out or made once in each test process.

A snapshot never changes, whoever reads it, and what is computed from it alone is the same each time. And the way of an
empty store to the present tables is the same statements each time.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

import pandas as pd
import pytest
from sqlalchemy import Connection, event, inspect

from gpb.audit import audit
from gpb.audit import findings as findings_of
from gpb.audit.evidence import Evidence
from gpb.frames.snapshot import Snapshot
from gpb.store import migrations
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


class _Way:
    """What Alembic did in the first empty store of a kind of database is done in the later ones without it."""

    def __init__(self) -> None:
        self._upgrade = migrations.upgrade
        self._statements: dict[str, list[tuple[str, Any]]] = {}

    def upgrade(self, connection: Connection, *, is_unversioned: bool) -> None:
        """As it is there; a store that has tables goes the whole way."""
        dialect = connection.dialect.name
        if inspect(connection).get_table_names():
            self._upgrade(connection, is_unversioned=is_unversioned)
        elif dialect in self._statements:
            own = uuid.uuid4().hex
            for statement, parameters in self._statements[dialect]:
                connection.exec_driver_sql(statement, _with_id(parameters, own))
        else:
            done: list[tuple[str, Any]] = []

            def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
                if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
                    done.append((statement, parameters))

            event.listen(connection, "before_cursor_execute", note)
            self._upgrade(connection, is_unversioned=is_unversioned)
            event.remove(connection, "before_cursor_execute", note)
            self._statements[dialect] = done


def _with_id(parameters: Any, own: str) -> Any:
    """The id that a store gets when it is made is another one in each."""
    if isinstance(parameters, dict):
        return {name: _with_id(value, own) for name, value in parameters.items()}
    if isinstance(parameters, tuple | list):
        return tuple(_with_id(value, own) for value in parameters)
    return own if isinstance(parameters, str) and re.fullmatch("[0-9a-f]{32}", parameters) else parameters


@contextmanager
def once() -> Iterator[None]:
    """A snapshot is loaded once while its files are the same, and the findings of the same evidence are made once.

    An empty store is given its tables without asking Alembic again what they are.
    """
    load, find = Readings.load_once, findings_of.findings
    loaded, found = _Last[Snapshot](), _Last[pd.DataFrame]()

    def load_once(self: Readings, identifier: str) -> Snapshot:
        self.facts(identifier)  # raises, as it does there
        if not Path(self._files.told_path(identifier)).exists():  # in a bucket
            return load(self, identifier)
        files = [(file.name, file.stat()) for file in Path(self._files.told_path(identifier)).iterdir()]
        about = identifier, *sorted((name, seen.st_size, seen.st_mtime_ns) for name, seen in files)
        return loaded.get(about, lambda: load(self, identifier))

    def findings(evidence: Evidence) -> pd.DataFrame:
        said = evidence.confirmed.to_json(), evidence.decided.to_json()
        return found.get((evidence.snapshot, evidence.before, *said), lambda: find(evidence))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Readings, "load_once", load_once)
        patch.setattr(audit, "findings", findings)
        patch.setattr(migrations, "upgrade", _Way().upgrade)
        yield
