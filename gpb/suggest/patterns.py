"""Patterns: what a person decides once. The name of a group × the titles that its section offers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

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

    def texts(self, texts: Iterable[object]) -> pd.Series:
        """For each row its value's text, one for each value."""
        return pd.Series(list(texts), dtype="str").take(self.codes).reset_index(drop=True)


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
        listed = [validity.titles_in(class_id) for class_id in classes.values]
        places: dict[str, int] = {}
        place_of: dict[tuple[str, ...], int] = {}
        orders: list[tuple[str, ...]] = []
        for titles in sorted(set(listed)):  # the same order of a set's titles whatever the order of the rows
            key = titles_key(titles)
            if key not in places:
                places[key] = len(orders)
                orders.append(titles)
            place_of[titles] = places[key]
        of_class = np.array([place_of[titles] for titles in listed], dtype="int64")
        return cls(list(places), orders, of_class[classes.codes])


@dataclass(frozen=True)
class Cells:
    """Rows of the association frame in numbers: the work is done once for what is the same, not once for each row."""

    rows: pd.DataFrame
    names: Coded
    groups: Coded
    sets: TitleSets

    @classmethod
    def of(cls, rows: pd.DataFrame, validity: Validity) -> Cells:
        """Those of rows with ``group`` and ``class_id``, which are numbered anew."""
        names = Coded.of(rows["group"])
        codes, values = pd.factorize(np.array([normalised(str(name)) for name in names.values], dtype=object))
        groups = Coded(codes.astype("int64")[names.codes], list(values))
        return cls(rows.reset_index(drop=True), names, groups, TitleSets.of(rows, validity))

    def name(self, place: int) -> str:
        """The group's name in a row."""
        return str(self.names.values[self.names.codes[place]])

    def group(self, place: int) -> str:
        """The normalised name of the group in a row."""
        return str(self.groups.values[self.groups.codes[place]])

    def titles(self, place: int) -> tuple[str, ...]:
        """The titles of the section of a row, in the order of Focus."""
        return self.sets.titles[int(self.sets.codes[place])]

    def set_key(self, place: int) -> str:
        """The same as the key of a set."""
        return self.sets.keys[int(self.sets.codes[place])]

    def column(self, name: str) -> Coded:
        """A column of the rows in numbers."""
        if name not in self._columns:
            self._columns[name] = Coded.of(self.rows[name])
        return self._columns[name]

    def text(self, name: str, place: int) -> str:
        """What a row has in a column, as text."""
        column = self.column(name)
        return str(column.values[column.codes[place]])

    @cached_property
    def _columns(self) -> dict[str, Coded]:
        return {}

    @cached_property
    def patterns(self) -> Coded:
        """The pattern of each row."""
        firsts, codes = distinct(self.groups.codes, self.sets.codes)
        return Coded(codes, [_key(self.group(place), self.set_key(place)) for place in firsts])


def distinct(*columns: Codes) -> tuple[list[int], Codes]:
    """The places of the first row of each different line of columns, and for each row the number of its line."""
    codes = columns[0]
    for column in columns[1:]:
        codes = pd.factorize(codes * (int(column.max(initial=0)) + 2) + column)[0]
    codes = pd.factorize(codes)[0].astype("int64")
    firsts = np.zeros(int(codes.max(initial=-1)) + 1, dtype="int64")
    firsts[codes[::-1]] = np.arange(len(codes))[::-1]
    return firsts.tolist(), codes


def with_patterns(rows: pd.DataFrame, validity: Validity) -> pd.DataFrame:
    """The rows (``group`` str, ``class_id`` str) with one more column, ``pattern`` (str)."""
    patterns = Cells.of(rows, validity).patterns
    return rows.assign(pattern=patterns.texts(patterns.values).set_axis(rows.index))
