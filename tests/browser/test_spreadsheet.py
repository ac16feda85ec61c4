"""Out of the dashboard, through a spreadsheet and back in, while a colleague works on the same term."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gpb.keys import Key, keys
from gpb.sandbox import Running
from gpb.ui.associate.file_problems import WIDTHS
from gpb.workspace import Workspace
from tests.browser.driver import serving
from tests.browser.grid import Grid
from tests.browser.test_seen import drafted, shell
from tests.conftest import edit_now
from tests.sync.conftest import free_rows

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_panel(page: Page, address: str) -> None:
    """The rows without a category, and the panel of CSV files."""
    page.goto(f"{address}/associate?figure=to_do")
    Grid(page)
    page.get_by_text("Spreadsheet", exact=True).click()
    page.get_by_role("button", name="Download CSV").wait_for()


def download(page: Page, folder: Path) -> Path:
    """The filtered rows as the browser saves them."""
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Download CSV").click()
    file = folder / "associations.csv"
    downloaded.value.save_as(file)
    return file


def edited(file: Path, row: Key, title: str) -> Path:
    """The file with another category in one row, as a spreadsheet saves it."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for line in rows:
        if (int(line["group_id"].strip("'")), int(line["section_id"].strip("'"))) == row:
            line["category"] = title
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return file


def test_one_edit_in_a_file_is_one_draft_whatever_a_colleague_did(
    page: Page, box: Running, pulled: Workspace, tmp_path: Path
) -> None:
    """Ten drafts of a colleague stay; the same file after the sync asks for nothing and takes nothing away."""
    rows = free_rows(pulled, 11)
    options = pulled.term.latest().validity.options
    titles = {
        key: next(iter(options(class_id).values())) for key, class_id in zip(keys(rows), rows["class_id"], strict=True)
    }
    mine, *theirs = titles
    with serving(pulled.settings.data_dir, box.settings) as address:
        open_panel(page, address)
        file = edited(download(page, tmp_path), mine, titles[mine])
        edit_now(pulled, {key: titles[key] for key in theirs}, person="bob")
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Take 1 edit as drafts").click()
        expect(page.get_by_text("1 row changed from the file.")).to_be_visible()
        assert drafted(pulled) == titles
        shell(pulled, box, "apply", "--yes")
        assert drafted(pulled) == {}
        open_panel(page, address)
        page.locator("input[type=file]").set_input_files(file)
        expect(page.get_by_text("Nothing to import: 1 edited row is already as this file says.")).to_be_visible()
    stored = pulled.term.rows().set_index(["group_id", "section_id"])["category"]
    assert {key: stored[key] for key in titles} == titles


def test_bad_lines_of_a_file_are_mended_in_the_table(page: Page, box: Running, pulled: Workspace) -> None:
    """One line by a click on its button, all alike by the form with the keyboard; then they are drafts."""
    free = free_rows(pulled, 3)
    options = pulled.term.latest().validity.options
    titles = [next(iter(options(class_id).values())) for class_id in free["class_id"]]
    lines = [f"{g},{s},{title}x" for (g, s), title in zip(keys(free), titles, strict=True)]
    file = pulled.settings.data_dir / "wrong.txt"
    file.write_text("\n".join(["group_id,section_id,category", *lines, ""]).replace(",", "\t"), encoding="utf-16")
    with serving(pulled.settings.data_dir, box.settings) as address:
        open_panel(page, address)
        page.locator("input[type=file]").set_input_files(file)
        expect(page.get_by_text("3 lines cannot be imported.")).to_be_visible()
        table = page.get_by_test_id("stDataFrame").first
        table.scroll_into_view_if_needed()
        canvas = table.locator("canvas").first
        canvas.click(position={"x": sum(WIDTHS[:5]) + WIDTHS[5] // 2, "y": 53}, force=True)
        expect(page.get_by_text("2 lines cannot be imported.")).to_be_visible()
        page.get_by_role("button", name="Use it", exact=True).focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Take 3 edits as drafts").click()
        expect(page.get_by_text("3 rows changed from the file.")).to_be_visible()
    assert drafted(pulled) == dict(zip(keys(free), titles, strict=True))
