"""The page Decide: one line for each decision, and what a click makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from gpb.keys import keys
from gpb.sandbox import Running
from gpb.store.choices.decisions import Decided
from gpb.suggest.evidence import is_open
from gpb.suggest.patterns import normalised
from gpb.suggest.room import desk
from gpb.suggest.room.cards import Card
from gpb.ui.decide import choosing
from gpb.ui.shell.runtime import runtime
from gpb.ui.text import sentence
from gpb.workspace import Workspace
from tests.conftest import SMALL, edit_now, tell
from tests.lent import confirm, lent, settings_for
from tests.pages.conftest import ROOT, opened, unescaped, words
from tests.processes import wait_until


def pressed(app: AppTest, key: str) -> AppTest:
    """The page after a press of the button whose key begins so."""
    next(button for button in app.button if str(button.key).startswith(key)).click().run()
    assert [error.value for error in [*app.exception, *app.error]] == []
    return app


def cards(live: Workspace, **wanted: Any) -> list[Card]:
    """Those on the first page with these values."""
    found = live.desk.open().cards()[:20]
    return [card for card in found if all(getattr(card, name) == value for name, value in wanted.items())]


@pytest.fixture
def larger() -> Iterator[Running]:
    """A district in which enough teachers teach the same in both terms."""
    with lent(replace(SMALL, courses=20)) as sandbox:
        yield sandbox


@pytest.fixture
def spring(larger: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The empty term of a district, after the one before it was read; the dashboard shows it."""
    term = str(max(larger.world.terms))
    fall = Workspace(settings_for(larger, tmp_path))
    asyncio.run(fall.term.pull())
    confirm(fall)
    made = Workspace(settings_for(larger, tmp_path, term=term), fall._database)
    asyncio.run(made.term.pull())
    for name, value in {**larger.settings, "GPB_DATA_DIR": str(tmp_path), "GPB_TERM": term}.items():
        monkeypatch.setenv(name, value)
    yield made
    made._database.close()


def test_the_page_counts_what_the_overview_counts(app: AppTest, live: Workspace) -> None:
    """Rows and patterns that are to do; every line offers just the titles that are valid in all its sections."""
    rows, patterns = live.desk.to_do()
    told = f"{rows:,} rows in {patterns:,} patterns are to do."
    assert told in words(app.run()).replace("*", "")
    opened(app, "decide")
    assert told.removesuffix(".") in words(app).replace("*", "")
    assert rows == int(is_open(live.term.rows()).sum())
    options = live.term.latest().validity.options
    for card in cards(live):
        box = app.selectbox(key=f"decide_title_{card.key}")
        offered = [set(options(class_id).values()) for class_id in live.desk.open().of(card.patterns)["class_id"]]
        assert set(box.options) == set.intersection(*offered) | {"Leave unassociated"}
        assert box.value == card.proposal
        assert app.checkbox(key=f"decide_tick_{card.key}").value == card.is_ticked == (card.tier in ("A", "B"))


def test_accepting_the_ticked_drafts_them_with_their_reason_and_undo_brings_them_back(
    app: AppTest, live: Workspace
) -> None:
    """The button says how much it is; Review shows why, and the list shrinks."""
    opened(app, "decide")
    ticked = [card for card in cards(live) if card.is_ticked]
    number = sum(card.taken for card in ticked)
    button = app.button(key="decide_ticked")
    assert button.label.startswith(f"Accept {len(ticked)} ticked lines: {number:,} rows")
    before = live.desk.to_do()
    pressed(app, "decide_ticked")
    drafts = live.term.drafts().frame()
    assert len(drafts) == number == before[0] - live.desk.to_do()[0]
    assert f"{number:,} rows drafted." in words(app)
    assert {str(box.key) for box in app.checkbox} & {f"decide_tick_{card.key}" for card in ticked} == set()
    opened(app, "review")
    told = [table.value for table in app.dataframe if "Why" in table.value or "why" in table.value]
    assert set(pd.concat(told)["why"]) <= set(drafts["reason"])
    pressed(opened(app, "decide"), "undo")
    assert live.desk.to_do() == before
    assert live.term.drafts().frame().empty


