"""The dashboard as a process of its own, and a Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from gpb.sandbox import Running

ROOT = Path(__file__).resolve().parent.parent.parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
STARTS_WITHIN = 60  # seconds


def chromium() -> str | None:
    """Where Chromium is: as the variable CHROMIUM says, else on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; without one the tests are skipped, in CI they fail."""
    path = chromium()
    if path is None:
        sentence = "No Chromium was found. Install it, or set CHROMIUM to its path, to run the browser tests."
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
        yield playwright.chromium.launch(executable_path=path, args=arguments)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of its own, as wide as a coordinator's laptop."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@contextmanager
def dashboard(folder: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """Start the dashboard with a store in ``folder``; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GPB_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)],
        cwd=ROOT,
        env={**clean, **settings, "GPB_DATA_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def address(box: Running, tmp_path: Path) -> Iterator[str]:
    """The dashboard on the small district."""
    with dashboard(tmp_path, box.settings) as found:
        yield found


def _wait(health: str) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(health, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"The dashboard did not answer within {STARTS_WITHIN} s.")
