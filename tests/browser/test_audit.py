"""The audit in a real browser: a link that was sent, a click that goes down, a number that opens its rows."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from gpb.audit.why import worst_sections
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.browser.driver import serving
from tests.browser.grid import Grid

pytestmark = pytest.mark.browser


def parameters(page: Page) -> dict[str, list[str]]:
    """What the address says."""
    return parse_qs(urlsplit(page.url).query)


@pytest.mark.slow
def test_a_link_of_a_report_opens_its_place_in_a_fresh_browser(page: Page, box: Running, pulled: Workspace) -> None:
    """The first visitor of a server, with nothing but the address from a CSV or a mail."""
    line = pulled.audit.findings().query("finding == 'no_categories'").iloc[0]
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(line["dashboard_link"].replace(pulled.settings.dashboard_url, address))
        expect(page.get_by_role("heading", name=f"Why will {line['section']} not sync?")).to_be_visible()
        expect(page.get_by_text("3. The section has categories in Focus")).to_be_visible()
        expect(page.get_by_text("Set up grading categories for this section in Focus").first).to_be_visible()
        assert parameters(page)["section"] == [str(line["section_id"])]


@pytest.mark.slow
def test_a_school_in_a_link_filters_the_findings(page: Page, box: Running, pulled: Workspace) -> None:
    """What a principal is sent: the school with its own score and findings."""
    found = pulled.audit.findings()
    school = found["school"].iloc[0]
    number = int(found["school"].eq(school).sum())
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/audit?school={school}")
        expect(page.get_by_role("heading", name=f"{number:,} findings")).to_be_visible()
        expect(page.get_by_role("heading", name="By teacher")).to_be_visible()


@pytest.mark.slow
def test_a_tick_opens_the_section_and_back_leads_back(page: Page, box: Running, pulled: Workspace) -> None:
    """The first of the five worst, and the browser's own Back."""
    worst = worst_sections(pulled.audit.findings()).iloc[0]
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/audit")
        table = Grid(page).element
        table.click(position={"x": 17, "y": 52})
        expect(page.get_by_role("heading", name=f"Why will {worst['section']} not sync?")).to_be_visible()
        assert parameters(page)["section"] == [str(worst["section_id"])]
        page.go_back()
        expect(page.get_by_role("heading", name="Fix these sections first")).to_be_visible()


@pytest.mark.slow
def test_a_number_of_the_overview_opens_its_rows(page: Page, box: Running, pulled: Workspace) -> None:
    """A click on the Unassociated of a school leads to exactly these rows."""
    rows = pulled.term.rows()
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(address)
        table = Grid(page).element
        table.scroll_into_view_if_needed()
        cell = table.locator('td[data-testid="glide-cell-3-0"]')
        shown = int(cell.inner_text().replace(",", ""))
        table.click(position={"x": 170 + 90 + 93 + 46, "y": 52})
        expect(page).to_have_url(re.compile("status=Unassociated"))
        school = parameters(page)["school"][0]
        assert shown == int((rows["school"].eq(school) & rows["status"].eq("Unassociated")).sum())
        expect(page.get_by_text(f"{shown:,} rows of")).to_be_visible()
