"""Places instead of texts say what the texts themselves say."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from gpb.frames.rows.by_title import ByTitle
from gpb.frames.rows.coded import FEW, places

TEXTS = st.lists(st.sampled_from(["", "a", "A", "b", "ab", "é"]) | st.none(), max_size=4)
CLASSES, TITLES = ["c1", "c2", "c3"], ["HW", "hw", "Tests"]
CATEGORIES = st.lists(st.tuples(st.sampled_from(TITLES), st.booleans(), st.booleans()), max_size=6)


def series(texts: list[str | None]) -> pd.Series[str]:
    """As a column of a frame."""
    return pd.Series(texts, dtype="str")


@given(TEXTS, TEXTS, st.sampled_from([1, 3 * FEW]))
def test_the_place_of_a_text_is_the_first_where_it_stands(
    texts: list[str | None], known: list[str | None], times: int
) -> None:
    """Whichever of both are more; what is missing stands nowhere."""
    every = known * times
    expected = [every.index(text) if text is not None and text in every else -1 for text in texts]
    assert places(series(texts), series(every)).tolist() == expected


@given(CATEGORIES, st.lists(st.tuples(st.integers(0, 7), st.sampled_from(CLASSES)), max_size=12, unique=True))
def test_categories_by_title_are_those_that_one_finds_one_by_one(
    made: list[tuple[str, bool, bool]], pairs: list[tuple[int, str]]
) -> None:
    """The first, how many there are, and which are a class' own; a pair may name a category that is not there."""
    categories = pd.DataFrame(made, columns=["category", "active", "is_global"])
    categories = categories.assign(category_id=[f"id-{place}" for place in range(len(made))])
    categories = categories.astype({"category": "str", "active": "bool", "is_global": "bool", "category_id": "str"})
    lines = pd.DataFrame([(f"id-{place}", name) for place, name in pairs], columns=["category_id", "class_id"])
    by_title = ByTitle(categories, lines.astype("str"))
    asked = [(name, title) for name in [*CLASSES, "none"] for title in [*TITLES, "none"]]
    classes = places(series([name for name, _ in asked]), by_title.classes)
    titles = places(series([title for _, title in asked]), by_title.titles)
    own = {name: {place for place, other in pairs if other == name} for name, _ in asked}
    usable = [
        [
            place
            for place, (category, active, is_global) in enumerate(made)
            if category == title and active and (is_global or place in own[name])
        ]
        for name, title in asked
    ]
    assert by_title.first(classes, titles).tolist() == [some[0] if some else -1 for some in usable]
    assert by_title.sizes(classes, titles).tolist() == [len(some) for some in usable]
    for place, (_, active, is_global) in enumerate(made):
        expected = [active and not is_global and place in own[name] for name, _ in asked]
        assert by_title.is_own(classes, np.full(len(asked), place)).tolist() == expected
