"""Whole numbers that were written as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.numbers import LARGEST, whole_number


@given(number=st.integers(0, LARGEST))
def test_every_number_that_a_column_holds_is_read(number: int) -> None:
    """Also with zeros before it, as far as there is room."""
    assert whole_number(str(number)) == number
    assert whole_number(f"{number:019}") == number


@pytest.mark.parametrize("text", ["", "-1", "1.0", " 1", "1e5", "٣", "²", str(LARGEST + 1), "9" * 5000])
def test_everything_else_is_none(text: str) -> None:
    """What no id can be, and what Python would take too long to read."""
    assert whole_number(text) is None
