"""Nothing is written in a form that this Canvas has not been seen to keep: whole sequences over real HTTP."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from gpb.errors import NotAccepted
from gpb.frames.codec import FLAG
from gpb.sandbox import Running, SandboxConfig, running
from gpb.store.database import shape_evidence
from gpb.sync.drafting import same_choice
from gpb.sync.evidence import lasting_icons
from gpb.sync.gates import NAMES
from gpb.workspace import Workspace
from tests.conftest import edit_now, look, tell
from tests.lent import confirm, settings_for

FIELDS = {"categoryId", "categoryTitle"}


def open_term(box: Running, folder: Path, term: str = "", **changes: Any) -> Workspace:
    """A workspace on one term of the sandbox; all of a test share a store."""
    return Workspace(settings_for(box, folder, term=term, **changes))


def next_term(box: Running) -> str:
    """The empty term: nobody has associated anything for it."""
    return str(max(box.world.terms))


def associate_one(opened: Workspace) -> tuple[int, str, str]:
    """Draft one association that is free; group id, section SIS id and category id."""
    rows = opened.term.rows()
    free = rows.loc[rows["status"].eq("Unassociated") & ~rows["changed"]]
    row = next(one for one in free.to_dict("records") if opened.term.latest().validity.options(one["class_id"]))
    category_id = next(iter(opened.term.latest().validity.options(row["class_id"])))
    edit_now(opened, {(row["group_id"], row["section_id"]): category_id})
    return int(row["group_id"]), row["sis_section_id"], category_id


def sync(opened: Workspace) -> dict[str, Any]:
    """Carry the drafts out."""
    return asyncio.run(opened.runs.perform(begin(opened)))


def begin(opened: Workspace) -> str:
    """Begin a run of the drafts, with everything accepted that anybody may accept, and more; its id."""
    confirm(opened)
    return asyncio.run(opened.door.begin(opened.plan(), [*NAMES, "shape_unknown", "shape_unconfirmed"], "ann"))


def stored(box: Running, group_id: int) -> dict[str, Any]:
    """What Canvas stores for a group."""
    data: dict[str, Any] = look(box, "state")["groups"][str(group_id)]
    return data


def puts(box: Running) -> int:
    """How many writes have arrived."""
    return sum(seen["method"] == "PUT" for seen in look(box, "requests"))


@pytest.mark.slow
def test_an_empty_first_term_refuses_until_another_term_has_shown_the_form(box: Running, tmp_path: Path) -> None:
    """Opened first it is unknown, and everything but the sync works; then what the current term shows is enough."""
    spring = open_term(box, tmp_path, next_term(box))
    asyncio.run(spring.term.pull())
    group_id, key, category_id = associate_one(spring)
    assert spring.audit.findings() is not None
    with pytest.raises(NotAccepted, match="Refresh a term that has some"):
        begin(spring)
    review = asyncio.run(spring.door.review(spring.plan()))
    assert [(one.name, one.may_be_accepted) for one in review.objections] == [("shape_unknown", False)]
    assert puts(box) == 0
    asyncio.run(open_term(box, tmp_path).term.pull())
    assert sync(spring)["confirmed"] == 1
    value = stored(box, group_id)["sistemic"]["categoryMapping"][key]
    assert value == {"categoryId": category_id, "categoryTitle": box.world.categories[category_id].title}


@pytest.mark.slow
def test_one_association_by_hand_is_evidence_enough_after_a_refresh(box: Running, tmp_path: Path) -> None:
    """The way that the sentence tells: somebody associates a group in Canvas' own screen."""
    spring = open_term(box, tmp_path, next_term(box))
    asyncio.run(spring.term.pull())
    rows = spring.term.rows()
    options = spring.term.latest().validity.options
    hand = [row for row in rows.to_dict("records") if options(row["class_id"])]
    for row in hand[:2]:
        one, title = next((k, v) for k, v in options(row["class_id"]).items() if v != row["group"])
        value = {"kind": "c", "ref": one, "label": title}
        tell(box, f"integration_data/{row['group_id']}",
             {"sistemic": {"categoryMapping": {row["sis_section_id"]: value}}})  # fmt: skip
    asyncio.run(spring.term.pull())
    group_id, key, category_id = associate_one(spring)
    assert sync(spring)["confirmed"] == 1
    value = stored(box, group_id)["sistemic"]["categoryMapping"][key]
    assert value == {"ref": category_id, "label": box.world.categories[category_id].title}


