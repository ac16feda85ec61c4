"""The desk: clicks, keys and seconds of what a coordinator does most, in a Chromium of 1280 × 800.

``python -m benchmarks.desk`` prints one line per task. Clicks and keys are those of the shortest way that a page
offers; seconds are from the first of them to what the person waits for, and beside them stand those of CPU of the
server, which say more on a machine that others use as well.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

from benchmarks.district import district, settings_for
from benchmarks.pages import free_port, wait_for
from gpb.keys import Key
from gpb.settings import ROOT
from gpb.sync.drafting import seen_in
from gpb.workspace import Workspace

SIZE = {"width": 1280, "height": 800}
FEW, MANY = 119, 2_230
"""Rows of the two syncs."""
PATIENCE = 90_000
"""Milliseconds."""
FOCUS = """() => {
    let place = document.activeElement
    while (place?.shadowRoot) place = place.shadowRoot.activeElement
    return place?.closest("[row-index]")?.getAttribute("row-index") ?? null
}"""
PLACE = "row => row.getBoundingClientRect().y"


class Hand:
    """A person at the page, whose clicks and keys are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = self.keys = 0

    def click(self, place: Locator) -> None:
        """One click."""
        place.click()
        self.clicks += 1

    def press(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, text: str) -> None:
        """A key for each letter."""
        self.page.keyboard.type(text)
        self.keys += len(text)


@dataclass
class Desk:
    """A dashboard that serves the district, and the workspace on the same store."""

    address: str
    process: subprocess.Popen[bytes]
    opened: Workspace
    page: Page

    def cpu(self) -> float:
        """Seconds of CPU of the server so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rows(self, figure: str) -> Locator:
        """Open Associate with these rows; the rows."""
        self.page.goto(f"{self.address}/associate?figure={figure}")
        found = self.page.locator(".st-key-grid .ag-row")
        found.first.wait_for()
        self.saved()
        return found

    def saved(self) -> None:
        """Wait until all is stored."""
        expect(self.page.get_by_text("All edits are saved.")).to_be_visible()

    def cell(self, row: int) -> Locator:
        """The category cell in this place."""
        return self.page.locator(f'.st-key-grid .ag-row[row-index="{row}"] .ag-cell[col-id="label"]')

    def done(self, task: Callable[[Desk, Hand], str | None], before: Callable[[Desk], object]) -> str:
        """What a task took."""
        before(self)
        hand, cpu, began = Hand(self.page), self.cpu(), time.monotonic()
        more = task(self, hand)
        seconds, cpu = time.monotonic() - began, self.cpu() - cpu
        told = f"{hand.clicks} clicks, {hand.keys} keys, {seconds:.1f} s ({cpu:.1f} s of CPU)"
        return f"{told}, {more}" if more else told

    def draft(self, number: int) -> None:
        """Draft another category for so many rows, and open Review."""
        rows = self.opened.term.rows()
        validity, chosen = self.opened.term.latest().validity, dict[Key, str | None]()
        seen = seen_in(rows)
        for key, class_id in zip(seen, rows["class_id"].tolist(), strict=True):
            others = [one for one in validity.options(class_id) if one != seen[key]]
            if others and len(chosen) < number:
                chosen[key] = others[0]
        self.opened.edit(chosen, seen={key: seen[key] for key in chosen}, person="ann", label="benchmark")
        self.page.goto(f"{self.address}/review")
        self.page.get_by_role("button", name="Sync Categories").wait_for()
        self.page.wait_for_function("document.querySelector('[data-test-script-state=notRunning]') !== null")


def reason(desk: Desk, hand: Hand) -> None:
    """Why one section's row will not sync, from the list of rows."""
    hand.click(desk.page.locator(".st-key-grid .details").first)
    desk.page.get_by_text("Why will this not sync?").wait_for()


def by_mouse(desk: Desk, hand: Hand) -> None:
    """Three rows get a category."""
    for row in range(3):
        hand.click(desk.cell(row).locator(".opens"))
        hand.click(desk.page.locator(".st-key-grid [role=option]").nth(1))
        expect(desk.cell(row).locator(".text")).not_to_have_text("Unassociated")
    desk.saved()


def by_keyboard(desk: Desk, hand: Hand) -> None:
    """The same from the load of the page, without the mouse."""
    while desk.page.evaluate(FOCUS) is None:
        hand.press("Tab")
        if str(desk.page.evaluate("document.activeElement.textContent")).startswith("Skip to"):
            hand.press("Enter")
    for _ in range(3):
        hand.press("Enter", "ArrowDown", "Enter")
    desk.saved()


def refused(desk: Desk, hand: Hand) -> str:
    """A title that the section lacks, until the message is there; then a valid one is taken."""
    hand.click(desk.cell(8))
    place = desk.cell(8).evaluate(PLACE)
    hand.type("Nonsense")
    hand.press("Enter")
    titles = desk.page.locator(".st-key-grid .title")
    titles.first.wait_for()
    moved, focus = desk.cell(8).evaluate(PLACE) - place, desk.page.evaluate(FOCUS)
    hand.click(titles.nth(1))
    desk.saved()
    return f"{moved:.0f} px moved, focus {'kept' if focus == '8' else 'lost'}"


