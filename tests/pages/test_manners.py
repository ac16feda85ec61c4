"""How the pages behave around the main job: filters, pages of the grid, terms, files, sign-in, names."""

from __future__ import annotations

import asyncio

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from gpb.audit.figures import Figure
from gpb.sandbox import Running
from gpb.settings import operating_system_user
from gpb.ui.associate.filters import Filters
from gpb.ui.text import plain
from gpb.workspace import Workspace
from tests.conftest import edit_now, tell
from tests.pages.conftest import ROOT, opened, run_until, unescaped, words
from tests.pages.grid import Grid, edit_grid, has_grid, send, show_new
from tests.sandbox.conftest import token_without
from tests.sync.conftest import choose_first, free_rows
from tests.variants import first_quick


def button(app: AppTest, label: str) -> AppTest:
    """Press the first button whose label begins so."""
    return next(found for found in app.button if found.label.startswith(label)).click().run()


def test_filters_stand_in_the_address_and_survive_other_pages(app: AppTest, live: Workspace) -> None:
    """Set by a widget, kept while the person looks elsewhere."""
    school = live.term.rows()["school"].iloc[0]
    opened(app, "associate")
    app.selectbox(key="filter_school").select(school).run()
    app.pills(key="filter_figure").set_value("synchronized").run()
    assert app.query_params["school"] == school
    assert app.query_params["figure"] == "synchronized"
    wanted = Filters(school=school, figure=Figure.SYNCHRONIZED).apply(live.term.rows())
    assert len(Grid(app).frame) == len(wanted)
    opened(app, "history")
    del app.query_params["school"], app.query_params["figure"]  # as the browser does on the way to another page
    opened(app, "associate")
    assert len(Grid(app).frame) == len(wanted)
    button(app, "Clear")
    assert len(Grid(app).frame) == len(Filters(figure=Figure.SYNCHRONIZED).apply(live.term.rows()))


def test_of_two_choices_that_come_at_once_neither_is_lost(app: AppTest, live: Workspace) -> None:
    """A text is taken when a click takes its focus: the page may not have been drawn anew in between."""
    opened(app, "associate").text_input(key="filter_group").set_value("e")
    app.segmented_control(key="associate_view").set_value("By course").run()
    assert (app.query_params["group"], app.query_params["view"]) == ("e", "course")
    opened(app, "audit").selectbox(key="audit_severity").select("lost")
    app.selectbox(key="audit_who").select("teacher").run()
    assert (app.query_params["severity"], app.query_params["who"]) == ("lost", "teacher")


def test_an_address_that_makes_no_sense_filters_nothing() -> None:
    """Whatever stands in a link."""
    assert Filters.from_url({"course": "x", "figure": "odd", "row": "1", "sort": "weather"}) == Filters()


