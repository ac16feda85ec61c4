"""Drawn before, clicked after: between the two the term was read anew by somebody else."""

from __future__ import annotations

import asyncio
import shutil
from typing import Any

import pandas as pd
import pytest

from gpb.keys import Key
from gpb.sandbox import Running
from gpb.workspace import Workspace
from tests.conftest import edit_now, tell
from tests.pages.conftest import drop_down
from tests.pages.tabs import Tab
from tests.sync.conftest import free_rows


@pytest.fixture
def tab(live: Workspace) -> Tab:
    """The Associate page, drawn from the first pull."""
    return Tab()


def label_for(live: Workspace, row: pd.Series[Any], number: int = 0) -> str:
    """A category that can be chosen in this row."""
    return list(live.term.latest().validity.labels(row["class_id"]))[number]


def key_of(row: pd.Series[Any]) -> Key:
    """(group id, section id)."""
    return int(row["group_id"]), int(row["section_id"])


def drafted(live: Workspace) -> dict[Key, str]:
    """Titles by row."""
    frame = live.term.drafts().frame()
    keys = zip(frame["group_id"].tolist(), frame["section_id"].tolist(), strict=True)
    return dict(zip(keys, frame["category"].tolist(), strict=True))


def associate_in_canvas(box: Running, row: pd.Series[Any], category: str) -> None:
    """A teacher does."""
    mapping = {str(row["sis_section_id"]): {"categoryId": category, "categoryTitle": "?", "mappedBy": "teacher"}}
    tell(box, f"integration_data/{row['group_id']}", {"sistemic": {"categoryMapping": mapping}})


def options(live: Workspace, row: pd.Series[Any]) -> list[str]:
    """Ids of the categories of a row's section."""
    return list(live.term.latest().validity.options(row["class_id"]))


def pull(live: Workspace) -> None:
    """From a shell, at night, in another tab: not in this one."""
    asyncio.run(live.term.pull())


def test_a_pick_is_for_the_row_that_was_shown(tab: Tab, live: Workspace, box: Running) -> None:
    """A section has appeared above it: the same position would be another row by now."""
    row = free_rows(live, 1000).iloc[-1]
    label = label_for(live, row)
    first = live.term.latest().associations().iloc[0]
    tell(box, "sections", {"course_id": int(first["course_id"])})
    pull(live)
    tab.pick(tab.keys.index(key_of(row)), label)
    assert drafted(live) == {key_of(row): label}


def test_a_pick_in_a_row_that_a_teacher_associated_waits_for_a_decision(
    tab: Tab, live: Workspace, box: Running
) -> None:
    """Its baseline is what was shown, so that no plan writes over what nobody here has seen."""
    row = free_rows(live, 1).iloc[0]
    mine, theirs = options(live, row)[:2]
    associate_in_canvas(box, row, theirs)
    pull(live)
    tab.pick(tab.keys.index(key_of(row)), label_for(live, row))
    assert live.term.drafts().frame()[["category_id", "baseline"]].fillna("").to_numpy().tolist() == [[mine, ""]]
    assert live.plan().changes == ()
    tab.go("review")
    assert "Changed in Canvas since you drafted" in tab.said


@pytest.mark.slow
def test_a_drop_down_by_course_is_for_what_it_showed(tab: Tab, live: Workspace, box: Running) -> None:
    """The same in the other view."""
    row = free_rows(live, 1).iloc[0]
    mine, theirs = options(live, row)[:2]
    tab.app.selectbox(key="filter_course").select(row["course_id"])
    tab.use()
    tab.choose("associate_view", "By course")
    tab.app.button(key=f"toggle_{row['group_id']}").click()
    tab.use()
    associate_in_canvas(box, row, theirs)
    pull(live)
    drop_down(tab.app, row).select(label_for(live, row))
    tab.use()
    assert live.term.drafts().frame()[["category_id", "baseline"]].fillna("").to_numpy().tolist() == [[mine, ""]]
    assert live.plan().changes == ()
    assert drop_down(tab.app, row).value == label_for(live, row)