@pytest.mark.slow
def test_in_august_dead_ids_are_broken_and_new_entries_have_id_and_title(box: Running, tmp_path: Path) -> None:
    """Every category has died and come back under another id with its title: nothing may look well by its title."""
    opened = open_term(box, tmp_path)
    asyncio.run(opened.term.pull())
    before = opened.term.rows().set_index(["group_id", "section_id"])["status"]
    renew_categories(box)
    asyncio.run(opened.term.pull())
    rows = opened.term.rows()
    was = rows.set_index(["group_id", "section_id"]).join(before.rename("was"))["was"]
    assert set(rows.loc[was.eq("Synchronized").to_numpy(), "status"]) == {"Broken"}
    fresh = open_term(box, tmp_path / "without that evidence")
    asyncio.run(fresh.term.pull())
    assert not fresh.term.rows()["status"].eq("Synchronized").any()
    broken = rows.loc[rows["status"].eq("Broken")]
    options = opened.term.latest().validity.options
    row = next(one for one in broken.to_dict("records")
               if one["stored_category"] in options(one["class_id"]).values())  # fmt: skip
    wanted = next(one for one, title in options(row["class_id"]).items() if title == row["stored_category"])
    edit_now(opened, {(row["group_id"], row["section_id"]): wanted})
    old = stored(box, row["group_id"])["sistemic"]["categoryMapping"][row["sis_section_id"]]
    assert sync(opened)["confirmed"] == 1
    value = stored(box, row["group_id"])["sistemic"]["categoryMapping"][row["sis_section_id"]]
    assert value == {**old, "categoryId": wanted, "categoryTitle": row["stored_category"]}
    group_id, key, _ = associate_one(opened)
    assert sync(opened)["confirmed"] == 1
    assert stored(box, group_id)["sistemic"]["categoryMapping"][key].keys() == FIELDS


def renew_categories(box: Running) -> None:
    """Delete every category, and make another one with the same title for the same sections."""
    world = box.world
    for uuid, category in list(world.categories.items()):
        fresh = type(category)(f"{uuid[:-4]}2027", category.title, list(category.section_uuids), category.active)
        category.deleted = True
        world.categories[fresh.uuid] = fresh


def test_case_a_field_with_the_groups_name_is_not_written(box: Running, tmp_path: Path) -> None:
    """The group's name stands beside id and title: where it can be told apart they change, else nothing is sent."""
    group_ids = rename_groups_like_their_categories(box)
    opened = open_term(box, tmp_path)
    asyncio.run(opened.term.pull())
    rows = opened.term.rows()
    row = rows.loc[rows["status"].eq("Synchronized")].iloc[0]
    choice = {(int(row["group_id"]), int(row["section_id"])): other_category(opened, row)}
    edit_now(opened, choice)
    with pytest.raises(NotAccepted, match="“assignmentGroupName”"):
        begin(opened)
    assert puts(box) == 0
    some = box.world.groups[next(one for one in group_ids if one != row["group_id"])]
    some.name = "Something else"
    data = some.integration_data
    for value in data["sistemic"]["categoryMapping"].values():
        value["assignmentGroupName"] = "Something else"
    some.integration_data = data
    asyncio.run(opened.term.pull())
    old = stored(box, int(row["group_id"]))["sistemic"]["categoryMapping"][row["sis_section_id"]]
    assert sync(opened)["confirmed"] == 1
    value = stored(box, int(row["group_id"]))["sistemic"]["categoryMapping"][row["sis_section_id"]]
    (wanted,) = choice.values()
    assert value == {**old, "categoryId": wanted, "categoryTitle": box.world.categories[str(wanted)].title}


def other_category(opened: Workspace, row: Any) -> str:
    """Another category that is valid in the row."""
    options = opened.term.latest().validity.options(row["class_id"])
    return next(one for one in options if one != row["stored_category_id"])


