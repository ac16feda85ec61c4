"""Frames that were made from a snapshot, kept as Parquet beside it until it goes, so that a restart finds them."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pandas as pd
from pyarrow import ArrowException

from gpb.private import make_folder, tighten
from gpb.suggest.schemas import framed

log = logging.getLogger(__name__)


class KeptFrames:
    """One frame for each snapshot in ``folder``, as made under a ``key`` that names everything it depends on.

    ``has`` tells whether a snapshot is still there: what was kept of another one is taken away.
    """

    def __init__(self, folder: Path, has: Callable[[str], bool]) -> None:
        self._folder = folder
        self._has = has

    def read(self, identifier: str, key: str, columns: Mapping[str, str]) -> pd.DataFrame | None:
        """The frame of a snapshot with these columns and dtypes; None where it is not there, or damaged."""
        with suppress(OSError, ValueError, KeyError, TypeError, ArrowException):
            return framed(pd.read_parquet(self._file(identifier, key)), columns)
        return None

    def keep(self, found: pd.DataFrame, identifier: str, key: str) -> None:
        """Write it in the place of what was kept before; a full disk costs the time of next time."""
        file = self._file(identifier, key)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            make_folder(self._folder)
            for old in self._folder.glob("*.parquet"):
                of = old.name[: old.name.rindex("-")]
                if old != file and (of == identifier or not self._has(of)):
                    old.unlink(missing_ok=True)
            found.to_parquet(draft, index=False, compression="zstd")
            tighten(draft)
            os.replace(draft, file)
        except OSError as error:
            log.warning("%s could not be kept: %s", file, error)
            draft.unlink(missing_ok=True)

    def _file(self, identifier: str, key: str) -> Path:
        return self._folder / f"{identifier}-{digest(key)}.parquet"


def digest(text: str) -> str:
    """Twelve hex digits that name a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
