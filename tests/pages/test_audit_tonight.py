"""The view Tonight of the Audit page: its numbers, its filters, its address."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from gpb.audit.figures import Figure, counted
from gpb.audit.tonight.lines import as_told, by_reason, with_names
from gpb.ui.audit.filters import OUTCOMES
from gpb.workspace import Workspace
from tests.pages.conftest import opened


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