@pytest.mark.slow
def test_a_narrower_filter_starts_at_its_first_page(
    app: AppTest, live: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that was open may not exist any more."""
    monkeypatch.setattr("gpb.ui.associate.page.PAGE_ROWS", 20)
    opened(app, "associate")
    assert len(Grid(app).frame) == 20
    first = Grid(app).frame.index.tolist()
    app.pagination(key="grid_page").set_value(2).run()
    assert Grid(app).frame.index.intersection(first).empty
    app.pills(key="filter_figure").set_value("synchronized").run()
    expected = Filters(figure=Figure.SYNCHRONIZED).apply(live.term.rows()).head(20)
    shown = [f"{group}:{section}" for group, section in expected[["group_id", "section_id"]].itertuples(index=False)]
    assert Grid(app).frame.index.tolist() == shown


def test_what_another_tab_drafted_is_new_data_until_it_is_asked_for(app: AppTest, live: Workspace) -> None:
    """Nothing moves under a person; her own edits are shown meanwhile."""
    app.query_params["figure"] = "all"
    opened(app, "associate")
    before = Grid(app)
    theirs, mine = (row for _, row in free_rows(live, 2).iterrows())
    names = [f"{row['group_id']}:{row['section_id']}" for row in (theirs, mine)]
    choice = choose_first(live, free_rows(live, 1))[theirs["group_id"], theirs["section_id"]]
    place = before.frame.index.tolist().index(names[1])
    label = next(iter(live.term.latest().validity.labels(mine["class_id"])))
    edit_grid(app, {place: label})
    shown = Grid(app)
    assert shown.view == before.view
    assert list(shown.state["patch"]) == [names[1]]
    assert shown.newer
    after = Grid(show_new(app))
    assert not after.newer
    assert live.term.latest().validity.labels(theirs["class_id"])[str(after.frame["category"][names[0]])] == choice
    assert after.frame.loc[names, "was"].tolist() == ["Unassociated", "Unassociated"]


def test_an_action_that_makes_no_sense_is_ignored(app: AppTest, live: Workspace) -> None:
    """It comes from the browser: another row, a row that is none, no outbox at all."""
    opened(app, "associate")
    grid = Grid(app)
    rows = [[["1:1", "Homework", ""]], [["-1:2", "Homework", ""]], [["x", "y"]], "z"]
    for cells in rows:
        assert [error.value for error in send(app, grid.action("edit", cells=cells)).exception] == []
    assert [error.value for error in send(app, grid.action("sort", column="person")).exception] == []
    assert [error.value for error in send(app, grid.action("away")).exception] == []
    assert live.term.drafts().frame().empty


def test_an_action_that_comes_twice_is_done_once(app: AppTest, live: Workspace) -> None:
    """The browser sends what it does not know to be taken."""
    app.query_params["figure"] = "all"
    opened(app, "associate")
    place = live.term.rows()["status"].tolist().index("Synchronized")
    state = Grid(app).edit({place: "Unassociated"})
    send(app, state)
    button(app, "Undo")
    assert live.term.drafts().frame().empty
    send(app, state)
    assert live.term.drafts().frame().empty


def test_whoever_replaces_the_draft_of_another_person_is_told(app: AppTest, live: Workspace) -> None:
    """With a way back."""
    app.query_params["figure"] = "all"
    opened(app, "associate")
    row = live.term.rows().loc[lambda rows: rows["status"].eq("Synchronized")].iloc[0]
    theirs, mine = list(live.term.latest().validity.labels(row["class_id"]).items())[1:3]
    edit_now(live, {(int(row["group_id"]), int(row["section_id"])): theirs[1]}, person="bob")
    edit_grid(app, {Grid(app).keys.index((row["group_id"], row["section_id"])): mine[0]})
    assert f"you replaced bob’s draft “{theirs[0]}”" in Grid(app).said
    assert live.term.drafts().frame()["category_id"].tolist() == [mine[1]]
    send(app, Grid(app).action("undo"))
    drafts = live.term.drafts().frame()
    assert drafts[["category_id", "person"]].to_numpy().tolist() == [[theirs[1], "bob"]]


@pytest.mark.slow
def test_a_click_on_a_header_sorts_all_pages(app: AppTest, live: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the server, for the browser has one page of them."""
    monkeypatch.setattr("gpb.ui.associate.page.PAGE_ROWS", 20)
    opened(app, "associate")
    send(app, Grid(app).action("sort", column="group", ascending=False))
    rows = Filters().apply(live.term.rows())
    wanted = sorted((name.casefold() for name in rows["group"]), reverse=True)[:20]
    assert app.query_params["sort"] == "-group"
    assert [name.casefold() for name in Grid(app).frame["group"]] == wanted
    assert Grid(app).view["sort"] == ["group", False]


def test_a_bulk_edit_says_beforehand_how_many_rows_it_takes(app: AppTest, live: Workspace) -> None:
    """And makes that many drafts, refusing the others by name."""
    opened(app, "associate")
    app.button(key="bulk_menu").click().run()
    title = app.selectbox(key="bulk_title").options[0].partition(" — ")[0]
    app.selectbox(key="bulk_title").select(title).run()
    promised = next(found.label for found in app.button if found.label.startswith("Set for"))
    button(app, "Set for")
    drafts = live.term.drafts().frame()
    assert promised == f"Set for {len(drafts)} row" + ("s" if len(drafts) > 1 else "")
    assert set(drafts["category"]) == {title}
    button(app, "Undo")
    assert live.term.drafts().frame().empty


def test_a_file_is_taken_only_after_its_bad_lines_were_shown(app: AppTest, live: Workspace) -> None:
    """Nothing of it is a draft before the button is pressed."""
    row = free_rows(live, 1).iloc[0]
    title = next(iter(live.term.latest().validity.options(row["class_id"]).values()))
    opened(app, "associate")
    app.button(key="bulk_spreadsheet").click().run()
    lines = ["group_id,section_id,category", f"{row['group_id']},{row['section_id']},{title}", "1,2,Homework"]
    app.file_uploader(key="csv_file_0").upload("a.csv", "\n".join(lines).encode()).run()
    assert app.dataframe[0].value[["line", "problem"]].values.tolist() == [[3, "this term has no group 1 in section 2"]]
    assert live.term.drafts().frame().empty
    button(app, "Take 1 edit")
    assert live.term.drafts().frame()["category"].tolist() == [title]


def test_a_file_that_is_no_table_is_one_sentence(app: AppTest, live: Workspace) -> None:
    """The grid stays where it is."""
    opened(app, "associate")
    app.button(key="bulk_spreadsheet").click().run()
    app.file_uploader(key="csv_file_0").upload("a.csv", b"name\nx").run()
    assert "has no column" in app.error[0].value
    assert has_grid(app)


def test_drafts_that_changed_since_the_review_are_not_synced(app: AppTest, live: Workspace, box: Running) -> None:
    """What is written is what was looked at."""
    choose_first(live, free_rows(live, 1))
    opened(app, "review")
    choose_first(live, free_rows(live, 2))
    button(app, "Sync Categories")
    assert "Review the changes again" in app.error[0].value
    assert live._journal.runs() == []


@pytest.mark.slow
def test_taking_what_canvas_has_drops_the_draft_that_moved(app: AppTest, live: Workspace, box: Running) -> None:
    """Somebody else was faster, and is right."""
    rows = free_rows(live, 1)
    choose_first(live, rows)
    theirs = {"sistemic": {"categoryMapping": {rows.iloc[0]["sis_section_id"]: {"categoryId": "theirs"}}}}
    tell(box, f"integration_data/{rows.iloc[0]['group_id']}", theirs)
    opened(app, "overview")
    refreshed(button(app, "Refresh"))
    opened(app, "review")
    assert "left out of the sync" in words(app)
    button(app, "Take what Canvas has")
    assert live.term.drafts().frame().empty


def refreshed(app: AppTest) -> AppTest:
    """The dashboard once its pull has ended."""
    return run_until(app, lambda: any(found.key == "refresh" and not found.disabled for found in app.button))


def test_another_term_is_read_when_it_is_chosen(app: AppTest, live: Workspace) -> None:
    """Its rows are shown, and the address names it."""
    terms = live.term.latest().tables["terms"]
    present = live.term.latest().facts.term_id
    other = int(terms.loc[terms["term_id"] < present, "term_id"].max())
    app.run().selectbox(key="term_choice").select(str(other)).run()
    refreshed(app)
    assert app.selectbox(key="term_choice").value == str(other)
    assert app.query_params["term"] == str(other)
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["To do"] != str(live.term.rows()["status"].eq("Unassociated").sum())


@pytest.mark.slow
def test_a_link_to_another_term_is_followed_within_a_session(app: AppTest, live: Workspace) -> None:
    """As the notice of a run of that term has one; what the browser has not taken in yet is no link."""
    present = str(live.term.latest().facts.term_id)
    terms = live.term.latest().tables["terms"]["term_id"].astype("str").tolist()
    other = next(term for term in terms if term != present)
    there = Workspace(live.settings.model_copy(update={"term": other}))
    asyncio.run(there.term.pull())
    there._database.close()
    app.query_params["term"] = other
    opened(app, "history")
    assert app.selectbox(key="term_choice").value == other
    app.query_params["term"] = other
    opened(app, "overview")
    app.selectbox(key="term_choice").select(present).run()
    assert app.selectbox(key="term_choice").value == present
    app.query_params["term"] = other  # the browser was slower
    assert opened(app, "audit").selectbox(key="term_choice").value == present
    app.query_params["term"] = present
    opened(app, "overview")
    app.query_params["term"] = other
    assert opened(app, "history").selectbox(key="term_choice").value == other


def test_a_link_to_a_term_that_does_not_exist_leads_back(live: Workspace) -> None:
    """A sentence names the terms, and a button the way."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params["term"] = "999"
    refreshed(button(app.run(), "Refresh"))
    assert "999" in app.error[0].value
    button(app, "Back to the default term")
    assert len(app.metric) > 0


def test_who_is_not_signed_in_sees_nothing(live: Workspace) -> None:
    """Where a district has configured sign-in."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.user = {"is_logged_in": False}
    app.run()
    assert [found.label for found in app.button] == ["Sign in"]
    assert len(app.metric) == 0


@pytest.mark.slow
def test_a_draft_bears_the_name_of_the_signed_in_person(app: AppTest, live: Workspace) -> None:
    """Else that of the operating system's user."""
    app.user = {}
    opened(app, "associate").pills(key="filter_figure").set_value("all").run()
    rows: pd.DataFrame = live.term.rows()
    position = rows.index[rows["status"].eq("Synchronized")][0]
    edit_grid(app, {position: "Unassociated"})
    assert live.term.drafts().frame()["person"].tolist() == [operating_system_user()]
    app.user = {"is_logged_in": True, "email": "ann@district.example", "email_verified": True}
    second = rows.index[rows["status"].eq("Synchronized")][1]
    edit_grid(app, {position: "Unassociated", second: "Unassociated"})
    assert sorted(live.term.drafts().frame()["person"]) == sorted([operating_system_user(), "ann@district.example"])


def test_the_name_check_narrows_to_a_school(app: AppTest, live: Workspace) -> None:
    """Every row of the table is of that school."""
    opened(app, "name_check")
    school = app.selectbox(key="name_check_school").options[0]
    app.selectbox(key="name_check_school").select(school).run()
    app.segmented_control(key="name_check_view").set_value("row").run()
    assert app.query_params["view"] == "row"
    assert set(app.dataframe[0].value["school"]) == {school}


@pytest.mark.parametrize("name", ["**bold**", "<b>x</b>", ":smile:", ":red[x]", "$x$", "1. one", "[a](b)", "a_b_c"])
def test_names_are_escaped_for_markdown(name: str) -> None:
    """Every character that Markdown would take for itself has a backslash, and codes are broken up."""
    escaped = plain(name)
    assert escaped.replace("\\", "").replace("\u2060", "") == name
    assert not any(f"{mark}" in escaped.replace(f"\\{mark}", "") for mark in "*<$[_.")
    assert ":smile:" not in escaped
    assert ":red" not in escaped


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    first_quick(
        [
            ("GPB_CANVAS_URL", "http://127.0.0.1:9/canvas", "No connection to Canvas"),
            ("GPB_CANVAS_TOKEN", "wrong", "Canvas does not accept the token"),
            ("GPB_SIS_URL", "http://127.0.0.1:9/focus/api/1.0", "No connection to Focus"),
        ]
    ),
)
def test_a_failed_refresh_is_one_sentence_in_the_sidebar(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    """It says what happened and what to do."""
    monkeypatch.setenv(name, value)
    refreshed(button(app.run(), "Refresh"))
    assert [sentence in unescaped(error.value) for error in app.error] == [True]
    assert [error.value for error in app.exception] == []


@pytest.mark.slow
def test_a_token_without_sis_rights_is_told_and_the_rows_stay(
    app: AppTest, box: Running, monkeypatch: pytest.MonkeyPatch, live: Workspace
) -> None:
    """Canvas leaves the SIS IDs out; an empty term does not take the place of the one on the screen."""
    before = len(live.term.rows())
    monkeypatch.setenv("GPB_CANVAS_TOKEN", token_without(box, "read_sis"))
    refreshed(button(app.run(), "Refresh"))
    assert ["SIS Data – read" in unescaped(error.value) for error in app.error] == [True]
    assert len(live.term.rows()) == before
