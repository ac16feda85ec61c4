"""Everything that pages need is imported before the first visitor comes.

Each visitor's script runs in a thread of its own. Two that import one package at once for the first time can wait for
each other: Python then breaks the tie with ``_DeadlockError`` in one of them, or hands out a package that is half there
(https://docs.python.org/3/library/importlib.html, per-module locks since 3.3).
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import streamlit as st

from gpb.frames.tables import terms_frame

PROGRAM = Path(__file__).resolve().parents[2]
ELSEWHERE = ("gpb.__main__", "gpb.cli", "gpb.sandbox", "gpb.store.migrations.")
"""Not for pages: the command line, the sandbox (a process of its own), and scripts that alembic runs by itself."""
BY_OTHERS = ("altair", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite")
"""What libraries load when they are first used."""


@asynccontextmanager
async def preloaded(_app: st.App) -> AsyncIterator[None]:
    """The lifespan of the server's application: nobody is served before all is loaded."""
    preload()
    yield


def preload() -> None:
    """Import what pages need; pandera and pandas load parts of theirs with the first table that they check.

    What is loaded stays: Streamlit collects garbage after every run of a script, and shall not look at all that again.
    """
    for module in walk_packages([str(PROGRAM)], "gpb."):
        if not module.name.startswith(ELSEWHERE):
            import_module(module.name)
    for name in BY_OTHERS:
        import_module(name)
    terms_frame([])
    gc.collect()
    gc.freeze()
