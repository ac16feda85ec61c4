"""An empty term is decided in a real browser: by mouse, then by keyboard alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.browser.driver import serving
from tests.conftest import SMALL
from tests.lent import confirm, lent, settings_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLACE = "document.activeElement.closest('[class*=\"st-key-decide_\"]')?.className.match(/st-key-(\\w+)/)[1] ?? ''"
"""The key of the widget that has the focus."""
MARKED = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.innerText.trim()"
"""The option of an open drop-down that Enter takes."""


@pytest.fixture
def spring(tmp_path: Path) -> Iterator[tuple[Workspace, str]]:
    """The empty term of a district after the one before it was read, and the address of a dashboard on it."""
    with lent(replace(SMALL, courses=20)) as box:
        yield from _opened(box, tmp_path)


def _opened(box: Running, tmp_path: Path) -> Iterator[tuple[Workspace, str]]:
    term = str(max(box.world.terms))
    with ThreadPoolExecutor(1) as thread:
        fall = Workspace(settings_for(box, tmp_path))
        thread.submit(asyncio.run, fall.term.pull()).result()
        confirm(fall)
        made = Workspace(settings_for(box, tmp_path, term=term), fall._database)
        thread.submit(asyncio.run, made.term.pull()).result()
    with serving(tmp_path, {**box.settings, "GPB_TERM": term}) as address:
        yield made, address
    made._database.close()


def tab_to(page: Page, start: str) -> str:
    """Press Tab until a widget of the page has the focus whose key begins so; its key."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if str(page.evaluate(PLACE)).startswith(start):
            return str(page.evaluate(PLACE))
    raise AssertionError(f"Tab does not lead to {start}")


def test_an_empty_term_is_carried_forward_and_the_rest_decided(page: Page, spring: tuple[Workspace, str]) -> None:
    """Carry forward, accept the ticked, see in Review where each row comes from; Undo takes back the last step."""
    workspace, address = spring
    number = len(workspace.carrying.preview().decided)
    page.goto(f"{address}/")
    page.get_by_test_id("stMain").get_by_role("link", name="Decide").click()
    page.get_by_role("button", name=f"Carry forward {number:,} rows").click()
    expect(page.get_by_text(f"{number:,} rows drafted as in")).to_be_visible()
    page.get_by_role("button", name=re.compile(r"Accept \d+ ticked line")).click()
    expect(page.get_by_text(re.compile(r"\d+ rows? drafted\."))).to_be_visible()
    assert len(workspace.term.drafts().frame()) > number
    page.get_by_test_id("stMain").get_by_role("link", name="Review and sync").first.click()
    expect(page.locator("th").filter(has_text="Why").first).to_be_attached()
    page.get_by_role("link", name="Decide", exact=True).click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("of your last edit were restored")).to_be_visible()
    assert len(workspace.term.drafts().frame()) == number


def test_lines_are_decided_with_the_keyboard_alone(page: Page, spring: tuple[Workspace, str]) -> None:
    """A tick, a category, Accept; the focus goes on to the next line."""
    workspace, address = spring
    page.goto(f"{address}/decide")
    page.get_by_role("button", name="Accept", exact=True).first.wait_for()
    page.get_by_role("checkbox").last.wait_for(state="attached")  # the browser loads each kind of widget on its own
    page.get_by_role("combobox", name="School").focus()
    tick = tab_to(page, "decide_tick_")
    box = page.locator(f".st-key-{tick} input")
    was = box.is_checked()
    page.keyboard.press("Space")
    expect(box).to_be_checked(checked=not was)
    page.keyboard.press("Space")
    expect(box).to_be_checked(checked=was)
    first = choose(page)
    expect(page.get_by_text(re.compile(r"\d+ rows? drafted\."))).to_be_visible()
    expect(page.locator(f".st-key-{first}")).to_have_count(0)
    page.wait_for_function(f"({PLACE}).startsWith('decide_accept_') || ({PLACE}).startsWith('decide_title_')")
    following = page.locator('[class*="st-key-decide_accept_"]').first.get_attribute("class") or ""
    assert str(page.evaluate(PLACE)).split("_")[-1] in following
    drafted = len(workspace.term.drafts().frame())
    choose(page)
    expect(page.get_by_text(re.compile(r"[\d,]+ drafts? waiting"))).not_to_have_text(f"{drafted:,} drafts waiting")
    assert len(workspace.term.drafts().frame()) > drafted


def choose(page: Page) -> str:
    """Choose a category in this line or the next and accept it; the key of the button that did."""
    if not str(page.evaluate(PLACE)).startswith("decide_title_"):
        tab_to(page, "decide_title_")
    page.keyboard.press("ArrowDown")
    page.get_by_role("option").first.wait_for()
    if page.evaluate(MARKED) == "Leave unassociated":  # after the last category
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.get_by_role("option").first.wait_for(state="detached")
    found = tab_to(page, "decide_accept_")
    page.keyboard.press("Enter")
    return found
