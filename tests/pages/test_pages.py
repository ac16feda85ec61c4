"""Every page on a live district: what a coordinator sees and does there."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from gpb.audit.figures import WORDS, Figure, counted
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import edit_now, look, tell
from tests.pages.conftest import ROOT, drop_down, has_number_field, opened, pressable, run_until, unescaped, words
from tests.pages.grid import Grid, edit_grid
from tests.sync.conftest import choose_first, free_rows


def editable(live: Workspace, app: AppTest, count: int = 1) -> list[tuple[int, pd.Series[Any]]]:
    """Positions in the grid, with their rows, that are Unassociated and have something to choose."""
    rows = live.term.rows()
    keys = rows["group_id"].astype("str") + ":" + rows["section_id"].astype("str")
    found = rows.set_index(keys).loc[Grid(app).frame.index]
    places = [place for place, status in enumerate(found["status"]) if status == "Unassociated"]
    return [(place, found.iloc[place]) for place in places[:count]]


def test_the_overview_counts_what_the_frame_holds(app: AppTest, live: Workspace) -> None:
    """Each number of the desk, with a link to exactly these rows; nothing leads to no row."""
    shown = {metric.label: metric.value for metric in app.run().metric}
    expected = counted(live.term.rows())
    assert shown == {WORDS[one].label: f"{expected[one].rows:,}" for one in expected if WORDS[one].label in shown}
    assert {one for one in expected if WORDS[one].label not in shown} <= {Figure.ALL, Figure.ELSEWHERE}
    links = {link.proto.query_string.partition("&")[0] for link in app.get("page_link")}
    assert {f"figure={one.value}" in links for one in expected if expected[one].rows and one is not Figure.ALL} == {
        True
    }
    assert "figure=drafted" not in links


def test_an_edit_in_the_grid_is_a_draft_at_once(app: AppTest, live: Workspace) -> None:
    """Only what was edited lies over the rows, which are not sent again: they are what they were."""
    opened(app, "associate")
    position, row = editable(live, app)[0]
    label = next(iter(live.term.latest().validity.labels(row["class_id"])))
    before = Grid(app)
    edit_grid(app, {position: label})
    after = Grid(app)
    assert after.view == before.view
    assert after.state["patch"] == {before.frame.index[position]: [label, "Unassociated", "Unassociated"]}
    assert live.term.drafts().frame()["category_id"].tolist() == [
        live.term.latest().validity.labels(row["class_id"])[label]
    ]


def test_an_invalid_choice_is_refused_with_a_sentence_and_leaves_no_draft(app: AppTest, live: Workspace) -> None:
    """Whatever the browser sends; the cell says what it said, and the message is above the grid."""
    opened(app, "associate")
    position, row = editable(live, app)[0]
    valid = live.term.latest().validity.labels(row["class_id"])
    wrong = next(title for title in live.term.latest().tables["categories"]["category"] if title not in valid)
    edit_grid(app, {position: wrong})
    assert live.term.drafts().frame().empty
    shown = Grid(app)
    assert shown.offered(position) == ["Unassociated", *valid]
    assert wrong in shown.said
    assert "not valid for this section" in shown.said
    assert shown.state["answer"]["rows"][0]["key"] == shown.frame.index[position]
    assert shown.frame["category"].iloc[position] == "Unassociated"


def test_filters_come_from_the_address(live: Workspace) -> None:
    """A link opens exactly those rows."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["figure"] = "broken"
    app.run()
    opened(app, "associate")
    assert set(Grid(app).frame["status"]) == {"Broken"}


def test_undo_takes_the_last_edit_back(app: AppTest, live: Workspace) -> None:
    """From the page that shows it."""
    choose_first(live, free_rows(live, 2))
    person = live.term.drafts().frame()["person"].iloc[0]
    assert person == "ann"
    opened(app, "associate")
    position, row = editable(live, app, 3)[-1]
    edit_grid(app, {position: next(iter(live.term.latest().validity.labels(row["class_id"])))})
    assert len(live.term.drafts().frame()) == 3
    next(button for button in app.button if button.label == "Undo").click().run()
    assert len(live.term.drafts().frame()) == 2


def test_the_second_of_two_quick_clicks_on_undo_takes_nothing_more_back(app: AppTest, live: Workspace) -> None:
    """Although the edit before it is called the same, and the page offers to undo that by then."""
    opened(app, "associate")
    some = editable(live, app, 2)
    for position, row in some:
        edit_grid(app, {position: next(iter(live.term.latest().validity.labels(row["class_id"])))})
    before = len(live.term.drafts().frame())
    undo = next(button for button in app.button if button.label == "Undo")
    undo.click().run()
    assert len(live.term.drafts().frame()) == before - 1
    undo.click().run()
    assert len(live.term.drafts().frame()) == before - 1
    (told,) = (unescaped(toast.value) for toast in app.toast)
    assert told.startswith("Undone already: ")
    next(button for button in app.button if button.label == "Undo").click().run()
    assert len(live.term.drafts().frame()) == before - 2


@pytest.mark.slow
def test_the_view_by_course_names_groups_with_their_counts(app: AppTest, live: Workspace) -> None:
    """Like the screen that coordinators know: Expand shows the sections, each with exactly its own categories."""
    opened(app, "associate")
    app.segmented_control(key="associate_view").set_value("By course").run()
    course = live.term.rows().query("course_id == @app.selectbox(key='course_shown').value")
    assert words(app).count("unassociated") >= course["group_id"].nunique()
    row = course.loc[course["status"].isin(["Synchronized", "Unassociated"])].iloc[0]
    app.button(key=f"toggle_{row['group_id']}").click().run()
    offered = drop_down(app, row).options
    assert offered == ["Unassociated", *live.term.latest().validity.labels(row["class_id"])]
    assert [error.value for error in app.exception] == []


