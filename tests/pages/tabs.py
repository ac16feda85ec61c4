"""A browser tab on the dashboard: it shows what was drawn last, however much has happened since, until it is used."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from gpb.keys import Key
from tests.pages.conftest import ROOT, words


class Tab:
    """One session of the dashboard, on the Associate page at first."""

    def __init__(self) -> None:
        self.app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
        self._edits: dict[str, dict[str, Any]] = {}
        self.go("associate")

    def go(self, page: str) -> None:
        """Follow a link."""
        self.app.switch_page(f"pages/{page}.py")
        self.use()

    def use(self) -> None:
        """Let the browser send what its widgets hold, and draw the answer."""
        states = self.app._tree.get_widget_states()
        if self.app.data_editor:
            editor = self.app.data_editor[0].proto.id
            state = WidgetState(id=editor)
            sent = {"edited_rows": self._edits.get(editor, {}), "added_rows": [], "deleted_rows": []}
            state.string_value = json.dumps(sent)
            states.widgets.append(state)
        self.app._run(states)
        assert [error.value for error in self.app.exception] == []

    @property
    def grid(self) -> pd.DataFrame:
        """What the grid shows; its positions are those of the browser."""
        frame: pd.DataFrame = self.app.data_editor[0].value
        return frame

    @property
    def keys(self) -> list[Key]:
        """(group id, section id) of the rows that the grid shows, in order."""
        found = [str(name).split(":") for name in self.grid.index]
        return [(int(group), int(section)) for group, section in found]

    def pick(self, position: int, label: str) -> None:
        """Choose a category in a cell of the grid."""
        edits = self._edits.setdefault(self.app.data_editor[0].proto.id, {})
        edits[str(position)] = {"category": label}
        self.use()

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
            self.app.menu_button(key="bulk_menu").click(label)
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
        return words(self.app).replace("\\", "")
