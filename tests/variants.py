"""Which variants of a test the quick part plays: the first ones; the others are slow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def first_quick(values: Iterable[Any], number: int = 1) -> list[Any]:
    """Values for ``parametrize``; all after the first ``number`` are slow. A tuple has one value for each name."""
    whole = [value if isinstance(value, tuple) else (value,) for value in values]
    return [
        pytest.param(*value, marks=pytest.mark.slow if place >= number else ()) for place, value in enumerate(whole)
    ]
