"""Plans are sorted, checked for tampering, and held against the gates."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.errors import InputError
from gpb.frames.overlay import with_drafts
from gpb.store.database import Database
from gpb.store.drafts import DraftStore
from gpb.sync.derive import derived
from gpb.sync.drafting import edit, seen_in
from gpb.sync.kinds.change import Change
from gpb.sync.plan import Plan, plan_from_drafts, rows_of
from tests.builders import HOMEWORK, TESTS, group, mapped, snapshot

TEXT = st.text(max_size=6)
CATEGORY = st.none() | st.sampled_from(["c1", "c2"])


def change(section: int = 1, before: str | None = None, after: str | None = "c1", **fields: Any) -> Change:
    """A change in group 1."""
    labels = {"school": "s", "course": "c", "group": "g", "section": f"section {section}"}
    plain = {"course_id": 7, "group_id": 1, "section_id": section, "sis_section_id": f"sis-{section}", "class_id": "k"}
    titles = {"before": before, "before_title": before, "after_id": after, "after_title": after}
    return Change(**{**plain, **titles, **labels, **fields})


CHANGES = st.lists(
    st.builds(change, st.integers(1, 50), CATEGORY, CATEGORY, group=TEXT, school=TEXT, source=TEXT, reason=TEXT),
    unique_by=lambda c: c.section_id,
)


def plan(*changes: Change, associated: int = 100, shrunk: float = 0.0) -> Plan:
    """A plan of these changes."""
    return Plan("scope", "s1", changes, associated, shrunk)


@given(CHANGES)
def test_a_plan_comes_back_from_its_file(changes: list[Change]) -> None:
    """JSON out and in is the same plan with the same checksum."""
    made = plan(*sorted(changes))
    back = Plan.from_json(json.loads(json.dumps(made.to_json())))
    assert (back, back.checksum) == (made, made.checksum)


def test_an_edited_plan_is_refused() -> None:
    """The checksum covers what is written."""
    content = plan(change()).to_json()
    content["changes"][0]["after_id"] = "c2"
    with pytest.raises(InputError, match="checksum"):
        Plan.from_json(content)


@pytest.mark.parametrize("content", [{}, [], {"changes": [{}]}, {"changes": None}, "text", {"changes": [1]}])
def test_a_file_that_is_no_plan_is_a_sentence(content: Any) -> None:
    """Whatever it holds."""
    with pytest.raises(InputError, match="not a plan"):
        Plan.from_json(content)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("group_id", True),
        ("group_id", "1"),
        ("section_id", 1.0),
        ("after_id", 5),
        ("sis_section_id", None),
        ("before", []),
    ],
)
def test_a_value_of_another_kind_is_refused_although_the_checksum_is_right(name: str, value: Any) -> None:
    """Anybody can make a checksum."""
    content = plan(
        change(**{name: value}) if name in ("group_id", "sis_section_id") else replace(change(), **{name: value})
    )
    with pytest.raises(InputError, match="has the wrong type"):
        Plan.from_json(json.loads(json.dumps(content.to_json())))


def test_the_three_kinds() -> None:
    """By what was there and what is wanted."""
    kinds = [change(1).verb, change(2, "c1", "c2").verb, change(3, "c1", None).verb]
    assert kinds == ["associate", "reassociate", "unassociate"]


def test_the_plan_of_drafts_holds_the_changed_rows_in_order_and_leaves_moved_ones_out() -> None:
    """A draft made from another baseline is the coordinator's to decide first."""
    found = snapshot([group(2, "HW", mapped(class_1=HOMEWORK)), group(1, "Quiz")])
    drafts = DraftStore(Database("sqlite://"), "scope")
    choices = {(2, 1): TESTS, (1, 2): "Others", (2, 2): "Homework", (1, 1): None}
    edit(found, drafts, choices, seen=seen_in(found.associations()), person="ann", label="grid")
    frame = drafts.frame()
    frame.loc[frame["group_id"].eq(2) & frame["section_id"].eq(2), "baseline"] = "something else"
    made = plan_from_drafts(
        with_drafts(found.associations(), frame), found.validity.titles, scope="scope", snapshot="s1", shrunk=0.0
    )
    assert [(c.key, c.verb, c.before, c.after_title) for c in made.changes] == [
        ((1, 2), "associate", None, "Others"),
        ((2, 1), "reassociate", HOMEWORK, "Tests"),
    ]
    assert made.associated == 1
    assert rows_of(made)["before"].tolist() == ["Unassociated", "Homework"]


def test_a_plan_keeps_the_reasons_of_its_drafts_and_an_older_one_its_checksum() -> None:
    """They are in its file and in its table; where there are none, a plan is what release 0.4 made of it."""
    found = snapshot([group(1, "Quiz")])
    drafts = DraftStore(Database("sqlite://"), "scope")
    edit(
        found,
        drafts,
        {(1, 1): TESTS, (1, 2): "Tests"},
        seen={(1, 1): None, (1, 2): None},
        person="ann",
        label="accepted",
        source={(1, 1): "last term"},
        reason={(1, 1): "112 of 115 like this"},
    )
    rows = with_drafts(found.associations(), drafts.frame())
    made = plan_from_drafts(rows, found.validity.titles, scope="scope", snapshot="s1", shrunk=0.0)
    assert rows_of(made)["why"].tolist() == ["112 of 115 like this", ""]
    assert [one.get("source") for one in made.to_json()["changes"]] == ["last term", None]
    again = derived(Plan.from_json(made.to_json()), found, 0.0, {})
    assert [one.reason for one in again.changes] == ["112 of 115 like this", ""]
    assert plan(change()).checksum == "eb8ec87391a8030f353741f23ca8a0a41276ab9fe4005101dac82def9a4aa9ca"


def test_the_checksum_tells_plans_apart() -> None:
    """By what is written, from where, and in which scope."""
    first = plan(change())
    others = [plan(change(after="c2")), replace(first, scope="other"), replace(first, snapshot="s2"), plan()]
    assert len({made.checksum for made in [first, *others]}) == 5
