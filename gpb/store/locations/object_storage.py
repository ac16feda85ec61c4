"""Object storage (S3, Google, Azure) or HDFS, by way of pyarrow's file systems.

Keys and regions come from the environment, as the makers of the storage have it (``AWS_ACCESS_KEY_ID`` and so on, or
the machine's own role): https://arrow.apache.org/docs/python/filesystems.html. Objects appear whole or not at all, and
are never altered here; so what was small and read once need not be read again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, cast

from pyarrow import ArrowException
from pyarrow.fs import FileSelector, FileSystem, FileType

from gpb.snapshot_urls import at_once, without_options
from gpb.store.locations.location import deep_below

TRUSTED = 5.0
"""Seconds for which a list of what is there is used: a page asks many times."""
SMALL, MOST_KEPT = 100_000, 1000
"""Bytes of a file that is kept in memory, and how many are."""
log = logging.getLogger(__name__)


@dataclass
class _Seen:
    """A list of all files, with their sizes, and of the folders; ``at`` by the clock of this process."""

    at: float = float("-inf")
    files: dict[str, int] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)


class ObjectStorage:
    """See ``Location``."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._small: dict[str, bytes] = {}
        self._lock = threading.Lock()

    @property
    def told(self) -> str:
        """The URL without its options."""
        return without_options(self._url)

    @cached_property
    def _opened(self) -> tuple[FileSystem, str]:
        files, root = FileSystem.from_uri(at_once(self._url))
        return files, root.rstrip("/")

    def names(self) -> list[str]:
        """What lies in it."""
        seen = self._look("")
        return sorted(name for name in {*seen.files, *seen.folders} if not name.startswith("."))

    def folders_with(self, file: str, below: str, depth: int) -> list[str]:
        """By what is remembered."""
        seen = self._look(below)
        return [path for path in deep_below(seen.folders, below, depth) if f"{path}/{file}" in seen.files]

    def left_over(self, file: str, below: str, depth: int) -> list[str]:
        """By what is remembered."""
        seen = self._look(below)
        return [path for path in deep_below(seen.folders, below, depth) if f"{path}/{file}" not in seen.files]

    def has(self, path: str) -> bool:
        """By what is remembered."""
        seen = self._look(path.partition("/")[0])
        return path in seen.files or path in seen.folders

    def sizes(self, folder: str) -> dict[str, int]:
        """By what is remembered."""
        seen = self._look(folder.partition("/")[0])
        start = f"{folder}/"
        return {path.removeprefix(start): size for path, size in seen.files.items() if path.startswith(start)}

    def read(self, path: str) -> bytes:
        """What is small is kept in memory."""
        if path in self._small:
            return self._small[path]
        files, root = self._opened
        with _as_os_error(), files.open_input_file(f"{root}/{path}") as file:
            content: bytes = file.read()
        if len(content) <= SMALL and len(self._small) < MOST_KEPT:
            self._small[path] = content
        return content

    def open(self, path: str) -> IO[bytes]:
        """For reading."""
        files, root = self._opened
        with _as_os_error():
            return cast("IO[bytes]", files.open_input_file(f"{root}/{path}"))

    def write(self, path: str, content: bytes) -> None:
        """Objects appear whole."""
        files, root = self._opened
        with _as_os_error(), files.open_output_stream(f"{root}/{path}") as file:
            file.write(content)
        self._small.pop(path, None)
        self.look_again()

    def delete(self, path: str) -> None:
        """For good."""
        files, root = self._opened
        with _as_os_error():
            files.delete_file(f"{root}/{path}")
        self._small.pop(path, None)
        self.look_again()

    def delete_folder(self, folder: str) -> None:
        """What cannot be deleted stays."""
        files, root = self._opened
        try:
            with _as_os_error():
                files.delete_dir(f"{root}/{folder}")
        except OSError as error:
            log.warning("%s could not be deleted: %s", folder, error)
        self.look_again()

    def look_again(self) -> None:
        """Forget what is remembered."""
        self._seen.clear()

    def _look(self, below: str) -> _Seen:
        """What lies below a folder of the place, or in the place itself, as it was some seconds ago at most."""
        with self._lock:
            seen = self._seen.get(below)
            if seen is None or self._clock() - seen.at > TRUSTED:
                seen = self._seen[below] = self._listed(below)
            return seen

    def _listed(self, below: str) -> _Seen:
        files, root = self._opened
        at, start = self._clock(), len(root) + 1
        wanted = FileSelector(f"{root}/{below}".rstrip("/"), recursive=bool(below), allow_not_found=True)
        with _as_os_error():
            found = files.get_file_info(wanted)
        sizes = {one.path[start:]: one.size for one in found if one.type == FileType.File}
        folders = {one.path[start:] for one in found if one.type == FileType.Directory}
        return _Seen(at, sizes, folders | {below} if below and found else folders)


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except ArrowException as error:
        raise OSError(str(error)) from error
