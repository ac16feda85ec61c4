"""A folder of this machine, or of a file system that several machines share."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from gpb.private import make_folder, opener, tighten, tighten_all


class Disk:
    """See ``Location``. What is written here is its owner's alone, and outlives a power failure."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tighten_all(folder)

    @property
    def told(self) -> str:
        """How the folder is called."""
        return str(self.folder)

    def names(self) -> list[str]:
        """What lies in it."""
        return [entry.name for entry in _entries(self.folder)]

    def folders_with(self, file: str, below: str, depth: int) -> list[str]:
        """Looked for on the disk."""
        return [path for path in self._folders(below, depth) if self._holds(path, file)]

    def left_over(self, file: str, below: str, depth: int) -> list[str]:
        """Looked for on the disk."""
        return [path for path in self._folders(below, depth) if not self._holds(path, file)]

    def has(self, path: str) -> bool:
        """Looked for on the disk."""
        return (self.folder / path).exists()

    def sizes(self, folder: str) -> dict[str, int]:
        """As they are now."""
        return {entry.name: entry.stat().st_size for entry in _entries(self.folder / folder) if entry.is_file()}

    def read(self, path: str) -> bytes:
        """The file as it is now."""
        return (self.folder / path).read_bytes()

    def open(self, path: str) -> IO[bytes]:
        """For reading."""
        return (self.folder / path).open("rb")

    def write(self, path: str, content: bytes) -> None:
        """Beside its place first."""
        place = self.folder / path
        draft = place.with_name(f".{place.name}.part")
        make_folder(place.parent)
        try:
            with open(draft, "wb", opener=opener) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, place)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
        tighten(place)
        _keep_names(place.parent)

    def delete(self, path: str) -> None:
        """For good."""
        (self.folder / path).unlink()
        _keep_names((self.folder / path).parent)

    def delete_folder(self, folder: str) -> None:
        """What cannot be deleted stays."""
        shutil.rmtree(self.folder / folder, ignore_errors=True)

    def look_again(self) -> None:
        """Nothing is remembered: a folder is quick to look into."""

    def _holds(self, folder: str, file: str) -> bool:
        return os.path.exists(f"{self.folder}/{folder}/{file}")  # hundreds are asked for at each page

    def _folders(self, below: str, depth: int) -> Iterator[str]:
        for entry in _entries(self.folder / below):
            if entry.is_dir():
                path = f"{below}/{entry.name}"
                yield from self._folders(path, depth - 1) if depth > 1 else (path,)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []


def _keep_names(folder: Path) -> None:
    """Have the disk keep what a folder holds: when the power fails, a name must not outlive what it stands for."""
    if sys.platform == "win32":  # a folder cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
