"""Two browsers and a shell apply at once: one of them writes, the others are told, every row is explained."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.browser.conftest import ROOT, serving
from tests.conftest import look, settings_for
from tests.sync.conftest import choose_first, free_rows

pytestmark = pytest.mark.browser


def shell(workspace: Workspace, box: Running, *arguments: str) -> subprocess.Popen[str]:
    """The command line on the same store."""
    environment = {**os.environ, **box.settings, "GPB_DATA_DIR": str(workspace.settings.data_dir)}
    command = [sys.executable, "-m", "gpb", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_two_browsers_and_a_shell_apply_at_once(page: Page, box: Running, tmp_path: Path) -> None:
    """Each write leaves once, and the drafts of all end as planned."""
    workspace = Workspace(settings_for(box, tmp_path))
    with ThreadPoolExecutor(1) as thread:  # the driver of the browser has a running loop in this one
        thread.submit(asyncio.run, workspace.pull()).result()
    rows = free_rows(workspace, 12)
    wanted = choose_first(workspace, rows)
    with serving(tmp_path, box.settings) as address:
        browser = page.context.browser
        assert browser is not None
        pages = [page, browser.new_context(viewport={"width": 1280, "height": 900}).new_page()]
        for one in pages:
            one.goto(f"{address}/review")
        buttons = [one.get_by_role("button", name="Sync Categories") for one in pages]
        for button in buttons:
            expect(button).to_be_enabled()
        applying = shell(workspace, box, "apply", "--yes")
        for button in buttons:
            button.click(no_wait_after=True)
        out, err = applying.communicate(timeout=60)
        for one in pages:
            expect(one.get_by_text("There is nothing to sync")).to_be_visible()
    assert applying.returncode in (0, 1, 3), (out, err)
    assert "Traceback" not in out + err
    written = [seen["path"].rsplit("/", 1)[1] for seen in look(box, "requests") if seen["method"] == "PUT"]
    assert sorted(written) == sorted(str(group) for group, _ in wanted)
    stored = look(box, "state")["groups"]
    keys = dict(zip(zip(rows["group_id"], rows["section_id"], strict=True), rows["sis_section_id"], strict=True))
    for (group, section), category in wanted.items():
        assert stored[str(group)]["sistemic"]["categoryMapping"][keys[group, section]]["categoryId"] == category
    for run in workspace.journal.runs():
        assert workspace.journal.rows(run.run_id)["outcome"].isin(["confirmed", "unchanged"]).all()
    workspace.database.close()
