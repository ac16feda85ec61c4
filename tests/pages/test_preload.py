"""No visitor's thread is the first to import what another visitor's thread may want at the same moment."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import threading
import weakref

import pytest

from gpb.ui.shell import preload
from gpb.workspace import Workspace
from tests.pages.conftest import ROOT
from tests.processes import wait_until

VISIT = """
import json, sys
import app
from gpb.ui.shell.preload import preload
from streamlit.testing.v1 import AppTest

preload()
before = set(sys.modules)
seen = AppTest.from_file(app.__file__, default_timeout=60).run()
for name in app.PAGES:
    seen.switch_page(f"pages/{name}.py").run()
    assert not seen.exception, seen.exception
    assert seen.title, name
print(json.dumps(sorted(set(sys.modules) - before)))
"""
COLLECTS = "from streamlit import config; print(config.get_option('runner.postScriptGC'))"
OURS = ("gpb", "pages", "pandera", "alembic", "altair", "sqlalchemy", "pydantic_settings")


@pytest.mark.slow
def test_pages_import_nothing_that_was_not_loaded_before_the_first_visitor(live: Workspace) -> None:
    """Two first visitors at once never meet in the middle of an import; pages of a term that was read are drawn."""
    process = subprocess.run([sys.executable, "-c", VISIT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    late = json.loads(process.stdout.splitlines()[-1])
    assert [name for name in late if name.startswith(OURS)] == []


def test_no_run_of_a_page_ends_with_a_look_at_all_objects() -> None:
    """A hundred open pages ask forty times a second: what the dashboard starts with leaves it to one thread."""
    process = subprocess.run([sys.executable, "-c", COLLECTS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert process.stdout.split() == ["False"]


class Circle:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.own = self


def test_what_outlives_a_run_is_set_aside_and_given_back_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """The collections between do not look at it; a circle that lies there is found later."""
    monkeypatch.setattr(preload, "ASIDE", 0.01)
    monkeypatch.setattr(preload, "SWEEP", 3)
    kept, is_over, before = Circle(), threading.Event(), gc.get_freeze_count()
    gone = weakref.ref(kept)
    thread = threading.Thread(target=preload._set_aside, args=(is_over,))
    thread.start()
    wait_until(lambda: gc.get_freeze_count() > before)
    del kept
    wait_until(lambda: gone() is None)
    is_over.set()
    thread.join(60)
    assert not thread.is_alive()
