"""The Overview in AppTest: a school of its own, the table of the schools, and what is to do next."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from gpb.audit.figures import WORDS, Figure, counted
from gpb.ui.overview.schools import school_table
from gpb.ui.text import fingerprint
from gpb.workspace import Workspace
from tests.conftest import edit_now
from tests.pages.conftest import words


def test_a_school_in_the_address_has_its_own_numbers_and_links(app: AppTest, live: Workspace) -> None:
    """What the numbers say and open is of that school; the sentence above says that it is not."""
    rows = live.term.rows()
    school = rows["school"].iloc[0]
    app.run().selectbox(key="overview_school").select(school).run()
    assert app.query_params["school"] == school
    expected = counted(rows.loc[rows["school"].eq(school)])
    shown = {metric.label: metric.value for metric in app.metric}
    assert all(shown[WORDS[one].label] == f"{expected[one].rows:,}" for one in (Figure.TO_DO, Figure.NOT_PASSED_BACK))
    links = [link.proto.query_string for link in app.get("page_link") if "figure=to_do" in link.proto.query_string]
    assert [link.rpartition("&term=")[0] for link in links] == [f"school={school.replace(' ', '+')}&figure=to_do"]
    assert "are to do in all schools" in words(app)


@pytest.mark.parametrize(("column", "place"), [("to_do", "figure"), ("assignments_not_passed_back", "")])
def test_a_click_on_a_school_opens_what_it_counts(app: AppTest, live: Workspace, column: str, place: str) -> None:
    """A number its rows on Associate, the bar the sections that lose grades; the worst school stands first."""
    table = school_table(live.term.rows(), live.term.latest().facts.counts)
    assert table["assignments_not_passed_back"].is_monotonic_decreasing
    selection = {"rows": [], "columns": [], "cells": [(0, column)]}
    app.session_state[f"overview_schools_{fingerprint(table['school'])}"] = {"selection": selection}
    app.run()
    assert app.query_params["school"] == table["school"].iloc[0]
    assert app.title[0].value == ("Associate" if place else "Audit")
    assert app.query_params.get(place) == (column if place else None)


def test_the_next_step_leads_on_when_all_is_drafted(app: AppTest, live: Workspace) -> None:
    """First what is to do, then what waits to be synced."""
    rows, validity = live.term.rows(), live.term.latest().validity
    free = rows.loc[rows["status"].eq("Unassociated")]
    keys = zip(free["group_id"].tolist(), free["section_id"].tolist(), free["class_id"], strict=True)
    assert "are to do." in words(app.run())
    edit_now(live, {(group, section): next(iter(validity.options(class_id))) for group, section, class_id in keys})
    app.run()
    assert f"Nothing is to do; **{len(free):,} drafts** wait to be synced." in words(app)
