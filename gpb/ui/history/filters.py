"""What the History page shows, in its address: the view, the run or the row, and whether Undo is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import streamlit as st

from gpb.numbers import whole_number
from gpb.ui.shell.session import callback
from gpb.ui.shell.url_state import choose, current, present

PAGE = "history"
VIEWS = {"runs": "Runs", "row": "One row", "outside": "Changed outside", "first_contact": "First contact"}
NAMES = {label: name for name, label in VIEWS.items()}


@dataclass(frozen=True)
class HistoryFilters:
    """``view`` is a key of ``VIEWS``, empty for the one that the rest asks for; ``undo`` opens the way back."""

    view: str = ""
    run: str = ""
    undo: bool = False
    group: int | None = None
    section: int | None = None

    @classmethod
    def from_url(cls, parameters: Mapping[str, str]) -> HistoryFilters:
        """From query parameters; what makes no sense is left out."""
        return cls(
            view=parameters.get("view", "") if parameters.get("view") in VIEWS else "",
            run=parameters.get("run", ""),
            undo=parameters.get("undo") == "true",
            group=whole_number(parameters.get("group", "")),
            section=whole_number(parameters.get("section", "")),
        )

    def to_url(self) -> dict[str, str]:
        """As query parameters, without the empty ones."""
        numbers = {"group": self.group, "section": self.section}
        texts = {"view": self.view, "run": self.run, "undo": "true" if self.undo else ""}
        given = {name: str(value) for name, value in numbers.items() if value is not None}
        return {name: value for name, value in texts.items() if value} | given

    @property
    def shown(self) -> str:
        """The view: the one that is named, else the one that the run or the row asks for."""
        return self.view or ("row" if self.group is not None and not self.run else "runs")


def filters(newest: str | None) -> HistoryFilters:
    """Those of this run of the page; the address is brought up to date, and names the ``newest`` run if that is shown.

    Whoever gets the link later sees the same run; whoever comes back here sees the newest one.
    """

    def meant(found: HistoryFilters) -> HistoryFilters:
        return replace(found, run=newest) if newest and found.shown == "runs" and not found.run else found

    return current(PAGE, HistoryFilters, meant)


@callback()
def take(name: str, key: str) -> None:
    """What a widget says about one of them; another run or view closes the way back, another group its section."""
    now = present(PAGE, HistoryFilters)
    value = st.session_state[key]
    if name == "view":
        now = replace(now, view=NAMES.get(value, ""), undo=False)
    elif name == "run":
        now = replace(now, run=value or "", undo=False)
    elif name == "group":
        now = replace(now, group=value, section=None)
    else:
        now = replace(now, section=value)
    choose(PAGE, now)
