"""A sandbox that the tests of this folder change from outside, and a workspace that has read all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from gpb.sandbox import Running, SandboxConfig
from gpb.workspace import Workspace
from tests.lent import lent, settings_for


@pytest.fixture
def district() -> Iterator[Running]:
    """Thirty courses."""
    with lent(SandboxConfig(port=0, schools=2, courses=30)) as running:
        yield running


@pytest.fixture
def hours() -> float:
    """Between Refreshes that read all courses."""
    return 24


@pytest.fixture
def term(district: Running, tmp_path: Path, hours: float) -> Workspace:
    """A workspace that has read all courses once."""
    made = opened(district, tmp_path, hours)
    asyncio.run(made.term.pull(is_whole=True))
    district.log.clear()
    return made


def opened(district: Running, folder: Path, hours: float = 24) -> Workspace:
    """A workspace of its own on the sandbox."""
    return Workspace(settings_for(district, folder, full_refresh_hours=hours))
