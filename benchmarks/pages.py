"""The dashboard: from README's command to the first grid, and from an edit to the page that shows it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from statistics import median

from playwright.sync_api import sync_playwright
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from benchmarks.figure import Figure
from gpb.settings import ROOT

EDITS = 7


def measure() -> list[Figure]:
    """Seconds to the first grid, milliseconds of an edit."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GPB_")}
        first = _first_grid({**environment, "GPB_DATA_DIR": folder})
        os.environ["GPB_DATA_DIR"] = folder
        edit, rows = _edit()
    return [
        Figure("command to first grid", first, "s", 8),
        Figure("edit to updated page, on the server", edit * 1000, "ms", 300, told=f"a page of {rows} rows"),
    ]


def _first_grid(environment: dict[str, str]) -> float:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    port = free_port()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        started = time.perf_counter()
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            wait_for(port)
            page.goto(f"http://127.0.0.1:{port}/associate")
            page.locator(".st-key-grid .ag-row").first.wait_for(timeout=60_000)
            return time.perf_counter() - started
        finally:
            process.terminate()
            process.wait(10)


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Come back when something listens there."""
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def _edit() -> tuple[float, int]:
    """Median seconds of a run of the whole page after an edit in the grid, and the rows of the page."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    app.query_params["figure"] = "all"
    app.switch_page("pages/associate.py").run()
    grid = Grid(app)
    seconds = []
    for _ in range(EDITS):
        started = time.perf_counter()
        grid.edit()
        seconds.append(time.perf_counter() - started)
    return median(seconds), len(grid.names)


class Grid:
    """The grid on Associate, and a browser that takes one association away after the other."""

    def __init__(self, app: AppTest) -> None:
        sent = {one.proto.component_name: one.proto for one in app.get("bidi_component")}
        self.names: list[str] = [row[0] for row in json.loads(sent["gpb_grid_rows"].json)["rows"]]
        self._snapshot = json.loads(sent["gpb_grid"].json)["snapshot"]
        self._app, self._id, self._number = app, sent["gpb_grid"].id, 0

    def edit(self) -> None:
        """Edit the next row, and let the whole page run."""
        self._number += 1
        cells = [[self.names[self._number], "Unassociated", ""]]
        action = {"n": self._number, "kind": "edit", "snapshot": self._snapshot, "cells": cells}
        states, state = self._app._tree.get_widget_states(), WidgetState()
        state.id = self._id
        state.json_value = json.dumps({"outbox": {"client": "benchmark", "actions": [action]}})
        states.widgets.append(state)
        self._app._run(states)
