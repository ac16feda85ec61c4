"""Every page as people meet it who do not see it, see it with little contrast, or have no mouse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from app import PAGES
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.browser.driver import browsing, serving
from tests.conftest import edit_now
from tests.sync.conftest import free_rows

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STREAMLITS = {
    "presentation-role-conflict": (
        'data-testid="stFileUploaderDropzone"',
        "Streamlit names the area for a dropped file but hides its role; the button in it is named and has the focus",
    ),
}
"""Rule of axe → a part of the element's HTML, and why it is nothing that we could mend."""
THEMES = ("light", "dark")
WIDTHS = (1280, 390)
VIEWS = ("decide?view=rules", "audit?view=tonight", "associate?view=course", "history?view=row", "history?view=outside")
ADDRESSES = (*PAGES, *VIEWS)
MOST_TABS = 8
IS_A_CELL = (
    "['CANVAS', 'TD', 'INPUT', 'SELECT'].includes(document.activeElement.tagName)"
    " || document.activeElement.role === 'gridcell'"
    " || document.activeElement.shadowRoot?.activeElement?.role === 'gridcell'"
)
IS_BELOW = (
    "document.getElementById('rows')?.compareDocumentPosition(document.activeElement)"
    " & Node.DOCUMENT_POSITION_FOLLOWING"
)
CUT_OFF = """() => [...document.querySelectorAll(".st-key-filters input")].filter(input => {
    const style = getComputedStyle(input), pen = document.createElement("canvas").getContext("2d")
    pen.font = style.font
    const room = input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
    return pen.measureText(input.placeholder).width > room
}).map(input => input.placeholder)"""
"""Names of filters that are wider than their place."""


@pytest.fixture
def browser() -> Iterator[Browser]:
    """One for all pages of a test."""
    with browsing() as started:
        yield started


@pytest.fixture
def address(box: Running, pulled: Workspace) -> Iterator[str]:
    """A dashboard on a pulled term with some drafts."""
    rows = free_rows(pulled, 3)
    options = pulled.term.latest().validity.options
    picked = zip(rows["group_id"].tolist(), rows["section_id"].tolist(), rows["class_id"], strict=True)
    edit_now(pulled, {(group, section): next(iter(options(class_id))) for group, section, class_id in picked})
    with serving(pulled.settings.data_dir, box.settings) as started:
        yield started


def settled(page: Page, address: str) -> None:
    """The page, when its script has come to its end and nothing on it is of before."""
    page.goto(address)
    page.locator("h1").first.wait_for()
    page.wait_for_function(
        """() => document.querySelector('[data-test-script-state="notRunning"]')
            && !document.querySelector('[data-stale="true"], [data-testid="stSkeleton"]')"""
    )


def violations(page: Page) -> list[str]:
    """What axe finds that is ours: its rule, the element, and what it says."""
    found = []
    for rule in Axe().run(page).response["violations"]:
        for node in rule["nodes"]:
            part, _ = STREAMLITS.get(rule["id"], ("", ""))
            if not part or part not in node["html"]:
                told = [check["message"] for check in (*node["any"], *node["all"], *node["none"])][:1]
                found.append(f"{rule['id']}: {node['html'][:160]} {told}")
    return found


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_that_is_ours(theme: str, width: int, browser: Browser, address: str) -> None:
    """Contrast, order of headings, names of controls, and nothing beside the page: in both themes, also on a phone."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]  # one of both
    found = []
    for path in ADDRESSES:
        settled(page, f"{address}/{path}")
        found += [f"{path}: is no address"] if page.get_by_text("This link has").count() else []
        found += [f"{path}: {one}" for one in violations(page)]
        beside = page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth")
        found += [f"{path}: scrolls sideways by {beside} px"] if beside > 0 else []
    assert found == []


def test_what_a_filter_is_called_can_be_read_on_a_phone(browser: Browser, address: str) -> None:
    """In whole, where nothing is chosen in it."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    settled(page, f"{address}/associate")
    assert page.evaluate(CUT_OFF) == []


def test_the_numbers_stand_in_twos_on_a_phone(browser: Browser, address: str) -> None:
    """And what leads to their rows can be read in whole."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    settled(page, address)
    first, second = (page.get_by_test_id("stMetric").nth(place).bounding_box() for place in (0, 1))
    assert first is not None
    assert second is not None
    assert first["y"] == second["y"]
    cut_off = "links => links.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
    assert page.locator(".st-key-tiles a p").evaluate_all(cut_off) == []


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_an_open_cell_and_a_refusal(theme: str, browser: Browser, address: str) -> None:
    """The list of categories, several selected cells, and the message with its buttons."""
    page = browser.new_page(viewport={"width": 390, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]  # one of both
    settled(page, f"{address}/associate")
    cells = page.locator('.st-key-grid .ag-cell[col-id="label"]')
    cells.first.click()
    page.keyboard.press("Shift+ArrowDown")
    found = violations(page)
    page.keyboard.press("Enter")
    page.get_by_role("listbox", name="Categories of this section").wait_for()
    found += violations(page)
    page.keyboard.type("No such title")
    page.keyboard.press("Enter")
    page.locator(".st-key-grid .title").first.wait_for()
    assert found + violations(page) == []


def test_axe_looks_at_what_is_shown(browser: Browser, address: str) -> None:
    """A text of little contrast, a heading that skips a level and a button without a name are found."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    settled(page, f"{address}/history")
    page.evaluate(
        """() => document.querySelector('h1').insertAdjacentHTML('afterend',
            '<h4>x</h4><button></button><p style="color: #aaa; background: #fff">pale</p>')"""
    )
    assert {one.partition(":")[0] for one in violations(page)} == {"heading-order", "button-name", "color-contrast"}


def test_the_first_cell_is_a_few_keys_from_the_start(browser: Browser, address: str) -> None:
    """Two links skip what stands before the rows; nothing but Tab and Enter."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    settled(page, f"{address}/associate")
    page.locator(".st-key-grid .ag-row").first.wait_for()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(f"{IS_BELOW} && ({IS_A_CELL})"):
            break
        if page.evaluate("document.activeElement.textContent.startsWith('Skip to')"):
            page.keyboard.press("Enter")
    else:
        raise AssertionError(
            f"no cell after {MOST_TABS} Tabs, but {page.evaluate('document.activeElement.outerHTML')[:200]}"
        )
