"""Snapshots that cannot be used are told where they matter, while the program runs; the rest of the page is there."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gpb.ui.shell.runtime import runtime
from gpb.workspace import Workspace
from tests.damage import DAMAGE, add_strangers, its_id
from tests.pages.conftest import opened, unescaped, words

STANDS_IN = "is damaged or missing. What you see is older, from"


def beside(app: AppTest) -> str:
    """What the sidebar warns of."""
    return unescaped(" ".join(str(one.value) for one in app.sidebar.warning))


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.slow
def test_the_sidebar_says_that_an_older_snapshot_stands_in(live: Workspace, app: AppTest, damage: str) -> None:
    """From the next drawing on, also where the damage was done while the program ran; Refresh ends it."""
    first = str(live.term.latest_id())
    asyncio.run(live.term.pull())
    newest = Path(live.term.snapshots.told_path(str(live.term.latest_id())))
    assert beside(app.run()) == ""
    DAMAGE[damage](newest)
    _forget(live)
    assert f"The newest snapshot, {its_id(newest)}, {STANDS_IN}" in beside(app.run())
    assert live.term.latest().id == first
    asyncio.run(live.term.pull())
    assert beside(app.run()) == ""


def test_when_all_are_lost_the_page_says_so(live: Workspace, app: AppTest) -> None:
    """Not that nothing has ever been read."""
    DAMAGE["a missing file"](Path(live.term.snapshots.told_path(str(live.term.latest_id()))))
    _forget(live)
    assert "All snapshots of this term are damaged or missing" in beside(app.run())
    (told,) = app.switch_page("pages/associate.py").run().main.info
    assert unescaped(told.value).startswith("All snapshots of this term are damaged or missing")


def test_connections_names_what_is_left_out(live: Workspace, app: AppTest) -> None:
    """A damaged old snapshot and foreign entries take nothing away from what is shown."""
    old = str(live.term.latest_id())
    asyncio.run(live.term.pull())
    opened(app, "connections")
    assert "is left" not in words(app)
    DAMAGE["facts that say nothing"](Path(live.term.snapshots.told_path(old)))
    add_strangers(Path(live.term.snapshots.location.told))
    told = words(app.run())
    assert f"The snapshot {old} cannot be read" in told
    assert told.count("is not a snapshot. It was ignored") == 2
    assert beside(app) == ""
    assert "Thumbs.db" not in words(opened(app, "overview"))


def test_a_store_that_was_replaced_is_told_on_the_page(live: Workspace, app: AppTest) -> None:
    """And nothing else is drawn of it."""
    assert not app.run().error
    os.truncate(live.settings.data_dir / "gpb.sqlite", 0)
    app.run()
    (error,) = app.error
    assert "is not the one that the program started with" in unescaped(error.value)
    assert (live.settings.data_dir / "gpb.sqlite").stat().st_size == 0


def _forget(live: Workspace) -> None:
    """Nothing is in memory any more, as in a program that has other terms open."""
    for one in (live, *runtime()._workspaces):
        one.term.readings._loaded.clear()
