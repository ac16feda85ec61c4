"""A store of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gpb.store.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty SQLite store."""
    opened = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    opened.close()
