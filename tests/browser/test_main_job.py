"""The main job in a real browser: a coordinator associates a row and syncs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gpb.sandbox import Running
from tests.browser.conftest import dashboard
from tests.browser.grid import Grid
from tests.conftest import look

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GROUP, OPEN, CATEGORY, CHANGED = "Assignment group", "Open", "SIS Category ✎", "Changed"


def read_term(page: Page, address: str) -> None:
    """Open the dashboard for the first time and read the term."""
    page.goto(address)
    page.get_by_text("Nothing has been read from Canvas yet").wait_for()
    page.get_by_role("button", name="Refresh").click()
    page.get_by_role("heading", name="By school").wait_for()


def unassociated_rows(page: Page) -> Grid:
    """Go to the Associate page and filter by status, with the mouse."""
    page.get_by_role("link", name="Associate", exact=True).click()
    page.get_by_role("heading", name="Associate", exact=True).wait_for()
    Grid(page)
    page.get_by_label("Status").click()
    page.get_by_role("option", name="Unassociated", exact=True).click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(lambda url: "status=Unassociated" in url)
    expect(page.get_by_test_id("stMarkdown").filter(has_text="rows of")).not_to_contain_text("0 rows")
    return Grid(page)


def pick_first_valid(page: Page, grid: Grid) -> str:
    """Give the first row a category that its section has; its title. The by-course view tells which those are."""
    grid.element.wait_for()
    name = grid.cell("SIS Section", 0).inner_text()
    page.get_by_text("By course", exact=True).click()
    raise NotImplementedError(name)


def stored(box: Running) -> dict[str, Any]:
    """What Canvas stores, by group id."""
    groups: dict[str, Any] = look(box, "state")["groups"]
    return groups
