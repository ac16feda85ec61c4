"""The icons that Canvas shows on a group: by its front end's rule, in the program and in the sandbox alike."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gpb.frames.codec import FLAG, FlatCodec, SistemicCodec, is_aligned
from gpb.sandbox import Running
from gpb.sandbox.district.model import Group
from gpb.sync.drafting import same_choice
from gpb.sync.gates import NAMES
from gpb.workspace import Workspace
from tests.builders import FIRST, HOMEWORK, group, mapped, section, snapshot
from tests.conftest import edit_now, look, tell

EXAMPLES: list[tuple[dict[str, Any], bool]] = [
    ({}, False),
    ({"sistemic": {}}, False),
    ({"sistemic": None}, False),
    ({"sistemic": ["categoryMapping"]}, False),
    ({"categoryMapping": {"s": {}}}, False),
    ({"sistemic": {"categoryMapping": {}}}, True),
    ({"sistemic": {"categoryMapping": None}}, True),
    ({"sistemic": {"categoryMapping": {"s": {"x": "y"}}}}, True),
    ({FLAG: False}, True),
    ({FLAG: None}, True),
    ({FLAG: "true"}, True),
    ({"sistemic": {FLAG: True}}, False),
    ({"5678": "0954"}, False),
]
"""What is stored, and whether Canvas shows "Grading category aligned with SIS": the keys decide, not their values."""


@pytest.mark.parametrize(("data", "aligned"), EXAMPLES)
def test_the_program_and_the_sandbox_follow_the_rule_of_canvas_front_end(data: dict[str, Any], aligned: bool) -> None:
    """Each by its own code: the key ``sistemic.categoryMapping`` or the key ``syncedWithSisCategory``."""
    in_sandbox = Group(1, 1, "Homework", 1, 0.0, "{}", 0)
    in_sandbox.integration_data = data
    shown = snapshot([group(1, "HW", data)], sections=[section(1, FIRST)]).associations()["canvas_icon"].tolist()
    assert is_aligned(data) is aligned
    assert shown == ["Aligned" if aligned else ""]
    assert in_sandbox.icon == ("aligned" if aligned else None)


@pytest.mark.parametrize(("sis_source_id", "shown"), [("S1", "Imported"), ("", ""), (None, "")])
def test_an_empty_sis_source_id_is_no_import(sis_source_id: str | None, shown: str) -> None:
    """Canvas shows "Imported from <SIS>" for a text that is not empty."""
    in_sandbox = Group(1, 1, "Homework", 1, 0.0, "{}", 0, sis_source_id)
    rows = snapshot([group(1, "HW", sis_source_id=sis_source_id)], sections=[section(1, FIRST)]).associations()
    assert rows["canvas_icon"].tolist() == [shown]
    assert in_sandbox.icon == ("imported" if shown else None)


def test_what_is_aligned_and_stores_nothing_here_is_elsewhere_unless_it_was_stored_here_before() -> None:
    """A key with null says that the association was here and was taken away."""
    groups = [
        group(1, "a", {FLAG: False}),
        group(2, "b", {"sistemic": {"categoryMapping": {}}}),
        group(3, "c", {"sistemic": {}}),
        group(4, "d", mapped(class_1=None) | {"sistemic": {"categoryMapping": {FIRST: None}}}),
    ]
    found = snapshot(groups).associations().groupby("group_id")["status"].first()
    assert found.to_dict() == {1: "Elsewhere", 2: "Elsewhere", 3: "Unassociated", 4: "Unassociated"}
    flat = snapshot([group(1, "a", {FLAG: True, FIRST: None}), group(2, "b", {FLAG: True})], codec="flat")
    assert flat.associations().groupby("group_id")["status"].first().to_dict() == {1: "Unassociated", 2: "Elsewhere"}


def test_with_the_last_association_goes_the_icon() -> None:
    """``sistemic`` is sent without ``categoryMapping``, and with all that other tools keep in it."""
    codec, data = SistemicCodec(), {"sistemic": {"options": {"a": 1}, **mapped(s=HOMEWORK)["sistemic"]}, "x": 1}
    sent = codec.write(data, {"s": None})
    assert sent == {"sistemic": {"options": {"a": 1}}}
    assert not is_aligned({**data, **sent})
    two = mapped(class_1=HOMEWORK, class_2=HOMEWORK)
    assert codec.write(two, {FIRST: None}) == mapped(class_2=HOMEWORK)
    assert codec.write(mapped(left=HOMEWORK, s=HOMEWORK), {"s": None}) == mapped(left=HOMEWORK)


def test_the_flag_is_left_as_it_is_when_an_association_goes() -> None:
    """It can never be taken back: Canvas shows its icon for the key, whatever its value."""
    assert FlatCodec().write({"s": "c", FLAG: True}, {"s": None}) == {"s": None}


def test_in_the_sandbox_the_icon_goes_with_the_last_association(box: Running, pulled: Workspace) -> None:
    """Over real HTTP: a group that loses its associations loses its icon, and its rows are unassociated."""
    rows = pulled.term.rows()
    of_group = rows.groupby("group_id")["status"]
    whole = of_group.transform(lambda found: found.isin(["Synchronized"]).all())
    chosen = rows.loc[rows["group_id"].eq(rows.loc[whole, "group_id"].iloc[0])]
    assert set(chosen["canvas_icon"]) <= {"Aligned", "Aligned, Imported"}
    edit_now(pulled, same_choice(chosen, None), person="p", label="l")
    asyncio.run(pulled.runs.perform(asyncio.run(pulled.door.begin(pulled.plan(), NAMES, "p"))))
    group_id = int(chosen["group_id"].iloc[0])
    after = pulled.term.rows()
    row = after.loc[after["group_id"].eq(group_id)]
    assert "Aligned" not in row["canvas_icon"].iloc[0]
    assert set(row["status"]) == {"Unassociated"}
    stored = look(box, "state")["groups"][str(group_id)]
    assert "categoryMapping" not in stored["sistemic"]
    assert box.world.groups[group_id].icon != "aligned"
    tell(box, f"integration_data/{group_id}", stored)  # what is stored can be stored again
