"""The Review page: a plan as people read it, and what a person leaves out of it."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from gpb.keys import keys
from gpb.sandbox import Running
from gpb.ui.review.lines import Headline
from gpb.ui.review.sentences import below
from gpb.workspace import Workspace
from tests.conftest import edit_now, look
from tests.pages.conftest import ROOT, opened, pressable, run_until, words
from tests.pages.test_manners import button
from tests.pages.test_pages import ended
from tests.sync.conftest import choose_first, free_rows
from tests.variants import first_quick


def tick(app: AppTest, ticks: dict[int, bool], table: int = 0) -> AppTest:
    """Click ticks of a table as the browser does, by place, so that the page's callback runs."""
    states = app._tree.get_widget_states()
    state = WidgetState()
    state.id = app.data_editor[table].proto.id
    edited = {str(place): {"tick": value} for place, value in ticks.items()}
    state.string_value = json.dumps({"edited_rows": edited, "added_rows": [], "deleted_rows": []})
    states.widgets.append(state)
    return app._run(states)


def lines(app: AppTest, table: int = 0) -> pd.DataFrame:
    """A table as it was drawn."""
    frame: pd.DataFrame = app.data_editor[table].value
    return frame


def test_the_plan_is_told_in_one_line_and_by_pattern(app: AppTest, live: Workspace) -> None:
    """What is new, changed and taken away, the assignments behind, and where each draft comes from."""
    choose_first(live, free_rows(live, 6))
    done = live.term.rows().query("status == 'Synchronized'").head(2)
    options = live.term.latest().validity.options
    other = next(one for one in options(done["class_id"].iloc[0]) if one != done["stored_category_id"].iloc[0])
    edit_now(live, dict(zip(keys(done), [other, None], strict=True)))
    opened(app, "review")
    assert "+6 · 1 changed · 1 taken away; " in words(app)
    assert " will reach Focus" in words(app)
    shown = lines(app)
    assert sorted(shown["change"].unique()) == ["Changed", "New", "Taken away"]
    assert shown["rows"].sum() == 8
    assert shown["why"].eq("chosen by ann").all()
    assert shown.loc[shown["change"].eq("Taken away"), "category"].str.endswith(" → Unassociated").all()
    app.segmented_control(key="review_view").set_value("course").run()
    assert str(app.query_params["view"]) == "course"
    assert lines(app)["rows"].sum() == 8
    assert (lines(app)[["course", "teacher"]] != "").all(axis=None)


@pytest.mark.parametrize(
    ("reaching", "asleep", "expected"),
    [
        (3, 1, "1 of the assignments arrives once it, or its course, is published."),
        (1, 1, "This assignment arrives once it, or its course, is published."),
        (3, 2, "2 of the assignments arrive once they, or their courses, are published."),
        (3, 3, "These assignments arrive once they, or their courses, are published."),
    ],
)
def test_what_is_not_published_yet_is_told(live: Workspace, reaching: int, asleep: int, expected: str) -> None:
    """For one and for several."""
    numbers = Headline(1, {"New": 1}, 0, 0, 0, 1, 1, reaching, reaching, asleep)
    assert below(numbers, live.planning.drafted()).endswith(expected)


@pytest.mark.slow
def test_what_is_left_out_is_not_synced_and_outlives_the_page(app: AppTest, live: Workspace, box: Running) -> None:
    """A whole line and a single row of another; a browser that opens the page anew sees the same."""
    choices = choose_first(live, live.term.rows().query("status == 'Unassociated'").head(12))
    opened(app, "review")
    first = lines(app)
    several = next(place for place, number in enumerate(first["rows"]) if number > 1)
    whole = next(place for place in range(len(first)) if place != several)
    tick(app, {whole: False})
    app.selectbox(key="review_open").select_index(several).run()
    tick(app, {0: False}, table=1)
    left_out = int(first["rows"][whole]) + 1
    assert f"+{12 - left_out}; " in words(app)
    again = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run(), "review")
    assert lines(again)["tick"].tolist() == [place != whole for place in range(len(first))]
    assert lines(again)["left_out"].sum() == left_out
    held = live.planning.drafted().held.keys()
    run_until(again, lambda: "Sync Categories" in pressable(again))
    button(again, "Sync Categories")
    assert f"({12 - left_out} rows)" in ended(again).success[0].value
    assert set(keys(live.term.drafts().frame())) == set(held) == choices.keys() & set(held)
    assert {int(one) for one in look(box, "writes")} == {key[0] for key in choices.keys() - set(held)}
    assert "Nothing is ticked below." in words(again)
    again.button(key="review_all_True").click().run()
    assert f"+{left_out}; " in words(again)


def test_a_tick_that_goes_back_before_the_page_has_answered_counts(app: AppTest, live: Workspace) -> None:
    """The browser forgets an edit that goes back to what was drawn first; another tab's tick is seen, too."""
    choose_first(live, free_rows(live, 3))
    opened(app, "review")
    tick(app, {0: False})
    assert len(live.planning.drafted().held) == 1
    tick(app, {})
    assert live.planning.drafted().held == {}
    live.planning.hold(live.planning.drafted(), [live.plan().changes[0].key], "bob")
    app.run()
    assert lines(app)["tick"].sum() == len(lines(app)) - 1
    assert "left out by bob" in words(app)


@pytest.mark.parametrize("find", first_quick(["no such thing", "*"]))
def test_lines_are_found_by_their_words_and_an_empty_list_says_so(app: AppTest, live: Workspace, find: str) -> None:
    """The button follows what is found."""
    choose_first(live, free_rows(live, 5))
    opened(app, "review")
    name = lines(app)["group"][0]
    app.text_input(key="review_find").set_value(name.partition(" (+")[0]).run()
    assert lines(app)["group"].str.contains(name.partition(" (+")[0], regex=False).all()
    app.text_input(key="review_find").set_value(find).run()
    assert "Clear the field to see all." in words(app)
