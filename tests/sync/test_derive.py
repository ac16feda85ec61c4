"""A plan made anew: what is still as it was planned is taken as it is, whatever else is looked at row by row."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gpb.errors import InputError, PlanStale
from gpb.frames.overlay import with_drafts
from gpb.frames.snapshot import Snapshot
from gpb.store.database import Database
from gpb.store.drafts import DraftStore
from gpb.store.run_records import ChangeKind
from gpb.sync import derive
from gpb.sync.derive import derived
from gpb.sync.drafting import edit, seen_in
from gpb.sync.plan import Plan, plan_from_drafts
from tests.builders import FIRST, HOMEWORK, RETIRED, SECOND, TESTS, UNKNOWN, group, mapped, section, snapshot
from tests.examples import examples


@cache
def shown() -> Snapshot:
    """Groups with and without categories, in sections with and without a class."""
    groups = [
        group(1, "HW", mapped(class_1=HOMEWORK)),
        group(2, "Quiz"),
        group(3, "Old", mapped(class_1=RETIRED, class_2=TESTS)),
    ]
    return snapshot(groups, sections=[section(1, FIRST), section(2, SECOND), section(3, UNKNOWN)])


@cache
def planned() -> Plan:
    """New, changed and taken away."""
    found, drafts = shown(), DraftStore(Database("sqlite://"), "scope")
    rows = found.associations()
    choices = {(1, 1): TESTS, (2, 1): HOMEWORK, (2, 2): "Others", (3, 1): HOMEWORK, (3, 2): None}
    edit(found, drafts, choices, seen=seen_in(rows), person="ann", label="grid")
    laid = with_drafts(rows, drafts.frame())
    return plan_from_drafts(laid, found.validity.titles, scope="box#1#5", snapshot="s1", shrunk=0.0)


def outcome(plan: Plan, drafted: dict[tuple[int, int], str | None]) -> object:
    """The plan that comes of it, with all that its changes say, or the sentence."""
    try:
        made = derived(plan, shown(), 0.0, drafted)
    except (InputError, PlanStale) as error:
        return type(error), str(error)
    return made, [change.to_json() for change in made.changes]


ALONE = "\ud800"
"""A surrogate alone: JSON has it, and no column can hold it."""
VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("course_id", "group_id", "section_id"), st.integers(1, 8) | st.sampled_from([2**63, 10**30])),
    **dict.fromkeys(
        ("sis_section_id", "school", "course", "group", "section"), st.sampled_from(["", FIRST, "HW", ALONE])
    ),
    "class_id": st.sampled_from([None, FIRST, "class-9"]),
    **dict.fromkeys(("before", "after_id"), st.sampled_from([None, HOMEWORK, TESTS, "gone", ALONE])),
    **dict.fromkeys(("before_title", "after_title"), st.sampled_from([None, "Homework", "Tests", "other"])),
    "entry": st.sampled_from([None, "{}"]),
    **dict.fromkeys(("source", "reason"), st.sampled_from(["", "why"])),
    "kind": st.sampled_from([ChangeKind.ASSOCIATION, ChangeKind.MEMBERSHIP]),
}


FIELD = st.sampled_from(sorted(VALUES)).flatmap(lambda name: st.tuples(st.just(name), VALUES[name]))


@given(st.integers(0, 4), st.lists(FIELD, max_size=3), st.sampled_from([{}, {(2, 1): "gone"}]))
@example(1, [("after_id", "gone"), ("after_title", None)], {})
@example(1, [("kind", ChangeKind.MEMBERSHIP)], {})
@example(1, [("group_id", 10**30)], {})
@example(1, [("school", ALONE)], {})
@settings(max_examples=examples(150), deadline=None)
def test_whatever_a_plan_says_comes_out_as_if_each_row_were_made_anew(
    place: int, others: list[tuple[str, Any]], drafted: dict[tuple[int, int], str | None]
) -> None:
    """Rows that are word for word as planned need not be made: nothing else may slip through as one of them."""
    changes = list(planned().changes)
    changes[place] = replace(changes[place], **dict(others))
    plan = replace(planned(), changes=tuple(changes))
    found = outcome(plan, drafted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(derive, "_is_same", lambda some, _: [False] * len(some))
        assert found == outcome(plan, drafted)


def test_an_untouched_plan_is_taken_as_it_is() -> None:
    """Of thousands of rows none is made a second time."""
    assert derive._is_same(planned().changes, shown()) == [True] * 5
    assert all(
        one is other for one, other in zip(derived(planned(), shown(), 0.0, {}).changes, planned().changes, strict=True)
    )
    assert derive._is_same((), shown()) == []
    assert pd.Series(derive._is_same(planned().changes, snapshot([group(1, "HW")]))).sum() == 0
