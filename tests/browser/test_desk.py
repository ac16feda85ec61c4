"""The desk in a real browser: what fits on a screen, the keyboard, the drawer, and the address that tells all of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from gpb.audit.figures import Figure, where
from gpb.keys import keys
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.browser.driver import serving
from tests.browser.grid import Grid

pytestmark = [pytest.mark.browser, pytest.mark.slow]


NOWHERE = """() => {
    document.activeElement.blur()  // as when what had the focus is taken away
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }))
}"""


WHILE_HIDDEN = """() => {
    const observer = new MutationObserver(() => {
        if (document.querySelector("[role=dialog]")) return
        observer.disconnect()
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }))
        window.wasHidden = true
    })
    observer.observe(document.body, { childList: true, subtree: true })
}"""


def ended(page: Page) -> None:
    """Wait until the page is drawn, with what follows from it."""
    page.wait_for_function("""() => {
        const isRunning = document.querySelector("[data-test-script-state=notRunning]") === null
        window.quiet = isRunning ? 0 : (window.quiet ?? 0) + 1
        return window.quiet > 30
    }""")


def chip(page: Page, name: str) -> Locator:
    """One of the numbers above the rows."""
    return page.get_by_role("radio", name=re.compile(f"^{name} "))


def test_fifteen_rows_fit_and_the_place_in_them_is_kept(page: Page, box: Running, pulled: Workspace) -> None:
    """At 1280 × 800; a bulk edit's list comes and goes, and so does the drawer, and the cell stays the active one."""
    page.set_viewport_size({"width": 1280, "height": 800})
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate?figure=all")
        grid = Grid(page)
        last = grid.row(14).bounding_box()
        assert last is not None
        assert last["y"] + last["height"] <= 800
        assert page.get_by_test_id("stMain").evaluate("main => main.scrollHeight - main.clientHeight") == 0
        page.set_viewport_size({"width": 1280 - 17, "height": 800})  # a scroll bar beside the rows takes as much
        ended(page)
        sideways = grid.element.locator(".ag-body-horizontal-scroll-viewport")
        assert sideways.evaluate("bar => bar.scrollWidth - bar.clientWidth") == 0
        page.set_viewport_size({"width": 1280, "height": 800})
        ended(page)
        grid.walk_to("SIS Category", 12)
        before = grid.row(12).bounding_box()
        menu = page.get_by_role("button", name="Bulk edit")
        menu.focus()
        page.keyboard.press("Enter")
        page.get_by_role("dialog").wait_for()
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")
        expect(menu).to_be_focused()
        assert grid.row(12).bounding_box() == before
        page.keyboard.press("Tab")
        for _ in range(20):
            if grid.focus():
                break
            page.keyboard.press("Tab")
        assert grid.focus() == ["label", 12]


def test_chips_are_used_by_keyboard_and_back_leads_back(page: Page, box: Running, pulled: Workspace) -> None:
    """Each choice is one step of the browser, and a page that is gone to is one step, with the place and the term."""
    rows, term = pulled.term.rows(), pulled.term.latest().facts.term_id
    school = rows["school"].iloc[0]
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(address)
        page.get_by_role("heading", name="By school").wait_for()
        page.get_by_role("link", name="Associate", exact=True).click()
        expect(page).to_have_url(re.compile(rf"associate\?.*term={term}"))
        expect(chip(page, "To do")).to_have_attribute("aria-checked", "true")
        chip(page, "To do").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        expect(page).to_have_url(re.compile("figure=synchronized"))
        expect(chip(page, "Synchronized")).to_have_text(f"Synchronized {where(rows, Figure.SYNCHRONIZED).sum():,}")
        page.get_by_role("combobox", name="School").click()
        page.get_by_role("option", name=school).click()
        expect(page).to_have_url(re.compile("school="))
        page.get_by_role("link", name="Audit", exact=True).click()
        expect(page).to_have_url(re.compile(rf"audit\?.*school=.*term={term}|audit\?.*term={term}.*school="))
        chosen = page.get_by_role("combobox", name="School")
        expect(chosen).to_have_value(school)
        page.go_back()
        expect(page).to_have_url(re.compile("associate.*school="))
        expect(chosen).to_have_value(re.compile(f"{re.escape(school)} · "))
        page.go_back()
        expect(chosen).to_have_value("")
        expect(page).to_have_url(re.compile("associate.*figure=synchronized"))
        expect(page).not_to_have_url(re.compile("school="))
        page.go_forward()
        expect(page).to_have_url(re.compile("school="))
        expect(chosen).to_have_value(re.compile(f"{re.escape(school)} · "))


