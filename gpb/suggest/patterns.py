"""Patterns: what a person decides once. The name of a group × the titles that its section offers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from gpb.frames.validity import Validity
from gpb.suggest.normal import plain, words

Codes = npt.NDArray[np.int64]


def normalised(name: str) -> str:
    """The words of a name that mean something; where it has none (“Q1”), the name in one case."""
    return " ".join(words(name)) or plain(name)


def titles_key(titles: Iterable[str]) -> str:
    """A set of titles as one text: the sorted JSON list."""
    return json.dumps(sorted(set(titles)), ensure_ascii=False)


def pattern_key(name: str, titles: Iterable[str]) -> str:
    """The key of a pattern: 12 hex digits, the same in every reading and term."""
    return _key(normalised(name), titles_key(titles))


def _key(group: str, titles: str) -> str:
    return hashlib.sha256(f"{group}\n{titles}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Coded:
    """The distinct values of a column, and for each row the place of its value; what is missing has none of its own."""

    codes: Codes
    values: list[object]

    @classmethod
    def of(cls, column: pd.Series) -> Coded:
        """Those of a column."""
        codes, values = pd.factorize(column, use_na_sentinel=False)
        return cls(codes.astype("int64"), [None if pd.isna(value) else value for value in values])

    def mapped(self, places: Iterable[int]) -> Codes:
        """For each row what its value has in ``places``, one for each value."""
        return np.fromiter(places, "int64", len(self.values))[self.codes]

    def texts(self, texts: Iterable[str]) -> pd.Series:
        """For each row its value's text, one for each value."""
        return pd.Series(np.array(list(texts), dtype=object)[self.codes], dtype="str")


@dataclass(frozen=True)
class TitleSets:
    """The distinct sets of titles: their keys, the titles in the order of Focus, and of each row the place of its."""

    keys: list[str]
    titles: list[tuple[str, ...]]
    codes: Codes

    @classmethod
    def of(cls, rows: pd.DataFrame, validity: Validity) -> TitleSets:
        """Those of the sections of rows with ``class_id``; a section without a class has the empty set."""
        classes = Coded.of(rows["class_id"])
        listed = [tuple(dict.fromkeys(validity.options(class_id).values())) for class_id in classes.values]
        places: dict[str, int] = {}
        orders: dict[str, tuple[str, ...]] = {}
        for titles in listed:
            key = titles_key(titles)
            places.setdefault(key, len(places))
            orders[key] = min(orders.get(key, titles), titles)  # the same whatever the order of the rows
        return cls(list(places), list(orders.values()), classes.mapped(places[titles_key(one)] for one in listed))


def with_patterns(rows: pd.DataFrame, validity: Validity) -> pd.DataFrame:
    """The rows (``group`` str, ``class_id`` str) with one more column, ``pattern`` (str)."""
    groups, sets = Coded.of(rows["group"]), TitleSets.of(rows, validity)
    names = [normalised(str(name)) for name in groups.values]
    pairs, of_row = np.unique(groups.codes * len(sets.keys) + sets.codes, return_inverse=True)
    keys = [_key(names[pair // len(sets.keys)], sets.keys[pair % len(sets.keys)]) for pair in pairs.tolist()]
    found = pd.Series(np.array(keys, dtype=object)[of_row], index=rows.index, dtype="str")
    return rows.assign(pattern=found)
