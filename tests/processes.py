"""The program in processes of its own, which tests stop, pause and kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gpb.settings import Settings

PATIENCE = 60.0  # seconds, on a machine that does much else


def environment(settings: Settings) -> dict[str, str]:
    """The environment in which the program finds these settings."""
    values = {
        "CANVAS_URL": settings.canvas_url,
        "CANVAS_TOKEN": settings.canvas_token.get_secret_value(),
        "SIS_URL": settings.sis_url,
        "SIS_CLIENT_ID": settings.sis_client_id,
        "SIS_CLIENT_SECRET": settings.sis_client_secret.get_secret_value(),
        "STORE_URL": settings.effective_store_url,
        "DATA_DIR": str(settings.data_dir),
    }
    return {**os.environ, **{f"GPB_{name}": value for name, value in values.items()}}


@contextmanager
def program(settings: Settings, *words: str) -> Iterator[subprocess.Popen[str]]:
    """``python -m gpb`` with these words; killed at the end of the block if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gpb", *words],
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(condition: Callable[[], bool], *, every: float = 0.02) -> None:
    """Come back when it holds, looked at every so many seconds; an AssertionError when it takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(every)
