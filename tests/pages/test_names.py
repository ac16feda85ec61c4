"""The pages of a district in which a sync renames assignment groups."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gpb.keys import keys
from gpb.ui.text import count
from gpb.workspace import Workspace
from tests.conftest import SMALL, edit_now
from tests.lent import lent, settings_for
from tests.pages.conftest import ROOT, opened, run_until, words
from tests.pages.test_door import labels
from tests.pages.test_manners import button
from tests.pages.test_pages import ended
from tests.sync.kinds.conftest import choose_names


@pytest.fixture
def renaming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Its empty spring term, as the environment names it."""
    with lent(replace(SMALL, shape="flag-only")) as box:
        made = Workspace(settings_for(box, tmp_path, write="names", term=str(max(box.world.terms))))
        own = {"GPB_DATA_DIR": str(tmp_path), "GPB_WRITE": "names", "GPB_TERM": made.settings.term}
        for name, value in {**box.settings, **own}.items():
            monkeypatch.setenv(name, value)
        asyncio.run(made.term.pull())
        yield made


@pytest.mark.slow
def test_review_renames_and_history_tells_it(renaming: Workspace) -> None:
    """What will be renamed, what cannot be, and why; then the run, with its way back."""
    chosen = choose_names(renaming, 2)
    rows = renaming.term.rows()
    free = rows.loc[rows["status"].eq("Unassociated") & ~rows["group_id"].isin(chosen)]
    one_of_several = free.loc[free.groupby("group_id")["section_id"].transform("size").gt(1)].head(1)
    option = next(iter(renaming.term.latest().validity.options(one_of_several["class_id"].iloc[0])))
    assert edit_now(renaming, dict.fromkeys(keys(one_of_several), option)).moved == 1
    others = free.loc[~free["group_id"].isin(one_of_several["group_id"])]
    named = others.loc[others["group_id"].isin(others.loc[others["name_match_id"].notna(), "group_id"].iloc[:1])]
    edit_now(renaming, dict(zip(keys(named), named["name_match_id"], strict=True)))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    opened(app, "review")
    run_until(app, lambda: "Sync Categories" in labels(app))
    assert "2 assignment groups renamed for" in words(app)
    assert "Renames 2 assignment groups in Canvas" in words(app) + " ".join(one.help for one in app.button)
    assert f"{count(len(named), 'row has', 'rows have')} the name already" in words(app)
    assert "Assignment groups are renamed to the category that you chose" in words(app)
    assert "1 draft is left out, because the name of a group cannot bring it about" in words(app)
    button(app, "Sync Categories")
    assert "3 assignment groups in" in ended(app).success[0].value
    opened(app, "history")
    assert {"rename"} in [set(table.value["kind"]) for table in app.dataframe if "kind" in table.value]
    assert "row returns to what it was before the run" in words(app)
