"""A run against a Canvas and a Focus that behave like the real ones."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from gpb.errors import RunInProgress, SettingsError
from gpb.keys import keys
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import edit_now, look, tell
from tests.sync.conftest import apply, choose_first, free_rows, with_settings
from tests.variants import first_quick


def changed_groups(before: dict[str, Any], after: dict[str, Any]) -> set[int]:
    """Ids of the groups whose stored data differ."""
    return {int(group) for group, data in after["groups"].items() if data != before["groups"][group]}


def mapping(state: dict[str, Any], group_id: int) -> dict[str, Any]:
    """The category mapping that the sandbox stores."""
    return dict(state["groups"][str(group_id)].get("sistemic", {}).get("categoryMapping", {}))


def reasons(workspace: Workspace, run_id: str) -> dict[str, str]:
    """Reason by outcome."""
    rows = workspace.runs.outcomes(workspace._journal.run(run_id))
    return dict(zip(rows["outcome"], rows["reason"], strict=True))


def test_a_run_stores_exactly_what_was_drafted(box: Running, pulled: Workspace) -> None:
    """The drafted sections bear their category, every other key and group is as it was."""
    rows = free_rows(pulled, 5)
    before, choices = look(box, "state"), choose_first(pulled, rows)
    summary = apply(pulled)
    after = look(box, "state")
    assert (summary["planned"], summary["confirmed"]) == (5, 5)
    assert changed_groups(before, after) == {group for group, _ in choices}
    for (group_id, section_id), sis_section_id in zip(keys(rows), rows["sis_section_id"], strict=True):
        stored = mapping(after, group_id)
        assert stored.pop(sis_section_id)["categoryId"] == choices[group_id, section_id]
        assert stored == mapping(before, group_id)
        rest = {key: value for key, value in after["groups"][str(group_id)].items() if key != "sistemic"}
        assert rest == {k: v for k, v in before["groups"][str(group_id)].items() if k != "sistemic"}


def test_one_put_per_group_whatever_the_number_of_its_sections(box: Running, pulled: Workspace) -> None:
    """Sections of a group travel together."""
    rows = pulled.term.rows()
    open_rows = rows.loc[rows["status"].eq("Unassociated")]
    most = open_rows["group_id"].mode().iloc[0]
    group = open_rows.loc[open_rows["group_id"].eq(most)]
    assert len(group) > 1
    choose_first(pulled, group)
    apply(pulled)
    writes = [seen["path"].split("?")[0] for seen in look(box, "requests") if seen["method"] == "PUT"]
    assert [path.rsplit("/", 1)[1] for path in writes] == [str(most)]


def test_after_a_run_the_snapshot_and_the_drafts_are_up_to_date(pulled: Workspace) -> None:
    """No refresh is needed to see Synchronized, and the next plan is empty."""
    chosen, read = choose_first(pulled, free_rows(pulled, 3)), pulled.term.latest().facts.taken_at
    apply(pulled)
    assert pulled.term.latest().facts.taken_at == read  # only the written groups are newer
    rows = pulled.term.rows().set_index(["group_id", "section_id"])
    assert rows["status"].loc[list(chosen)].tolist() == ["Synchronized"] * 3
    assert pulled.plan().changes == ()
    assert pulled.term.drafts().frame().empty


def test_the_updated_snapshot_equals_a_fresh_pull(pulled: Workspace) -> None:
    """What was echoed is what Canvas would say when asked again."""
    choose_first(pulled, free_rows(pulled, 3))
    apply(pulled)
    echoed = pulled.term.latest().associations()
    asyncio.run(pulled.term.pull())
    assert echoed.to_dict("list").__repr__() == pulled.term.latest().associations().to_dict("list").__repr__()


def test_a_draft_made_while_the_run_writes_its_row_is_kept_for_a_decision(pulled: Workspace) -> None:
    """It waits as moved in Canvas: neither lost nor written unasked."""
    key, chosen = next(iter(choose_first(pulled, free_rows(pulled, 1)).items()))
    run_id = asyncio.run(pulled.door.begin(pulled.plan(), (), "ann"))
    class_id = pulled.term.rows().set_index(["group_id", "section_id"]).loc[key, "class_id"]
    newer = next(name for name in pulled.term.latest().validity.options(class_id) if name != chosen)
    edit_now(pulled, {key: newer}, person="bob", label="meanwhile")
    asyncio.run(pulled.runs.perform(run_id))
    row = pulled.term.rows().set_index(["group_id", "section_id"]).loc[[key]].iloc[0]
    assert (row["stored_category_id"], row["category_id"], bool(row["moved"])) == (chosen, newer, True)
    assert pulled.plan().changes == ()


def test_what_is_there_already_is_unchanged_and_not_written(box: Running, pulled: Workspace) -> None:
    """Replaying a finished plan sends no write."""
    choose_first(pulled, free_rows(pulled, 2))
    plan = pulled.plan()
    apply(pulled)
    writes = sum(seen["method"] == "PUT" for seen in look(box, "requests"))
    summary = asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.begin(plan, (), "ann"))))
    assert summary["unchanged"] == 2
    assert sum(seen["method"] == "PUT" for seen in look(box, "requests")) == writes


def test_somebody_elses_edit_is_a_conflict_and_is_not_overwritten(box: Running, pulled: Workspace) -> None:
    """The row says what was planned from, what is there now, and what was wanted; the draft stays."""
    rows = free_rows(pulled, 2)
    choose_first(pulled, rows)
    first = rows.iloc[0]
    theirs = {"sistemic": {"categoryMapping": {first["sis_section_id"]: {"categoryId": "theirs"}}}, "other": 1}
    tell(box, f"integration_data/{first['group_id']}", theirs)
    summary = apply(pulled)
    assert (summary["confirmed"], summary["conflict"]) == (1, 1)
    assert "it was Unassociated when you reviewed and is theirs now" in reasons(pulled, summary["run"])["conflict"]
    assert look(box, "state")["groups"][str(first["group_id"])] == theirs
    assert pulled.term.rows().query("moved")["group_id"].tolist() == [first["group_id"]]
    assert pulled.plan().changes == ()


def test_another_key_written_meanwhile_survives(box: Running, pulled: Workspace) -> None:
    """Only the section's own entry is ours."""
    rows = free_rows(pulled, 1)
    choose_first(pulled, rows)
    group = int(rows.iloc[0]["group_id"])
    stored = look(box, "state")["groups"][str(group)]
    tell(box, f"integration_data/{group}", {**stored, "vendor": {"since": "today"}})
    apply(pulled)
    assert look(box, "state")["groups"][str(group)]["vendor"] == {"since": "today"}


