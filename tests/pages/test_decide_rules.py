"""The view Decisions and rules of the page Decide: what was decided and by whom, by hand and from a file."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from gpb.exchange.reading import MAX_MEGABYTES
from gpb.store.choices.decisions import Decided
from gpb.ui.decide import choosing
from gpb.workspace import Workspace
from tests.pages.conftest import opened, unescaped, words
from tests.pages.test_decide import cards, pressed


def test_what_is_decided_is_listed_and_can_be_turned_off(app: AppTest, live: Workspace) -> None:
    """What turning it off, and on again, would do is told before."""
    shown = live.desk.open()
    card = next(card for card in shown.cards() if card.titles)
    live.desk.take(shown, dict.fromkeys(card.patterns, card.titles[0]), person="ann")
    opened(app, "decide")
    app.segmented_control(key="decide_view").set_value("rules").run()
    number = int(live.rules.decided()["decision_id"].iloc[0])
    app.multiselect(key="rules_chosen").set_value([number]).run()
    assert "Turning off changes no draft" in words(app)
    pressed(app, "rules_off")
    assert number not in set(live.rules.decided()["decision_id"])
    app.multiselect(key="rules_chosen").set_value([number]).run()
    assert "Would decide" in words(app)
    pressed(app, "rules_on")
    assert number in set(live.rules.decided()["decision_id"])


def test_the_history_of_decisions_tells_who_changed_what(app: AppTest, live: Workspace) -> None:
    """The newest first: what a decision said before and after, and whether it holds."""
    first, second = next(card.titles for card in live.desk.open().cards() if len(card.titles) > 1)[:2]
    for title, person in ((first, "ann"), (second, "bea")):
        live.rules.write(Decided("home work", "", title), person=person)
    live.rules.turn(live.rules.decided()["decision_id"].tolist(), on=False, person="cleo")
    opened(app, "decide")
    app.segmented_control(key="decide_view").set_value("rules").run()
    app.session_state["rules_history"] = True
    app.run()
    told = next(table.value for table in app.dataframe if "before" in table.value)
    assert told[["person", "what", "before", "after"]].to_numpy().tolist() == [
        ["cleo", "turned off", second, f"{second} (off)"],
        ["bea", "decided", first, second],
        ["ann", "decided", "", first],
    ]
    assert set(told["group"]) == {"home work"}
    assert live.rules.changed(1)["person"].tolist() == ["cleo"]


@pytest.mark.slow
def test_a_rule_is_written_by_hand_after_a_look_at_what_it_would_do(app: AppTest, live: Workspace) -> None:
    """Once it is there it can be changed: for other groups it takes the place of the old one, which is turned off."""
    card = next(card for card in cards(live) if card.titles)
    opened(app, "decide")
    app.segmented_control(key="decide_view").set_value("rules").run()
    app.text_input(key="rule_group").input(card.names[0]).run()
    app.selectbox(key="rule_title").select(card.titles[0]).run()
    assert "Would decide" in words(app)
    app.selectbox(key="rule_scope").select("course").run()
    assert "Fill in the assignment group" in words(app)
    app.selectbox(key="rule_scope").select("district").run()
    pressed(app, "rule_save")
    rule = live.rules.decided().iloc[0]
    assert (rule["kind"], rule["title"], rule["titles"], rule["scope"]) == ("rule", card.titles[0], "", "district")
    app.selectbox(key="rule_of").select(int(rule["decision_id"])).run()
    assert app.text_input(key="rule_group").value == rule["group"]
    app.text_input(key="rule_group").input("Something else").run()
    app.selectbox(key="rule_title").select(choosing.LEAVE).run()
    pressed(app, "rule_save")
    assert live.rules.decided()["group"].tolist() == ["something else"]
    assert live.rules.decided()["title"].isna().all()


def test_abbreviations_are_edited_on_the_page(app: AppTest, live: Workspace) -> None:
    """What is saved is what proposals are made with; a line that makes no sense is refused in words."""
    opened(app, "decide")
    app.segmented_control(key="decide_view").set_value("rules").run()
    editor = next(box for box in app.data_editor if str(box.key).startswith("short_"))
    for added, told in (
        ({"short": "bw", "long": ""}, "Write what “bw” is short for"),
        ({"short": "BW", "long": "Bell Work"}, ""),
    ):
        app.session_state[str(editor.key)] = {"edited_rows": {}, "added_rows": [added], "deleted_rows": []}
        app.run()
        app.button(key="short_save").click().run()
        assert told in " ".join(unescaped(error.value) for error in app.error)
    assert live.abbreviations.table()["bw"] == "bell work"
    assert live.deciding.evidence().vocabulary.abbreviations["bw"] == ("bell", "work")


def test_rules_come_from_a_file_after_a_look_at_what_they_would_do(app: AppTest, live: Workspace) -> None:
    """A line that makes no sense keeps the whole file out."""
    card = next(card for card in cards(live) if card.titles)
    opened(app, "decide")
    app.segmented_control(key="decide_view").set_value("rules").run()
    bad = b"group,title\n,Homework\n"
    assert app.file_uploader[0].proto.max_upload_size_mb == MAX_MEGABYTES
    app.file_uploader[0].upload("rules.csv", bad, "text/csv").run()
    assert "cannot be imported" in json.dumps([box.label for box in app.expander])
    good = f"group,title\n{card.names[0]},{card.titles[0]}\n".encode()
    app.file_uploader[0].upload("rules.csv", good, "text/csv").run()
    assert "1 decision. Would decide" in words(app).replace("*", "")
    pressed(app, "rules_take")
    assert live.rules.decided()[["kind", "title"]].to_numpy().tolist() == [["rule", card.titles[0]]]
