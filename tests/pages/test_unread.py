"""What every page says of what could not be read, and of counts that Canvas left out: no page breaks, none shows 0."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import edit_now
from tests.pages.conftest import ROOT, opened, words
from tests.pages.grid import Grid
from tests.recorded import API, Recorded
from tests.term.test_unread import DISTRICT, FAILS, GROUP, GROUPS, ROW

PAGES = ("associate", "review", "audit", "name_check", "history", "connections")


@pytest.fixture
def term(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorded]:
    """A pulled term, to which the environment leads."""
    with Recorded(tmp_path, DISTRICT) as made:
        made.pull()
        given = made.workspace.settings
        names = {"CANVAS_URL": given.canvas_url, "CANVAS_TOKEN": "t", "SIS_URL": given.sis_url, "SIS_CLIENT_ID": "c"}
        names |= {"SIS_CLIENT_SECRET": "hush", "TERM": "5", "DATA_DIR": str(tmp_path)}
        for name, value in names.items():
            monkeypatch.setenv(f"GPB_{name}", value)
        yield made


def dashboard() -> AppTest:
    """The running dashboard, on its first page."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert [error.value for error in [*app.exception, *app.error]] == []
    return app


@pytest.mark.slow
def test_what_could_not_be_read_is_on_every_page_and_its_rows_are_marked(term: Recorded) -> None:
    """With the reason; the draft there waits, and Review says so."""
    edit_now(term.workspace, {ROW: "c-2"})
    term.pull({GROUPS: FAILS["500"]})
    app = dashboard()
    for page in PAGES:
        assert "1 object could not be read. Nothing is synced there." in words(opened(app, page)), page
        assert "Canvas failed with status 500 on the request for the assignment groups" in words(app)
    assert "1 row is left out because something there could not be read" in words(opened(app, "review"))
    opened(app, "associate").pills(key="filter_figure").set_value("all").run()
    statuses = Grid(app).frame["status"]
    assert statuses.str.endswith(", not read").sum() == 1
    app.segmented_control(key="associate_view").set_value("By course").run()
    assert not app.exception


@pytest.mark.slow
def test_counts_that_are_not_known_are_never_shown_as_0(term: Recorded) -> None:
    """Neither as a number on the Overview nor as the claim that nothing is lost."""
    bare = {name: value for name, value in GROUP.items() if name != "assignments"}
    lists = {f"{API}/courses/11/assignment_groups": [{**bare, "id": 31}], GROUPS: [{**bare, "id": 32}]}
    term.pull(lists)
    app = dashboard()
    shown = {metric.label: metric.value for metric in app.metric}
    assert [shown[label] for label in ("Decided by a name alone", "Nothing waiting")] == ["–", "–"]
    assert "assignments not known" in words(app)
    for page in PAGES:
        assert "Allow Include Parameters" in words(opened(app, page)), page
    said = words(opened(app, "audit"))
    assert "Canvas did not show assignments" in said
    assert "No section loses grades tonight" not in said
    opened(app, "associate").segmented_control(key="associate_view").set_value("By course").run()
    assert not app.exception
