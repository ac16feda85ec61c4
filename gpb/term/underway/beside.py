"""Pulls of any process on this data directory, so that a page can show one that the command line has begun.

Each pull keeps a file of its own below ``underway/`` while it goes on, and writes it every few seconds. A file that
was not written for a while is that of a process which was killed.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from gpb.private import make_folder
from gpb.settings import Settings, operating_system_user
from gpb.term.underway.courses import Progress

log = logging.getLogger(__name__)
EVERY, SILENT, KEPT = 2.0, 15.0, 3600.0
"""Seconds between two signs of life, without one until a pull counts as dead, and until its file is deleted."""
_OWN: set[str] = set()


@dataclass(frozen=True, slots=True)
class Beside:
    """A pull of another process: whose, of which Canvas and term (as a setting, empty: the current one), how far."""

    name: str
    person: str
    source: str
    term: str
    done: int = 0
    total: int = 0
    text: str = "Starting"


@asynccontextmanager
async def seen_beside(settings: Settings, progress: Progress) -> AsyncIterator[Progress]:
    """Let other processes see this pull until its end: hands out a progress function that tells them, too.

    Where the disk refuses, the pull goes on unseen.
    """
    name = uuid.uuid4().hex
    file = _folder(settings) / f"{name}.json"
    told = Beside(name, operating_system_user(), settings.source, settings.term)
    _OWN.add(name)

    def tell(done: int, total: int, text: str) -> None:
        nonlocal told
        told = Beside(name, told.person, told.source, told.term, done, total, text)
        progress(done, total, text)

    _forget(file.parent)

    async def beat() -> None:
        while True:
            _write(file, told)
            await asyncio.sleep(EVERY)

    beating = asyncio.create_task(beat())
    try:
        yield tell
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        with suppress(OSError):
            file.unlink(missing_ok=True)
        _OWN.discard(name)


def pulls_beside(settings: Settings) -> list[Beside]:
    """The pulls of the same Canvas that other processes have under way; what cannot be read is none."""
    found = []
    with suppress(OSError):
        for file in sorted(_folder(settings).glob("*.json")):
            if file.stem in _OWN:
                continue
            with suppress(OSError, ValueError, TypeError):
                if time.time() - file.stat().st_mtime < SILENT:
                    found.append(Beside(**json.loads(file.read_text("utf-8"))))
    return [one for one in found if one.source == settings.source]


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "underway"


def _forget(folder: Path) -> None:
    """Delete what pulls left that were killed long ago."""
    for file in folder.glob("*"):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > KEPT:
                file.unlink()


def _write(file: Path, told: Beside) -> None:
    part = file.with_suffix(".part")
    try:
        make_folder(file.parent)
        part.write_text(json.dumps(asdict(told)), "utf-8")
        os.replace(part, file)
    except OSError as error:
        log.warning("other processes do not see this pull: %s", error)
