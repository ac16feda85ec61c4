"""Two browsers and a shell edit and apply at once: one of them writes, the others are told, every row is explained."""

from __future__ import annotations

import asyncio
import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gpb.keys import Key, keys
from gpb.sandbox import Running
from gpb.ui.associate.saving import SAVED
from gpb.workspace import Workspace
from tests.browser.driver import ROOT, serving, tab
from tests.browser.grid import Grid
from tests.conftest import look
from tests.lent import confirm, settings_for
from tests.sync.conftest import free_rows

pytestmark = [pytest.mark.browser, pytest.mark.slow]
IMPORTED = 12


@pytest.fixture
def shared(box: Running, database_url: str, tmp_path: Path) -> Iterator[Workspace]:
    """A term that was read before anybody opened the dashboard, in a store that all share."""
    made = Workspace(settings_for(box, tmp_path, store_url=database_url))
    with ThreadPoolExecutor(1) as thread:  # the driver of the browser has a running loop in this one
        thread.submit(asyncio.run, made.term.pull()).result()
    confirm(made)
    yield made
    made._database.close()


def settings(workspace: Workspace, box: Running) -> dict[str, str]:
    """What leads everybody to the sandbox and to the store."""
    given = workspace.settings
    return {**box.settings, "GPB_STORE_URL": given.effective_store_url, "GPB_DATA_DIR": str(given.data_dir)}


def shell(workspace: Workspace, box: Running, *arguments: str) -> subprocess.Popen[str]:
    """The command line on the same store."""
    environment = {**os.environ, **settings(workspace, box)}
    command = [sys.executable, "-m", "gpb", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: subprocess.Popen[str], *codes: int) -> None:
    """It ends with one of these codes, and without a traceback."""
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in out + err
    assert process.returncode in codes, (out, err)


def import_file(workspace: Workspace, folder: Path) -> tuple[Path, dict[Key, str]]:
    """A CSV that gives the last free rows a category, and what it asks for."""
    rows, options = free_rows(workspace, 1000).tail(IMPORTED), workspace.term.latest().validity.options
    wanted = {key: next(iter(options(class_id))) for key, class_id in zip(keys(rows), rows["class_id"], strict=True)}
    file = folder / "import.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        lines = ((*key, category) for key, category in wanted.items())
        csv.writer(out).writerows([("group_id", "section_id", "category_id"), *lines])
    return file, wanted


def pick(workspace: Workspace, page: Page, row: int, choice: int) -> tuple[Key, str]:
    """Choose the n-th category of its section in a row of the grid; the row and the category."""
    grid = Grid(page)
    key = grid.key(row)
    rows = workspace.term.latest().associations().set_index(["group_id", "section_id"])
    label, category = list(workspace.term.latest().validity.labels(rows.loc[key, "class_id"]).items())[choice]
    grid.pick("SIS Category", row, label)
    expect(grid.cell("Changed", row)).to_contain_text("Changed")  # maybe by the other browser's pick
    expect(page.get_by_text(SAVED)).to_be_visible()
    return key, category


def edit_at_once(workspace: Workspace, box: Running, pages: list[Page], folder: Path) -> dict[Key, str]:
    """Both browsers pick, one row of them the same, while a file is imported; the last wish of each row."""
    file, wanted = import_file(workspace, folder)
    importing = shell(workspace, box, "import", str(file))
    for page, row, choice in zip([*pages, *pages], [0, 2, 3, 0], [0, 0, 1, 1], strict=True):
        key, category = pick(workspace, page, row, choice)
        wanted[key] = category
    ended(importing, 0)
    return wanted


def sync_at_once(workspace: Workspace, box: Running, pages: list[Page], address: str) -> None:
    """Both browsers press the button while the shell applies; whoever came too late is told, and has nothing left."""
    for page in pages:
        page.goto(f"{address}/review")
    buttons = [page.get_by_role("button", name="Sync Categories") for page in pages]
    for button in buttons:
        expect(button).to_be_enabled()
    applying = shell(workspace, box, "apply", "--yes")
    for button in buttons:
        button.click(no_wait_after=True)
    ended(applying, 0, 1)
    for page in pages:
        expect(page.get_by_text("There is nothing to sync")).to_be_visible()


def other_browser(page: Page) -> Page:
    """A page of another person."""
    browser: Browser | None = page.context.browser
    assert browser is not None
    return tab(browser)


def test_two_browsers_and_a_shell_edit_and_apply_at_once(
    page: Page, box: Running, shared: Workspace, tmp_path: Path
) -> None:
    """Each write leaves once, Canvas holds the last wish of each row, and the journal tells of every row."""
    pages = [page, other_browser(page)]
    with serving(shared.settings.data_dir, settings(shared, box)) as address:
        for one in pages:
            one.goto(f"{address}/associate?figure=all&sort=-status")
        wanted = edit_at_once(shared, box, pages, tmp_path)
        drafts = shared.term.drafts().frame()
        assert set(zip(drafts["group_id"], drafts["section_id"], strict=True)) == wanted.keys()
        sync_at_once(shared, box, pages, address)
    # without a status: its headers had left when its reading had become too old, so its body never did
    answered = [one for one in look(box, "requests") if one["method"] == "PUT" and one["status"]]
    written = [one["path"].rsplit("/", 1)[1] for one in answered]
    assert sorted(written) == sorted({str(group) for group, _ in wanted})
    rows = shared.term.rows().set_index(["group_id", "section_id"])
    stored = look(box, "state")["groups"]
    for (group, section), category in wanted.items():
        mapping = stored[str(group)]["sistemic"]["categoryMapping"]
        assert mapping[rows.loc[(group, section), "sis_section_id"]]["categoryId"] == category
    outcomes = [shared._journal.rows(run.run_id) for run in shared._journal.runs()]
    told = {key for table in outcomes for key in zip(table["group_id"], table["section_id"], strict=True)}
    assert told == wanted.keys()
    assert all(table["outcome"].isin(["confirmed", "unchanged"]).all() for table in outcomes)
