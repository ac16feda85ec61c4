"""The bar of what runs, on every page, and the one notice at its end, wherever the person is."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import asdict
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from gpb.sandbox import Running
from gpb.term.underway import beside
from gpb.term.underway.courses import Progress
from gpb.ui.shell.bar.remaining import Pace, in_words
from gpb.ui.shell.bar.works import refreshed_beside
from gpb.ui.shell.progress import is_running
from gpb.ui.shell.runtime import runtime
from gpb.workspace import Workspace
from tests.conftest import tell
from tests.pages.conftest import ROOT, opened, unescaped, words
from tests.processes import wait_until
from tests.sync.conftest import choose_first, free_rows, with_settings


def bars(app: AppTest) -> list[str]:
    """What the bars say."""
    return [unescaped(str(bar.text)) for bar in app.get("progress")]


def notices(app: AppTest) -> list[str]:
    """How things ended, as it is told beside the buttons."""
    if not [button for button in app.button if button.label == "Dismiss"]:
        return []
    return [unescaped(box.value) for box in [*app.success, *app.warning]]


def links(app: AppTest) -> dict[str, str]:
    """Where the buttons of a notice lead, by label."""
    found = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    return {name: found[name] for name in ("See rows", "Undo") if name in found}


def refresh(app: AppTest) -> bool:
    """Whether the button Refresh of the sidebar can be pressed; there is one only."""
    (found,) = (button for button in app.sidebar.button if button.label == "Refresh")
    return not found.disabled


def by_bob(live: Workspace, rows: int) -> str:
    """A run of somebody in another process, begun and not carried out yet; its id."""
    choose_first(live, free_rows(live, rows))
    return str(asyncio.run(live.door.begin(live.plan(), (), "bob")))


@pytest.mark.slow
def test_the_run_of_another_process_is_on_every_page_and_its_end_is_told_once(app: AppTest, live: Workspace) -> None:
    """With the rows, the way back and what is left; a session that begins later is not told."""
    run_id = by_bob(live, 2)
    for page in ("overview", "associate", "audit", "connections"):
        assert bars(opened(app, page)) == ["Syncing: 0 of 2 assignment groups written, by bob"]
    asyncio.run(live.runs.perform(run_id))
    (told,) = notices(opened(app, "associate"))
    to_do = int((live.term.rows()["status"] == "Unassociated").sum())
    assert told.startswith("2 assignment groups in 2 sections synchronized (2 rows), by bob at")
    assert told.endswith(f"Left: {to_do:,} rows to do, 0 drafts to sync.")
    assert bars(app) == []
    assert all(f"run={run_id}" in to for to in links(app).values())
    assert "undo=true" in links(app)["Undo"]
    assert notices(opened(app, "decide")) == [told]
    next(button for button in app.button if button.label == "Dismiss").click().run()
    assert notices(app) == notices(opened(app, "audit")) == []
    assert notices(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()) == []


def test_a_refresh_that_ends_while_the_page_is_drawn_leaves_no_page_without_its_rows(
    app: AppTest, live: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sidebar was drawn before the term was read; Refresh can be pressed again on a page with the rows only."""
    terms = live.term.latest().tables["terms"]["term_id"].astype("str").tolist()
    other = next(term for term in terms if term != str(live.term.latest().facts.term_id))
    seen: list[bool] = []

    def ends_meanwhile(opened: Workspace, **told: bool) -> str | None:
        job = runtime().job("pull", opened)
        if opened.settings.term == other and job is not None and not seen:
            seen.append(is_running(job))
            wait_until(lambda: not is_running(job), every=0.05)
        return refreshed_beside(opened, **told)

    monkeypatch.setattr("gpb.ui.shell.bar.bar.refreshed_beside", ends_meanwhile)
    app.run().selectbox(key="term_choice").select(other).run()
    while not refresh(app):
        assert not any(box.key == "term_choice" for box in app.selectbox)
        app.run()
    assert app.selectbox(key="term_choice").value == other
    assert seen == [True]


