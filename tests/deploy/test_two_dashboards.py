"""Two dashboards behind nginx, on one PostgreSQL and one folder of snapshots: one dies, and nobody loses anything."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from gpb.keys import Key, keys
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.browser.driver import ROOT, Dashboard, browsing, tab
from tests.browser.grid import Grid
from tests.conftest import SMALL, look
from tests.databases import empty_database
from tests.lent import confirm, lent, settings_for
from tests.sync.conftest import choose_first, free_rows

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("postgresql")]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CONFIGURATION = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include "{deploy}/sticky.conf";
    include "{folder}/dashboards.conf";
    server {{ listen 127.0.0.1:{port}; include "{deploy}/proxy.conf"; }}
}}
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def nginx(folder: Path, port: int, dashboards: list[Dashboard]) -> Iterator[None]:
    """nginx with our own files, but for the ports."""
    if NGINX is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("No nginx was found: install nginx-light.")
    deploy = ROOT / "deploy/nginx"
    servers = iter(dashboards)
    lines = (deploy / "dashboards.conf").read_text().splitlines()
    lines = [_with_port(line, servers) if "server 127" in line else line for line in lines]
    folder.mkdir()
    (folder / "dashboards.conf").write_text("\n".join(lines))
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, deploy=deploy, port=port))
    process = subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        _answers(port)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _with_port(line: str, dashboards: Iterator[Dashboard]) -> str:
    address = next(dashboards).address.removeprefix("http://")
    return " ".join(["server", address, *line.split()[2:]])


def _answers(port: int) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("nginx did not answer")


@pytest.fixture
def box() -> Iterator[Running]:
    """A district whose servers take their time: what happens in between can be caught."""
    with lent(replace(SMALL, latency_ms=60)) as sandbox:
        yield sandbox


@pytest.fixture
def shared(box: Running, postgresql: Engine, tmp_path: Path) -> Iterator[Workspace]:
    """A term that was read before anybody opened a dashboard."""
    with empty_database(postgresql) as url:
        made = Workspace(settings_for(box, tmp_path, store_url=url))
        with ThreadPoolExecutor(1) as thread:  # the driver of the browser has a running loop in this one
            thread.submit(asyncio.run, made.term.pull()).result()
        confirm(made)
        yield made
        made.close()


@pytest.fixture
def site(box: Running, shared: Workspace, tmp_path: Path) -> Iterator[tuple[str, list[Dashboard]]]:
    """The address of nginx, and the dashboards behind it."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    given = {
        **box.settings,
        "GPB_STORE_URL": shared.settings.effective_store_url,
        "GPB_DATA_DIR": str(shared.settings.data_dir),
        "GPB_DASHBOARD_URL": address,
    }
    with ExitStack() as stack:
        dashboards = [stack.enter_context(Dashboard(given)) for _ in range(2)]
        stack.enter_context(nginx(tmp_path / "nginx", port, dashboards))
        yield address, dashboards


def serves(dashboard: Dashboard) -> bool:
    """Whether a browser's websocket leads to it: nginx keeps no other connection open."""
    return any(one.status == psutil.CONN_ESTABLISHED for one in dashboard.connections())


def visit(browser: Browser, address: str, dashboard: Dashboard) -> Page:
    """A browser of another person, whose session this dashboard holds."""
    for _ in range(20):
        page = tab(browser)
        page.goto(f"{address}/associate?figure=all&sort=-status")
        Grid(page)
        if serves(dashboard):
            return page
        page.context.close()
    raise AssertionError("nginx sent no browser there")


def until(condition: Callable[[], bool]) -> None:
    """Wait for it."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def first_choice(workspace: Workspace, grid: Grid, row: int) -> tuple[Key, str, str]:
    """The key of a row in the grid, and the first of its categories: label and id."""
    key, snapshot = grid.key(row), workspace.term.latest()
    rows = snapshot.associations().set_index(["group_id", "section_id"])
    return key, *next(iter(snapshot.validity.labels(rows.loc[key, "class_id"]).items()))


def choose(workspace: Workspace, page: Page, row: int) -> tuple[Key, str]:
    """Pick the first category in a row of the grid."""
    grid = Grid(page)
    key, label, category = first_choice(workspace, grid, row)
    grid.pick("SIS Category", row, label)
    expect(grid.cell("SIS Category", row)).to_have_text(label)
    return key, category


def drafts(workspace: Workspace) -> dict[Key, str]:
    """The drafts in the store: category of each row."""
    frame = workspace.term.drafts().frame()
    return dict(zip(keys(frame), frame["category_id"], strict=True))


def test_a_dashboard_dies_amid_edits(site: tuple[str, list[Dashboard]], shared: Workspace) -> None:
    """Its browser goes to the other by itself, keeps its place, and edits on; the store has every draft of both."""
    address, dashboards = site
    with browsing() as browser:
        pages = [visit(browser, address, one) for one in dashboards]
        wanted = dict([choose(shared, pages[0], 0), choose(shared, pages[1], 3)])
        until(lambda: drafts(shared) == wanted)
        grid = Grid(pages[0])
        key, label, category = first_choice(shared, grid, 1)
        grid.walk_to("SIS Category", 1)
        pages[0].keyboard.press("Enter")
        grid.type_until_marked(label)
        dashboards[0].kill()
        until(lambda: len(dashboards[1].connections()) == len(pages))
        expect(grid.editor).to_have_value(re.compile(".+"))
        pages[0].keyboard.press("Enter")
        wanted[key] = category
        until(lambda: drafts(shared) == wanted)
        wanted |= dict([choose(shared, pages[1], 4)])
        until(lambda: drafts(shared) == wanted)
        assert [Grid(page).focus() for page in pages] == [["label", 2], ["label", 5]]  # Enter leads to the next row


def test_a_dashboard_dies_amid_a_run(site: tuple[str, list[Dashboard]], shared: Workspace, box: Running) -> None:
    """The other one tells of it and finishes it: each group is written, and each row's outcome is known."""
    address, dashboards = site
    chosen = choose_first(shared, free_rows(shared, 40))
    with browsing() as browser:
        page = visit(browser, address, dashboards[0])
        page.goto(f"{address}/review")
        page.get_by_role("button", name="Sync Categories", disabled=False).click()
        until(lambda: len(puts(box)) > 3)
        dashboards[0].kill()
        page.get_by_role("button", name="Resume").click(timeout=60_000)
        until(lambda: drafts(shared) == {})
    (run,) = shared.runs.of_term()
    assert shared.runs.counts(run.run_id)["confirmed"] == len(chosen)
    stored = look(box, "state")["groups"]
    for (group, _), category in chosen.items():
        mapping = stored[str(group)]["sistemic"]["categoryMapping"]
        assert category in {entry["categoryId"] for entry in mapping.values()}


def puts(box: Running) -> list[str]:
    """Paths of the writes that Canvas took."""
    return [one["path"] for one in look(box, "requests") if one["method"] == "PUT" and one["status"]]
