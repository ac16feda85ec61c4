"""What the workspace can tell of several pulls and runs: changes outside, new sections, the line over time."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import update

from gpb.sandbox import Running
from gpb.store.database import runs
from gpb.workspace import Workspace
from tests.conftest import edit_now, tell
from tests.sync.conftest import apply, choose_first, free_rows

NEXT_WEEK = date.today() + timedelta(days=7)


def keys(workspace: Workspace, kind: str) -> list[str]:
    """The keys of a kind of finding in the newest snapshot."""
    return sorted(workspace.audit.findings().query("finding == @kind")["key"])


def one_row(workspace: Workspace) -> pd.Series[Any]:
    """A row that is Synchronized, alone of its group in what is stored."""
    rows = workspace.term.rows()
    stored = rows["stored_reference"].notna().groupby(rows["group_id"]).transform("sum")
    return rows.loc[rows["status"].eq("Synchronized") & stored.eq(1)].iloc[0]


def empty_out(box: Running, workspace: Workspace) -> pd.Series[Any]:
    """Somebody takes the one association of a group away in Canvas; its row."""
    row = one_row(workspace)
    tell(box, f"integration_data/{row['group_id']}", {})
    return row


def key_of(row: pd.Series[Any]) -> tuple[int, int]:
    """(group id, section id)."""
    return int(row["group_id"]), int(row["section_id"])


def run(workspace: Workspace, row: pd.Series[Any], choice: str | None) -> None:
    """A run of ours that writes this choice for the row."""
    assert edit_now(workspace, {key_of(row): choice}).refused == ()
    assert apply(workspace)["confirmed"] == 1


def end_runs(workspace: Workspace, moment: datetime) -> None:
    """Let all runs have ended at a moment."""
    with workspace._database.write() as connection:
        connection.execute(update(runs).values(ended_at=moment.isoformat(timespec="seconds")))


def test_just_the_row_that_somebody_changed_in_canvas_is_named(box: Running, pulled: Workspace) -> None:
    """It is named until the next pull, by which it is as before."""
    assert keys(pulled, "changed_outside") == []
    row = empty_out(box, pulled)
    asyncio.run(pulled.term.pull())
    assert keys(pulled, "changed_outside") == [f"changed_outside:{row['group_id']}:{row['section_id']}"]
    asyncio.run(pulled.term.pull())
    assert keys(pulled, "changed_outside") == []


def test_what_a_run_of_ours_wrote_is_not_named(box: Running, pulled: Workspace) -> None:
    """Neither before nor after the pull that follows, and beside it a change by somebody else still is."""
    row = empty_out(box, pulled)
    chosen = free_rows(pulled, 4)
    choose_first(pulled, chosen.loc[chosen["group_id"].ne(row["group_id"])])
    assert apply(pulled)["confirmed"] >= 3
    assert keys(pulled, "changed_outside") == []
    asyncio.run(pulled.term.pull())
    assert keys(pulled, "changed_outside") == [f"changed_outside:{row['group_id']}:{row['section_id']}"]


@pytest.mark.slow
def test_what_a_run_took_away_is_not_named(pulled: Workspace) -> None:
    """Canvas stores nothing there, and we wanted that."""
    row = one_row(pulled)
    run(pulled, row, None)
    asyncio.run(pulled.term.pull())
    assert pulled.term.rows().set_index(["group_id", "section_id"]).loc[key_of(row), "status"] == "Unassociated"
    assert keys(pulled, "changed_outside") == []


@pytest.mark.slow
def test_a_run_that_ended_in_the_second_of_the_pull_is_not_forgotten(pulled: Workspace) -> None:
    """The end of a run is stored in whole seconds, that of a pull in parts of them."""
    read_at = pulled.term.latest().facts.taken_at
    run(pulled, one_row(pulled), None)
    end_runs(pulled, read_at)
    asyncio.run(pulled.term.pull())
    assert keys(pulled, "changed_outside") == []


@pytest.mark.slow
def test_a_section_that_appeared_is_new_once(box: Running, pulled: Workspace) -> None:
    """With all its assignments; at the next pull it is as the others."""
    rows = pulled.term.rows()
    course_id = int(rows.loc[rows["status"].eq("Synchronized"), "course_id"].iloc[0])
    known = set(rows["section_id"])
    tell(box, "sections", {"course_id": course_id})
    asyncio.run(pulled.term.pull())
    rows = pulled.term.rows()
    (section_id,) = set(rows["section_id"]) - known
    assert keys(pulled, "new_section") == [f"new_section:{section_id}"]
    (line,) = pulled.audit.findings().query("finding == 'new_section'").to_dict("records")
    weight = int(rows.loc[rows["section_id"].eq(section_id), "assignments"].sum())
    assert (line["course_id"], line["section_id"], line["assignments"]) == (course_id, section_id, weight)
    asyncio.run(pulled.term.pull())
    assert keys(pulled, "new_section") == []


def test_the_line_over_time_has_a_point_for_each_pull_and_each_run(pulled: Workspace) -> None:
    """The score rises by what the run associated, without another pull."""
    first = pulled.audit.trend()
    rows = pulled.term.rows()
    free = rows.loc[rows["status"].eq("Unassociated") & rows["assignments"].gt(0)].drop_duplicates("group_id").head(3)
    choose_first(pulled, free)
    apply(pulled)
    second = pulled.audit.trend()
    asyncio.run(pulled.term.pull())
    third = pulled.audit.trend()
    assert [len(table) for table in (first, second, third)] == [1, 2, 3]
    assert third["read_at"].is_monotonic_increasing
    delivered, synchronized = third["assignments_delivered"].tolist(), third["Synchronized"].tolist()
    assert delivered[1] - delivered[0] == free["assignments"].sum()
    assert synchronized[1] - synchronized[0] == 3
    assert (delivered[1], synchronized[1]) == (delivered[2], synchronized[2])
    status = pulled.term.rows()["status"]
    assert third.iloc[-1]["rows"] == len(status)
    assert synchronized[-1] == status.eq("Synchronized").sum()


def test_an_exception_marks_its_finding_and_changes_nothing_else(pulled: Workspace) -> None:
    """Nothing is hidden and no score is better for it; withdrawn, all is as it was."""
    before, trend = pulled.audit.findings(), pulled.audit.trend()
    accepted = before["key"].head(5).tolist()
    pulled.audit.acceptances().accept(accepted, reason="Agreed.", person="ann", until=NEXT_WEEK)
    after = pulled.audit.findings()
    overlay = ["accepted_until", "accepted_by", "accepted_reason"]
    pd.testing.assert_frame_equal(after.drop(columns=overlay), before.drop(columns=overlay))
    assert after.loc[after["accepted_until"].notna(), "key"].tolist() == accepted
    assert after.head(5)[overlay].drop_duplicates().to_numpy().tolist() == [[NEXT_WEEK.isoformat(), "ann", "Agreed."]]
    pd.testing.assert_frame_equal(pulled.audit.trend(), trend)
    pulled.audit.acceptances().withdraw(accepted)
    pd.testing.assert_frame_equal(pulled.audit.findings(), before)


@pytest.mark.slow
def test_an_exception_stays_over_the_next_pull(pulled: Workspace) -> None:
    """The finding is the same one there."""
    key = pulled.audit.findings()["key"].iloc[0]
    pulled.audit.acceptances().accept([key], reason="Agreed.", person="ann", until=NEXT_WEEK)
    asyncio.run(pulled.term.pull())
    found = pulled.audit.findings()
    assert found.loc[found["accepted_until"].notna(), "key"].tolist() == [key]


def test_new_is_what_the_audit_before_did_not_find(box: Running, pulled: Workspace) -> None:
    """Nothing at the first audit; a pull that nobody audited does not make anything old."""
    assert pulled.audit.findings()["is_new"].sum() == 0
    pulled.audit.marks().mark(pulled.term.latest().id)
    assert pulled.audit.findings()["is_new"].sum() == 0
    row = empty_out(box, pulled)
    asyncio.run(pulled.term.pull())
    new = pulled.audit.findings().query("is_new")["key"]
    place = f"{row['group_id']}:{row['section_id']}"
    assert f"changed_outside:{place}" in set(new)
    assert all(str(row["group_id"]) in key.split(":") for key in new)
    of_state = {key for key in new if not key.startswith("changed_outside")}
    assert any(key.endswith(place) for key in of_state)
    asyncio.run(pulled.term.pull())
    assert set(pulled.audit.findings().query("is_new")["key"]) == of_state
    pulled.audit.marks().mark(pulled.term.latest().id)
    asyncio.run(pulled.term.pull())
    assert pulled.audit.findings()["is_new"].sum() == 0


def test_every_finding_leads_to_the_dashboard_of_its_term(pulled: Workspace) -> None:
    """With the term that was read, below the address of the settings."""
    start = f"{pulled.settings.dashboard_url}/audit?term={pulled.term.latest().facts.term_id}&"
    assert pulled.audit.findings()["dashboard_link"].str.startswith(start).all()