@pytest.mark.slow
def test_whoever_opens_the_rows_of_a_run_has_read_how_it_ended(app: AppTest, live: Workspace) -> None:
    """The notice goes; the page says the same, with the way back open."""
    app.run()
    asyncio.run(live.runs.perform(run_id := by_bob(live, 1)))
    assert notices(app.run())
    app.query_params["run"], app.query_params["undo"] = run_id, "true"
    opened(app, "history")
    assert notices(app) == []
    assert "1 assignment group in 1 section synchronized (1 row)" in app.success[0].value
    assert [one.label for one in app.expander if one.proto.expanded] == ["Undo this run (1 row)"]
    assert app.query_params["run"] == run_id


@pytest.mark.slow
def test_what_was_not_written_is_told_with_the_reason(app: AppTest, live: Workspace, box: Running) -> None:
    """As a warning."""
    app.run()
    rows = free_rows(live, 1)
    run_id = by_bob(live, 1)
    tell(box, f"integration_data/{rows['group_id'].iloc[0]}", {"sistemic": {"categoryMapping": {
        rows["sis_section_id"].iloc[0]: {"categoryId": "other", "categoryTitle": "Other"}}}})  # fmt: skip
    asyncio.run(live.runs.perform(run_id))
    (told,) = notices(app.run())
    assert "1 row was not synchronized." in told
    assert "Undo" not in links(app)
    app.query_params["run"] = run_id
    opened(app, "history")
    table = next(table.value for table in app.dataframe if "outcome" in table.value)
    assert table[["outcome"]].to_numpy().tolist() == [["conflict"]]
    assert "somebody" in table["reason"].iloc[0].lower() or "changed" in table["reason"].iloc[0]


def test_a_refresh_of_somebody_rests_the_button_and_is_told_at_its_end(app: AppTest, live: Workspace) -> None:
    """On a page with an editor nothing is drawn anew: a button does that."""
    may_end = threading.Event()

    async def work(progress: Progress) -> dict[str, Any]:
        progress(3, 12, "3 of 12 courses loaded")
        await asyncio.to_thread(may_end.wait)
        return {"rows": 40, "courses": 12}

    assert refresh(opened(app, "decide"))
    job = runtime().start("pull", live, "bob", work)
    wait_until(lambda: job.done > 0)
    assert bars(app.run()) == ["Refreshing: 3 of 12 courses loaded"]
    assert not refresh(app)
    other = runtime().start("pull", with_settings(live, term="1"), "bob", work)
    wait_until(lambda: other.done > 0)
    assert len(bars(app.run())) == 2
    may_end.set()
    assert job.wait(10)
    assert other.wait(10)
    assert notices(app.run()) == ["Refreshed: 40 rows in 12 courses."]
    assert refresh(app)
    assert "Show new data" in [button.label for button in app.button]
    assert "Show new data" not in [button.label for button in opened(app, "audit").button]


