"""A group is renamed only where its name can serve all of its sections."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.store.run_records import ChangeKind
from gpb.sync.kinds.change import Change, change_of
from gpb.sync.kinds.naming import LeftOut, by_name
from tests.builders import (
    EMPTY,
    FIRST,
    HOMEWORK,
    SECOND,
    TESTS,
    assignments,
    category,
    default_categories,
    group,
    mapped,
    section,
    snapshot,
)
from tests.examples import examples


def planned(made: Snapshot, wanted: Mapping[Key, str | None]) -> tuple[list[Change], list[LeftOut]]:
    """What becomes of a category for each of these rows."""
    rows, titles = made.associations(), made.validity.titles
    asked = [
        change_of(row, wanted[key], titles.get(wanted[key] or ""), ChangeKind.GROUP_NAME)
        for key, row in zip(keys(rows), rows.to_dict("records"), strict=True)
        if key in wanted
    ]
    return by_name(rows, asked, made.validity)


def told(made: Snapshot, wanted: dict[Key, str | None]) -> tuple[list[Key], list[str]]:
    """The rows that are carried out by a name, and the reasons of the others."""
    changes, left_out = planned(made, wanted)
    return [change.key for change in changes], [one.reason for one in left_out]


def test_a_group_is_renamed_where_all_sections_ask_for_one_title() -> None:
    """A section without categories has no say; the change knows the present name."""
    sections = [section(1, FIRST), section(2, SECOND), section(3, EMPTY)]
    made = snapshot([group(1, "HW"), group(2, "Exams")], sections=sections)
    assert told(made, {(1, 1): HOMEWORK, (1, 2): HOMEWORK}) == ([(1, 1), (1, 2)], [])
    change = planned(made, {(1, 1): HOMEWORK, (1, 2): HOMEWORK})[0][0]
    assert (change.verb, change.before, change.after_title, change.stored_as) == (
        "rename", "HW", "Homework", ("Homework",)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("groups", "wanted", "reason"),
    [
        ([group(1, "HW")], {(1, 1): HOMEWORK}, "choose it for Section 2 as well"),
        ([group(1, "HW")], {(1, 1): HOMEWORK, (1, 2): TESTS}, "“Homework” in Section 1, “Tests” in Section 2"),
        ([group(1, "HW")], {(1, 1): None, (1, 2): None}, "cannot take an association away"),
        ([group(1, "HW", mapped(class_1=TESTS))], {(1, 1): HOMEWORK, (1, 2): HOMEWORK}, "stores an association"),
        ([group(1, "HW", {"syncedWithSisCategory": True})], {(1, 1): HOMEWORK, (1, 2): HOMEWORK}, "as aligned"),
        ([group(1, "HW"), group(2, "homework ")], {(1, 1): HOMEWORK, (1, 2): HOMEWORK}, "another group called"),
        (
            [group(1, "HW"), group(2, "Home")],
            {(number, place): HOMEWORK for number in (1, 2) for place in (1, 2)},
            "2 groups of this course would be called “Homework”",
        ),
    ],
)
def test_what_no_name_can_bring_about_is_left_out_with_its_reason(
    groups: list[dict[str, object]], wanted: dict[Key, str | None], reason: str
) -> None:
    """Of such a group nothing is renamed."""
    done, reasons = told(snapshot(groups), wanted)  # type: ignore[arg-type]  # groups of a test
    assert (done, len(reasons)) == ([], len(wanted))
    assert reason in reasons[0]


def test_of_several_groups_for_one_title_the_one_with_the_most_assignments_is_renamed() -> None:
    """The others are told which goes before them."""
    groups = [group(number, f"HW {number}", counts=assignments(behind)) for number, behind in ((1, 2), (2, 9), (3, 2))]
    wanted: dict[Key, str | None] = {(number, place): HOMEWORK for number in (1, 2, 3) for place in (1, 2)}
    done, reasons = told(snapshot(groups), wanted)
    assert done == [(2, 1), (2, 2)]
    assert len(reasons) == 4
    assert "“Homework” goes to “HW 2”, which has more assignments (9 and 2)" in reasons[0]


def test_a_title_must_fit_canvas_and_be_the_first_of_its_name() -> None:
    """Canvas takes 255 characters; passback takes the first category with the name."""
    long = category("c-long", "x" * 256, FIRST, SECOND)
    twice = [category("c-1", "Labs", FIRST, SECOND), category("c-2", "Labs", FIRST, SECOND)]
    made = snapshot([group(1, "HW")], categories=[*default_categories(), long, *twice])
    assert "256 characters, and Canvas takes at most 255" in told(made, {(1, 1): "c-long", (1, 2): "c-long"})[1][0]
    assert "another category called “Labs”" in told(made, {(1, 1): "c-2", (1, 2): "c-2"})[1][0]
    assert told(made, {(1, 1): "c-1", (1, 2): "c-1"})[1] == []


def test_a_section_that_has_the_title_by_the_present_name_agrees() -> None:
    """What is named so already is in the plan, and done."""
    made = snapshot([group(1, "Homework")])
    changes, _ = planned(made, {(1, 1): HOMEWORK})
    assert [change.is_done for change in changes] == [True]


@settings(max_examples=examples(40))
@given(
    st.dictionaries(st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from([1, 2])), st.sampled_from([HOMEWORK, TESTS]))
)
def test_a_plan_never_takes_a_category_from_a_section_that_did_not_ask(wanted: dict[Key, str]) -> None:
    """After the renaming every row has by its name what it asked for, and every other what it had; names stay apart."""
    names = {1: "HW", 2: "Tests", 3: "Labs"}
    made = snapshot([group(number, name) for number, name in names.items()])
    rows = made.associations()
    changes, left_out = planned(made, wanted)
    after = names | {change.group_id: str(change.after_title) for change in changes}
    now = snapshot([group(number, name) for number, name in after.items()]).associations()
    had = rows.set_index(["group_id", "section_id"])["name_match_id"].fillna("")
    has = now.set_index(["group_id", "section_id"])["name_match_id"].fillna("")
    done = {change.key for change in changes}
    assert all(has[key] == (wanted[key] if key in done else had[key]) for key in has.index)
    assert len(set(after.values())) == len(after)
    assert {one.change.key for one in left_out} | done == wanted.keys()
