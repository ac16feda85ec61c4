"""A sandbox that the tests of this folder change from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gpb.sandbox import Running, SandboxConfig
from tests.lent import lent


@pytest.fixture
def district() -> Iterator[Running]:
    """Thirty courses."""
    with lent(SandboxConfig(port=0, schools=2, courses=30)) as running:
        yield running