@pytest.mark.slow
def test_the_end_of_an_undo_is_told_and_history_says_what_was_taken_back(
    app: AppTest, live: Workspace, box: Running
) -> None:
    """What was not, with the reason, and that the rest stands no longer."""
    app.run()
    asyncio.run(live.runs.perform(run_id := by_bob(live, 2)))
    back = live.runs.undo(run_id).plan
    undoing = asyncio.run(live.door.begin(back, (), "ann"))
    app.query_params["run"] = run_id
    opened(app, "history")
    assert ("is being taken back" in words(app), "not taken back" in words(app)) == (True, False)
    assert not [one.label for one in app.expander if one.label.startswith("Undo this run")]
    group = back.changes[0]
    tell(box, f"integration_data/{group.group_id}", {"sistemic": {"categoryMapping": {
        group.sis_section_id: {"categoryId": "other", "categoryTitle": "Other"}}}})  # fmt: skip
    asyncio.run(live.runs.perform(undoing))
    (told,) = notices(opened(app, "audit"))
    assert told.startswith("Undo: 1 row taken back, by ann")
    assert "1 row was not taken back." in told
    app.query_params["run"] = run_id
    opened(app, "history")
    assert unescaped(next(box.value for box in app.warning)).startswith("Undo: 1 row taken back")
    assert "1 row not taken back, and why" in [one.label for one in app.expander]
    app.query_params["run"] = undoing
    opened(opened(app, "audit"), "history")


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([(0, 100, 0), (1, 100, 2)], ""),  # too early to tell
        ([(0, 100, 0), (10, 100, 10)], "about 2 minutes left"),
        ([(0, 100, 0), (10, 100, 10), (20, 100, 20)], "about 2 minutes left"),
        ([(0, 100, 0), (10, 100, 10), (10, 100, 12)], "about 2 minutes left"),  # a pause: held
        ([(0, 100, 0), (90, 100, 60)], "less than a minute left"),
        ([(50, 100, 0), (60, 100, 10)], "less than a minute left"),  # gone on with after a break
        ([(0, 0, 0), (0, 0, 60)], ""),
        ([(0, 100, 0), (90, 100, 60), (0, 100, 61)], ""),  # begun anew
        ([(0, 1000, 0), (40, 1000, 600)], "about 4 hours left"),
        ([(0, 22_000, 0), (110, 22_000, 10)], "about 34 minutes left"),  # far from a few percent, but many
    ],
)
def test_the_remaining_time_is_a_mean_that_does_not_jump(looks: list[tuple[int, int, float]], expected: str) -> None:
    """Of what this dashboard has seen, told in steps; nothing before it can be known."""
    pace, found = Pace(looks[0][2], *looks[0][:2]), None
    for done, total, now in looks:
        found = pace.left(done, total, now)
    assert in_words(found) == expected


def test_a_pull_of_the_command_line_is_a_bar_and_its_end_is_told(
    app: AppTest, live: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has the page open sees how far it is, does not begin a second one, and gets its rows at the end."""
    before = live.term.latest_id()
    monkeypatch.setattr(beside, "_OWN", set())
    reached, may_end = threading.Event(), threading.Event()

    async def elsewhere() -> None:
        async with beside.seen_beside(live.settings, lambda *_: None) as told:
            told(3, 10, "3 of 10 courses loaded")
            await asyncio.sleep(0)  # the first sign of life
            monkeypatch.setattr(beside, "_OWN", set())  # as in a process of its own
            reached.set()
            await asyncio.to_thread(may_end.wait)
            await live.term.pull()

    other = threading.Thread(target=asyncio.run, args=(elsewhere(),))
    other.start()
    reached.wait()
    for page in ("overview", "audit", "history"):
        (bar,) = bars(opened(app, page))
        assert bar.startswith("Refreshing: 3 of 10 courses loaded, by ")
        assert not refresh(app)
    may_end.set()
    other.join()
    assert live.term.latest_id() != before
    (told,) = notices(opened(app, "overview"))
    assert told.startswith("Refreshed by ")
    assert refresh(app)
    assert not bars(app)


@pytest.mark.slow
def test_a_pull_beside_that_nobody_saw_under_way_is_told(app: AppTest, live: Workspace) -> None:
    """Once, with its rows; where an editor is open, they are shown on request."""
    opened(app, "overview")
    asyncio.run(live.term.pull())
    (told,) = notices(app.run())
    assert told.startswith("Refreshed: ")
    next(button for button in app.button if button.label == "Dismiss").click().run()
    assert notices(app.run()) == notices(opened(app, "decide")) == []
    asyncio.run(live.term.pull())
    assert notices(app.run()) == [told]
    assert "Show new data" in [button.label for button in app.button]


def test_a_pull_that_was_killed_is_no_bar(live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its file stays, and says nothing any more after some seconds."""
    folder = live.settings.data_dir / "underway"
    folder.mkdir(exist_ok=True)
    left = beside.Beside("a", "ann", live.settings.source, "")
    (folder / "a.json").write_text(json.dumps(asdict(left)))
    (folder / "b.json").write_text("{")
    assert beside.pulls_beside(live.settings) == [left]
    monkeypatch.setattr(beside, "SILENT", 0.0)
    assert beside.pulls_beside(live.settings) == []
