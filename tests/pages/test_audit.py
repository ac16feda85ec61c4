"""The Audit page in AppTest: what is wrong, where, why, and what can be done about it."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from gpb.audit.reports.result import AuditResult
from gpb.audit.tonight.sections import fix_first
from gpb.ui.audit.filters import AuditFilters
from gpb.ui.audit.page import LISTED as FINDINGS
from gpb.ui.audit.sections import LISTED
from gpb.ui.text import fingerprint
from gpb.workspace import Workspace
from tests.pages.conftest import opened, run_until, unescaped, words
from tests.variants import first_quick


def shown(app: AppTest) -> list[str]:
    """The sentences in the list of findings."""
    tables = [table.value for table in app.dataframe]
    return next(table["sentence"].tolist() for table in tables if "sentence" in table)


def lines(app: AppTest, where: str) -> list[int]:
    """The sections that are listed, ``first`` or in the ``list``, as they stand."""
    keys = [str(button.key).split("_") for button in app.button if str(button.key).startswith("audit_why_")]
    return [int(section) for _, _, place, section in keys if place == where]


def links(app: AppTest, label: str) -> list[str]:
    """The addresses of the links with this label, as they stand."""
    found = [link.proto.query_string for link in app.get("page_link") if label in link.proto.label]
    return [link.rpartition("&term=")[0] for link in found]


def test_the_page_lists_the_sections_that_lose_grades_tonight(app: AppTest, live: Workspace) -> None:
    """The worst first, each with the rows that it opens on Associate; what to fix first is of different courses."""
    opened(app, "audit")
    losing = live.audit.losing()
    assert losing is not None
    first = fix_first(losing, live.audit.findings())
    assert lines(app, "first") == first["section_id"].tolist()
    assert first["course_id"].is_unique
    assert lines(app, "list") == losing["section_id"].head(LISTED).tolist()
    fixes = links(app, "Fix")[len(first) :]
    assert fixes == [f"section={section}&figure=not_passed_back" for section in losing["section_id"].head(LISTED)]
    assert f"audit?section={losing['section_id'].iloc[0]}" in [code.value for code in app.code][len(first)]
    assert app.metric[0].label == "Score"
    assert app.metric[0].value.endswith(" of 100")


@pytest.mark.slow
def test_the_sections_are_those_of_whatever_is_filtered(app: AppTest, live: Workspace) -> None:
    """A school, who can fix it, a kind of finding: no teacher or course has to be chosen on the way."""
    losing = live.audit.losing()
    assert losing is not None
    school = losing["school"].iloc[-1]
    app.query_params["school"] = school
    opened(app, "audit")
    here = losing.loc[losing["school"].eq(school)]
    assert lines(app, "list") == here["section_id"].head(LISTED).tolist()
    assert lines(app, "first") == []
    assert links(app, "Show") == [f"school={school.replace(' ', '+')}&figure=not_passed_back"]
    app.selectbox(key="audit_who").select("teacher").run()
    assert lines(app, "list") == here.loc[here["who"].eq("teacher"), "section_id"].head(LISTED).tolist()
    assert links(app, "Show") == []
    app.selectbox(key="audit_who").select(None).run()
    app.selectbox(key="audit_finding").select("no_categories").run()
    told = live.audit.findings().query("finding == 'no_categories' and school == @school")["section_id"]
    assert lines(app, "list") == here.loc[here["section_id"].isin(told), "section_id"].head(LISTED).tolist()


def test_a_section_of_the_list_opens_its_reasons(app: AppTest, live: Workspace) -> None:
    """Its name is the way; the rows that it then offers to fix are the same."""
    opened(app, "audit")
    section = lines(app, "list")[0]
    app.button(key=f"audit_why_list_{section}").click().run()
    assert "Why will" in "\n".join(part.value for part in app.header)
    assert links(app, "Fix") == [f"section={section}&figure=not_passed_back"]


@pytest.mark.slow
def test_a_kind_of_finding_is_a_line_that_opens_its_findings(app: AppTest, live: Workspace) -> None:
    """By kind and weight; a tick shows that kind alone."""
    opened(app, "audit")
    kinds = AuditResult.kinds(live.audit.findings())
    app.session_state[f"audit_kinds_{fingerprint(kinds)}"] = {"selection": {"rows": [1], "columns": [], "cells": []}}
    app.run()
    title, severity = kinds["title"].iloc[1], str(kinds["severity"].iloc[1])
    found = live.audit.findings()
    expected = found.loc[found["title"].eq(title) & found["severity"].eq(severity)]
    assert shown(app) == expected["sentence"].head(1_000).tolist()


def test_every_number_opens_its_findings(app: AppTest, live: Workspace) -> None:
    """The button below a number filters by its severity, and the address says so."""
    opened(app, "audit")
    app.button(key="audit_open_Lost").click().run()
    lost = live.audit.findings().query("severity == 'lost'")
    assert shown(app) == lost["sentence"].tolist()
    assert (app.query_params["severity"], app.query_params["state"]) == ("lost", "open")


def test_the_facets_narrow_and_lead_down(app: AppTest, live: Workspace) -> None:
    """A school, then a course, then a section: the place in the address grows, and with it the panel appears."""
    found = live.audit.findings().dropna(subset=["section_id"])
    line = found.iloc[0]
    opened(app, "audit")
    app.selectbox(key="audit_school").select(line["school"]).run()
    assert shown(app) == live.audit.findings().query("school == @line.school")["sentence"].tolist()
    app.selectbox(key="audit_course").select(int(line["course_id"])).run()
    app.selectbox(key="audit_section").select(int(line["section_id"])).run()
    assert app.query_params["section"] == str(line["section_id"])
    assert "Why will" in "\n".join(part.value for part in app.header)
    app.selectbox(key="audit_school").select(None).run()
    assert "section" not in app.query_params


def test_a_section_is_told_step_by_step(app: AppTest, live: Workspace) -> None:
    """What holds is said as well as what does not, with the sentence, the remedy and the person."""
    found = live.audit.findings()
    line = found.loc[found["finding"].eq("no_categories")].iloc[0]
    app.query_params["section"] = str(line["section_id"])
    opened(app, "audit")
    said = words(app)
    assert "**1. The course is published**: yes" in said
    assert "**3. The section has categories in Focus**: no" in said
    assert "SIS administrator" in said


def test_an_exception_needs_a_reason_and_stays_visible(app: AppTest, live: Workspace) -> None:
    """Without a reason nothing is stored; with one the findings count as accepted, and the score is the same."""
    app.query_params["finding"] = "course_unpublished"
    opened(app, "audit")
    score, number, through = app.metric[0].value, len(shown(app)), date.today() + timedelta(days=30)
    accept = f"Accept {number} finding{'s' if number > 1 else ''}"
    next(button for button in app.button if button.label == accept).click().run()
    assert "needs a reason" in app.error[0].value
    assert live.audit.acceptances().frame().empty
    app.text_input(key="exception_reason").set_value("agreed with the teacher")
    next(button for button in app.button if button.label == accept).click().run()
    stored = live.audit.acceptances().frame()
    assert stored["reason"].unique().tolist() == ["agreed with the teacher"]
    assert stored["until"].unique().tolist() == [through.isoformat()]
    assert app.metric[4].value == str(number)
    assert app.metric[0].value == score
    assert "agreed with the teacher" in str(app.dataframe[-1].value.to_dict())


def test_an_accepted_finding_can_be_opened_again(app: AppTest, live: Workspace) -> None:
    """It is open in the list, and the exception is kept for the record."""
    key = live.audit.findings()["key"].iloc[0]
    live.audit.acceptances().accept([key], reason="a test", person="ann", until=date.today() + timedelta(days=7))
    app.query_params["state"] = "accepted"
    opened(app, "audit")
    next(button for button in app.button if button.label == "Reopen 1 accepted finding").click().run()
    assert live.audit.acceptances().frame().empty


@pytest.mark.parametrize("name", first_quick(["course", "section", "severity", "state", "who", "finding"]))
def test_an_address_that_makes_no_sense_shows_everything(app: AppTest, live: Workspace, name: str) -> None:
    """What cannot be read is left out, without an error."""
    app.query_params[name] = "<script>"
    opened(app, "audit")
    assert shown(app) == live.audit.findings()["sentence"].head(1_000).tolist()


def test_filters_survive_the_address() -> None:
    """What is written is read again."""
    filters = AuditFilters("Señora & Söhne", "Zoë", 7, 8, "unassociated", "lost", "coordinator", "new")
    assert AuditFilters.from_url(filters.to_url()) == filters


def test_a_workbook_is_made_beside_the_page(app: AppTest, live: Workspace) -> None:
    """The button starts it; when it is done it can be downloaded."""
    opened(app, "audit")
    next(button for button in app.button if button.label == "Workbook").click().run()
    run_until(
        app, lambda: any("Download audit.xlsx" in unescaped(str(one.proto.label)) for one in app.get("download_button"))
    )


@pytest.mark.slow
def test_the_overview_has_a_line_over_time_after_the_second_reading(app: AppTest, live: Workspace) -> None:
    """Before that it says when there will be one."""

    def charts() -> int:
        return len(app.get("vega_lite_chart")) + len(app.get("arrow_vega_lite_chart"))

    assert "A line over time appears" in words(app.run())
    assert charts() == 0
    asyncio.run(live.term.pull())
    app.run()
    assert "A line over time appears" not in words(app)
    assert charts() == 3


def test_texts_that_come_again_in_the_list_travel_once(app: AppTest, live: Workspace) -> None:
    """All but numbers and links; as people read them they are what the findings say."""
    opened(app, "audit")
    listed = next(table.value for table in app.dataframe if "sentence" in table.value)
    assert set(listed.columns[listed.dtypes.eq("category")]) >= {"severity", "title", "sentence", "teacher", "remedy"}
    found = live.audit.findings().head(len(listed))
    assert listed["remedy"].tolist() == found["remedy"].tolist()


def test_a_tick_counts_only_for_the_rows_that_were_shown(app: AppTest, live: Workspace) -> None:
    """After another filter nothing is ticked: no other finding is accepted in its place."""
    opened(app, "audit")
    key = f"audit_list_0_{fingerprint(live.audit.findings().head(FINDINGS)['key'])}"
    app.session_state[key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    assert "1 ticked finding" in words(app)
    app.selectbox(key="audit_severity").select("note").run()
    assert "ticked finding" not in words(app)
