"""The pages at the door: what arrives after a person has looked, what nobody could look at, and runs that were left."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from gpb.sandbox import Running
from gpb.store.database import runs
from gpb.workspace import Workspace
from tests.conftest import tell
from tests.pages.conftest import has_number_field, opened, pressable, run_until, words
from tests.pages.test_manners import button
from tests.pages.test_pages import ended
from tests.sync.conftest import apply, choose_first, free_rows
from tests.sync.test_door import leaving, pass_back, writes


def labels(app: AppTest) -> list[str]:
    """Of the buttons that can be pressed."""
    return pressable(app)


def test_an_assignment_that_arrives_between_review_and_click_keeps_its_row_back(
    app: AppTest, live: Workspace, box: Running
) -> None:
    """The run asks before it writes; the page then says what came, and the number has to be typed."""
    (row,) = leaving(live, 1)
    opened(app, "review")
    run_until(app, lambda: "Sync Categories" in labels(app))
    pass_back(box, row)
    button(app, "Sync Categories")
    run_until(app, lambda: "1 row was not synchronized" in words(app))
    run_until(app, lambda: has_number_field(app))
    (run,) = live._journal.runs()
    assert (writes(box), live.runs.counts(run.run_id)["rejected"]) == ([], 1)
    assert "Focus already has assignments" in words(app)
    app.text_input(key="review_number").set_value("1").run()
    button(app, "Sync Categories")
    run_until(app, lambda: bool(app.success))
    assert "1 assignment group in" in app.success[0].value
    opened(app, "history")
    assert "Accepted by" in words(app)
    assert "1 row leaves a category" in words(app)


@pytest.mark.slow
def test_what_was_asked_on_an_earlier_visit_is_asked_again(app: AppTest, live: Workspace, box: Running) -> None:
    """The answer of Focus lives as long as the page is open."""
    (row,) = leaving(live, 1)
    opened(app, "review")
    run_until(app, lambda: "Sync Categories" in labels(app))
    opened(app, "overview")
    pass_back(box, row)
    opened(app, "review")
    run_until(app, lambda: has_number_field(app))
    assert "Focus already has assignments" in words(app)


@pytest.mark.slow
def test_that_nobody_could_look_is_ticked_by_itself(app: AppTest, live: Workspace, box: Running) -> None:
    """And no number is typed for it."""
    leaving(live, 1)
    tell(box, "script", [{"fault": "forbidden", "path": "/assignments"}])
    opened(app, "review")
    run_until(app, lambda: app.checkbox)
    assert "has no permission for the assignments" in words(app)
    assert ("Sync Categories" in labels(app), has_number_field(app)) == (False, False)
    app.checkbox[0].check().run()
    button(app, "Sync Categories")
    assert "1 assignment group in" in ended(app).success[0].value


def left(live: Workspace, box: Running) -> str:
    """A run of two rows that was stopped three days ago before it wrote anything."""
    choose_first(live, free_rows(live, 2))
    tell(box, "faults", {"503": 1.0})
    run_id = str(apply(live)["run"])
    tell(box, "faults", {"503": 0.0})
    with live._database.write() as connection:
        connection.execute(update(runs).values(started_at=(datetime.now(UTC) - timedelta(days=3)).isoformat()))
    return run_id


@pytest.mark.slow
def test_an_old_run_is_resumed_after_its_number_was_typed(app: AppTest, live: Workspace, box: Running) -> None:
    """Its age and its rows are on the page."""
    run_id = left(live, box)
    opened(app, "review")
    assert "3 days ago" in words(app)
    assert "Resume" not in labels(app)
    app.text_input(key=f"review_number_resume_{run_id}").set_value("2").run()
    button(app, "Resume")
    run_until(app, lambda: app.success)  # that it had stopped was told before
    assert "2 assignment groups in" in app.success[0].value
    assert not app.warning


def test_a_run_is_closed_on_history(app: AppTest, live: Workspace, box: Running) -> None:
    """It stays in the list as closed, and nobody is asked to resume it any more."""
    run_id = left(live, box)
    opened(app, "history")
    button(app, "Close for good")
    assert app.dataframe[0].value["State"].tolist() == ["closed"]
    assert live._journal.run(run_id).state == "closed"
    opened(app, "review")
    assert not {"Resume", "Close for good"} & set(labels(app))
    assert "Sync Categories" in labels(app)


def test_a_sync_from_another_tab_in_between_is_told(app: AppTest, live: Workspace) -> None:
    """One run at a time; the page says who has it."""
    choose_first(live, free_rows(live, 1))
    opened(app, "review")
    asyncio.run(live.door.begin(live.plan(), (), "bob"))
    button(app, "Sync Categories")
    assert "bob has been syncing this term" in app.error[0].value
