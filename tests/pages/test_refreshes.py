"""What the pages say of a Refresh that read only what had changed, and of a Canvas that did not tell a change."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.lent import settings_for
from tests.pages.conftest import ROOT, opened, words


def test_pages_say_how_old_each_part_is_and_when_canvas_is_not_trusted(
    box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside each page the number of courses that were read; on Connections the rest, and the way back to trust."""
    for name, value in {**box.settings, "GPB_DATA_DIR": str(tmp_path), "GPB_FULL_REFRESH_HOURS": "24"}.items():
        monkeypatch.setenv(name, value)
    made = Workspace(settings_for(box, tmp_path, full_refresh_hours=24))
    for _ in range(2):
        asyncio.run(made.term.pull())
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60), "connections")
    assert "0 changed courses read then, all courses just now" in words(app)
    assert "It may tell of a change up to an hour late" in words(app)
    assert "The next Refresh reads the courses that Canvas says have changed" in words(app)
    made.term.changed.missed.note("Canvas did not tell that something had changed in course 1001.")
    app = opened(app, "connections")
    assert "The next Refresh reads all courses, because Canvas has failed to tell of a change before" in words(app)
    next(one for one in app.button if one.label == "Trust Canvas again").click().run()
    assert made.term.changed.missed.told() is None
    assert "has failed to tell" not in words(app)
    each = Workspace(made.settings.model_copy(update={"full_refresh_hours": 1e-9}))  # as the first one of a day
    asyncio.run(each.term.pull())
    assert "where Canvas told other ones than the time before" in words(opened(app, "connections"))