def test_a_category_that_went_meanwhile_is_rejected(box: Running, pulled: Workspace) -> None:
    """Focus is asked again before the first write."""
    rows = free_rows(pulled, 1)
    choices = choose_first(pulled, rows)
    box.world.delete_category(next(iter(choices.values())))
    before = look(box, "state")["groups"]
    summary = apply(pulled)
    assert summary["rejected"] == 1
    assert "no longer valid for this section" in reasons(pulled, summary["run"])["rejected"]
    assert look(box, "state")["groups"] == before


def test_a_deleted_group_is_rejected_and_the_others_go_on(box: Running, pulled: Workspace) -> None:
    """One missing thing concerns one row."""
    rows = free_rows(pulled, 3)
    choose_first(pulled, rows)
    box.world.delete_group(int(rows.iloc[0]["group_id"]))
    summary = apply(pulled)
    assert (summary["confirmed"], summary["rejected"]) == (2, 1)


def test_a_lost_reply_is_confirmed_by_reading_again(box: Running, pulled: Workspace) -> None:
    """The write was applied, the reply never came: exactly one effect, one outcome."""
    choose_first(pulled, free_rows(pulled, 3))
    tell(box, "faults", {"lost-reply": 1.0})
    summary = apply(pulled)
    assert summary["confirmed"] == 3
    assert sum(seen["method"] == "PUT" for seen in look(box, "requests")) == 3


