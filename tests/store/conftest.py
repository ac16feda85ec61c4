"""A store of its own for each test, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gpb.store.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty store."""
    opened = Database(database_url)
    yield opened
    opened.close()