def bulk(desk: Desk, hand: Hand) -> None:
    """One category for all rows that are to do and can have it."""
    hand.click(desk.page.get_by_role("button", name="Bulk edit"))
    hand.click(desk.page.get_by_role("combobox", name="Category", exact=True))
    hand.click(desk.page.get_by_role("option").first)
    hand.click(desk.page.get_by_role("button", name=re.compile("^Set for ")))
    desk.page.get_by_text("Nothing is sent to Canvas").wait_for()


def sync(desk: Desk, hand: Hand) -> None:
    """From Review to the notice that it is done; what speaks against it is accepted."""
    number = f"{len(desk.opened.plan().changes):,}"
    button = desk.page.get_by_role("button", name=re.compile("^(Sync Categories|Undo [0-9])"))
    main = desk.page.get_by_test_id("stMain")
    typed = main.get_by_role("textbox", name=re.compile("^Type "))
    enabled = main.locator("button:enabled").filter(has_text=re.compile("Sync Categories|Undo [0-9]"))
    expect(enabled.or_(typed).first).to_be_visible()
    for box in main.locator('[class*="st-key-left_out_"] label').all():
        hand.click(box)
    if typed.count():
        hand.click(typed)
        hand.type(number)
        hand.press("Enter")
    hand.click(button)
    desk.page.get_by_text(re.compile(r"synchronized \(")).first.wait_for(timeout=10 * PATIENCE)


def undo(desk: Desk, hand: Hand) -> None:
    """From the notice of the end to the one that it is taken back."""
    hand.click(desk.page.get_by_role("link", name="Undo"))
    hand.click(desk.page.get_by_role("button", name=re.compile("^Undo [0-9,]+ row")))
    desk.page.get_by_text(re.compile("rows taken back")).first.wait_for()


def measure() -> dict[str, str]:
    """Each task once."""
    return dict(tasks())


def tasks() -> Iterator[tuple[str, str]]:
    """Each task with what it took, as it ends: on a district of the usual size, and the start without one."""
    yield "command to first number", _first_number()
    with district() as printed, tempfile.TemporaryDirectory() as folder, _serving(printed, Path(folder)) as desk:
        yield "rows visible at 1280 × 800", _visible(desk)
        for name, task in ON_ROWS.items():
            yield name, desk.done(task, lambda desk: desk.rows("to_do"))
        desk.opened.term.drafts().discard(seen_in(desk.opened.term.rows()), "ann")
        yield f"sync of {FEW} rows", desk.done(sync, lambda desk: desk.draft(FEW))
        yield "undo", desk.done(undo, lambda _: None)
        yield f"sync of {MANY:,} rows", desk.done(sync, lambda desk: desk.draft(MANY))


ON_ROWS = {
    "one section's reason": reason,
    "three edits by mouse": by_mouse,
    "three edits by keyboard": by_keyboard,
    "a refused choice": refused,
    "a bulk set": bulk,
}


def _visible(desk: Desk) -> str:
    bottoms = [box["y"] + box["height"] for row in desk.rows("all").all() if (box := row.bounding_box()) is not None]
    return f"{sum(bottom <= SIZE['height'] for bottom in bottoms)} (aim: 15)"


def _first_number() -> str:
    """From README's command to the first number on the screen, with a new sandbox."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GPB_")}
    with tempfile.TemporaryDirectory() as folder, _browser() as page:
        began, times = time.monotonic(), os.times()
        with _app({**own, "GPB_DATA_DIR": folder}) as (address, _):
            page.goto(address)
            page.get_by_text(re.compile(r"\d,\d{3}|\d+ rows")).first.wait_for()
            seconds = time.monotonic() - began
        ended = os.times()
    cpu = ended.children_user + ended.children_system - times.children_user - times.children_system
    return f"{seconds:.1f} s ({cpu:.1f} s of CPU, sandbox and first Refresh included; aim: 8)"


@contextmanager
def _serving(printed: dict[str, str], folder: Path) -> Iterator[Desk]:
    opened = Workspace(settings_for(printed, folder))
    asyncio.run(opened.term.pull())
    if opened.first_contact.may_confirm():
        opened.first_contact.confirm("ann")
    own = {name: value for name, value in os.environ.items() if not name.startswith("GPB_")}
    with _app({**own, **printed, "GPB_DATA_DIR": str(folder)}) as (address, process), _browser() as page:
        yield Desk(address, process, opened, page)


@contextmanager
def _app(environment: dict[str, str]) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _browser() -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]  # a dict of two numbers is what it takes
        page.set_default_timeout(PATIENCE)
        yield page
        browser.close()


def main() -> None:
    """Print one line per figure."""
    for name, figure in tasks():
        print(f"{name:<28} {figure}", flush=True)
