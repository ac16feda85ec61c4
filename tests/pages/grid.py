"""The grid of the Associate page in AppTest: what was sent to the browser, and what a person does there."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from gpb.keys import Key

COLUMNS = ["row", "course", "section", "group", "set", "proposal", "assignments", "category", "status", "was"]
_numbers = itertools.count(1)


def _sent(app: AppTest, name: str) -> Any:
    return next((one.proto for one in app.get("bidi_component") if one.proto.component_name == name), None)


class Grid:
    """What the browser would show, from the rows of the view and what lies over them."""

    def __init__(self, app: AppTest) -> None:
        self._app = app
        self.view: dict[str, Any] = json.loads(_sent(app, "gpb_grid_rows").json)
        self._proto = _sent(app, "gpb_grid")
        self.state: dict[str, Any] = json.loads(self._proto.json)
        assert self.state["view"] == self.view["view"]

    @property
    def frame(self) -> pd.DataFrame:
        """Its columns, ``was`` empty where nothing is drafted; the index is ``group:section``."""
        rows = [[*row[:7], *self.state["patch"].get(row[0], row[7:])] for row in self.view["rows"]]
        return pd.DataFrame(rows, columns=COLUMNS).set_index("row")

    @property
    def keys(self) -> list[Key]:
        """(group id, section id) of the rows, in order."""
        return [key_of(name) for name in self.frame.index]

    @property
    def newer(self) -> str:
        """What is offered beside it."""
        return str(json.loads(_sent(self._app, "gpb_grid_news").json)["newer"])

    @property
    def said(self) -> str:
        """What stands above it."""
        answer = self.state["answer"]
        if answer is None:
            return ""
        return "\n".join([answer["text"], *(f"{row['name']}: {row['reason']}" for row in answer["rows"])])

    def offered(self, position: int) -> list[str]:
        """What may be chosen in this row."""
        labels: list[str] = self.view["sets"][self.view["rows"][position][4]]
        return labels

    def action(self, kind: str, **what: Any) -> WidgetState:
        """The message of the browser that says that this was done."""
        number = next(_numbers)
        action = {"n": number, "kind": kind, "snapshot": self.state["snapshot"], **what}
        return WidgetState(id=self._proto.id, json_value=json.dumps({"outbox": {"client": "t", "actions": [action]}}))

    def edit(self, labels: Mapping[int, str]) -> WidgetState:
        """Choose labels by position."""
        names, shown = self.frame.index.tolist(), self.frame["category"].tolist()
        return self.action("edit", cells=[[names[place], label, shown[place]] for place, label in labels.items()])


def key_of(name: str) -> Key:
    """(group id, section id) of ``group:section``."""
    group, section = name.split(":")
    return int(group), int(section)


def has_grid(app: AppTest) -> bool:
    """Whether there is one on the page."""
    return _sent(app, "gpb_grid") is not None


def send(app: AppTest, state: WidgetState) -> AppTest:
    """Let the browser send this with all its widgets, so that callbacks run."""
    states = app._tree.get_widget_states()
    states.widgets.append(state)
    return app._run(states)


def edit_grid(app: AppTest, edits: Mapping[int, str]) -> AppTest:
    """Choose labels in category cells."""
    return send(app, Grid(app).edit(edits))


def show_new(app: AppTest) -> AppTest:
    """Press the button of the new data."""
    return send(app, Grid(app).action("show"))
