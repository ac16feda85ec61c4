"""The view Tonight of the Audit page: its numbers, its filters, its address."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from gpb.audit.figures import Figure, counted
from gpb.audit.tonight.lines import as_told, by_reason, with_names
from gpb.ui.audit.filters import OUTCOMES
from gpb.workspace import Workspace
from tests.pages.conftest import opened, words


def numbers(app: AppTest) -> list[int]:
    """Passed back, not passed back, not certain, nothing waiting."""
    return [int(metric.value.replace(",", "")) for metric in app.metric]


def test_tonight_is_a_view_with_an_address_whose_filters_narrow_every_number(app: AppTest, live: Workspace) -> None:
    """What the page says is what the engine says, and each row's lines are its assignments that count elsewhere."""
    snapshot = live.term.latest()
    lines = as_told(live.audit.tonight(), snapshot)
    lost = counted(live.term.rows())[Figure.NOT_PASSED_BACK]
    opened(app, "audit")
    app.segmented_control(key="audit_view").select("tonight").run()
    assert app.query_params["view"] == "tonight"
    assert numbers(app) == [int(lines["outcome"].eq(outcome).sum()) for outcome in OUTCOMES]
    assert numbers(app)[1] == lost.assignments
    assert app.dataframe[0].value["lines"].tolist() == by_reason(lines)["lines"].tolist()
    school = with_names(lines, snapshot)["school"].iloc[0]
    in_school = lines.loc[with_names(lines, snapshot)["school"].eq(school)]
    app.selectbox(key="audit_school").select(school).run()
    assert sum(numbers(app)) == len(in_school)
    app.button(key="audit_tonight_not passed back").click().run()
    shown = in_school.loc[in_school["outcome"].eq("not passed back")]
    assert len(app.dataframe[1].value) == len(shown)
    app.selectbox(key="audit_reason").select("no_category").run()
    assert app.query_params["reason"] == "no_category"
    assert app.dataframe[1].value["title"].unique().tolist() == ["No category fits"]
    app.button(key="audit_clear_tonight").click().run()
    assert ("reason" in app.query_params, app.query_params["view"]) == (False, "tonight")
    assert [error.value for error in app.exception] == []


def test_a_row_counts_the_same_assignments_on_every_page(live: Workspace) -> None:
    """Those that are published and flagged: the number behind a row is the number of its lines that are published."""
    published = live.term.latest().tables["assignments"].query("published")["assignment_id"]
    lines = live.audit.tonight()
    sizes = lines.loc[lines["assignment_id"].isin(published)].groupby(["group_id", "section_id"]).size()
    rows = live.term.rows().set_index(["group_id", "section_id"])["assignments"]
    assert sizes.reindex(rows.index, fill_value=0).tolist() == rows.tolist()


def test_whatever_narrows_tonight_is_seen_above_it(app: AppTest, live: Workspace) -> None:
    """A teacher that was carried from another page, too; each line leads to its assignment in Canvas."""
    rows = live.term.rows()
    teacher = rows.loc[rows["teacher"].ne(""), "teacher"].iloc[0]
    app.query_params["teacher"], app.query_params["view"] = teacher, "tonight"
    opened(app, "audit")
    assert app.selectbox(key="audit_teacher").value == teacher
    listed = app.dataframe[-1].value
    assert set(listed["teacher"]) == {teacher}
    assert listed["canvas_link"].str.contains(r"/courses/[0-9]+/assignments/[0-9]+$").all()
    app.selectbox(key="audit_teacher").set_value(None).run()
    assert "teacher" not in app.query_params


@pytest.mark.parametrize("view", ["", "tonight"])
def test_a_place_that_the_term_does_not_have_is_no_good_news(app: AppTest, live: Workspace, view: str) -> None:
    """A link of last month may name a school that was renamed, or a section of another term."""
    for name, value in {"school": "Nowhere", "section": "99999"}.items():
        app.query_params[name] = value
        if view:
            app.query_params["view"] = view
        opened(app, "audit")
        assert "This term has nothing in the place that the filters name" in words(app)
        assert "No section loses grades" not in words(app)
        app.query_params.clear()
        opened(app, "history")
