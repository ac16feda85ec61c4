"""The flat grid as a person uses it: by mouse and keyboard.

The grid is painted on a canvas; beside it stands a hidden table for screen readers, which is what is read here. That
table follows 200 ms behind.
"""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

HEADER, ROW = 36, 35  # pixels


class Grid:
    """The editor on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.element = page.get_by_test_id("stDataFrame").first
        self.element.locator("canvas").first.wait_for()
        self.element.locator("td").first.wait_for(state="attached")

    def column(self, title: str) -> int:
        """Number of the column with this title."""
        titles = [" ".join(text.split()) for text in self.element.locator("th").all_inner_texts()]
        return titles.index(title)

    def cell(self, title: str, row: int) -> Locator:
        """One cell of the hidden table."""
        return self.element.get_by_test_id(f"glide-cell-{self.column(title)}-{row}")

    def pick(self, title: str, row: int, option: str) -> None:
        """Choose an option in a drop-down cell, by keyboard."""
        self._go_to(self.column(title), row)
        self.page.keyboard.press("Enter")
        overlay = self.page.locator("[id^=gdg-overlay]")
        overlay.wait_for()
        self.page.keyboard.type(option)
        self.page.get_by_role("option", name=option, exact=True).first.wait_for()
        self.page.keyboard.press("Enter")
        expect(overlay).to_have_count(0)

    def _go_to(self, column: int, row: int) -> None:
        first = self.element.locator("canvas").first
        first.scroll_into_view_if_needed()
        first.click(position={"x": 14, "y": HEADER + ROW // 2}, force=True)
        at_column, at_row = self._settled()
        for _ in range(abs(row - at_row)):
            self.page.keyboard.press("ArrowDown" if row > at_row else "ArrowUp")
        for _ in range(abs(column - at_column)):
            self.page.keyboard.press("ArrowRight" if column > at_column else "ArrowLeft")
        assert self._settled() == (column, row)

    def _settled(self) -> tuple[int, int]:
        """The active cell, once the hidden table names the same one three times."""
        same, last = 0, ""
        for _ in range(50):
            active = self.element.locator("td[aria-selected=true]").evaluate_all("cells => cells.map(c => c.id).join()")
            same, last = (same + 1, last) if active and active == last else (0, active)
            if same == 2:
                break
            self.page.wait_for_timeout(120)
        column, row = last.split("-")[2:4]
        return int(column), int(row)
