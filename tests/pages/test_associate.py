"""The Associate page: numbers that are rows, places that are carried, bulk edits that overwrite nothing, the drawer."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from gpb.audit.figures import Figure, where
from gpb.keys import Key, keys
from gpb.settings import operating_system_user
from gpb.ui.associate.filters import Facets, Filters
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.pages.conftest import opened, unescaped, words
from tests.pages.grid import Grid


def drafts(live: Workspace) -> dict[Key, tuple[str, str]]:
    """Person and title of every draft."""
    frame = live.term.drafts().frame()
    found = zip(frame["person"].tolist(), frame["category"].fillna("").tolist(), strict=True)
    return dict(zip(keys(frame), found, strict=True))


def button(app: AppTest, start: str) -> Any:
    """The button whose label begins so."""
    return next(found for found in app.button if found.label.startswith(start))


def parts(app: AppTest) -> dict[str, bool]:
    """The parts of a bulk edit's list: label → ticked."""
    return {box.label: bool(box.value) for box in app.checkbox if "bulk_all" in str(box.key)}


def test_each_chip_and_each_option_says_how_many_rows_it_opens(app: AppTest, live: Workspace) -> None:
    """To do from the start; the numbers of one filter hold beside all others."""
    opened(app, "associate")
    rows = live.term.rows()
    assert app.pills(key="filter_figure").value == Figure.TO_DO
    assert len(Grid(app).frame) == where(rows, Figure.TO_DO).sum()
    school = rows["school"].iloc[0]
    offered = app.selectbox(key="filter_school").options
    of_school = rows["school"].eq(school)
    assert f"{school} · {int((where(rows, Figure.TO_DO) & of_school).sum()):,}" in [unescaped(one) for one in offered]
    app.selectbox(key="filter_school").select(school).run()
    told = [text.replace("*", "") for text in app.pills(key="filter_figure").options]
    chips = Facets(rows, Filters()).offered()
    assert [int(text.rpartition(" ")[2].replace(",", "")) for text in told] == [
        int((where(rows, figure) & of_school).sum()) for figure in chips
    ]
    in_chips = [where(rows, figure) for figure in chips if figure != Figure.ALL]
    assert pd.concat(in_chips, axis=1).any(axis=1).all(), "a row is in no chip but All"
    for figure in chips:
        found = Facets(rows, Filters(school=school, figure=figure)).found
        assert keys(found) == keys(rows.loc[where(rows, figure) & of_school])


@pytest.mark.slow
def test_a_place_goes_along_from_page_to_page(app: AppTest, live: Workspace) -> None:
    """Until it is left; what lies in it is left with it, and a link that names no place is not narrowed."""
    row = live.term.rows().iloc[0]
    opened(app, "associate").selectbox(key="filter_school").select(row["school"]).run()
    app.selectbox(key="filter_course").select(row["course_id"]).run()
    app.query_params.clear()
    for page, key in (("audit", "audit_school"), ("decide", "decide_school"), ("name_check", "name_check_school")):
        assert opened(app, page).selectbox(key=key).value == row["school"], page
        app.query_params.clear()
    other = next(one for one in app.selectbox(key="name_check_school").options if one != row["school"])
    app.selectbox(key="name_check_school").select(other).run()
    app.query_params.clear()
    opened(app, "associate")
    assert (app.selectbox(key="filter_school").value, app.selectbox(key="filter_course").value) == (other, None)
    opened(app, "overview")
    app.query_params.clear()
    app.query_params["figure"] = "all"
    opened(app, "associate")
    assert app.selectbox(key="filter_school").value is None
    assert len(Grid(app).frame) == len(live.term.rows())


def test_a_link_opens_what_makes_sense_of_it_and_says_what_does_not(app: AppTest, live: Workspace) -> None:
    """Values of a filter, filters of a page, and a place that the term does not have."""
    app.query_params.update({"figure": "broken", "course": "x", "colour": "*red*"})
    opened(app, "associate")
    assert app.pills(key="filter_figure").value == Figure.BROKEN
    assert "left out: course “x”, colour “*red*”." in words(app)
    opened(app, "overview")
    app.query_params.clear()
    app.query_params["school"] = "Nowhere High"
    opened(app, "associate")
    assert "This term has no school “Nowhere High”." in words(app)


