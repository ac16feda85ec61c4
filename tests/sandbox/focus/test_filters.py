"""Focus' filter and sort syntax."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.sandbox.focus.filters import parse_filter, sort_rows

ROWS: list[dict[str, Any]] = [
    {"a": 123, "b": "asd", "c": None, "d": {"e": "deep"}},
    {"a": 9, "b": "x", "c": "set", "d": {"list": ["one", "two"], "each": [{"id": "6"}, {"id": "7"}]}},
    {"a": 123, "b": "x", "c": True, "d": []},
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 123", [0, 2]),
        ('a = 123 AND b = "asd"', [0]),
        ('a = 123 AND b = "asd" OR c IS NOT NULL', [0, 1, 2]),
        ("c IS NULL", [0]),
        ("b='x'", [1, 2]),
        ("b != 'x'", [0]),
        ("a > 9", [0, 2]),
        ("a <= 9", [1]),
        ("b~'S'", [0]),
        ("c = true", [2]),
        ("b = 'x OR y' OR a = 9", [1]),
        ("a = 123.0", [0, 2]),
        ("c = '' OR c != 'x' AND a < 100", [1]),
        ("d.e = 'deep'", [0]),
        ("d.list = 'two' AND d.each.id = '7'", [1]),
        ("d.none IS NULL AND d.e IS NOT NULL", [0]),
    ],
)
def test_filter_finds_its_rows(text: str, expected: list[int]) -> None:
    """AND binds before OR; numbers compare as numbers, null with nothing; one of a list is enough; paths are dotted."""
    test = parse_filter(text)
    assert [number for number, row in enumerate(ROWS) if test(row)] == expected


@pytest.mark.parametrize("text", ["", "a", "a = 1 AND", "= 3"])
def test_filter_that_does_not_parse_is_an_error(text: str) -> None:
    """The error names the part."""
    with pytest.raises(ValueError, match="does not parse"):
        parse_filter(text)


@given(st.lists(st.fixed_dictionaries({"a": st.sampled_from("xyz"), "b": st.sampled_from("123")})))
def test_sort_takes_several_columns(rows: list[dict[str, Any]]) -> None:
    """`a, b DESC` sorts by the first and, within it, backwards by the second, keeping every row."""
    expected = sorted(rows, key=lambda row: (row["a"], -int(row["b"])))
    assert sort_rows(rows, "a, b DESC", "ASC") == expected
