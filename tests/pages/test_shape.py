"""Review where it is not known how this Canvas keeps associations, and where it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.lent import confirm, settings_for
from tests.pages.conftest import ROOT, opened, pressable, words


def test_review_says_how_it_writes_and_refuses_where_that_is_unknown(
    box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On an empty first term there is a sentence and no button; after another term was read there are both."""
    term = str(max(box.world.terms))
    for name, value in {**box.settings, "GPB_DATA_DIR": str(tmp_path), "GPB_TERM": term}.items():
        monkeypatch.setenv(name, value)
    spring = Workspace(settings_for(box, tmp_path, term=term))
    asyncio.run(spring.term.pull())
    options = spring.term.latest().validity.options
    rows = [row for row in spring.term.rows().to_dict("records") if options(row["class_id"])]
    edit_now(spring, {(row["group_id"], row["section_id"]): next(iter(options(row["class_id"]))) for row in rows[:1]})
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60), "review")
    assert "No association made in Canvas itself has been found yet" in words(app)
    assert not [one for one in pressable(app) if one == "Sync Categories"]
    assert "No association made in Canvas itself has been found yet" in words(opened(app, "connections"))
    asyncio.run(Workspace(settings_for(box, tmp_path, term="")).term.pull())
    confirm(spring)
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60), "review")
    assert "A new association is written as id in “categoryId” and title in “categoryTitle”" in words(app)
    assert [one for one in pressable(app) if one == "Sync Categories"]
