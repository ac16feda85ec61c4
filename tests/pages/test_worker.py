"""The pages while somebody else carries out the run: a worker, another process, or nobody yet."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from gpb.sandbox import Running
from gpb.store.database import leases
from gpb.workspace import Workspace
from tests.pages.conftest import ROOT, has_number_field, opened, pressable, words
from tests.pages.test_manners import button
from tests.pages.test_pages import ended
from tests.processes import wait_until
from tests.sync.conftest import choose_first, free_rows
from tests.test_worker import worker_in_thread


@pytest.fixture
def queueing(live: Workspace, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The dashboard, which leaves runs to a worker, on the page Review with two changes."""
    monkeypatch.setenv("GPB_WORKER", "process")
    choose_first(live, free_rows(live, 2))
    return opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run(), "review")


def test_without_a_worker_the_page_says_what_it_waits_for(queueing: AppTest, live: Workspace) -> None:
    """After a while, with the command; the run can be cancelled at once and resumed."""
    button(queueing, "Sync Categories")
    run = live._journal.runs()[0]
    assert run.state == "queued"
    assert "Waiting for the worker" not in words(queueing)
    with live._database.write() as connection:
        connection.execute(update(leases).values(since="2026-01-01T00:00:00+00:00"))
    assert "Waiting for the worker. Start it with `python -m gpb worker`." in words(queueing.run())
    button(queueing, "Cancel")
    assert live._journal.run(run.run_id).state == "stopped"
    button(queueing, "Resume")
    assert live._journal.run(run.run_id).state == "queued"


@pytest.mark.slow
def test_a_worker_carries_out_what_the_page_queued(queueing: AppTest, live: Workspace, box: Running) -> None:
    """The page shows its outcome as it shows its own."""
    button(queueing, "Sync Categories")
    with worker_in_thread(live.settings):
        wait_until(lambda: live._journal.runs()[0].state == "finished")
    assert "2 assignment groups in" in ended(queueing).success[0].value
    opened(queueing, "history")
    assert queueing.dataframe[0].value["State"].tolist() == ["finished"]


@pytest.mark.slow
def test_the_run_of_another_process_is_shown_with_its_bar(
    app: AppTest, live: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On both pages, and nothing else can be synced meanwhile; when it was interrupted, it can be resumed."""
    choose_first(live, free_rows(live, 2))
    run_id = asyncio.run(live.door.begin(live.plan(), (), "bob"))
    for page in ("review", "history"):
        opened(app, page)
        assert [found.label for found in app.button if found.label.startswith("Cancel")]
        assert not [found.label for found in app.button if found.label.startswith(("Sync", "Resume"))]
    assert app.dataframe[0].value["State"].tolist() == ["running"]
    with live._database.write() as connection:
        connection.execute(update(leases).values(process_started="1"))
    assert opened(app, "history").dataframe[0].value["State"].tolist() == ["interrupted"]
    assert "was interrupted: 2 rows are not yet written." in words(opened(app, "review"))
    assert not [label for label in pressable(app) if label.startswith("Sync")]
    assert "A run was interrupted. Resume or close it above" in words(app)
    with monkeypatch.context() as strict:
        strict.setenv("GPB_MAX_NEW", "0")
        assert not has_number_field(opened(app, "review"))  # nobody is asked to accept what cannot be begun
    opened(app, "review")
    button(app, "Resume")
    assert "2 assignment groups in" in ended(app).success[0].value
    assert live._journal.run(run_id).state == "finished"