def test_the_drawer_opens_by_a_link_and_closes_by_escape(page: Page, box: Running, pulled: Workspace) -> None:
    """What is chosen in it is a draft, and the chips behind it tell so when it is closed."""
    found = pulled.deciding.proposals().query("category_id.notna()").iloc[0]
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate?row={found['group_id']}:{found['section_id']}")
        drawer = page.get_by_role("dialog")
        expect(drawer.get_by_text("Why will this not sync?")).to_be_visible()
        drawer.get_by_role("button", name="Use ").click()
        expect(drawer.get_by_text("Drafted by:")).to_be_visible()
        page.wait_for_function("document.querySelector('[role=dialog]')?.contains(document.activeElement)")
        page.keyboard.press("Escape")
        drawer.wait_for(state="detached")
        expect(chip(page, "Drafted")).to_have_text("Drafted 1")
        expect(page).not_to_have_url(re.compile("row="))


def test_a_closed_drawer_and_cleared_filters_hand_the_focus_on(page: Page, box: Running, pulled: Workspace) -> None:
    """By keyboard: back to the cell that the drawer was opened from, and to the first of the filters."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate?figure=all")
        grid = Grid(page)
        grid.walk_to("Section", 6)
        page.keyboard.press("Enter")
        page.get_by_role("dialog").get_by_text("Why will this not sync?").wait_for()
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="detached")
        ended(page)
        assert grid.focus() == ["section", 6]
        field, clear = page.get_by_label("Group name contains"), page.get_by_role("button", name="Clear", exact=True)
        field.fill("e")
        field.press("Enter")
        expect(clear).to_be_enabled()
        clear.press("Enter")
        expect(field).to_be_focused()
        expect(field).to_have_value("")


def test_a_text_that_was_just_typed_and_the_click_after_it_both_count(
    page: Page, box: Running, pulled: Workspace
) -> None:
    """Although the text changes the number on the chip that is clicked."""
    text = str(pulled.term.rows()["group"].value_counts().index[0])
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate?figure=to_do")
        Grid(page)
        ended(page)
        page.get_by_label("Group name contains").click()
        page.keyboard.type(text)
        chip(page, "All").click()
        expect(page).to_have_url(re.compile("figure=all"))
        expect(page.get_by_label("Group name contains")).to_have_value(text)
        expect(page).to_have_url(re.compile("group="))


def test_a_pick_and_the_click_right_after_it_both_count(page: Page, box: Running, pulled: Workspace) -> None:
    """Although the pick changes the numbers on the chips, and the page has not begun to take it."""
    rows = pulled.term.rows()
    free = set(keys(rows.loc[where(rows, Figure.TO_DO)]))
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate?figure=to_do")
        grid = Grid(page)
        for made, name in enumerate(("All", "To do", "All"), start=1):
            ended(page)
            row = next(place for place in range(9) if grid.key(place) in free)
            key, place = grid.key(row), chip(page, name).bounding_box()
            assert place is not None
            grid.walk_to("SIS Category", row)
            page.keyboard.press("Enter")
            grid.type_until_marked(grid.element.get_by_role("option").nth(1).inner_text())
            page.keyboard.press("Enter")
            page.mouse.click(place["x"] + 8, place["y"] + 8)
            free.remove(key)
            expect(chip(page, name)).to_be_checked()
            expect(chip(page, "Drafted")).to_have_text(f"Drafted {made}")


def test_the_drawer_outlives_a_refresh_and_hears_every_escape(page: Page, box: Running, pulled: Workspace) -> None:
    """It lies open while the term is read anew; Escape closes it, also where the focus or the drawer is just gone."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate")
        grid, drawer = Grid(page), page.get_by_role("dialog")
        grid.row(3).locator(".details").click()
        expect(drawer.get_by_text("Why will this not sync?")).to_be_visible()
        drawer.evaluate("place => { place.dataset.first = 'true' }")
        with page.expect_popup() as popup:
            page.evaluate("address => { window.open(address) }", f"{address}/review")
        popup.value.get_by_role("button", name="Refresh").click()
        page.bring_to_front()
        expect(page.get_by_text("Refreshed: ")).to_be_attached()
        assert page.locator("[role=dialog][data-first]").is_visible()
        page.evaluate(WHILE_HIDDEN)
        while not page.evaluate("window.wasHidden"):
            page.keyboard.press("r")  # Streamlit's key for drawing the page anew; not heard while a part of it is drawn
            page.wait_for_timeout(100)
        ended(page)
        expect(drawer).to_have_count(0)
        grid.row(4).locator(".details").click()
        expect(drawer.get_by_text("Why will this not sync?")).to_be_visible()
        ended(page)
        page.evaluate(NOWHERE)
        expect(drawer).to_have_count(0)
