"""A plan is reviewed in a real browser: what is left out by keyboard stays out, and nothing can be pressed twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gpb.frames.schemas import Status
from gpb.keys import keys
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.browser.driver import serving
from tests.browser.grid import Table
from tests.conftest import edit_now
from tests.sync.conftest import choose_first, free_rows

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FOCUSED = "document.activeElement.id"
WATCH = """() => {
  window.both = 0
  const shown = (text) => [...document.querySelectorAll('[data-testid=stMain] button:not(:disabled)')]
    .some((one) => one.innerText.includes(text) && one.checkVisibility({visibilityProperty: true}))
  const look = () => { if (shown('Cancel') && shown('Sync')) window.both += 1; requestAnimationFrame(look) }
  look()
}"""
"""Counts the pictures in which a sync could be begun beside the bar of one that runs."""
WATCH_BUTTON = """() => {
  window.several = 0
  const look = () => {
    const there = [...document.querySelectorAll('[data-testid=stMain] button')]
      .filter((one) => one.innerText.includes('Sync Categories') && one.checkVisibility())
    if (there.length > 1) window.several += 1
    requestAnimationFrame(look)
  }
  look()
}"""
"""Counts the pictures in which the button stands there more than once."""


def test_a_line_is_left_out_by_keyboard_and_the_rest_synced(
    page: Page, pulled: Workspace, box: Running, tmp_path: Path
) -> None:
    """The focus stays on the tick, a reload changes nothing, and the button goes when the bar comes."""
    choices = choose_first(pulled, free_rows(pulled, 8))
    with serving(tmp_path, box.settings) as address:
        page.goto(f"{address}/review")
        grid = Table(page)
        told = page.get_by_text("will reach Focus")
        expect(told).to_contain_text(f"+{len(choices)}; ")
        grid.walk_to("Sync", 0)
        out = int(grid.cell("Rows", 0).inner_text())
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Space")
        expect(told).to_contain_text(f"+{len(choices) - out}; ")
        assert page.evaluate(FOCUSED) == "glide-cell-0-0"
        page.reload()
        expect(page.get_by_text("will reach Focus")).to_contain_text(f"+{len(choices) - out}; ")
        button = page.get_by_role("button", name="Sync Categories")
        expect(button).to_be_enabled()
        page.evaluate(WATCH)
        button.click()
        expect(page.get_by_test_id("stAlert").filter(has_text="synchronized")).to_be_visible()
        assert page.evaluate("window.both") == 0
        expect(page.get_by_role("button", name="Sync Categories")).to_be_disabled()
        expect(page.get_by_text("Nothing is ticked below.")).to_be_visible()
    assert len(pulled.term.drafts().frame()) == out


def test_a_plan_that_is_drawn_anew_shows_its_button_once(
    page: Page, pulled: Workspace, box: Running, tmp_path: Path
) -> None:
    """Whatever comes and goes above it: with no line ticked nothing is asked, with all of them much is."""
    rows = pulled.term.rows()
    edit_now(pulled, dict.fromkeys(keys(rows.loc[rows["status"].eq(Status.SYNCHRONIZED)]), None))
    with serving(tmp_path, box.settings) as address:
        page.goto(f"{address}/review")
        button = page.get_by_role("button", name="Sync Categories")
        number = page.get_by_label("to confirm changing all")
        number.wait_for()
        page.evaluate(WATCH_BUTTON)
        page.get_by_role("button", name="Leave out all").click()
        expect(page.get_by_text("Nothing is ticked below.")).to_be_visible()
        number.wait_for(state="detached")
        page.get_by_role("button", name="Tick all").click()
        number.wait_for()
        expect(button).to_be_disabled()
        assert page.evaluate("window.several") == 0


def test_the_view_and_what_is_found_can_be_chosen_again_and_again(
    page: Page, pulled: Workspace, box: Running, tmp_path: Path
) -> None:
    """The first choice stands in the address by then; the plan alone is drawn anew, and the page never."""
    choose_first(pulled, free_rows(pulled, 8))
    with serving(tmp_path, box.settings) as address:
        page.goto(f"{address}/review")
        page.get_by_text("By course", exact=True).click()
        expect(page).to_have_url(re.compile("view=course"))
        page.get_by_label("Find").fill("e")
        page.get_by_label("Find").press("Enter")
        expect(page).to_have_url(re.compile("view=course&find=e$"))
        page.get_by_text("By pattern", exact=True).click()
        expect(page).not_to_have_url(re.compile("view=course"))
        expect(page.get_by_role("radio", name="By pattern")).to_be_checked()
        expect(page.get_by_label("Find")).to_have_value("e")
