"""What a place for snapshots can do."""

from __future__ import annotations

from collections.abc import Collection
from typing import IO, Protocol


class Location(Protocol):
    """Files in folders. Paths are relative to the place, with ``/`` between. Everything raises OSError."""

    @property
    def told(self) -> str:
        """How the place is called in sentences."""

    def names(self) -> list[str]:
        """What lies in the place itself; hidden files, and what is being written, are left out."""

    def folders_with(self, file: str, below: str, depth: int) -> list[str]:
        """Folders ``depth`` levels below one that hold a file of this name."""

    def left_over(self, file: str, below: str, depth: int) -> list[str]:
        """Folders ``depth`` levels below one that hold none: those that are being written, or never were finished."""

    def has(self, path: str) -> bool:
        """Whether there is such a file or folder."""

    def sizes(self, folder: str) -> dict[str, int]:
        """The files of a folder by name, with their number of bytes."""

    def read(self, path: str) -> bytes:
        """A whole file; raises FileNotFoundError where there is none."""

    def open(self, path: str) -> IO[bytes]:
        """A file of which parts are read."""

    def write(self, path: str, content: bytes) -> None:
        """Write a file: it is there whole and lasting, or not at all."""

    def delete(self, path: str) -> None:
        """Delete a file, in one step."""

    def delete_folder(self, folder: str) -> None:
        """Delete a folder with all that is in it; what is not there is left."""

    def look_again(self) -> None:
        """Whatever is remembered of what lies here is asked for anew."""


def deep_below(paths: Collection[str], below: str, depth: int) -> list[str]:
    """Those of the paths that lie ``depth`` levels below a folder."""
    start, levels = f"{below}/", below.count("/") + depth
    return sorted(path for path in paths if path.startswith(start) and path.count("/") == levels)
