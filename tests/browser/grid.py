"""The grid as a person uses it: click, walk with the arrow keys, open the cell, type, Enter.

The grid is a canvas; beside it stands a table for screen readers, from which the tests read.
"""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

HEADER, ROW = 36, 35  # pixels


class Grid:
    """The first grid of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.element = page.get_by_test_id("stDataFrame").first
        self.element.locator("canvas").first.wait_for(timeout=60_000)
        self.element.locator("td").first.wait_for(state="attached", timeout=60_000)

    def column(self, title: str) -> int:
        """Place of the column whose header begins so."""
        for _ in range(300):  # a new view may still be on its way
            headers = self.element.locator("th").all_inner_texts()
            found = [place for place, header in enumerate(headers) if header.startswith(title)]
            if found:
                return found[0]
            self.page.wait_for_timeout(100)
        raise AssertionError(f"the grid has no column {title}")

    def cell(self, title: str, row: int) -> Locator:
        """A cell of the table for screen readers."""
        return self.element.get_by_test_id(f"glide-cell-{self.column(title)}-{row}")

    def pick(self, title: str, row: int, option: str) -> None:
        """Choose an option in a drop-down cell by keyboard."""
        self.walk_to(title, row)
        self.page.keyboard.press("Enter")
        overlay = self.page.locator("[id^=gdg-overlay]")
        overlay.wait_for()
        self.type_until_marked(option)
        self.page.keyboard.press("Enter")
        overlay.wait_for(state="detached")

    def type_until_marked(self, option: str) -> None:
        """Type into an open drop-down, and walk to exactly this option among those that hold the words."""
        overlay = self.page.locator("[id^=gdg-overlay]")
        expect(overlay.get_by_role("combobox")).to_be_focused()
        self.page.keyboard.type(option)
        options = self.page.get_by_role("option")
        expect(options.filter(has_not_text=option)).to_have_count(0)
        for _ in range(options.all_inner_texts().index(option)):
            self.page.keyboard.press("ArrowDown")

    def walk_to(self, title: str, row: int) -> None:
        """Make a cell the active one."""
        column = self.column(title)
        canvas = self.element.locator("canvas").first
        canvas.scroll_into_view_if_needed()
        canvas.click(position={"x": 14, "y": HEADER + ROW // 2}, force=True)
        expect(self.element.get_by_test_id("glide-cell-0-0")).to_have_attribute("aria-selected", "true")
        for _ in range(row):
            self.page.keyboard.press("ArrowDown")
        for _ in range(column):
            self.page.keyboard.press("ArrowRight")
        target = self.element.get_by_test_id(f"glide-cell-{column}-{row}")
        expect(target).to_have_attribute("aria-selected", "true")
