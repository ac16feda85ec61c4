"""Every page on a district whose names would do something: a beacon stays silent, and what is shown is text."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from gpb.keys import keys
from gpb.sandbox import Running
from gpb.sync.drafting import seen_in
from gpb.sync.gates import NAMES
from gpb.workspace import Workspace
from tests.browser.driver import serving
from tests.browser.grid import Grid
from tests.hostile import EVIL, listening, make_hostile
from tests.lent import confirm, settings_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ALIVE = f"""
() => {{
  const found = []
  const main = [...document.querySelectorAll('a[href*="{EVIL}"], a[href^="mailto:"], a[href*="/image.png"]')]
  found.push(...main.map(link => "link " + link.href))
  found.push(...[...document.querySelectorAll('img')].map(image => image.src).filter(src => src.includes('.png')))
  found.push(...[...document.querySelectorAll('.katex, .katex-error')].map(formula => "formula " + formula.textContent))
  const icons = [...document.querySelectorAll('[data-testid="stIconMaterial"], [role="img"]')]
  found.push(...icons.map(icon => icon.textContent.trim()).filter(text => text === "home"))
  if (["😄", "💯", "🎱"].some(sign => document.body.innerText.includes(sign))) found.push("emoji")
  if (document.querySelector('[data-testid="stException"]')) found.push("exception")
  return found
}}
"""


def drafted(workspace: Workspace) -> pd.DataFrame:
    """Some drafts: new associations, changed ones, one taken away; the rows."""
    rows = workspace.term.rows()
    options = workspace.term.latest().validity.options
    free = rows.loc[rows["status"].eq("Unassociated") & rows["class_id"].notna()].head(3)
    done = rows.loc[rows["status"].eq("Synchronized")].head(4)
    choices: dict[tuple[int, int], str | None] = {}
    some = pd.concat([free, done.head(3)])
    for key, class_id, stored in zip(keys(some), some["class_id"], some["stored_category_id"], strict=True):
        choices[key] = next(other for other in options(class_id) if other != stored)
    last = done.iloc[3]
    choices[int(last["group_id"]), int(last["section_id"])] = None
    workspace.edit(choices, seen=seen_in(rows), person="![a](x) ann", label="<b>![a](x)</b>")
    return rows


FIRST_LOOKS = (
    ("", "By school"),
    ("audit", "Fix these sections first"),
    ("name_check", "without a matching name"),
)
PANELS = ("Set a category", "Copy from a section", "Accept proposals", "Discard drafts", "Spreadsheet")


def open_panel(page: Page, panel: str) -> None:
    """The dialog of a bulk edit, or of spreadsheets."""
    if panel != "Spreadsheet":
        page.get_by_role("button", name="Bulk edit").click()
    page.get_by_text(panel, exact=True).click()


def close(page: Page) -> None:
    """The open dialog."""
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")


def look_around(page: Page, address: str, rows: pd.DataFrame) -> list[str]:
    """Open everything that shows names; what was alive anywhere."""
    found: list[str] = []

    def check(place: str, wait_for: str) -> None:
        page.get_by_text(wait_for).first.wait_for(timeout=60_000)
        page.wait_for_timeout(400)
        found.extend(f"{place}: {one}" for one in page.evaluate(ALIVE))

    row = rows.loc[rows["status"].eq("Unassociated")].iloc[0]
    for path, text in FIRST_LOOKS:
        page.goto(f"{address}/{path}")
        check(path or "overview", text)
    page.goto(f"{address}/decide")
    page.get_by_role("button", name="Details", exact=True).first.click()
    check("decide", "Leave out of")
    page.get_by_label("SIS Category of").first.click()
    check("decide, drop-down", "Leave out of")
    page.get_by_role("option").first.click()
    page.get_by_role("button", name="Accept", exact=True).first.click()
    check("decide, accepted", "drafted.")
    page.goto(f"{address}/decide?view=rules")
    check("decisions", "Turn on or off")
    page.goto(f"{address}/audit?section={row['section_id']}&course={row['course_id']}")
    check("why", "Why will")
    page.goto(f"{address}/associate?course={row['course_id']}")
    Grid(page)
    for panel in PANELS:
        open_panel(page, panel)
        check(panel, "Spreadsheet: " if panel == "Spreadsheet" else "Bulk edit: ")
        close(page)
    page.goto(f"{address}/associate?row={row['group_id']}:{row['section_id']}")
    check("drawer", "Why will this not sync?")
    page.goto(f"{address}/associate?course={row['course_id']}")
    page.get_by_text("By course", exact=True).click()
    page.get_by_role("button", name="Expand").first.click()
    check("by course", "SIS ID")
    page.get_by_label("SIS Category of").first.click()
    check("drop-down", "SIS ID")
    page.goto(f"{address}/associate?figure=all")
    Grid(page)
    open_panel(page, "Set a category")
    page.get_by_label("Category", exact=True).click()
    page.get_by_role("option").first.click()
    page.get_by_text(re.compile("Replaces an? (draft|association)")).first.click()
    check("list", "Set for")
    page.get_by_role("button", name="Set for").click()
    check("notice", "rows changed. Nothing is sent")
    page.goto(f"{address}/review")
    check("review", "What will change in Canvas")
    page.goto(f"{address}/connections")
    page.get_by_role("button", name="Check both connections").click()
    check("connections", "accepts the token")
    page.goto(f"{address}/?term=![a]({EVIL})<img src=x>")
    check("term", "Refresh")
    return found


def test_no_page_lets_a_name_come_alive(page: Page, box: Running, tmp_path: Path) -> None:
    """Pages, panels, notices, drop-downs and messages; a sync of such names and its history, too."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: dialog.dismiss())
    with listening() as beacon, ThreadPoolExecutor(1) as thread:
        make_hostile(box.world, beacon.url)
        workspace = Workspace(settings_for(box, tmp_path))
        thread.submit(asyncio.run, workspace.term.pull()).result()
        confirm(workspace)
        rows = drafted(workspace)
        with serving(tmp_path, box.settings) as address:
            found = look_around(page, address, rows)
            page.goto(f"{address}/history")
            page.get_by_text("Nothing has been synced").wait_for()
            record = thread.submit(lambda: sync(workspace)).result()
            page.goto(f"{address}/history")
            page.get_by_text("Undo this run").first.click()
            page.wait_for_timeout(500)
            found += [f"history: {one}" for one in page.evaluate(ALIVE)]
            expect(page.get_by_text(record).first).to_be_attached()
        assert found == []
        assert beacon.visits == []
        assert [url for url in asked if EVIL in url.split("?")[0] or beacon.url in url] == []


def sync(workspace: Workspace) -> str:
    """Apply the drafts without a page; the run's id."""
    run_id = asyncio.run(workspace.door.begin(workspace.plan(), NAMES, "![a](x) ann"))
    asyncio.run(workspace.runs.perform(run_id))
    return run_id