def test_a_choice_by_course_is_a_draft_and_marks_the_group(app: AppTest, live: Workspace) -> None:
    """The drop-down keeps the choice, and the group says Changed."""
    opened(app, "associate")
    row = free_rows(live, 1).iloc[0]
    app.selectbox(key="filter_course").select(row["course_id"]).run()
    app.segmented_control(key="associate_view").set_value("By course").run()
    app.button(key=f"toggle_{row['group_id']}").click().run()
    label = drop_down(app, row).options[1]
    drop_down(app, row).select(label).run()
    assert live.term.drafts().frame()[["group_id", "section_id"]].values.tolist() == [
        [row["group_id"], row["section_id"]]
    ]
    assert drop_down(app, row).value == label
    assert f"{row['unassociated_in_group'] - 1} of" in words(app)
    assert "Changed" in words(app)


def ended(app: AppTest) -> AppTest:
    """The page once it tells how its sync ended."""
    return run_until(app, lambda: any(button.key == "dismiss_sync" for button in app.button))


def test_sync_writes_the_drafts_and_says_how_many(app: AppTest, live: Workspace, box: Running) -> None:
    """Review, press Sync Categories, read the notification; Canvas stores it."""
    choices = choose_first(live, free_rows(live, 3))
    opened(app, "review")
    assert "What will change in Canvas" in words(app)
    next(button for button in app.button if button.label == "Sync Categories").click().run()
    ended(app)
    assert "3 assignment groups in" in app.success[0].value
    stored = look(box, "state")["groups"]
    ids = {
        value["categoryId"]
        for group, _ in choices
        for value in stored[str(group)]["sistemic"]["categoryMapping"].values()
    }
    assert set(choices.values()) <= ids
    opened(app, "history")
    assert app.dataframe[0].value["Confirmed"].tolist() == [3]


def test_a_row_that_somebody_changed_is_told_with_its_reason(app: AppTest, live: Workspace, box: Running) -> None:
    """And waits for a decision afterwards."""
    rows = free_rows(live, 1)
    choose_first(live, rows)
    theirs = {"sistemic": {"categoryMapping": {rows.iloc[0]["sis_section_id"]: {"categoryId": "theirs"}}}}
    tell(box, f"integration_data/{rows.iloc[0]['group_id']}", theirs)
    opened(app, "review")
    next(button for button in app.button if button.label == "Sync Categories").click().run()
    ended(app)
    assert "1 row was not" in app.warning[0].value
    assert "Changed in Canvas since you drafted" in words(app)
    next(button for button in app.button if button.label == "Keep mine (all 1)").click().run()
    assert len(live.plan().changes) == 1


def test_a_plan_over_a_limit_needs_the_number_typed(app: AppTest, live: Workspace, box: Running) -> None:
    """No button before that, and everything that speaks against the plan is read first."""
    rows = live.term.rows()
    done = rows.loc[rows["stored_category_id"].notna()]
    used = {"section_uuid": done.iloc[0]["class_id"], "assignment_category_uuid": done.iloc[0]["stored_category_id"]}
    box.world.write_sis_assignment("a-1", used)
    keys = zip(done["group_id"].tolist(), done["section_id"].tolist(), strict=True)
    edit_now(live, dict.fromkeys(keys), person="ann", label="everything away")
    number = len(live.plan().changes)
    opened(app, "review")

    def is_told() -> bool:
        assert not [one for one in pressable(app) if one == "Sync Categories"]
        return has_number_field(app)

    run_until(app, is_told)  # Focus is asked what was passed back
    assert not [one for one in pressable(app) if one == "Sync Categories"]
    assert "would be unassociated (limit" in words(app).replace("\\", "")
    assert "Focus already has assignments" in words(app)
    assert "Tick above what you have read" in words(app)
    for box_of_one in [one for one in app.checkbox if str(one.key).startswith("left_out_")]:
        box_of_one.check().run()
    app.text_input(key="review_number").set_value(f"{number + 1:,}").run()
    assert f"You typed {number + 1:,}; the plan has {number:,} rows." in words(app)
    assert "Sync Categories" not in pressable(app)
    app.text_input(key="review_number").set_value(f" {number} rows").run()
    assert "Sync Categories" in pressable(app)


def test_the_name_check_lists_groups_without_an_equal_name(app: AppTest) -> None:
    """With the nearest category."""
    opened(app, "name_check")
    table = app.dataframe[0].value
    assert {"group", "nearest", "similarity"} <= set(table.columns)
    assert len(table) > 0


def test_connections_shows_settings_and_checks_without_secrets(app: AppTest, box: Running) -> None:
    """Addresses, rules, and the doctor's sentences."""
    opened(app, "connections")
    next(button for button in app.button if button.label == "Check both connections").click().run()
    said = "\n".join(box.value for box in app.success)
    assert "Canvas accepts the token" in said
    assert box.settings["GPB_CANVAS_TOKEN"] not in str(app.table[0].value) + said


@pytest.mark.parametrize("page", ["associate", "review", "history", "name_check"])
def test_before_the_first_pull_each_page_says_what_to_do(
    box: Running, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """An empty state, not an error; the button is there, too, since a phone does not show the sidebar."""
    for name, value in box.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GPB_DATA_DIR", str(workspace.settings.data_dir))
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run(), page)
    assert "Press **Refresh**" in words(app)
    app.main.button(key="refresh_here").click().run()
    assert "refresh_here" not in [button.key for button in app.main.button]


def test_a_wrong_setting_is_one_sentence_on_the_page(live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback."""
    monkeypatch.setenv("GPB_CODEC", "other")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert "GPB_CODEC" in unescaped(app.error[0].value)
    assert [error.value for error in app.exception] == []
