"""What a person sees from the first moment on: no raw names, a tab with a name, and a bar that moves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.browser.driver import serving
from tests.sync.conftest import choose_first, free_rows

WATCH = """
window.seen = new Set();
new MutationObserver(() => document.querySelectorAll('[data-testid=stSidebarNav] a').forEach(
    entry => window.seen.add(entry.innerText.split('\\n').at(-1)))
).observe(document, {childList: true, subtree: true, characterData: true});
"""
PAGES = {"Overview", "Decide", "Audit", "Associate", "Review and sync", "History", "Name check", "Connections"}


pytestmark = [pytest.mark.browser, pytest.mark.slow]
Result = TypeVar("Result")


def in_thread(work: Coroutine[Any, Any, Result]) -> Result:
    """The driver of the browser has a running loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_the_first_visitor_of_a_server_sees_no_raw_names(page: Page, pulled: Workspace, box: Running) -> None:
    """From the first paint on, also behind a deep link; the tab says page, term and district."""
    page.add_init_script(WATCH)
    with serving(pulled.settings.data_dir, box.settings) as dashboard:
        page.goto(f"{dashboard}/associate")
        expect(page.get_by_role("heading", name="Associate", exact=True)).to_be_visible(timeout=60_000)
        assert set(page.evaluate("[...window.seen]")) == PAGES
        term = pulled.term.latest().facts.term
        expect(page).to_have_title(f"Associate · {term} · 127.0.0.1")
        page.get_by_role("link", name="History").click()
        expect(page).to_have_title(f"History · {term} · 127.0.0.1")
        school = pulled.term.rows()["school"].iloc[0]
        page.goto(f"{dashboard}/overview?{urlencode({'school': school})}")
        expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
        expect(page.get_by_role("combobox", name="School")).to_have_value(school)


def test_the_bar_of_somebody_elses_sync_moves_nothing_and_keeps_what_is_being_typed(
    page: Page, pulled: Workspace, box: Running
) -> None:
    """It comes by itself and goes by itself; the notice leads to the rows and to the way back."""
    choose_first(pulled, free_rows(pulled, 2))
    with serving(pulled.settings.data_dir, box.settings) as dashboard:
        page.goto(f"{dashboard}/associate")
        field = page.get_by_role("searchbox").or_(page.get_by_role("textbox")).first
        field.fill("Half a wo", timeout=60_000)
        before = field.bounding_box()
        run_id = in_thread(pulled.door.begin(pulled.plan(), (), "bob"))
        bar = page.get_by_text("Syncing: 0 of 2 assignment groups written, by bob")
        expect(bar).to_be_visible()
        expect(bar).to_be_in_viewport()
        assert field.bounding_box() == before
        in_thread(pulled.runs.perform(run_id))
        told = page.get_by_test_id("stAlert").filter(has_text="2 assignment groups in 2 sections synchronized")
        expect(told).to_be_in_viewport()
        expect(bar).to_be_hidden()
        assert field.bounding_box() == before
        expect(field).to_have_value("Half a wo")
        page.get_by_role("link", name="Undo").click()
        expect(page.get_by_role("button", name="Undo 2 rows")).to_be_visible()
        assert f"run={run_id}" in page.url
        expect(told.first).to_be_visible()  # on History itself
        expect(page.get_by_role("button", name="Dismiss")).to_be_hidden()
