"""The main job in a real browser: a coordinator associates a section's group with a category and syncs it."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gpb.sandbox import Running
from tests.browser.driver import serving
from tests.browser.grid import Grid
from tests.conftest import look

pytestmark = pytest.mark.browser

GROUP, CATEGORY, CHANGED = "Assignment group", "SIS Category", "Changed"


def read_term(page: Page, address: str) -> None:
    """Open the dashboard for the first time and press Refresh."""
    page.goto(address)
    page.get_by_text("There is no data from Canvas yet").wait_for()
    page.get_by_test_id("stMain").get_by_role("button", name="Refresh").click()
    page.get_by_role("heading", name="By school").wait_for()


def filter_unassociated(page: Page) -> Grid:
    """Go to the Associate page, which shows what is to do."""
    page.get_by_role("link", name="Associate", exact=True).click()
    Grid(page)
    expect(page).to_have_url(re.compile("figure=to_do"))
    grid = Grid(page)
    expect(grid.cell("Status", 0)).to_have_text("Unassociated")
    return grid


def choosable(box: Running, sis_id: str) -> tuple[str, str]:
    """Id and title of a category that the SIS offers in this section under a title of its own."""
    categories = look(box, "state")["categories"].items()
    offered = [
        (identifier, category["title"])
        for identifier, category in categories
        if sis_id in category["section_uuids"] and category["active"] and not category["deleted"]
    ]
    titles = [title for _, title in offered]
    return next((identifier, title) for identifier, title in offered if titles.count(title) == 1)


def associations(data: dict[str, Any]) -> dict[str, Any]:
    """Section SIS id → stored value."""
    mapping: dict[str, Any] = data.get("sistemic", {}).get("categoryMapping", {})
    return mapping


def test_a_coordinator_associates_one_row_and_syncs_it(page: Page, dashboard: str, box: Running) -> None:
    """Filter, pick, see Changed, reload, review, sync, be told; Canvas stores that and no more."""
    read_term(page, dashboard)
    grid = filter_unassociated(page)
    key = grid.key(0)
    sis_id = str(box.world.sections[key[1]].sis_section_id)
    identifier, title = choosable(box, sis_id)
    before = look(box, "state")["groups"]

    grid.pick(CATEGORY, 0, title)
    expect(grid.cell(CHANGED, 0)).to_contain_text("Changed")

    page.reload()
    page.get_by_role("radio", name="Drafted 1").click()
    expect(page).to_have_url(re.compile("figure=drafted"))
    grid = Grid(page)
    expect(grid.row(0)).to_have_attribute("row-id", f"{key[0]}:{key[1]}")
    expect(grid.cell(CATEGORY, 0)).to_have_text(title)
    expect(grid.cell(CHANGED, 0)).to_contain_text("Changed")
    assert look(box, "state")["groups"] == before

    page.get_by_role("link", name="Review and sync").first.click()
    page.get_by_role("button", name="This is right").click()
    expect(page.get_by_text("Sync is open.")).to_be_visible()
    page.get_by_role("button", name="Sync Categories", disabled=False).click()
    told = page.get_by_test_id("stAlert").filter(has_text="1 assignment group in 1 section synchronized")
    expect(told).to_be_visible()
    page.reload()
    expect(page.get_by_text("There is nothing to sync")).to_be_visible()

    after = look(box, "state")["groups"]
    moved = [group_id for group_id in after if after[group_id] != before[group_id]]
    assert len(moved) == 1
    was, stored = before[moved[0]], after[moved[0]]
    assert associations(stored)[sis_id]["categoryId"] == identifier
    assert {key: value for key, value in associations(stored).items() if key != sis_id} == associations(was)
    assert {key: value for key, value in stored.items() if key != "sistemic"} == {
        key: value for key, value in was.items() if key != "sistemic"
    }


@pytest.mark.slow
def test_the_view_by_course_is_used_by_keyboard_alone(page: Page, dashboard: str, box: Running) -> None:
    """Expand a group, choose in its drop-down, read Changed on the group."""
    read_term(page, dashboard)
    filter_unassociated(page)
    page.get_by_text("By course", exact=True).click()
    expand = page.get_by_role("button", name="Expand").first
    expand.focus()
    page.keyboard.press("Enter")
    choice = page.get_by_label(re.compile("^SIS Category of")).and_(page.locator("input")).first
    choice.focus()
    was = choice.input_value()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="1 draft waiting")).to_be_visible()
    expect(choice).not_to_have_value(was)
    expect(choice).to_be_focused()
    expect(page.get_by_text(f"Changed was {was}")).to_be_visible()


@pytest.mark.slow
def test_without_settings_the_sandbox_comes_and_goes_with_the_dashboard(page: Page, tmp_path: Path) -> None:
    """A newcomer sees the rows of a term, below a banner; nothing is left behind."""
    with serving(tmp_path, {}) as address:
        page.goto(f"{address}/associate")
        expect(page.get_by_text("Nothing you do here reaches a real Canvas")).to_be_visible()
        assert Grid(page).cell(GROUP, 0).inner_text() != ""
        page.goto(f"{address}/connections")
        found = re.search(r"http://127\.0\.0\.1:\d+", page.get_by_test_id("stTable").first.inner_text())
        assert found is not None
        sandbox = f"{found.group()}/_sandbox/state"
        urllib.request.urlopen(sandbox, timeout=60).close()
    for _ in range(50):
        try:
            urllib.request.urlopen(sandbox, timeout=60).close()
        except urllib.error.URLError:
            return
        page.wait_for_timeout(100)
    pytest.fail("The sandbox outlived the dashboard.")
