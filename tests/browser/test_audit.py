"""The audit in a real browser: a link that was sent, a click that goes down, a number that opens its rows."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from gpb.audit.figures import Figure, where
from gpb.audit.tonight.sections import fix_first
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.browser.driver import serving

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
        losing = pulled.audit.losing()
        assert losing is not None
        sections = int(losing["school"].eq(school).sum())
        expect(page.get_by_role("heading", name=re.compile(f"^{sections:,} sections? loses? grades"))).to_be_visible()


@pytest.mark.slow
def test_a_section_opens_its_reasons_and_back_leads_back(page: Page, box: Running, pulled: Workspace) -> None:
    """The first of those to fix first, and the browser's own Back."""
    losing = pulled.audit.losing()
    assert losing is not None
    worst = fix_first(losing, pulled.audit.findings()).iloc[0]
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/audit")
        page.get_by_role("button", name=worst["section"]).first.click()
        expect(page.get_by_role("heading", name=f"Why will {worst['section']} not sync?")).to_be_visible()
        assert parameters(page)["section"] == [str(worst["section_id"])]
        page.go_back()
        expect(page.get_by_role("heading", name="Fix these sections first")).to_be_visible()


@pytest.mark.slow
def test_a_school_leads_to_its_sections_and_these_to_their_rows(page: Page, box: Running, pulled: Workspace) -> None:
    """From the Overview with a school to the sections that lose grades tonight, and to exactly the rows to fix."""
    losing, rows = pulled.audit.losing(), pulled.term.rows()
    assert losing is not None
    school = losing["school"].iloc[0]
    here = losing.loc[losing["school"].eq(school)]
    lost = rows.loc[rows["school"].eq(school) & where(rows, Figure.NOT_PASSED_BACK)]
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(address)
        page.get_by_role("combobox", name="School").fill(school)
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name=f"Show {len(lost):,} rows").first).to_be_visible()
        page.get_by_role("link", name="Sections that lose grades tonight").click()
        expect(page.get_by_role("heading", name=f"{len(here):,} sections lose grades tonight")).to_be_visible()
        assert parameters(page)["school"] == [school]
        first = here.iloc[0]
        page.get_by_role("link", name=f"Fix {first['rows']}").first.click()
        expect(page).to_have_url(re.compile(r"/associate\?"))
        assert parameters(page)["section"] == [str(first["section_id"])]
        expect(page.get_by_role("radio", name=f"Not passed back tonight {first['rows']}")).to_be_checked()
