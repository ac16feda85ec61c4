"""A number that is typed to confirm a sync is taken as people write it, and told in words where it is wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.ui.sync.typed import typed_number, why_not


@given(st.integers(0, 10**7), st.sampled_from([",", ".", " ", "\u00a0", "\u202f", "'", "’", "_", ""]),
       st.sampled_from(["", "+", " "]), st.sampled_from(["", " rows", " Row", " "]))  # fmt: skip
def test_a_number_counts_in_any_usual_format(number: int, separator: str, before: str, after: str) -> None:
    """Whatever stands between thousands."""
    assert typed_number(f"{before}{number:,}{after}".replace(",", separator)) == number


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("2,230", None),
        ("２２３０", None),
        ("", "Type 2,230 above first."),
        ("2,320", "You typed 2,320; the plan has 2,230 rows."),
        ("2,23", "You typed “2,23”; the plan has 2,230 rows."),
        ("2.230,5", "You typed “2.230,5”; the plan has 2,230 rows."),
        ("yes", "You typed “yes”; the plan has 2,230 rows."),
        ("-2230", "You typed “-2230”; the plan has 2,230 rows."),
    ],
)
def test_what_confirms_nothing_is_told(typed: str, told: str | None) -> None:
    """With what was typed, and what the plan has."""
    assert why_not(typed, 2230, "row") == told
