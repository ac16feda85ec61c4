"""Many open tabs look for news at once; whoever waits for a page does not wait for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event, current_thread

import pytest
import streamlit as st

from gpb.ui.associate import grid
from gpb.ui.shell import session
from gpb.ui.shell.bar import bar
from gpb.ui.shell.session import in_turn
from gpb.workspace import Workspace

TAB = "tab"


def test_one_open_tab_looks_at_a_time_and_a_page_waits_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second tab looks when the first has, the page at once."""
    monkeypatch.setattr(session, "is_part", lambda: current_thread().name.startswith(TAB))
    has_begun, may_end = Event(), Event()

    def first() -> None:
        with in_turn():
            has_begun.set()
            may_end.wait(10)

    def is_first_done() -> bool:
        with in_turn():
            return may_end.is_set()

    with ThreadPoolExecutor(thread_name_prefix=TAB) as tabs:
        tabs.submit(first)
        assert has_begun.wait(10)
        second = tabs.submit(is_first_done)
        assert is_first_done() is False  # the page, in this thread
        wait([second], 0.2)
        may_end.set()
        assert second.result(10) is True


def test_the_grid_and_the_bar_look_in_their_turn(pulled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each draws itself again and again in every open tab."""
    taken: list[bool] = []

    def note(*_: object) -> list[object]:
        taken.append(session._TURN.locked())
        return []

    monkeypatch.setattr(session, "is_part", lambda: True)
    monkeypatch.setattr(st, "session_state", {})
    for place, name in ((grid, "_look_again"), (bar, "works")):
        monkeypatch.setattr(place, name, note)
    monkeypatch.setattr(grid, "is_part", lambda: True)
    monkeypatch.setattr(grid, "mount_news", lambda _: None)
    monkeypatch.setattr(bar, "_leave_if_not_admitted", lambda: None)
    monkeypatch.setattr(bar, "is_refreshing", lambda _: False)
    monkeypatch.setattr(bar, "ended", lambda _: ([], []))
    monkeypatch.setattr(bar, "refreshed_beside", lambda *_, **__: None)
    monkeypatch.setattr(bar, "_refresh_button", lambda *_, **__: None)
    grid._news(pulled)
    bar._bar(pulled, st.container())
    assert taken == [True, True]
    assert not session._TURN.locked()
