"""A browser tab on the dashboard: it shows what was drawn last, however much has happened since, until it is used."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from gpb.keys import Key
from tests.pages.conftest import ROOT, words
from tests.pages.grid import Grid, has_grid, send


class Tab:
    """One session of the dashboard, on the Associate page at first."""

    def __init__(self) -> None:
        self.app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
        self.go("associate")

    def go(self, page: str) -> None:
        """Follow a link."""
        self.app.switch_page(f"pages/{page}.py")
        self.use()

    def use(self) -> None:
        """Let the browser send what its widgets hold, and draw the answer."""
        self.app._run(self.app._tree.get_widget_states())
        assert [error.value for error in self.app.exception] == []

    @property
    def grid(self) -> Grid:
        """What the grid shows."""
        return Grid(self.app)

    @property
    def keys(self) -> list[Key]:
        """(group id, section id) of the rows that the grid shows, in order."""
        return self.grid.keys

    def pick(self, position: int, label: str) -> None:
        """Choose a category in a cell of the grid."""
        send(self.app, self.grid.edit({position: label}))
        assert [error.value for error in self.app.exception] == []

    def press(self, start: str) -> bool:
        """Press the first button whose label begins so, where it can be pressed."""
        found = [button for button in self.app.button if button.label.startswith(start) and not button.disabled]
        if found:
            found[0].click()
            self.use()
        return bool(found)

    def choose(self, kind: str, label: str | None) -> None:
        """Choose the view, the figure whose rows are shown, or the kind of bulk edit."""
        if kind == "bulk":
            self.app.button(key="bulk_menu").click().run()
            self.app.segmented_control(key="bulk_kind").set_value(label)
        elif kind == "associate_figure":
            self.app.pills(key="filter_figure").set_value(label)
        else:
            self.app.segmented_control(key=kind).set_value(label)
        self.use()

    def tick_all(self) -> None:
        """Tick every part of the list of a bulk edit."""
        for box in self.app.checkbox:
            if str(box.key).startswith("bulk_all_"):
                box.check()
        self.use()

    @property
    def said(self) -> str:
        """Everything that a person reads, without the escapes of Markdown."""
        above = self.grid.said if has_grid(self.app) else ""
        return words(self.app).replace("\\", "") + above
