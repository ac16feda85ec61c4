"""The assignments that the gradebook of the SIS shows in some classes, asked for one class after the other, and kept.

What a class answered is on disk before the next one is asked, so that a reading that was cut short goes on. Titles,
categories and due dates alone: nothing of students is asked for.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from gpb.api.connect import connect
from gpb.api.sis import SisClient
from gpb.errors import NotPermitted, SkippableError, StoreError, WrongServer
from gpb.private import make_folder, opener
from gpb.settings import Settings
from gpb.term.pull import no_progress
from gpb.term.underway.courses import Progress

log = logging.getLogger(__name__)
READERS = 4
"""Classes under way: a district's gradebook is in use by day."""
ITEMS = {"class_id": "str", "title": "str", "category_id": "str", "due": "str"}
"""One line per assignment that a class has in the gradebook of the SIS; ``due`` as ``LineItem`` has it."""
OF_ONE_CLASS = (NotPermitted, SkippableError, WrongServer)
"""Answers that may be the fault of one class, as long as others can be read."""


class LineItems:
    """What was read under a name (of a snapshot), in ``folder``: one line for each class that answered."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder

    def asked(self, name: str) -> set[str]:
        """The classes that answered."""
        return {class_id for class_id, _ in self._lines(name)}

    def frame(self, name: str) -> pd.DataFrame:
        """What they have: ITEMS."""
        found = [(class_id, *item) for class_id, items in self._lines(name) for item in items]
        return pd.DataFrame(found, columns=list(ITEMS), dtype="str")

    async def read(self, name: str, class_ids: Iterable[str], progress: Progress = no_progress) -> int:
        """Ask the classes that have not answered yet; how many are left, because Focus does not show them.

        Raises the first error where none of them can be read, and StoreError where nothing can be kept.
        """
        known = self.asked(name)
        wanted = [one for one in sorted(set(class_ids)) if one not in known]
        async with connect(self._settings) as connections:
            reading = _Reading(connections.sis, self._file(name), len(known), len(wanted), progress)
            waiting = iter(wanted)

            async def work() -> None:
                for class_id in waiting:  # shared: each reader takes the next class
                    await reading.ask(class_id)

            tasks = [asyncio.ensure_future(work()) for _ in range(min(READERS, len(wanted)))]
            try:
                await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
        return reading.failed

    def _lines(self, name: str) -> list[tuple[str, list[tuple[str, ...]]]]:
        found = []
        try:
            lines = self._file(name).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"What Focus had answered, in {self._file(name)}, cannot be read: {error}.") from error
        for line in lines:
            try:
                class_id, items = json.loads(line)
                found.append((str(class_id), [_item(*one) for one in items]))
            except (ValueError, TypeError):  # the last line of a reading that was cut short
                continue
        return found

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.jsonl"


class _Reading:
    def __init__(self, sis: SisClient, file: Path, done: int, left: int, progress: Progress) -> None:
        self.failed = 0
        self._sis, self._file, self._progress = sis, file, progress
        self._done, self._whole = done, done + left
        self._answers = 0

    async def ask(self, class_id: str) -> None:
        """Ask for one class, and keep what it has."""
        try:
            items = await self._sis.line_items(class_id)
        except OF_ONE_CLASS as error:
            log.warning("the assignments of class %s could not be read: %s", class_id, error)
            self.failed += 1
            if not self._answers and self.failed >= READERS:
                raise
        else:
            self._answers += 1
            lines = [(item.title, item.category_id, item.due) for item in items]
            self._keep(json.dumps([class_id, lines], ensure_ascii=False))
        self._done += 1
        self._progress(self._done, self._whole, f"{self._done:,} of {self._whole:,} sections asked in Focus")

    def _keep(self, line: str) -> None:
        try:
            make_folder(self._file.parent)
            with open(self._file, "a", encoding="utf-8", opener=opener) as lines:
                if lines.tell() and not _ends(self._file):
                    lines.write("\n")
                lines.write(f"{line}\n")
        except OSError as error:
            raise StoreError(f"What Focus answers cannot be kept in {self._file}: {error}.") from error


def _item(title: object, category: object, due: object = "") -> tuple[str, ...]:
    """What was kept of one; older releases kept no due date."""
    return str(title), str(category), str(due)


def _ends(file: Path) -> bool:
    """Whether the last line is whole."""
    with file.open("rb") as lines:
        lines.seek(-1, os.SEEK_END)
        return lines.read() == b"\n"