def rename_groups_like_their_categories(box: Running) -> list[int]:
    """Every entry gets the name of its group, which equals its category's title; what is otherwise goes."""
    changed = []
    for group in box.world.groups.values():
        data = group.integration_data
        mapping = (data.get("sistemic") or {}).get("categoryMapping")
        if not mapping:
            continue
        titles = {key: box.world.categories[value["categoryId"]].title for key, value in mapping.items()}
        title = next(iter(titles.values()))
        kept = {key: {**mapping[key], "categoryTitle": title} for key in mapping if titles[key] == title}
        group.name = title
        data["sistemic"]["categoryMapping"] = {
            key: {**value, "assignmentGroupName": title} for key, value in kept.items()
        }
        group.integration_data = data
        changed.append(group.id)
    return changed


@pytest.mark.slow
def test_a_guess_of_an_older_release_does_not_confirm_itself(box: Running, tmp_path: Path) -> None:
    """What our own journal shows as written says nothing about the vendor's form."""
    opened = open_term(box, tmp_path)
    asyncio.run(opened.term.pull())
    associate_one(opened)
    assert sync(opened)["confirmed"] == 1
    entries = sum(one.entries for one in opened.term.shapes.latest())
    asyncio.run(opened.term.pull())
    assert sum(one.entries for one in opened.term.shapes.latest()) == entries


@pytest.mark.slow
def test_a_run_that_was_left_is_not_resumed_by_a_guess(box: Running, tmp_path: Path) -> None:
    """The store of an older release has no evidence: what it planned waits for a Refresh."""
    opened = open_term(box, tmp_path)
    asyncio.run(opened.term.pull())
    associate_one(opened)
    run_id = begin(opened)
    with opened._database.write() as connection:
        connection.execute(delete(shape_evidence))
    summary = asyncio.run(opened.runs.perform(run_id))
    assert (summary["not_attempted"], puts(box)) == (1, 0)
    assert "Refresh" in summary["reason"]
    with pytest.raises(NotAccepted):
        asyncio.run(opened.door.resume(run_id, [*NAMES, "shape_unknown"], "ann"))
    asyncio.run(opened.term.pull())
    assert (
        asyncio.run(opened.runs.perform(asyncio.run(opened.door.resume(run_id, [*NAMES, "shape_unknown"], "ann"))))[
            "confirmed"
        ]
        == 1
    )


def test_a_snapshot_of_an_older_release_is_read_as_it_was_and_not_written_from(box: Running, tmp_path: Path) -> None:
    """Its fields were guessed; one Refresh is enough."""
    opened = open_term(box, tmp_path)
    asyncio.run(opened.term.pull())
    name = opened.term.latest_id()
    facts = Path(opened.term.snapshots.told_path(str(name))) / "facts.json"
    content = json.loads(facts.read_text(encoding="utf-8"))
    del content["shape"]
    content |= {"codec": "sistemic", "layout": {"id_field": "id", "title_field": "title"}}
    facts.write_text(json.dumps(content), encoding="utf-8")
    older = open_term(box, tmp_path)
    associate_one(older)
    with pytest.raises(NotAccepted, match="Press Refresh"):
        begin(older)


@pytest.mark.slow
@pytest.mark.parametrize("has_flag", [True, False])
def test_the_flag_is_written_where_this_canvas_writes_it_and_never_else(tmp_path: Path, has_flag: bool) -> None:
    """In a flat district; and the review tells the icons that cannot be taken back."""
    with running(SandboxConfig(port=0, schools=2, courses=8, shape="flat")) as box:
        for group in box.world.groups.values():
            data = group.integration_data
            if not has_flag and data.pop(FLAG, None) is not None:
                group.integration_data = data
        opened = open_term(box, tmp_path)
        asyncio.run(opened.term.pull())
        group_id, key, category_id = associate_one(opened)
        had_flag = FLAG in stored(box, group_id)
        assert sync(opened)["confirmed"] == 1
        assert stored(box, group_id)[key] == category_id
        assert (FLAG in stored(box, group_id)) is (has_flag or had_flag)
        rows = opened.term.rows()
        edit_now(opened, same_choice(rows.loc[rows["group_id"].eq(group_id)], None))
        assert lasting_icons(opened.plan(), opened.term.latest()) == int(has_flag)
        assert sync(opened)["confirmed"] >= 1
        assert (box.world.groups[group_id].icon == "aligned") is has_flag
