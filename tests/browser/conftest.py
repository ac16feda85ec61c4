"""A real Chromium on a dashboard of its own, which speaks to a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from gpb.sandbox import Running
from tests.browser.driver import browsing, serving, tab


@pytest.fixture
def page() -> Iterator[Page]:
    """An empty page."""
    with browsing() as browser:
        yield tab(browser)


@pytest.fixture
def dashboard(box: Running, tmp_path: Path) -> Iterator[str]:
    """Address of a dashboard whose settings lead to the sandbox ``box``."""
    with serving(tmp_path, box.settings) as address:
        yield address
