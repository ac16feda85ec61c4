"""Wrong settings in a real browser: whatever page is opened leads to Connections, which lists all that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gpb.sandbox import Running
from tests.browser.driver import serving


@pytest.mark.slow
def test_every_page_leads_to_what_is_wrong_and_what_is_right(page: Page, box: Running, tmp_path: Path) -> None:
    """A term's name, a missing secret and a misspelt setting at once; no row and no secret is shown."""
    wrong = {**box.settings, "GPB_TERM": "Fall", "GPB_SIS_CLIENT_SECRET": "", "GPB_KEEP_DAY": "5"}
    with serving(tmp_path, wrong) as address:
        page.goto(f"{address}/associate?figure=to_do")
        expect(page.get_by_text("2 more settings are wrong or missing")).to_be_visible()
        page.get_by_role("link", name="Connections: what is wrong, and what is right").click()
        table = page.get_by_test_id("stTable").first
        for told in ("GPB_TERM", "sis_term_id:", "GPB_SIS_CLIENT_SECRET", "GPB_KEEP_DAYS is probably meant"):
            expect(table).to_contain_text(told)
        expect(page.get_by_role("button", name="Refresh")).to_have_count(0)
        assert box.settings["GPB_CANVAS_TOKEN"] not in page.content()
