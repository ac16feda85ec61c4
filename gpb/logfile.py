"""The log: details that a sentence on the screen leaves out, without tokens and student data."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

NAME = "gpb.log"


def start_log(folder: Path) -> None:
    """Write warnings of all libraries and our own details to ``gpb.log`` in this folder, 5 files of 5 MB at most."""
    root = logging.getLogger()
    if any(isinstance(handler, RotatingFileHandler) for handler in root.handlers):
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(folder / NAME, maxBytes=5_000_000, backupCount=4, encoding="utf-8", delay=True)
    except OSError:  # a full or read-only disk: the store will say so in a sentence
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root.addHandler(handler)
    logging.getLogger("gpb").setLevel(logging.INFO)