@pytest.mark.slow
def test_a_bulk_edit_is_for_what_was_shown(tab: Tab, live: Workspace, box: Running) -> None:
    """Proposals for unassociated rows: one of them was associated meanwhile, and a new section is none of them."""
    found = live.deciding.proposals().query("tier == 'A'").rename(columns={"category_id": "proposed_id"})
    meant = live.term.rows().merge(found[["group_id", "section_id", "proposed_id"]], on=["group_id", "section_id"])
    tab.choose("bulk", "Accept proposals")
    row = next(row for _, row in meant.iterrows() if set(options(live, row)) - {row["proposed_id"]})
    theirs = next(one for one in options(live, row) if one != row["proposed_id"])
    associate_in_canvas(box, row, theirs)
    tell(box, "sections", {"course_id": int(row["course_id"])})
    pull(live)
    assert tab.press(f"Accept {len(meant)} proposal")
    assert drafted(live).keys() == {key_of(row) for _, row in meant.iterrows()}
    assert live.term.drafts().frame()["baseline"].isna().all()
    moved = live.term.rows().query("moved")
    assert key_of(row) in {key_of(one) for _, one in moved.iterrows()}
    assert {change.key for change in live.plan().changes} == drafted(live).keys() - {
        key_of(one) for _, one in moved.iterrows()
    }


@pytest.mark.slow
def test_a_bulk_edit_by_title_mends_rows_of_a_dead_category_of_that_title(live: Workspace, box: Running) -> None:
    """In August Canvas still names last year's category, and this year's has the same title."""
    row = live.term.rows().query("status == 'Synchronized'").iloc[0]
    uuid, title = row["stored_category_id"], row["stored_category"]
    stored = {"categoryId": "of-last-year", "categoryTitle": title, "mappedBy": "teacher"}
    mapping = {str(row["sis_section_id"]): stored}
    tell(box, f"integration_data/{row['group_id']}", {"sistemic": {"categoryMapping": mapping}})
    pull(live)
    tab = Tab()
    tab.choose("associate_figure", "broken")
    tab.choose("bulk", "Set a category")
    tab.app.selectbox(key="bulk_title").select(title)
    tab.use()
    assert not tab.press("Set for")  # it would replace an association
    tab.app.checkbox(key="bulk_all_associated").check()
    tab.use()
    assert tab.press("Set for")
    frame = live.term.drafts().frame().set_index(["group_id", "section_id"])
    draft = frame.loc[[key_of(row)]].iloc[0]
    assert (draft["category_id"], draft["baseline"]) == (uuid, "of-last-year")


@pytest.mark.slow
def test_a_title_means_what_it_meant_where_it_was_picked(tab: Tab, live: Workspace, box: Running) -> None:
    """The category was renamed, and another bears its name by now: the pick is of the one that was shown."""
    row = free_rows(live, 1).iloc[0]
    first, second = options(live, row)[:2]
    label = label_for(live, row)
    tell(box, f"categories/{first}", {"title": "What it is called now"})
    tell(box, f"categories/{second}", {"title": label})
    pull(live)
    tab.pick(tab.keys.index(key_of(row)), label)
    assert live.term.drafts().frame()["category_id"].tolist() == [first]


@pytest.mark.slow
def test_a_pick_in_a_row_that_is_gone_is_refused_by_name(tab: Tab, live: Workspace, box: Running) -> None:
    """Its section was taken out of Canvas."""
    row = free_rows(live, 1).iloc[0]
    label, position = label_for(live, row), tab.keys.index(key_of(row))
    tell(box, f"sections/{row['section_id']}", {"deleted": True})
    pull(live)
    tab.pick(position, label)
    assert drafted(live) == {}
    assert f"“{row['group']}” in {row['section']}" in tab.said
    assert "no longer in the term" in tab.said


@pytest.mark.slow
def test_a_pick_in_a_section_of_another_class_by_now_is_refused_by_name(
    tab: Tab, live: Workspace, box: Running
) -> None:
    """The SIS gave the section another class."""
    row = free_rows(live, 1).iloc[0]
    label, position = label_for(live, row), tab.keys.index(key_of(row))
    rows = live.term.rows()
    other = rows.loc[rows["course_id"].eq(row["course_id"]) & rows["class_id"].ne(row["class_id"])].iloc[0]
    sections = box.world.sections
    sections[row["section_id"]].sis_section_id = other["sis_section_id"]
    sections[other["section_id"]].sis_section_id = row["sis_section_id"]
    pull(live)
    tab.pick(position, label)
    assert drafted(live) == {}
    assert f"“{row['group']}” in {row['section']}" in tab.said
    assert "another class in Focus" in tab.said


