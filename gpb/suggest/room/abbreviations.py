"""The abbreviations of a district: those of the program, and over them what its people have written."""

from __future__ import annotations

import csv
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from gpb.errors import InputError, StoreError
from gpb.private import make_folder, tighten
from gpb.suggest.normal import plain, words
from gpb.suggest.room.kept import digest
from gpb.suggest.vocabulary import Vocabulary, read_vocabulary

log = logging.getLogger(__name__)
HEADER = ("short", "long")
LONGEST, MOST = 60, 2_000
"""Characters of one entry, and entries, of a table that people keep by hand."""
Table = dict[str, str]


class Abbreviations:
    """The table of one district (``source`` names Canvas and account), kept as CSV in ``folder``.

    The file holds what differs from the program's own table; an empty ``long`` says that a word is no abbreviation.
    """

    def __init__(self, folder: Path, source: str) -> None:
        self._folder = folder
        self._file = folder / f"abbreviations-{digest(source)}.csv"
        self._built_in = read_vocabulary()
        self._lock = threading.Lock()
        self._known: tuple[str, Vocabulary] | None = None

    def version(self) -> str:
        """Another text after every change."""
        return digest(self._text())

    def vocabulary(self) -> Vocabulary:
        """All tables of words, with this one; the same object as long as nothing is changed."""
        with self._lock:
            version = self.version()
            if self._known is None or self._known[0] != version:
                self._known = version, self._built_in.with_abbreviations(self._own())
            return self._known[1]

    def table(self) -> Table:
        """Long by short, sorted, as they hold now."""
        return _joined(self.vocabulary())

    def put(self, table: Mapping[str, str]) -> int:
        """Keep the whole table as people have it before them; how many entries that changes.

        Raises InputError where an entry makes no sense, and StoreError where it cannot be written.
        """
        wanted = _checked(table)
        before, usual = self.table(), _joined(self._built_in)
        own = {short: long for short, long in wanted.items() if usual.get(short) != long}
        own |= dict.fromkeys(usual.keys() - wanted.keys(), "")
        draft = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            make_folder(self._folder)
            with draft.open("w", encoding="utf-8", newline="") as lines:
                csv.writer(lines).writerows([HEADER, *sorted(own.items())])
            tighten(draft)
            os.replace(draft, self._file)
        except OSError as error:
            raise StoreError(f"The abbreviations could not be kept in {self._folder}: {error}.") from error
        return sum(before.get(short) != wanted.get(short) for short in before.keys() | wanted.keys())

    def _own(self) -> Table:
        lines = list(csv.reader(self._text().splitlines()))[1:]
        sound = [line for line in lines if len(line) == len(HEADER) and words(line[0])]
        if len(sound) < len(lines):
            log.warning("%s of %s lines in %s are no abbreviations", len(lines) - len(sound), len(lines), self._file)
        return {_key(short): long for short, long in sound}

    def _text(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise StoreError(f"The abbreviations in {self._file} cannot be read: {error}.") from error


def _joined(vocabulary: Vocabulary) -> Table:
    return {short: " ".join(long) for short, long in sorted(vocabulary.abbreviations.items())}


def _checked(table: Mapping[str, str]) -> Table:
    """Entries as names are read; raises InputError for one that is none."""
    found: Table = {}
    for short, long in table.items():
        key, meant = _key(short), " ".join(words(long))
        if not key or " " in key or len(key) > LONGEST:
            raise InputError(f"“{short[:LONGEST]}” is no abbreviation: write one word of letters.")
        if not meant or len(meant) > LONGEST:
            raise InputError(f"Write what “{short}” is short for, in at most {LONGEST} characters.")
        if found.setdefault(key, meant) != meant:
            raise InputError(f"“{short}” stands twice in the table, for “{found[key]}” and “{meant}”. Keep one.")
    if len(found) > MOST:
        raise InputError(f"The table has {len(found):,} entries; at most {MOST:,} can be kept.")
    return found


def _key(short: str) -> str:
    """As the word stands in a name that was taken apart."""
    return " ".join(words(short)) or plain(short)