def test_where_no_proposals_can_be_made_the_page_says_so_and_tries_again(
    app: AppTest, live: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Instead of waiting for ever."""
    with monkeypatch.context() as broken:
        broken.setattr(desk, "LARGE", 0)
        broken.setattr(desk, "meaning", lambda *_: 1 / 0)
        opened(app, "decide")
        wait_until(lambda: bool(app.run().error))
        assert [error.value for error in app.error] == [sentence(desk.NOT_MADE)]
    pressed(app, "decide_again")
    assert "patterns are to do" in words(app).replace("*", "")


@pytest.mark.slow
def test_a_chosen_category_ticks_its_line_and_one_line_is_accepted_alone(spring: Workspace) -> None:
    """Of a question, too; what was left out stays open."""
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run(), "decide")
    card = next(card for card in cards(spring) if not card.is_ticked and len(card.titles) > 1 and card.rows > 1)
    app.selectbox(key=f"decide_title_{card.key}").select(card.titles[-1]).run()
    assert app.checkbox(key=f"decide_tick_{card.key}").value
    pressed(app, f"decide_open_{card.key}")
    left = keys(spring.desk.open().of(card.patterns))[0]
    app.multiselect(key=f"decide_out_{card.key}").set_value([left]).run()
    pressed(app, f"decide_accept_{card.key}")
    drafts = spring.term.drafts().frame()
    assert set(drafts["category"]) == {card.titles[-1]}
    assert len(drafts) == card.rows - 1
    assert left not in keys(drafts)


@pytest.mark.slow
def test_a_line_without_a_category_is_asked_for_one(app: AppTest, live: Workspace) -> None:
    """Nothing is drafted, and no other line either."""
    opened(app, "decide")
    card = cards(live, proposal=None)[0]
    pressed(app, f"decide_accept_{card.key}")
    assert "1 line has no category yet" in words(app)
    assert live.term.drafts().frame().empty


@pytest.mark.slow
def test_a_draft_that_somebody_made_meanwhile_is_left_and_told(app: AppTest, live: Workspace) -> None:
    """The list on the screen still shows the row."""
    opened(app, "decide")
    card = next(card for card in cards(live) if card.is_ticked and card.taken > 1 and len(card.titles) > 1)
    wanted = dict.fromkeys(card.patterns, str(card.proposal))
    first = keys(live.desk.open().rows_for(wanted))[0]
    other = next(title for title in card.titles if title != card.proposal)
    edit_now(live, {first: other}, person="bob")
    pressed(app, f"decide_accept_{card.key}")
    assert "1 row was left unchanged, since something else was already drafted there by: bob (1)" in words(app)
    drafts = live.term.drafts().frame()
    assert drafts.loc[drafts["person"].eq("bob"), "category"].tolist() == [other]
    assert len(drafts) == card.taken


@pytest.mark.slow
def test_a_link_opens_one_school_and_a_skipped_line_is_shown_on_request(live: Workspace) -> None:
    """What is skipped stays to do."""
    school = live.desk.open().schools()[0]
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["school"] = school
    opened(app.run(), "decide")
    number = len(live.desk.open().of(school=school))
    assert f"{number:,} rows in" in unescaped(words(app)).replace("*", "")
    card = live.desk.open().cards(school)[0]
    pressed(app, f"decide_open_{card.key}")
    pressed(app, f"decide_skip_{card.key}")
    assert "is skipped" in words(app)
    assert f"{number:,} rows in" in words(app).replace("*", "")
    assert f"decide_tick_{card.key}" not in {str(box.key) for box in app.checkbox}
    app.toggle(key="decide_skipped").set_value(True).run()
    assert f"decide_tick_{card.key}" in {str(box.key) for box in app.checkbox}


@pytest.mark.slow
def test_a_line_is_left_unassociated_and_stands_here_no_more(app: AppTest, live: Workspace) -> None:
    """Nothing is drafted; it is remembered, counted under the list, and Undo brings the line back."""
    opened(app, "decide")
    card = next(card for card in cards(live) if card.proposal is None)
    number = len(live.desk.open())
    app.selectbox(key=f"decide_title_{card.key}").select(choosing.LEAVE).run()
    pressed(app, f"decide_accept_{card.key}")
    assert f"{card.rows:,} row" in words(app)
    assert "decided to stay unassociated" in words(app)
    assert live.term.drafts().frame().empty
    assert live.rules.decided()["title"].isna().tolist() == [True] * len(card.patterns)
    assert len(live.desk.open()) == number - card.rows == live.desk.to_do()[0]
    assert f"decide_tick_{card.key}" not in {str(box.key) for box in app.checkbox}
    pressed(app, "undo")
    assert len(live.desk.open()) == number


@pytest.mark.slow
def test_sections_without_a_category_are_offered_it_where_a_sync_may_change_focus(
    app: AppTest, live: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only there; the draft says what is added, and the plan adds it in Focus first."""
    card = next(card for card in cards(live) if card.titles)
    pressed(opened(app, "decide"), f"decide_open_{card.key}")
    assert not [box for box in app.selectbox if str(box.key).startswith("decide_add_")]
    monkeypatch.setenv("GPB_WRITE_FOCUS", "true")
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run(), "decide")
    pressed(app, f"decide_open_{card.key}")
    box = app.selectbox(key=f"decide_add_{card.key}")
    assert not set(box.options) & set(card.titles)
    box.select(box.options[0]).run()
    pressed(app, f"decide_added_{card.key}")
    drafts = live.term.drafts().frame()
    assert (len(drafts), set(drafts["category"])) == (card.rows, {box.options[0]})
    writing = Workspace(live.settings.model_copy(update={"write_focus": True}))
    assert {change.kind for change in writing.plan().changes} == {"association", "category membership"}


