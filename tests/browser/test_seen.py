"""An open page, a pull from a shell, then a pick without a reload: what the person saw decides, in a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest
from playwright.sync_api import Page, expect

from gpb.keys import Key
from gpb.sandbox import Running
from gpb.ui.associate.saving import SAVED
from gpb.workspace import Workspace
from tests.browser.driver import ROOT, serving, tab
from tests.browser.grid import Grid
from tests.conftest import look, tell

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CATEGORY = "SIS Category"


def shell(pulled: Workspace, box: Running, *words: str) -> str:
    """The command line on the same store, to its end; what it prints."""
    environment = {**os.environ, **box.settings, "GPB_DATA_DIR": str(pulled.settings.data_dir)}
    command = [sys.executable, "-m", "gpb", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr
    return done.stdout


def shown(pulled: Workspace, page: Page, position: int) -> tuple[Key, list[str]]:
    """The row that the grid shows in this place, with the labels of its section."""
    grid = Grid(page)
    key = grid.key(position)
    rows = pulled.term.latest().associations().set_index(["group_id", "section_id"])
    return key, list(pulled.term.latest().validity.labels(rows.loc[key, "class_id"]))


def drafted(pulled: Workspace) -> dict[Key, str]:
    """Titles by row."""
    frame = pulled.term.drafts().frame()
    keys = zip(frame["group_id"].tolist(), frame["section_id"].tolist(), strict=True)
    return dict(zip(keys, frame["category"].tolist(), strict=True))


def mapping(box: Running, group: int) -> Mapping[str, Mapping[str, str]]:
    """What Canvas stores for a group: section SIS id → fields."""
    found: Mapping[str, Mapping[str, str]] = look(box, "state")["groups"][str(group)]["sistemic"]["categoryMapping"]
    return found


def test_a_pick_in_an_old_tab_is_for_the_row_that_it_shows(page: Page, box: Running, pulled: Workspace) -> None:
    """A section has appeared above it, and the shell has read it: the same place is another row by now."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate?figure=all")
        Grid(page)
        rows = pulled.term.latest().associations()
        statuses = rows["status"].tolist()
        position = next(place for place in range(6, 14) if statuses[place] == "Unassociated")
        key, labels = shown(pulled, page, position)
        tell(box, "sections", {"course_id": int(rows["course_id"].iloc[0])})
        shell(pulled, box, "pull")
        after = pulled.term.latest().associations().iloc[position]
        assert (int(after["group_id"]), int(after["section_id"])) != key
        Grid(page).pick(CATEGORY, position, labels[0])
        expect(page.get_by_text("1 draft waiting").first).to_be_visible()
        assert drafted(pulled) == {key: labels[0]}


def test_a_teachers_value_stands_that_an_old_tab_did_not_show(page: Page, box: Running, pulled: Workspace) -> None:
    """The pick waits for a decision; a sync writes nothing, and Review shows all three values."""
    with serving(pulled.settings.data_dir, box.settings) as address:
        page.goto(f"{address}/associate?figure=all&sort=-status")
        key, labels = shown(pulled, page, 0)
        rows = pulled.term.latest().associations().set_index(["group_id", "section_id"])
        sis_id = str(rows.loc[key, "sis_section_id"])
        options = pulled.term.latest().validity.options(rows.loc[key, "class_id"])
        mine, theirs = list(options)[:2]
        data = look(box, "state")["groups"][str(key[0])]
        vendor = data.get("sistemic", {})
        entry = {"categoryId": theirs, "categoryTitle": options[theirs], "mappedBy": "teacher"}
        there = {**vendor.get("categoryMapping", {}), sis_id: entry}
        tell(box, f"integration_data/{key[0]}", {**data, "sistemic": {**vendor, "categoryMapping": there}})
        shell(pulled, box, "pull")
        Grid(page).pick(CATEGORY, 0, labels[0])
        expect(page.get_by_text("1 draft waiting").first).to_be_visible()
        expect(page.get_by_text(SAVED)).to_be_visible()
        assert list(drafted(pulled)) == [key]
        shell(pulled, box, "apply", "--yes")
        assert mapping(box, key[0])[sis_id] == entry
        page.get_by_role("link", name="Review and sync").first.click()
        expect(page.get_by_text("Changed in Canvas since you drafted")).to_be_visible()
        expect(page.get_by_text("There is nothing to sync")).to_be_visible()
        assert mapping(box, key[0])[sis_id] == entry
        page.get_by_role("button", name="Keep mine").click()
        expect(page.get_by_text("kept and included in the sync again")).to_be_visible()
        assert [(change.key, change.before, change.after_id) for change in pulled.plan().changes] == [
            (key, theirs, mine)
        ]


def test_undo_is_of_its_own_browser_and_outlives_a_reload(page: Page, box: Running, pulled: Workspace) -> None:
    """Without sign-in two browsers are one person to the store, and yet not to undo."""
    browser = page.context.browser
    assert browser is not None
    other = tab(browser)
    with serving(pulled.settings.data_dir, box.settings) as address:
        picked: list[Key] = []
        for one, position in ((page, 0), (other, 2)):
            one.goto(f"{address}/associate?figure=all&sort=-status")
            key, labels = shown(pulled, one, position)
            Grid(one).pick(CATEGORY, position, labels[0])
            expect(Grid(one).cell("Changed", position)).to_contain_text("Changed")
            picked.append(key)
        page.reload()
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("of your last edit was restored")).to_be_visible()
        assert list(drafted(pulled)) == [picked[1]]
