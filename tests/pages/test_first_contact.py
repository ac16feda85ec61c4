"""The panel of first contact on Connections, and the one click of a Canvas whose entries are plain."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.lent import settings_for
from tests.pages.conftest import ROOT, opened, pressable, words
from tests.vendor import Vendor


def pulled_dashboard(
    box: Running, folder: Path, monkeypatch: pytest.MonkeyPatch, term: str
) -> tuple[Workspace, AppTest]:
    """A pulled term, which nobody has confirmed anything about, and its first page."""
    for name, value in {**box.settings, "GPB_DATA_DIR": str(folder), "GPB_TERM": term}.items():
        monkeypatch.setenv(name, value)
    made = Workspace(settings_for(box, folder, term=term))
    asyncio.run(made.term.pull())
    return made, AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()


def drafted_dashboard(
    box: Running, folder: Path, monkeypatch: pytest.MonkeyPatch, term: str = ""
) -> tuple[Workspace, AppTest]:
    """The same with one draft."""
    made, app = pulled_dashboard(box, folder, monkeypatch, term)
    options = made.term.latest().validity.options
    rows = made.term.rows()
    free = rows.loc[rows["status"].eq("Unassociated")].iloc[::-1].to_dict("records")
    row = next(one for one in free if options(one["class_id"]))
    edit_now(made, {(row["group_id"], row["section_id"]): next(iter(options(row["class_id"])))})
    return made, app


def click(app: AppTest, label: str) -> AppTest:
    """Press a button, which must lead to no error."""
    next(button for button in app.button if button.label == label).click().run()
    assert [error.value for error in [*app.exception, *app.error]] == []
    return app


def labels(app: AppTest) -> set[str]:
    """The buttons of the page that can be pressed."""
    return set(pressable(app))


@pytest.mark.slow
def test_the_panel_leads_from_the_choice_to_a_yes(
    box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step by step, each in words; afterwards Review syncs, and History keeps it."""
    made, app = drafted_dashboard(box, tmp_path, monkeypatch, str(max(box.world.terms)))
    assert "Sync Categories" not in labels(opened(app, "review"))
    click(opened(app, "connections"), "Begin with this row")
    contact = made.first_contact.under_way()
    assert contact is not None
    assert contact.theirs is not None
    assert contact.theirs.category in words(app)
    click(app, "I have saved it")
    assert "Nothing came" in words(app)
    Vendor(box, "mapping").associates(contact)
    click(app, "I have saved it")
    assert "id in “ref” and title in “shownAs”" in words(app)
    click(app, "Associate this row")
    click(app, "Yes, it shows")
    click(app, "Take both back")
    assert "saw it in Canvas' own screen" in words(app)
    assert "Sync Categories" in labels(opened(app, "review"))
    opened(app, "history").segmented_control(key="history_view").set_value("First contact").run()
    assert "Both were taken back" in words(app)
    made.close()


def test_where_the_entries_are_plain_review_asks_for_one_click(
    box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And keeps the name of whoever gave it."""
    made, app = drafted_dashboard(box, tmp_path, monkeypatch)
    opened(app, "review")
    assert "Sync Categories" not in labels(app)
    assert "If that is right, press “This is right”." in words(app)
    assert "`" not in words(app)
    click(app, "This is right")
    assert "Sync Categories" in labels(app)
    said = made.term.confirmation()
    assert said is not None
    assert said.answer == "right"
    assert "confirmed it" in words(opened(app, "connections"))
    made.close()


def test_a_canvas_with_the_flag_alone_is_told_on_overview_and_connections(
    box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what is stored in the term, without any first contact."""
    term = max(box.world.terms)
    for one in box.world.courses.values():
        if one.term_id == term:
            for group_id in one.group_ids:
                box.world.groups[group_id].integration_data = {"syncedWithSisCategory": True}
    made, app = pulled_dashboard(box, tmp_path, monkeypatch, str(term))
    assert set(made.term.rows()["status"]) <= {"Elsewhere", "No SIS class"}
    for page in ("overview", "connections"):
        assert "says which groups are aligned, not with what" in words(opened(app, page))
    first = opened(app, "overview").metric[0]
    assert (first.label, first.value) == ("Elsewhere", f"{made.term.rows()['status'].eq('Elsewhere').sum():,}")
    made.close()
