"""A sandbox in a process of its own, so that the measured process is measured alone."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gpb.settings import Settings


@contextmanager
def district(*options: str) -> Iterator[dict[str, str]]:
    """A running ``python -m gpb sandbox`` with these options; the settings that it printed."""
    command = [sys.executable, "-m", "gpb", "sandbox", "--port", "0", "--stop-with-parent", *options]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield dict(_printed(process))
    finally:
        process.communicate()


def settings_for(printed: dict[str, str], folder: Path) -> Settings:
    """The settings of the program for it."""
    values: dict[str, Any] = {name.removeprefix("GPB_").lower(): value for name, value in printed.items()}
    return Settings(_env_file=None, data_dir=folder, **values)  # type: ignore[call-arg]  # pydantic-settings takes it


def replies(printed: dict[str, str]) -> list[dict[str, Any]]:
    """Method, path and status of every request so far."""
    base = printed["GPB_CANVAS_URL"].removesuffix("/canvas")
    with urllib.request.urlopen(f"{base}/_sandbox/requests", timeout=60) as reply:
        found: list[dict[str, Any]] = json.load(reply)
    return found


def _printed(process: subprocess.Popen[str]) -> Iterator[tuple[str, str]]:
    for line in process.stdout or ():
        if line.strip() == "ready":
            return
        name, _, value = line.strip().partition("=")
        yield name, value
