"""The grid as a person uses it: click, walk with the arrow keys, open the cell, type, Enter."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from gpb.keys import Key

COLUMNS = {
    "Course": "course",
    "Section": "section",
    "Assignment group": "group",
    "SIS Category": "label",
    "Proposal": "proposal",
    "Assignments": "assignments",
    "Status": "status",
}
HEADER, ROW = 36, 35  # pixels of Streamlit's tables
FOCUS = """() => {
    let place = document.activeElement
    while (place?.shadowRoot) place = place.shadowRoot.activeElement
    const row = place?.closest("[row-index]")
    return row ? [place.closest("[col-id]").getAttribute("col-id"), Number(row.getAttribute("row-index"))] : null
}"""


class Grid:
    """The grid of the Associate page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.element = page.locator(".st-key-grid")
        self.element.locator(".ag-row").first.wait_for(timeout=60_000)

    def row(self, row: int) -> Locator:
        """The row in this place."""
        return self.element.locator(f'.ag-row[row-index="{row}"]')

    def key(self, row: int) -> Key:
        """(group id, section id) of the row in this place."""
        group, section = str(self.row(row).get_attribute("row-id")).split(":")
        return int(group), int(section)

    def cell(self, title: str, row: int) -> Locator:
        """What stands in a cell; of SIS Category the label alone, of Changed the mark beside the status."""
        if title == "Changed":
            return self.row(row).locator(".changed")
        cell = self.row(row).locator(f'.ag-cell[col-id="{COLUMNS[title]}"]')
        return cell.locator(".text") if title in ("SIS Category", "Status") else cell

    @property
    def message(self) -> Locator:
        """What stands directly above it."""
        return self.element.locator(".line")

    @property
    def spoken(self) -> Locator:
        """What screen readers say of themselves."""
        return self.element.locator(".spoken[role=status]")

    @property
    def refused(self) -> Locator:
        """The list of what a paste or a fill left as it was."""
        return self.element.locator(".refused li")

    @property
    def editor(self) -> Locator:
        """The text of the open cell."""
        return self.element.get_by_role("combobox")

    def focus(self) -> list[str | int] | None:
        """Column and place of the cell that has the focus."""
        found: list[str | int] | None = self.page.evaluate(FOCUS)
        return found

    def pick(self, title: str, row: int, option: str) -> None:
        """Choose an option in a drop-down cell by keyboard."""
        self.walk_to(title, row)
        self.page.keyboard.press("Enter")
        self.type_until_marked(option)
        self.page.keyboard.press("Enter")
        self.editor.wait_for(state="detached")

    def type_until_marked(self, option: str, typed: str = "") -> None:
        """Type into an open drop-down what is not typed yet; the exact title comes first."""
        expect(self.editor).to_be_focused()
        self.page.keyboard.type(option.removeprefix(typed))
        expect(self.element.get_by_role("option").first).to_have_text(option)

    def walk_to(self, title: str, row: int) -> None:
        """Make a cell the active one, from the first of its row."""
        self.row(row).locator('.ag-cell[col-id="course"]').click()
        for _ in range(list(COLUMNS).index(title)):
            self.page.keyboard.press("ArrowRight")
        assert self.focus() == [COLUMNS[title], row]


class Table:
    """The first table of a page: a canvas, and beside it what screen readers read."""

    def __init__(self, page: Page) -> None:
        self.element = page.get_by_test_id("stDataFrame").first
        self.element.locator("canvas").first.wait_for(timeout=60_000)
        self.element.locator("td").first.wait_for(state="attached", timeout=60_000)

    def column(self, title: str) -> int:
        """Place of the column whose header begins so."""
        headers = self.element.locator("th").all_inner_texts()
        return next(place for place, header in enumerate(headers) if header.startswith(title))

    def cell(self, title: str, row: int) -> Locator:
        """A cell of the table for screen readers."""
        return self.element.get_by_test_id(f"glide-cell-{self.column(title)}-{row}")

    def walk_to(self, title: str, row: int) -> None:
        """Make a cell the active one, by the arrow keys from the first."""
        canvas = self.element.locator("canvas").first
        canvas.scroll_into_view_if_needed()
        canvas.click(position={"x": 14, "y": HEADER + ROW // 2}, force=True)
        expect(self.element.get_by_test_id("glide-cell-0-0")).to_have_attribute("aria-selected", "true")
        for key, times in (("ArrowDown", row), ("ArrowRight", self.column(title))):
            for _ in range(times):
                self.element.page.keyboard.press(key)
        expect(self.cell(title, row)).to_have_attribute("aria-selected", "true")
