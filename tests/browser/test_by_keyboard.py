"""An empty term from its first look to the night, by keys alone; the focus is never lost on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from gpb.sandbox import Running
from gpb.sandbox.layout import FLAG_ONLY
from gpb.sandbox.vendor.night import Reason
from gpb.workspace import Workspace
from tests.browser.test_whole_term import CARRY, DISTRICT, DRAFTED, arrives, begun, planned, synced

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Begun = tuple[Workspace, Running, str]
HAS_FOCUS = "one => one === document.activeElement"
LEFT = re.compile("stays? unassociated, as")


@pytest.fixture
def spring(tmp_path: Path) -> Iterator[Begun]:
    """A term that has begun empty after one that was read."""
    yield from begun(DISTRICT, tmp_path)


@pytest.fixture
def named(tmp_path: Path) -> Iterator[Begun]:
    """The same where Canvas shows the flag alone, so that a sync renames groups."""
    yield from begun(replace(DISTRICT, shape=FLAG_ONLY), tmp_path, write="names")


def press(page: Page, wanted: Locator, keys: int, *, back: bool = False, key: str = "Enter") -> None:
    """Go to a control by at most so many times Tab, or Shift+Tab, and press a key there."""
    wanted = wanted.first
    expect(wanted).to_be_enabled()
    passed = []
    for _ in range(keys + 1):
        if wanted.evaluate(HAS_FOCUS):
            page.keyboard.press(key)
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
        passed.append(
            page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.innerText")
        )
    raise AssertionError(f"{keys} keys do not lead there, but to {passed}")


def keeps_focus(page: Page) -> None:
    """Something has it."""
    page.wait_for_function("document.activeElement && document.activeElement !== document.body")


def pick(page: Page, box: Locator, keys: int, title: str = "") -> None:
    """Open the list of a line, and take what begins so, else its first title."""
    press(page, box, keys, key="ArrowDown")
    page.get_by_role("option").first.wait_for()
    page.keyboard.type(title)
    if title:
        expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("option")).to_have_count(0)


def in_main(page: Page, link: str) -> Locator:
    """A link of the page, not of the sidebar."""
    return page.get_by_test_id("stMain").get_by_role("link", name=link)


def test_a_whole_term_by_keyboard(page: Page, spring: Begun) -> None:
    """Carry forward, leave one open, take that back, choose, review, sync, the night, and the way back."""
    workspace, box, address = spring
    page.goto(f"{address}/")
    press(page, in_main(page, "Decide"), 16)
    press(page, page.get_by_role("button", name=CARRY), 6)
    expect(page.get_by_text("rows drafted as in")).to_be_visible()
    keeps_focus(page)
    carried = planned(workspace)
    line = page.locator('[class*="st-key-decide_line_"]').filter(has_text="Your choice").first
    pick(page, line.get_by_role("combobox"), 12, "Leave un")
    press(page, line.get_by_role("button", name="Accept", exact=True), 3)
    expect(page.get_by_text(LEFT)).to_be_visible()
    keeps_focus(page)
    press(page, page.get_by_role("button", name=re.compile("^undo Undo|^Undo")), 20, back=True)
    expect(page.get_by_text(LEFT)).to_have_count(0)
    keeps_focus(page)
    assert planned(workspace) == carried
    pick(page, page.get_by_role("combobox", name=re.compile("^SIS Category of")), 12)
    press(page, page.get_by_role("button", name="Accept", exact=True), 3)
    expect(page.get_by_text(DRAFTED)).to_be_visible()
    keeps_focus(page)
    wanted = planned(workspace)
    assert len(wanted) > len(carried)

    press(page, in_main(page, "Review and sync"), 20, back=True)
    press(page, page.get_by_role("button", name="Sync Categories"), 6)
    synced(page)
    keeps_focus(page)
    assert arrives(workspace, box, wanted) == {Reason.ASSOCIATION}

    press(page, page.get_by_role("link", name="Undo"), 2)
    field = page.get_by_role("textbox", name=re.compile("^Type "))
    field.wait_for()
    for label in ("Change this many rows", "Leave those assignments where they are in Focus"):
        if page.get_by_text(label, exact=True).count():
            press(page, page.get_by_role("checkbox", name=label), 32, key="Space")
            expect(page.get_by_role("checkbox", name=label)).to_be_checked()
    press(page, field, 3, key=" ")
    page.keyboard.type(f"{len(wanted):,}")
    page.keyboard.press("Enter")
    press(page, page.get_by_role("button", name=re.compile("^Undo [\\d,]+ rows")), 2)
    ended = page.get_by_test_id("stAlert").filter(has_text=f"Undo: {len(wanted):,} rows taken back")
    expect(ended.first).to_be_visible(timeout=120_000)
    keeps_focus(page)


def test_a_whole_term_by_keyboard_and_names(page: Page, named: Begun) -> None:
    """Where Canvas shows the flag alone: accept what is proposed, review, sync, the night."""
    workspace, box, address = named
    page.goto(f"{address}/decide")
    press(page, page.get_by_role("button", name=re.compile("^Accept (all|\\d+ ticked)")).last, 30)
    expect(page.get_by_text(DRAFTED)).to_be_visible()
    keeps_focus(page)
    press(page, in_main(page, "Review and sync"), 20, back=True)
    button = page.get_by_role("button", name="Sync Categories")
    expect(button).to_be_visible()
    rows = {change.key for change in workspace.planning.drafted().plan.changes}
    wanted = {key: category for key, category in planned(workspace).items() if key in rows}
    field = page.get_by_role("textbox", name=re.compile("^Type "))
    if field.count():
        press(page, field, 8, key=" ")
        page.keyboard.type(str(len(wanted)))
        page.keyboard.press("Enter")
    press(page, button, 8)
    synced(page)
    keeps_focus(page)
    assert arrives(workspace, box, wanted) == {Reason.NAME}
