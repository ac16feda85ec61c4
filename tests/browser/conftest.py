"""A real Chromium on a dashboard of its own, which speaks to a sandbox of its own."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Whoever reads how a test failed sees what stood on the page then, and what had the focus."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and isinstance(page, Page):
        try:
            seen = page.evaluate(
                "[document.activeElement?.outerHTML.slice(0, 300), document.body.innerText].join('\\n\\n')"
            )
        except Error as error:
            seen = f"It cannot be asked: {error}"
        report.sections.append((f"Page {page.url}", seen))
    return report
