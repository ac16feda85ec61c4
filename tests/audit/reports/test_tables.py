"""The reports as frames: what each counts, and columns that stay."""

from __future__ import annotations

import asyncio

import pandas as pd
import pytest

from gpb.audit.reports.registry import AUDIT_REPORTS, REPORTS
from gpb.audit.reports.tables import audit_tables, by_school, by_teacher, changes_of_a_run, unassociated_sections
from gpb.frames.overlay import with_drafts
from gpb.workspace import Workspace
from tests.audit.reports.builders import NO_DRAFTS, all_findings, all_rows, district, found_with
from tests.builders import FIRST, HOMEWORK, SECOND, assignments, group, mapped, section, snapshot
from tests.conftest import edit_now


@pytest.mark.parametrize("name", AUDIT_REPORTS)
def test_a_report_has_its_columns_with_and_without_rows(name: str) -> None:
    """Scripts find what the README promises, in a week without findings too."""
    full = audit_tables(all_rows(), all_findings(), district().facts)[name]
    empty = audit_tables(all_rows().head(0), all_findings().head(0), district().facts)[name]
    assert list(full.columns) == list(empty.columns) == list(REPORTS[name].columns)
    assert len(full) > 0
    assert len(empty) == 0


def test_unassociated_sections_come_by_weight_with_the_name_that_decides() -> None:
    """Nothing but the status Unassociated, drafts left aside."""
    groups = [
        group(1, "few", counts=assignments(1)),
        group(2, "Tests", counts=assignments(9)),
        group(3, "done", mapped(class_1=HOMEWORK, class_2=HOMEWORK)),
    ]
    rows = with_drafts(snapshot(groups).associations(), NO_DRAFTS)
    table = unassociated_sections(rows, district().facts)
    assert table[["assignments", "group", "section_id"]].values.tolist() == [
        [9, "Tests", 1], [9, "Tests", 2], [1, "few", 1], [1, "few", 2],
    ]  # fmt: skip
    assert table["name_match"].fillna("").tolist() == ["Tests", "Tests", "", ""]


def test_a_school_counts_rows_assignments_and_findings() -> None:
    """Accepted findings are counted apart; a school that has only findings is listed too."""
    others = found_with(accepted=2).assign(school=lambda found: found["school"].mask(found.index == 5, "Annex"))
    line = by_school(all_rows(), others).set_index("school").loc["North High"].to_dict()
    statuses = all_rows()["status"].value_counts()
    assert line["rows"] == len(all_rows())
    assert line["unassociated"] == statuses["Unassociated"]
    assert line["no_sis_class"] == statuses["No SIS class"]
    assert line["associated_share"] == statuses["Synchronized"] / len(all_rows())
    assert (line["assignments"], line["assignments_delivered"]) == (3 * len(all_rows()), 3)
    assert line["score"] == 100 * 3 // (3 * len(all_rows()))
    assert line["accepted"] == 2
    assert sum(line[name] for name in ("findings_lost", "findings_at_risk", "findings_note")) == len(others) - 3
    annex = by_school(all_rows(), others).set_index("school").loc["Annex"].to_dict()
    assert (annex["rows"], annex["findings_lost"], annex["accepted"]) == (0, 1, 0)
    assert pd.isna(annex["score"])


def test_a_teacher_has_the_assignments_of_a_group_counted_once_per_section() -> None:
    """As everywhere: in each section in which they are not passed back."""
    groups = [group(1, "a"), group(2, "b", mapped(class_1="gone")), group(3, "c", mapped(class_1=HOMEWORK))]
    found = snapshot(groups, sections=[section(1, FIRST), section(2, SECOND)])
    table = by_teacher(with_drafts(found.associations(), NO_DRAFTS))
    assert table.to_dict("records") == [
        {
            "school": "North High", "teacher": "Zoë Núñez", "courses": 1, "rows": 6, "unassociated": 4, "broken": 1,
            "to_do": 4, "drafted": 0, "not_passed_back": 5, "assignments_not_passed_back": 15,
        }
    ]  # fmt: skip


def test_findings_keep_their_order_and_their_days_are_days() -> None:
    """The audit has sorted them."""
    table = audit_tables(all_rows(), all_findings(), district().facts)["findings"]
    assert table["key"].tolist() == all_findings()["key"].tolist()
    assert table["accepted_until"].head(2).tolist() == [pd.Timestamp("2026-12-31"), pd.NaT]


def test_the_changes_of_a_run_say_who_when_and_how_each_row_ended(pulled: Workspace) -> None:
    """From the journal of a real run."""
    rows = pulled.term.rows()
    free = rows.loc[rows["status"].eq("Unassociated")].drop_duplicates("group_id").head(2)
    options = pulled.term.latest().validity.options
    keys = zip(free["group_id"], free["section_id"], free["class_id"], strict=True)
    choices = {(int(g), int(s)): next(iter(options(c))) for g, s, c in keys}
    edit_now(pulled, choices, person="ann", label="test")
    run_id = asyncio.run(pulled.door.begin(pulled.plan(), (), "ann"))
    asyncio.run(pulled.runs.perform(run_id))
    record = pulled._journal.run(run_id)
    table = changes_of_a_run(record, pulled.runs.outcomes(record), rows)
    assert list(table.columns) == list(REPORTS["changes_of_a_run"].columns)
    assert {*zip(table["group_id"], table["section_id"], strict=True)} == set(choices)
    assert set(table["sis_section_id"]) == set(free["sis_section_id"])
    assert table[["run", "person", "outcome", "before"]].drop_duplicates().values.tolist() == [
        [run_id, "ann", "confirmed", "Unassociated"]
    ]
    assert table["started"].dt.strftime("%Y-%m-%dT%H:%M").unique().tolist() == [record.started_at[:16]]


def test_the_district_of_these_tests_has_all_that_reports_tell_apart() -> None:
    """Else the tests above would say little."""
    assert {"Synchronized", "Unassociated", "Broken", "No SIS class"} == set(district().associations()["status"])
    assert set(all_findings()["severity"]) == {"lost", "at risk", "note"}
