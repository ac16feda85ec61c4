"""History, conflicts and gates in AppTest: what was, what is, what is wanted, and who decides."""

from __future__ import annotations

import asyncio

import pytest
from streamlit.testing.v1 import AppTest

from gpb.sandbox import Running
from gpb.ui.history import row as row_page
from gpb.ui.shell import tables
from gpb.workspace import Workspace
from tests.conftest import edit_now, tell
from tests.pages.conftest import ROOT, has_number_field, opened, pressable, run_until, words
from tests.sync.conftest import choose_first, free_rows
from tests.variants import first_quick


def synced(live: Workspace) -> tuple[int, int]:
    """A row that was associated by a run of ann; its ids."""
    row = free_rows(live, 1).iloc[0]
    choose_first(live, free_rows(live, 1))
    asyncio.run(live.runs.perform(asyncio.run(live.door.begin(live.plan(), (), "ann"))))
    return int(row["group_id"]), int(row["section_id"])


def test_a_link_opens_the_history_of_a_row(app: AppTest, live: Workspace) -> None:
    """Every value with who, when and in which run."""
    group, section = synced(live)
    app.query_params["group"], app.query_params["section"] = str(group), str(section)
    opened(app, "history")
    table = app.dataframe[0].value
    assert table[["who", "what", "before"]].values.tolist() == [["ann", "associate", "Unassociated"]]
    assert table["run"].tolist() == [live._journal.runs()[0].run_id]


@pytest.mark.slow
def test_the_address_names_the_run_that_is_shown(app: AppTest, live: Workspace) -> None:
    """Whoever opens a copied link later sees that run; who stays, or comes back, sees the newest one."""
    synced(live)
    first = live._journal.runs()[0].run_id
    opened(app, "history").run()
    assert (app.query_params["run"], app.selectbox(key="history_run").value) == (first, first)
    synced(live)
    app.run()
    newest = next(run.run_id for run in live._journal.runs() if run.run_id != first)
    assert (app.query_params["run"], app.selectbox(key="history_run").value) == (newest, newest)
    link = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    link.query_params["run"] = first
    assert opened(link, "history").selectbox(key="history_run").value == first


@pytest.mark.slow
def test_a_row_is_picked_by_group_and_section(app: AppTest, live: Workspace) -> None:
    """The address follows, so that it can be sent."""
    group, section = synced(live)
    opened(app, "history")
    app.segmented_control(key="history_view").set_value("One row").run()
    assert "Choose an assignment group" in words(app)
    app.selectbox(key="history_group").select(group).run()
    app.selectbox(key="history_section").select(section).run()
    assert app.dataframe[0].value["who"].tolist() == ["ann"]
    assert app.query_params["group"] == str(group)


def test_of_a_long_run_the_first_rows_are_sent(app: AppTest, live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below them stands how many there are; the file has all, and so does the way back."""
    monkeypatch.setattr(tables, "LISTED", 3)
    choose_first(live, free_rows(live, 5))
    asyncio.run(live.runs.perform(asyncio.run(live.door.begin(live.plan(), (), "ann"))))
    opened(app, "history")
    assert [len(table.value) for table in app.dataframe] == [1, 3, 3]
    assert words(app).count("The first 3 of 5 rows.") == 2
    assert "Undo 5 rows" in pressable(app)


def test_of_very_many_groups_those_with_a_text_are_offered(
    app: AppTest, live: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In their name or that of their course, so many at a time; the one that is shown stays."""
    group, section = synced(live)
    monkeypatch.setattr(row_page, "OFFERED", 5)
    groups = live.term.rows().drop_duplicates("group_id")
    app.query_params["group"], app.query_params["section"] = str(group), str(section)
    opened(app, "history")
    assert "The first 5 of" in words(app)
    assert len(app.selectbox(key="history_group").options) <= 5 + 1
    course = str(groups["course"].iloc[-1])
    app.text_input(key="history_find").set_value(course.upper()).run()
    offered = app.selectbox(key="history_group").options
    (own,) = (groups["group"] + " · " + groups["course"]).loc[groups["group_id"].eq(group)]
    assert own in offered
    assert {one.partition(" · ")[2] for one in offered if one != own} == {course}
    assert app.dataframe[0].value["who"].tolist() == ["ann"]


def test_what_another_hand_changed_is_listed_apart(app: AppTest, live: Workspace, box: Running) -> None:
    """And nothing when nothing was."""
    opened(app, "history")
    app.segmented_control(key="history_view").set_value("Changed outside").run()
    assert "Everything that was synced is still there" in words(app)
    row = live.term.rows().query("status == 'Synchronized'").iloc[0]
    tell(box, f"integration_data/{row['group_id']}", {"sistemic": {"categoryMapping": {}}})
    asyncio.run(live.term.pull())
    app.run()
    table = app.dataframe[0].value
    assert set(table["group"]) == {row["group"]}
    assert set(table["now"]) == {"Unassociated"}


@pytest.fixture
def moved(app: AppTest, live: Workspace, box: Running) -> AppTest:
    """Two drafts whose rows somebody changed in Canvas before the next reading."""
    rows = free_rows(live, 2)
    choose_first(live, rows)
    for row in rows.to_dict("records"):
        last = list(live.term.latest().validity.options(row["class_id"]))[-1]
        mapping = {row["sis_section_id"]: {"categoryId": last}}
        tell(box, f"integration_data/{row['group_id']}", {"sistemic": {"categoryMapping": mapping}})
    asyncio.run(live.term.pull())
    return opened(app, "review")


def test_a_conflict_shows_three_values(moved: AppTest, live: Workspace) -> None:
    """What was there when it was drafted, what is there now, and what is wanted."""
    table = moved.dataframe[0].value
    rows = live.term.rows().query("moved")
    assert table["planned_from"].tolist() == ["Unassociated"] * 2
    assert table["now"].tolist() == rows["stored_category"].tolist()
    assert table["wanted"].tolist() == rows["category"].tolist()


@pytest.mark.parametrize(("label", "left"), first_quick([("Keep mine", 2), ("Take what Canvas has", 0)]))
def test_a_conflict_is_decided_by_the_coordinator(moved: AppTest, live: Workspace, label: str, left: int) -> None:
    """Theirs or mine; the drafts follow."""
    next(button for button in moved.button if button.label == f"{label} (all 2)").click().run()
    assert len(live.plan().changes) == left
    assert not live.term.rows()["moved"].any()


@pytest.mark.slow
def test_a_category_with_passed_back_assignments_asks_first(app: AppTest, live: Workspace, box: Running) -> None:
    """Focus is asked beside the page; then the number has to be typed."""
    row = live.term.rows().query("status == 'Synchronized'").iloc[0]
    used = {"section_uuid": row["class_id"], "assignment_category_uuid": row["stored_category_id"]}
    box.world.write_sis_assignment("a-1", used)
    edit_now(live, {(row["group_id"], row["section_id"]): None}, person="ann", label="away")
    opened(app, "review")
    run_until(app, lambda: has_number_field(app))
    assert "Focus already has assignments" in words(app)
    assert not [one for one in pressable(app) if one == "Sync Categories"]
    app.text_input(key="review_number").set_value("1").run()
    assert [one for one in pressable(app) if one == "Sync Categories"]
