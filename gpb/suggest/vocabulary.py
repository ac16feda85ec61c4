"""What the words of names mean: abbreviations, kinds of work, words for their level. Tables in ``data/names``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from gpb.suggest.normal import singular

_CHECKOUT, _WHEEL = Path(__file__).resolve().parents[2] / "data" / "names", Path(__file__).parent / "tables"
Words = tuple[str, ...]


class Level(StrEnum):
    """How much a kind of work counts in gradebooks that have levels."""

    HIGH = "high"
    LOW = "low"
    OPEN = "open"
    """Schools differ: documented ones keep quizzes, labs and notebooks at either level."""


@dataclass(frozen=True)
class Vocabulary:
    """The tables: ``abbreviations`` short → words, ``kinds`` words of a kind of work → level, ``levels`` word → level,
    and ``modifiers``, words before a kind of work that leave it what it is."""

    abbreviations: dict[str, Words] = field(default_factory=dict)
    kinds: dict[Words, Level] = field(default_factory=dict)
    levels: dict[str, Level] = field(default_factory=dict)
    modifiers: frozenset[str] = frozenset()

    def spelled_out(self, words: Words) -> Words:
        """Words with abbreviations written in full."""
        return tuple(word for short in words for word in self.abbreviations.get(short, (short,)))

    def with_abbreviations(self, own: Mapping[str, str]) -> Vocabulary:
        """The same with other abbreviations over its own: short → long; an empty text takes one away."""
        table = {**self.abbreviations, **{short: _words(long) for short, long in own.items()}}
        return replace(self, abbreviations={short: long for short, long in table.items() if long})

    @cached_property
    def version(self) -> str:
        """Another text where a table is another one."""
        return repr((self.abbreviations, self.kinds, self.levels, sorted(self.modifiers)))

    def knows(self, word: str) -> bool:
        """Whether a word stands in one of the tables, so that it is no other word misspelt."""
        return word in self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        of_kinds = (word for kind in self.kinds for word in kind)
        return frozenset([*of_kinds, *self.levels, *self.modifiers, *self.abbreviations])

    @cached_property
    def _longest(self) -> int:
        return max(map(len, self.kinds), default=0)

    def kind(self, words: Words) -> Words | None:
        """The kind of work that a name ends in: that of “unit test” is “test”."""
        for length in range(min(self._longest, len(words)), 0, -1):
            if words[-length:] in self.kinds:
                return words[-length:]
        return None


def read_vocabulary(folder: Path | None = None) -> Vocabulary:
    """The tables of the program, or those of a folder."""
    place = folder or (_CHECKOUT if _CHECKOUT.is_dir() else _WHEEL)
    return Vocabulary(
        {short: _words(long) for short, long in _table(place / "abbreviations.csv")},
        {_words(kind): Level(level) for kind, level in _table(place / "kinds.csv")},
        {_words(word)[0]: Level(level) for word, level in _table(place / "levels.csv")},
        frozenset(singular(word) for word, _ in _table(place / "modifiers.csv")),
    )


def _words(text: str) -> Words:
    return tuple(map(singular, text.split()))


def _table(file: Path) -> list[tuple[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return [(first, second) for first, second in list(csv.reader(lines))[1:]]
