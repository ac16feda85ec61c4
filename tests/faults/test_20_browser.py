"""Fault 20 in a real browser: refresh, closed tab, second tab, server killed, in the middle of an edit or a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.driver import Dashboard, browsing, tab
from tests.browser.grid import Grid
from tests.faults.harness import Scene, check, fault, rounds_of
from tests.faults.judge import Figures
from tests.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
GRID = "associate?figure=all&sort=-status"


def drafts(scene: Scene) -> int:
    """How many the store holds."""
    return len(scene.workspace.term.drafts().frame())


def pick(scene: Scene, page: Page, row: int) -> None:
    """Choose a category of its section in a row of the open grid; back when its draft is stored."""
    grid, before = Grid(page), drafts(scene)
    rows = scene.workspace.term.rows().set_index(["group_id", "section_id"])
    section = rows.loc[grid.key(row), "class_id"]
    titles = list(scene.workspace.term.latest().validity.options(section).values())
    grid.pick("SIS Category", row, next(title for title in titles if titles.count(title) == 1))
    wait_until(lambda: drafts(scene) == before + 1)


def expect_changed(page: Page, *rows: int) -> None:
    """These rows of the grid bear the label."""
    grid = Grid(page)
    for row in rows:
        expect(grid.cell("Changed", row)).to_contain_text("Changed")


def sync(page: Page, address: str) -> None:
    """Press the button of the Review page, and see the run begin."""
    page.goto(f"{address}/review")
    page.get_by_role("button", name="Sync Categories", disabled=False).click()
    expect(page.get_by_text("Syncing: ").first).to_be_visible()


def is_over(scene: Scene) -> bool:
    """Whether the newest run has ended."""
    return scene.run_id is not None and scene.workspace._journal.run(scene.run_id).ended_at is not None


@fault(20, "refresh, second and closed tab, killed server in the middle of an edit", rounds=1, rows=8)
def edited_in_a_browser(folder: Path, rows: int, round_: int) -> Figures:
    """Each edit is a draft at once, whatever becomes of its tab and of the server; all are synced in the end."""
    with Scene(folder, rows) as scene:
        with Dashboard(scene.environment) as dashboard, browsing() as browser:
            first, second = tab(browser), tab(browser)
            for page in (first, second):
                page.goto(f"{dashboard.address}/{GRID}")
            pick(scene, first, 0)
            first.reload()
            expect_changed(first, 0)
            pick(scene, second, 2)
            second.close()
            first.reload()
            expect_changed(first, 0, 2)
            pick(scene, first, 3)
            dashboard.kill()
            dashboard.start()
            first.goto(f"{dashboard.address}/{GRID}")
            expect_changed(first, 0, 2, 3)
            scene.expect(drafts(scene) == 3, f"there are {drafts(scene)} drafts")
            scene.note()
            first.goto(f"{dashboard.address}/review")
            first.get_by_role("button", name="Sync Categories", disabled=False).click()
            expect(first.get_by_text("There is nothing to sync")).to_be_visible()
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


@fault(20, "the same in the middle of a run", rounds=2, rows=64)
def synced_in_a_browser(folder: Path, rows: int, round_: int) -> Figures:
    """All tabs are closed, and the run goes on; or the server is killed, and History resumes it."""
    with Scene(folder, rows) as scene:
        scene.choose()
        scene.script("slow", method="PUT", after=4)
        with Dashboard(scene.environment) as dashboard, browsing() as browser:
            _look_from_two_tabs(scene, browser, dashboard.address)
            if round_:
                dashboard.kill()
                scene.expect(not is_over(scene), "the run was over before its server was killed")
                scene.calm()
                dashboard.start()
                page = tab(browser)
                page.goto(f"{dashboard.address}/history")
                page.get_by_role("button", name="Resume").click()
            scene.calm()
            wait_until(lambda: is_over(scene))
        scene.expect_outcomes(confirmed=len(scene.changes))
        return scene.figures()


def _look_from_two_tabs(scene: Scene, browser: Browser, address: str) -> None:
    """Sync in one, reload it, see the run from another one, and close both in the middle of it."""
    first, second = tab(browser), tab(browser)
    sync(first, address)
    first.reload()
    second.goto(f"{address}/history")
    for page in (first, second):
        expect(page.get_by_text("assignment groups written")).to_be_visible()
        page.close()
    scene.expect(not is_over(scene), "the run was over before its tabs were closed")


def test_edits_survive_their_tab_and_their_server(tmp_path: Path) -> None:
    """Every draft is there."""
    check(edited_in_a_browser, 0, tmp_path)


@pytest.mark.parametrize("round_", rounds_of(synced_in_a_browser))
def test_a_run_survives_its_tabs_and_resumes_after_its_server(round_: int, tmp_path: Path) -> None:
    """Every row is confirmed."""
    check(synced_in_a_browser, round_, tmp_path)