@pytest.mark.slow
def test_what_was_shown_and_is_not_kept_any_more_changes_nothing(tab: Tab, live: Workspace) -> None:
    """One sentence asks to look again."""
    row = free_rows(live, 1).iloc[0]
    shown = live.term.latest_id()
    for _ in range(2):  # the dashboard keeps the newest in memory
        pull(live)
        Tab()
    shutil.rmtree(live.term.snapshots.told_path(str(shown)))
    tab.pick(tab.keys.index(key_of(row)), label_for(live, row))
    assert drafted(live) == {}
    (told,) = tab.app.error
    assert told.value.startswith("The data that this page showed is no longer available, so nothing was changed")


@pytest.mark.parametrize("button", ["Keep mine", "Take what Canvas has"])
@pytest.mark.slow
def test_a_decision_is_about_what_was_shown(tab: Tab, live: Workspace, box: Running, button: str) -> None:
    """A teacher changes the row once more between the page and the click: the draft waits on."""
    row = free_rows(live, 1).iloc[0]
    mine, theirs, later = [*options(live, row), "another"][:3]
    edit_now(live, {key_of(row): mine})
    associate_in_canvas(box, row, theirs)
    pull(live)
    tab.go("review")
    associate_in_canvas(box, row, later)
    pull(live)
    assert tab.press(button)
    assert live.plan().changes == ()
    assert "changed since you looked" in tab.said
    draft = live.term.drafts().frame()
    assert (draft["category_id"].tolist(), draft["baseline"].isna().tolist()) == ([mine], [True])
    assert tab.press("Keep mine")  # now of what is shown
    assert [change.before for change in live.plan().changes] == [later]


@pytest.mark.slow
def test_discarding_leaves_a_draft_of_somebody_else_alone(tab: Tab, live: Workspace) -> None:
    """It was drafted anew since the page showed it."""
    rows = free_rows(live, 2)
    choices = {key_of(row): options(live, row)[0] for _, row in rows.iterrows()}
    edit_now(live, choices)
    tab.choose("associate_figure", "drafted")
    tab.choose("bulk", "Discard drafts")
    tab.app.checkbox(key="bulk_all_drafted").check()  # they are ann's
    tab.use()
    key, row = key_of(rows.iloc[0]), rows.iloc[0]
    edit_now(live, {key: options(live, row)[1]}, person="bob")
    assert tab.press("Discard 2 drafts")
    assert list(drafted(live)) == [key]
    assert "1 draft was left unchanged" in tab.said


@pytest.mark.slow
def test_another_term_takes_no_edit_of_this_one(tab: Tab, live: Workspace) -> None:
    """The term is switched before the pick arrives, in the same message of the browser."""
    row = free_rows(live, 1).iloc[0]
    position, label = tab.keys.index(key_of(row)), label_for(live, row)
    terms = live.term.latest().tables["terms"]["term_id"].astype("str").tolist()
    other = next(term for term in terms if term != str(live.term.latest().facts.term_id))
    there = Workspace(live.settings.model_copy(update={"term": other}))
    asyncio.run(there.term.pull())
    tab.app.selectbox(key="term_choice").select(other)
    tab.pick(position, label)
    assert there.term.drafts().frame().empty
    assert drafted(live) in ({}, {key_of(row): label})
    assert drafted(live) or "Another term was opened" in tab.app.error[0].value
    there._database.close()


def test_undo_takes_back_the_edits_of_its_own_browser_alone(tab: Tab, live: Workspace) -> None:
    """Without sign-in both are the same person."""
    other = Tab()
    first, second = (row for _, row in free_rows(live, 2).iterrows())
    tab.pick(tab.keys.index(key_of(first)), label_for(live, first))
    other.pick(other.keys.index(key_of(second)), label_for(live, second))
    tab.press("Undo")
    assert drafted(live) == {key_of(second): label_for(live, second)}
    assert not tab.press("Undo")
    other.press("Undo")
    assert drafted(live) == {}
