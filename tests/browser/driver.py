"""A real Chromium, and a dashboard in a process of its own, which can be killed and started again."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.warm import warm

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
]
expect.set_options(timeout=30_000)  # two cores may serve, browse and test at once


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser; without one the test is skipped, except in CI."""
    if CHROMIUM is None:
        reason = "No Chromium was found: install it, or set CHROMIUM to its path."
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def tab(browser: Browser) -> Page:
    """An empty page of 1280 × 900 of another person."""
    return browser.new_page(viewport={"width": 1280, "height": 900})


def free_port() -> int:
    """One that is free, and that no system gives to a connection that a program makes before the dashboard has it."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


class Dashboard:
    """``streamlit run app.py`` on a port of its own, with these settings, until the end of a ``with`` block.

    With ``is_warm`` it is a copy of a process that has imported the libraries, see ``warm``.
    """

    def __init__(self, settings: Mapping[str, str], *, is_warm: bool = False) -> None:
        self._is_warm = is_warm
        self._port = free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self._environment = {**os.environ, "PYTHONFAULTHANDLER": "1", **settings}

    def __enter__(self) -> Dashboard:
        """Start."""
        self.start()
        return self

    def __exit__(self, *raised: object) -> None:
        """End as a service manager ends it; where it does not end, every thread says what it waits for."""
        with suppress(psutil.NoSuchProcess):  # it was killed
            self._process.terminate()
        try:
            self._process.wait(30)
        except psutil.TimeoutExpired:
            self._process.send_signal(signal.SIGABRT)
            self._process.wait(10)
            raise

    def start(self) -> None:
        """Start, or start again on the same port; back when it answers."""
        words = ["run", str(ROOT / "app.py"), "--server.port", str(self._port)]
        self._process: psutil.Process = (
            warm().streamlit(words, str(ROOT), self._environment)
            if self._is_warm
            else psutil.Popen([sys.executable, "-m", "streamlit", *words], cwd=ROOT, env=self._environment)
        )
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the dashboard did not start")

    def connections(self) -> list[Any]:
        """The connections of others to its port, as psutil tells them; none where it does not run."""
        try:
            found = psutil.Process(self._process.pid).net_connections("tcp")
        except psutil.NoSuchProcess:
            return []
        return [one for one in found if one.raddr and one.laddr.port == self._port]

    def kill(self) -> None:
        """SIGKILL: no clean-up code runs."""
        self._process.kill()
        self._process.wait(10)


@contextmanager
def serving(folder: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """Address of a dashboard with these settings and a store in ``folder``."""
    with Dashboard({**settings, "GPB_DATA_DIR": str(folder)}, is_warm=True) as dashboard:
        yield dashboard.address
