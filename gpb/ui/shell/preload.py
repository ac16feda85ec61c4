"""Everything that pages need is imported before the first visitor comes.

Each visitor's script runs in a thread of its own. Two that import one package at once for the first time can wait for
each other: Python then breaks the tie with ``_DeadlockError`` in one of them, or hands out a package that is half there
(https://docs.python.org/3/library/importlib.html, per-module locks since 3.3).
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from pkgutil import walk_packages

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from gpb.errors import GpbError
from gpb.frames.tables import terms_frame
from gpb.settings import operating_system_user
from gpb.ui.shell.runtime import runtime

log = logging.getLogger(__name__)
PROGRAM = Path(__file__).resolve().parents[2]
ELSEWHERE = ("gpb.__main__", "gpb.cli", "gpb.sandbox", "gpb.store.migrations.", "gpb.analysis.history")
"""Not for pages: the command line, the sandbox (a process of its own), and scripts that alembic runs by itself."""
BY_OTHERS = ("altair", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite")
"""What libraries load when they are first used."""
ASIDE, SWEEP = 20.0, 15
"""Seconds between two settings aside; each 15th time what lies there is looked at, too."""


@asynccontextmanager
async def preloaded(_app: st.App) -> AsyncIterator[None]:
    """The lifespan of the server's application: nobody is served before all is loaded."""
    is_loaded = threading.Event()
    threading.Thread(target=_begin_sandbox, args=(is_loaded,), name="gpb-first-pull", daemon=True).start()
    preload()
    is_loaded.set()
    is_over = threading.Event()
    threading.Thread(target=_set_aside, args=(is_over,), name="gpb-memory", daemon=True).start()
    yield
    is_over.set()


def _set_aside(is_over: threading.Event) -> None:
    """Collect garbage for all sessions, and spare the collections between the look at all that outlives a run.

    Streamlit would collect after every run, also of the bar that draws itself: three quarters of what an open page
    cost, and the more the larger the term (``postScriptGC`` in ``.streamlit/config.toml`` is off). What is set aside
    and then given up in a circle is found by the sweep.
    """
    for turn in count(1):
        if is_over.wait(ASIDE):
            return
        if turn % SWEEP == 0:
            gc.unfreeze()
        gc.collect()
        gc.freeze()


def _begin_sandbox(is_loaded: threading.Event) -> None:
    """Where no Canvas is set: start the sandbox meanwhile, and read it, so that the first visitor waits for neither."""
    try:
        shared = runtime()
        settings = shared.settings()
        is_loaded.wait()
        if settings.started_sandbox:
            opened = shared.workspace(settings)
            if opened.term.latest_id() is None:
                shared.start("pull", opened, operating_system_user(), opened.term.pull)
    except GpbError as error:  # whoever comes is told on the page
        log.warning("not begun before the first visitor: %s", error)


def preload() -> None:
    """Import what pages need; pandera and pandas load parts of theirs with the first table that they check.

    Streamlit is told that ``app.py`` names the pages (``st.navigation``). Until the first visitor's script says so, it
    lists every file of ``pages/`` by its name, for a moment that people see, and runs the file of a deep link by
    itself. There is no public way as long as the folder has that name; ``tests/browser/test_first_paint.py`` fails
    without this.
    What is loaded stays, and no collection shall look at all that again.
    """
    for module in walk_packages([str(PROGRAM)], "gpb."):
        if not module.name.startswith(ELSEWHERE):
            import_module(module.name)
    for name in BY_OTHERS:
        import_module(name)
    terms_frame([])
    PagesManager.uses_pages_directory = False
    gc.collect()
    gc.freeze()