def test_a_server_that_stays_down_stops_the_run_and_resume_finishes_it(box: Running, pulled: Workspace) -> None:
    """Nothing is given up and nothing is repeated blindly."""
    choose_first(pulled, free_rows(pulled, 4))
    tell(box, "faults", {"503": 1.0})
    stopped = apply(pulled)
    assert stopped["not_attempted"] == 4
    assert "Try again" in stopped["reason"]
    tell(box, "faults", {"503": 0.0})
    run_id = asyncio.run(pulled.door.resume(pulled.runs.unfinished()[0].run_id, (), "bob"))
    summary = asyncio.run(pulled.runs.perform(run_id))
    assert (summary["confirmed"], summary["not_attempted"], pulled.runs.unfinished()) == (4, 0, [])


def test_a_token_that_expires_stops_the_run_at_once(box: Running, pulled: Workspace) -> None:
    """The rest stays planned; the sentence says what to do."""
    choose_first(pulled, free_rows(pulled, 4))
    tell(box, "faults", {"expired-token": 1.0})
    summary = apply(pulled)
    assert summary["not_attempted"] == 4
    assert summary["reason"] in (  # both are asked at once
        "Focus does not accept the token that it just issued. Check GPB_SIS_URL, GPB_SIS_CLIENT_ID and "
        "GPB_SIS_CLIENT_SECRET.",
        "Canvas does not accept the token. Create a new one in Canvas and set GPB_CANVAS_TOKEN.",
    )
    assert set(pulled._journal.open_operations(summary["run"]).values()) == {"planned"}


def test_a_token_without_the_right_to_write_stops_the_run(box: Running, pulled: Workspace) -> None:
    """The first refusal is enough; nothing is left intended."""
    readers = [t for t in look(box, "tokens") if t["system"] == "canvas" and not t["expired"]]
    reader = next(t for t in readers if not any("assignment" in right or "edit" in right for right in t["rights"]))
    choose_first(pulled, free_rows(pulled, 3))
    summary = apply(with_settings(pulled, canvas_token=SecretStr(reader["token"])))
    assert summary["not_attempted"] == 3
    assert set(pulled._journal.open_operations(summary["run"]).values()) == {"planned"}