def test_every_address_names_the_term(app: AppTest, live: Workspace) -> None:
    """Also where nobody chose it: a link means the same when another term is current."""
    term = str(live.term.latest().facts.term_id)
    links = [link.proto.query_string for link in app.run().get("page_link") if link.proto.query_string]
    assert links
    assert all(f"term={term}" in link for link in links)
    opened(app, "associate")
    told = [str(element.proto) for element in app.get("bidi_component")]
    assert any("own" in text and f'term\\": \\"{term}' in text for text in told), told


@pytest.mark.slow
def test_an_edit_leaves_the_rows_of_the_other_pages_where_they_are(
    app: AppTest, live: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is decided is to do no more, and still no row slips to a page that was looked at before."""
    monkeypatch.setattr("gpb.ui.associate.page.PAGE_ROWS", 20)
    opened(app, "associate").pagination(key="grid_page").set_value(2).run()
    second = Grid(app).frame.index.tolist()
    app.pagination(key="grid_page").set_value(1).run()
    group_id, section_id = map(int, Grid(app).frame.index[0].split(":"))
    row = live.term.rows().query("group_id == @group_id and section_id == @section_id").iloc[0]
    edit_now(live, {(group_id, section_id): next(iter(live.term.latest().validity.options(row["class_id"])))})
    app.pagination(key="grid_page").set_value(2).run()
    assert Grid(app).frame.index.tolist() == second


def test_a_bulk_edit_overwrites_only_what_is_ticked(app: AppTest, live: Workspace) -> None:
    """An association and another's draft stand apart, with whose it is; the button counts what will happen."""
    rows, validity = live.term.rows(), live.term.latest().validity
    label = next(iter(validity.labels(rows.loc[rows["status"].eq("Synchronized")].iloc[0]["class_id"])))
    can = pd.Series([label in validity.labels(one) for one in rows["class_id"]], rows.index)
    free = rows.loc[can & rows["status"].eq("Unassociated")]
    drafted = free.iloc[:2]
    others = {key: next(one for one in validity.options(class_id) if validity.labels(class_id)[label] != one)
              for key, class_id in zip(keys(drafted), drafted["class_id"], strict=True)}  # fmt: skip
    edit_now(live, others, person="bob")
    before = drafts(live)
    opened(app, "associate").pills(key="filter_figure").set_value("all").run()
    app.button(key="bulk_menu").click().run()
    app.selectbox(key="bulk_title").select(label).run()
    assert parts(app) == {f"New: {len(free) - 2} rows": True, **dict.fromkeys(list(parts(app))[1:], False)}
    assert "Replaces a draft: 2 rows, drafted by bob (2)" in parts(app)
    button(app, f"Set for {len(free) - 2} rows").click().run()
    made = drafts(live)
    assert {key: made[key] for key in before} == before
    assert {key: made[key] for key in made if key not in before} == dict.fromkeys(
        [key for key in keys(free) if key not in before], (operating_system_user(), label)
    )
    app.button(key="bulk_menu").click().run()
    app.selectbox(key="bulk_title").select(label).run()
    app.checkbox(key="bulk_all_drafted").check().run()
    button(app, "Set for 2 rows").click().run()
    assert {key: title for key, (_, title) in drafts(live).items()} == dict.fromkeys(keys(free), label)
    button(app, "Undo").click().run()
    assert drafts(live) == made


@pytest.mark.slow
def test_a_line_can_be_left_out_and_the_button_follows(app: AppTest, live: Workspace) -> None:
    """A pattern, or with the list row by row one row; a draft that somebody made meanwhile is not overwritten."""
    opened(app, "associate").button(key="bulk_menu").click().run()
    label = app.selectbox(key="bulk_title").options[0].partition(" — ")[0]
    app.selectbox(key="bulk_title").select(label).run()
    number = int(button(app, "Set for").label.split()[2].replace(",", ""))
    app.toggle(key="bulk_by_row").set_value(True).run()
    line = next(box for box in app.checkbox if "bulk_line" in str(box.key))
    assert not set("*\\") & set(line.label)  # a screen reader would read them
    line.uncheck().run()
    assert button(app, "Set for").label == f"Set for {number - 1} rows"
    assert [*parts(app)] == [f"New: {number - 1} of {number} rows"]
    validity, rows = live.term.latest().validity, live.term.rows()
    can = rows.loc[where(rows, Figure.TO_DO) & rows["class_id"].map(lambda one: label in validity.labels(one))]
    key, class_id = keys(can)[-1], can["class_id"].iloc[-1]
    theirs = next(one for one in validity.options(class_id) if one != validity.labels(class_id)[label])
    edit_now(live, {key: theirs}, person="bob")
    button(app, "Set for").click().run()
    made = drafts(live)
    assert made.pop(key)[0] == "bob"
    assert [*made.values()] == [(operating_system_user(), label)] * (number - 2)


@pytest.mark.slow
def test_a_section_is_copied_to_several(app: AppTest, live: Workspace) -> None:
    """Each target that is chosen has the titles of the source; the list says which row becomes what."""
    validity = live.term.latest().validity
    for _, course in live.term.rows().groupby("course_id"):
        source, *targets = course["section_id"].unique().tolist()
        shared = set.intersection(*({*validity.labels(one)} for one in course["class_id"].unique()))
        if len(targets) > 1 and shared:
            break
    given = course.loc[course["section_id"].eq(source)]
    wanted = {key: validity.labels(one)[min(shared)] for key, one in zip(keys(given), given["class_id"], strict=True)}
    edit_now(live, wanted)
    course_id = int(given["course_id"].iloc[0])
    app.query_params.update({"figure": "all", "course": str(course_id)})
    opened(app, "associate").button(key="bulk_menu").click().run()
    app.segmented_control(key="bulk_kind").set_value("Copy from a section").run()
    app.selectbox(key="bulk_from").select(source).run()
    assert app.multiselect(key=f"bulk_to_{course_id}_{source}").value == targets
    for box in [box for box in app.checkbox if "bulk_all" in str(box.key)]:
        app.checkbox(key=str(box.key)).check().run()
    promised = int(button(app, "Copy to").label.split()[2])
    before = drafts(live)
    button(app, "Copy to").click().run()
    now = (
        live.term.rows()
        .query("course_id == @course_id")
        .pivot(index="group_id", columns="section_id", values="category")
    )
    assert all(now[target].equals(now[source]) for target in targets)
    assert promised == len(drafts(live)) - len(before)


@pytest.mark.slow
def test_the_drawer_tells_of_one_row_and_closes_where_it_was(app: AppTest, live: Workspace) -> None:
    """Opened by a link: SIS ID, teacher, proposal, why, history; the choice in it is a draft."""
    found = live.deciding.proposals().query("category_id.notna()").iloc[0]
    row = live.term.rows().merge(found.to_frame().T[["group_id", "section_id"]].astype("int64")).iloc[0]
    app.query_params.update({"row": f"{row['group_id']}:{row['section_id']}"})
    said = words(opened(app, "associate"))
    for expected in (row["sis_section_id"], row["teacher"], row["course"], "Why will this not sync?", "History",
                     found["category"], "Every group is associated with a valid category: no"):  # fmt: skip
        assert expected in said
    assert app.session_state["associate_row"] == (row["group_id"], row["section_id"])
    button(app, "Use ").click().run()
    assert drafts(live) == {(row["group_id"], row["section_id"]): (operating_system_user(), found["category"])}
    app.session_state["associate_row"] = None  # as closing does
    app.run()
    assert "Why will this not sync?" not in words(app)
    app.query_params.update({"row": f"{row['group_id']}:{row['section_id']}", "figure": "to_do"})  # a late script's
    app.run()
    assert "Why will this not sync?" not in words(app)
