"""Form names that nest in brackets."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gpb.sandbox.canvas.forms import nested

KEYS = st.text("abc-_ é", min_size=1, max_size=4)
TREES = st.recursive(st.text(max_size=4), lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=3))


def pairs_of(name: str, value: Any) -> list[tuple[str, str]]:
    """Return the form fields that mean a tree of texts."""
    if isinstance(value, str):
        return [(name, value)]
    return [pair for key, inner in value.items() for pair in pairs_of(f"{name}[{key}]", inner)]


@given(st.dictionaries(KEYS, TREES, max_size=3))
def test_nested_names_mean_the_tree_that_they_came_from(tree: dict[str, Any]) -> None:
    """Writing a tree as form fields and reading it back gives the same tree."""
    assert nested([pair for name, value in tree.items() for pair in pairs_of(name, value)]) == tree


def test_empty_brackets_collect_a_list() -> None:
    """`a[]=1&a[]=2` is a list, also inside an object."""
    assert nested([("a[]", "1"), ("a[]", "2"), ("b[c][]", "3")]) == {"a": ["1", "2"], "b": {"c": ["3"]}}