def test_cancel_stops_after_what_is_in_flight(pulled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks, in whatever process; what was not begun can be resumed."""
    monkeypatch.setattr("gpb.sync.run.CANCEL_POLL", 0.0)
    choose_first(pulled, free_rows(pulled, 30))
    run_id = asyncio.run(pulled.door.begin(pulled.plan(), (), "ann"))
    other = Workspace(pulled.settings)
    summary = asyncio.run(pulled.runs.perform(run_id, lambda *_: other._journal.cancel(run_id, "bob")))
    assert summary["confirmed"] >= 1
    assert summary["not_attempted"] >= 1
    assert summary["reason"] == "bob canceled the run. Press Resume to continue."
    again = asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.resume(run_id, (), "ann"))))
    assert (again["not_attempted"], "reason" in again) == (0, False)


def test_a_run_that_cannot_even_begin_gives_the_term_back(pulled: Workspace) -> None:
    """Otherwise the term would stay taken as long as this process lives."""
    choose_first(pulled, free_rows(pulled, 1))
    run_id = asyncio.run(pulled.door.begin(pulled.plan(), (), "ann"))
    with pytest.raises(SettingsError, match="GPB_SIS_URL"):
        asyncio.run(with_settings(pulled, sis_url="").runs.perform(run_id))
    assert asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.resume(run_id, (), "ann"))))["confirmed"] == 1


def test_a_second_run_waits_for_the_first(pulled: Workspace) -> None:
    """Two at once would overwrite each other."""
    choose_first(pulled, free_rows(pulled, 1))
    asyncio.run(pulled.door.begin(pulled.plan(), (), "ann"))
    with pytest.raises(RunInProgress, match="ann has been syncing"):
        asyncio.run(pulled.door.begin(pulled.plan(), (), "bob"))


@pytest.mark.parametrize("fault", first_quick(["500", "reset", "503", "cut", "html200", "lost-reply", "throttle"]))
def test_a_shaky_server_costs_time_but_no_row(box: Running, pulled: Workspace, fault: str) -> None:
    """A tenth of all requests failing leaves every row confirmed, and nothing else moved."""
    rows = free_rows(pulled, 12)
    before, choices = look(box, "state"), choose_first(pulled, rows)
    tell(box, "faults", {fault: 0.1})
    summary = apply(pulled)
    tell(box, "faults", {fault: 0.0})
    assert summary["confirmed"] == len(choices)
    assert changed_groups(before, look(box, "state")) == {group for group, _ in choices}


def test_a_row_whose_section_left_the_course_is_rejected(box: Running, pulled: Workspace) -> None:
    """The others of its group go on; nothing is written for a section that is elsewhere now."""
    rows = free_rows(pulled, 3)
    choose_first(pulled, rows)
    gone = int(rows.iloc[0]["section_id"])
    concerned = int(rows["section_id"].eq(gone).sum())
    box.world.delete_section(gone)
    summary = apply(pulled)
    assert (summary["confirmed"], summary["rejected"]) == (3 - concerned, concerned)
    assert "no longer in this course" in reasons(pulled, summary["run"])["rejected"]


@pytest.mark.parametrize("stored", [False, True])
def test_a_section_that_was_given_anothers_sis_id_is_rejected(box: Running, pulled: Workspace, stored: bool) -> None:
    """Canvas keeps associations by SIS ID: the write would be for the other section, and so is what is there."""
    rows = pulled.term.rows()
    row = free_rows(pulled, 1).iloc[0]
    (wanted,) = choose_first(pulled, free_rows(pulled, 1)).values()
    other = rows.loc[rows["course_id"].eq(row["course_id"]) & rows["section_id"].ne(row["section_id"])].iloc[0]
    sections = box.world.sections
    sections[row["section_id"]].sis_section_id = other["sis_section_id"]
    sections[other["section_id"]].sis_section_id = row["sis_section_id"]
    if stored:
        mapping = {str(row["sis_section_id"]): {"categoryId": wanted, "categoryTitle": "?", "mappedBy": "teacher"}}
        tell(box, f"integration_data/{row['group_id']}", {"sistemic": {"categoryMapping": mapping}})
    before = look(box, "state")["groups"]
    summary = apply(pulled)
    assert summary["rejected"] == 1
    assert "another SIS ID" in reasons(pulled, summary["run"])["rejected"]
    assert look(box, "state")["groups"] == before
    assert len(pulled.term.drafts().frame()) == 1


def test_a_renamed_category_is_asked_about_once(box: Running, pulled: Workspace) -> None:
    """It may mean something else now; after a new pull the same draft is written."""
    choices = choose_first(pulled, free_rows(pulled, 1))
    category = box.world.categories[next(iter(choices.values()))]
    category.title = "Something else"
    summary = apply(pulled)
    assert "is now called “Something else”" in reasons(pulled, summary["run"])["rejected"]
    asyncio.run(pulled.term.pull())
    assert apply(pulled)["confirmed"] == 1


def test_writes_that_always_fail_stop_the_run_within_the_budget(box: Running, pulled: Workspace) -> None:
    """Reads go through: without a shared budget every group would be tried four times."""
    choose_first(pulled, free_rows(pulled, 12))
    tell(box, "script", [{"fault": "503", "method": "PUT"}])
    summary = apply(pulled)
    assert "Try again" in summary["reason"]
    assert sum(seen["method"] == "PUT" for seen in look(box, "requests")) <= 12 + 5
