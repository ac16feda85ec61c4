"""The abbreviations of a district: those of the program, and over them what its people have written."""

from __future__ import annotations

import csv
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from gpb.errors import InputError, StoreError
from gpb.store.choices.abbreviations import AbbreviationStore
from gpb.suggest.decisions.short import entry, spelled
from gpb.suggest.normal import words
from gpb.suggest.room.kept import digest
from gpb.suggest.vocabulary import Vocabulary, read_vocabulary

log = logging.getLogger(__name__)
MOST = 2_000
"""Entries of a table that people keep by hand."""
BEFORE = "before 0.7"
"""Who wrote what older releases kept in a file."""
Table = dict[str, str]


class Abbreviations:
    """The table of one district, of which ``store`` has what differs from the program's own.

    Older releases kept that as the CSV ``file`` of one machine: it is taken into the store once, and renamed.
    """

    def __init__(self, store: AbbreviationStore, file: Path | None = None) -> None:
        self._store = store
        self._file = file
        self._built_in = read_vocabulary()
        self._lock = threading.RLock()
        self._known: tuple[str, Vocabulary] | None = None
        self._named: tuple[pd.DataFrame, str] | None = None

    def version(self) -> str:
        """Another text after every change."""
        own, named = self.own(), self._named
        if named is None or named[0] is not own:
            named = self._named = own, digest(repr(own[["short", "long"]].to_numpy().tolist()))
        return named[1]

    def vocabulary(self) -> Vocabulary:
        """All tables of words, with this one; the same object as long as nothing is changed."""
        with self._lock:
            version = self.version()
            if self._known is None or self._known[0] != version:
                own = self.own()
                table = dict(zip(own["short"].tolist(), own["long"].tolist(), strict=True))
                self._known = version, self._built_in.with_abbreviations(table)
            return self._known[1]

    def table(self) -> Table:
        """Long by short, sorted, as they hold now."""
        return _joined(self.vocabulary())

    def own(self) -> pd.DataFrame:
        """What differs from the program's own table, by whom and when: ``store.choices.abbreviations.COLUMNS``."""
        with self._lock:
            if self._file is not None:
                self._take_over(self._file)
                self._file = None
        return self._store.frame()

    def usual(self) -> Table:
        """The program's own table."""
        return _joined(self._built_in)

    def put(self, table: Mapping[str, str], *, person: str) -> int:
        """Keep the whole table as people have it before them; how many entries that changes.

        Raises InputError where an entry makes no sense.
        """
        wanted, before = _checked(table), self.table()
        return self._change({short: wanted.get(short, "") for short in wanted.keys() | before.keys()}, person)

    def take(self, table: Mapping[str, str], *, person: str) -> int:
        """Add entries, spelled as ``decisions.short.entry`` does it; empty: a word is no abbreviation any more."""
        return self._change(dict(table), person)

    def _change(self, wanted: Mapping[str, str], person: str) -> int:
        before, usual = self.table(), self.usual()
        moved = {short: long for short, long in wanted.items() if before.get(short, "") != long}
        if len(before | moved) > MOST:
            raise InputError(f"The table has {len(before | moved):,} entries; at most {MOST:,} can be kept.")
        own = {short: None if usual.get(short, "") == long else long for short, long in moved.items()}
        if own:
            self._store.put(own, person)
        return len(moved)

    def _take_over(self, file: Path) -> None:
        try:
            lines = list(csv.reader(file.read_text(encoding="utf-8", errors="replace").splitlines()))[1:]
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"The abbreviations in {file} cannot be read: {error}.") from error
        sound = [line for line in lines if len(line) == 2 and words(line[0])]
        if len(sound) < len(lines):
            log.warning("%s of %s lines in %s are no abbreviations", len(lines) - len(sound), len(lines), file)
        there = set(self._store.frame()["short"])
        self._store.put({key: long for short, long in sound if (key := spelled(short)) not in there}, BEFORE)
        try:
            os.replace(file, file.with_name(f"{file.name}.taken"))
        except OSError as error:
            log.warning("%s stays, though the store has its lines now: %s", file, error)


def _joined(vocabulary: Vocabulary) -> Table:
    return {short: " ".join(long) for short, long in sorted(vocabulary.abbreviations.items())}


def _checked(table: Mapping[str, str]) -> Table:
    """Entries as names are read; raises InputError for one that is none."""
    found: Table = {}
    for short, long in table.items():
        key, meant = entry(short, long)
        if found.setdefault(key, meant) != meant:
            raise InputError(f"“{short}” stands twice in the table, for “{found[key]}” and “{meant}”. Keep one.")
    return found
