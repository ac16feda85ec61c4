"""Many open tabs look for news at once; whoever waits for a page does not wait for them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event, current_thread

import pytest

from gpb.ui.shell import session
from gpb.ui.shell.session import in_turn

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
