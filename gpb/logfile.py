"""The log: details that a sentence on the screen leaves out, without tokens and student data."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from concurrent_log_handler import ConcurrentRotatingFileHandler

from gpb.printable import one_line
from gpb.private import make_folder, tighten

NAME = "gpb.log"
LARGEST = 5_000_000  # bytes


class OneLine(logging.Formatter):
    """A line for each message, whatever names and ids of servers it holds; those of a traceback begin with a bar."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # logging's own name
        """Without anything that would end the line."""
        record.message = one_line(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:  # the same
        """Nothing of an exception's text can pass for a line of the log."""
        return "\n".join(f"  | {one_line(line)}" for line in super().formatException(ei).splitlines())


def start_log(folder: Path) -> None:
    """Write warnings of all libraries and our own details to ``gpb.log`` in this folder, 5 files of 5 MB at most.

    Dashboard, worker and commands write to the same file at once: each line is written, and a new file begun, under a
    lock. Their owner alone can read the files.
    """
    root = logging.getLogger()
    if any(isinstance(handler, ConcurrentRotatingFileHandler) for handler in root.handlers):
        return
    try:
        make_folder(folder)
        handler = ConcurrentRotatingFileHandler(
            str(folder / NAME), maxBytes=LARGEST, backupCount=4, encoding="utf-8", chmod=0o600, umask=0o077
        )
    except OSError:  # a full or read-only disk: the store will say so in a sentence
        return
    for file in folder.glob(f"{NAME}*"):
        tighten(file)
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.raiseExceptions = False  # a log that cannot be written any more is no reason for a traceback on stderr
    root.addHandler(handler)
    logging.getLogger("gpb").setLevel(logging.INFO)