@pytest.mark.slow
@pytest.mark.slow
def test_where_nothing_is_to_do_the_page_says_what_is_next(app: AppTest, live: Workspace) -> None:
    """Drafts to be synced, and rows that can have no category yet."""
    rows = live.term.rows()
    rows = rows.loc[is_open(rows)]
    options = live.term.latest().validity.options
    edit_now(live, {key: next(iter(options(one))) for key, one in zip(keys(rows), rows["class_id"], strict=True)})
    opened(app, "decide")
    assert "Nothing is to do" in words(app)
    assert f"{len(rows):,} drafts waiting" in words(app).replace("*", "")


@pytest.mark.slow
def test_an_empty_term_is_carried_forward_from_the_one_before(spring: Workspace) -> None:
    """The bar says how many rows that decides, and what stays open; the drafts know where they come from."""
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run(), "decide")
    found = spring.carrying.preview()
    assert found.sentence in words(app)
    number = len(found.decided)
    assert number > 0
    pressed(app, "decide_carry_")
    drafts = spring.term.drafts().frame()
    assert (len(drafts), set(drafts["source"])) == (number, {"past terms"})
    assert f"{number:,} rows drafted as in" in words(app)
    assert spring.desk.to_do()[0] == len(found.lines) - number - spring.desk.open().retired


@pytest.mark.slow
def test_new_sections_take_what_their_siblings_have_in_one_click(app: AppTest, live: Workspace, box: Running) -> None:
    """They come first, and the button says how many rows it is."""
    rows = live.term.rows()
    course = rows.loc[rows["status"].eq("Synchronized"), "course_id"].value_counts().index[0]
    tell(box, "sections", {"course_id": int(course)})
    asyncio.run(live.term.pull())
    shown = live.desk.open()
    new = shown.as_siblings()
    assert set(new["course_id"]) == {course}
    assert shown.cards()[0].is_new
    opened(app, "decide")
    assert f"{len(new):,} row" in words(app).replace("*", "")
    pressed(app, "decide_siblings")
    drafts = live.term.drafts().frame()
    assert (len(drafts), set(drafts["source"])) == (len(new), {"sibling"})


@pytest.mark.slow
def test_look_alike_names_can_be_judged_apart(spring: Workspace, larger: Running) -> None:
    """Each has a line of its own then, with the categories that its own sections offer."""
    some = next(card for card in cards(spring) if card.courses > 1)
    groups = spring.desk.open().of(some.patterns)["group_id"].unique().tolist()
    for number, group_id in enumerate(groups):
        larger.world.groups[group_id].name = "Home work" if number else "H.W."
    asyncio.run(spring.term.pull())
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run(), "decide")
    card = next(card for card in cards(spring) if len(card.patterns) > 1)
    pressed(app, f"decide_open_{card.key}")
    pressed(app, f"decide_apart_{card.key}")
    alone = [one for one in spring.desk.open().cards(apart=card.patterns) if set(one.patterns) <= set(card.patterns)]
    assert len(alone) == len(card.patterns)
    shown = {str(box.key) for box in app.checkbox}
    assert f"decide_tick_{card.key}" not in shown
    assert f"decide_tick_{alone[0].key}" in shown


@pytest.mark.slow
def test_the_term_before_is_read_from_the_page(box: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On an empty term of which nothing earlier was read, the bar offers that; then it says what that decides."""
    term = str(max(box.world.terms))
    for name, value in {**box.settings, "GPB_DATA_DIR": str(tmp_path), "GPB_TERM": term}.items():
        monkeypatch.setenv(name, value)
    made = Workspace(settings_for(box, tmp_path, term=term))
    asyncio.run(made.term.pull())
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run(), "decide")
    assert "This term is still empty." in words(app).replace("*", "")
    newest = made.carrying.terms()[0]
    pressed(app, f"decide_read_{newest.term_id}")
    job = runtime().job("past", runtime().workspace(runtime().settings()))
    assert job is not None
    assert job.wait(60)
    assert job.error is None
    assert f"{newest.term} decides none of the" in words(app.run())
    assert made.term.latest().facts.term_id == int(term)
    made.close()


@pytest.mark.slow
def test_the_rows_of_a_line_that_stay_open_come_first_with_what_they_say(spring: Workspace) -> None:
    """In its details, before those that take what is proposed."""
    shown = spring.desk.open()
    card = max(shown.cards(), key=lambda card: card.courses * bool(card.proposal) * (len(card.titles) > 1))
    title = next(title for title in card.titles if title != card.proposal)
    course = str(shown.of(card.patterns)["course"].iloc[-1])
    spring.rules.write(Decided(normalised(card.names[0]), "", title, "course", course), person="ann")
    shown = spring.desk.open()
    card = next(card for card in shown.cards() if card.contradicting and card.proposal)
    rows = shown.of(card.patterns)
    other = rows.loc[rows["category"].ne(str(card.proposal))]
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    opened(app, "decide")
    pressed(app, f"decide_open_{card.key}")
    said = words(app)
    stay = said.index(f"{len(other)} row")
    assert "another proposal, or none" in said
    assert stay < said.index(f"for {card.proposal}:")
    table = next(table.value for table in app.dataframe if "section" in table.value)
    assert table["section"].head(len(other)).tolist() == other["section"].tolist()
    assert f"{card.taken} rows for" in said
