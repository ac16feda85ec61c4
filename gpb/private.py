"""Files and folders for their owner alone: store, snapshots and log tell who works on what, and what is lost.

Exports that a person writes somewhere do not come here; for them the umask holds. Rights that cannot be changed (those
of another owner, or on Windows) are left as they are: whoever may not write is told so by what comes next.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from functools import cache
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_folder(place: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone. Raises OSError."""
    for folder in reversed([one for one in (place, *place.parents) if not one.exists()]):
        folder.mkdir(FOLDER, exist_ok=True)
    if not place.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(place))


def make_file(place: Path) -> None:
    """Make an empty file for its owner alone, or tighten the one that is there."""
    with suppress(OSError):
        os.close(os.open(place, os.O_RDONLY | os.O_CREAT, FILE))
    tighten(place)


def opener(path: str, flags: int) -> int:
    """For ``open``: a file that this makes is for its owner alone."""
    return os.open(path, flags, FILE)


def tighten(place: Path) -> None:
    """Take the rights of everybody but the owner away.

    Not from what a link leads to, and not from a folder that all may use, such as ``/tmp``.
    """
    with suppress(OSError):
        mode = place.lstat().st_mode
        if mode & OTHERS and not stat.S_ISLNK(mode) and not mode & stat.S_ISVTX:
            place.chmod(stat.S_IMODE(mode) & ~OTHERS)


@cache
def tighten_all(folder: Path) -> None:
    """The same for a folder and everything in it, once in a process: what is made later is made so."""
    tighten(folder)
    for place in folder.rglob("*"):
        tighten(place)
