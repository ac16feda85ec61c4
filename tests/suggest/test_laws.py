"""What holds for proposals whatever is known."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.frames.snapshot import Snapshot
from gpb.keys import Key, keys
from gpb.suggest.by_name import propose
from gpb.suggest.evidence import Evidence
from gpb.suggest.patterns import titles_key
from gpb.suggest.proposals import by_pattern, proposals
from tests.examples import examples
from tests.suggest.evidence_of import KINDS, LEVELS, NAMES, VOCABULARY, case, decision, evidence, term


@cache
def this_term() -> Snapshot:
    """A small district made by hand."""
    return term()


SETS = st.sampled_from([titles_key(LEVELS), titles_key(KINDS), "[]"])
TITLES = st.sampled_from(["Major", "Minor", "Homework", "Tests", "Gone"])
CASES = st.builds(
    lambda name, title, rows, more: case(name, title, rows, **more),
    st.sampled_from(NAMES),
    TITLES,
    st.sampled_from([1, 2, 30]),
    st.fixed_dictionaries(
        {},
        optional={
            "titles": SETS,
            "teacher": st.sampled_from(["", "Ben"]),
            "course": st.just("Biology"),
            "school": st.just("South High"),
            "term": st.just("Fall"),
        },
    ),
)
DECISIONS = st.builds(
    lambda name, title, more: decision(name, title, **more),
    st.sampled_from(["quiz", "homework", "hw", "test", "stuff", "q1"]),
    st.one_of(TITLES, st.none()),
    st.fixed_dictionaries(
        {"made_at": st.sampled_from(["2026-01-01", "2026-02-02"])},
        optional={
            "titles": st.one_of(SETS, st.just("")),
            "kind": st.just("rule"),
        },
    ),
)
SCOPES = st.sampled_from(
    [("district", ""), ("level", "high"), ("school", "North High"), ("school", "X"), ("course", "math*")]
)
SCOPED = st.builds(lambda one, scope: one | {"scope": scope[0], "scope_value": scope[1]}, DECISIONS, SCOPES)


@cache
def all_rows() -> pd.DataFrame:
    """Its rows."""
    return this_term().associations()


@cache
def valid() -> dict[Key, list[str]]:
    """The titles that are valid in each row, sorted."""
    places = all_rows()[["group_id", "section_id", "class_id"]].itertuples(index=False)
    return {(group, section): sorted(this_term().validity.options(of).values()) for group, section, of in places}


DRAFTS = st.deferred(lambda: st.dictionaries(st.sampled_from(sorted(valid())), st.integers(0, 2), max_size=6)).map(
    lambda found: {key: valid()[key][place % len(valid()[key])] for key, place in found.items()}
)
EVIDENCE = st.builds(
    lambda past, decided, drafts: evidence(this_term(), past=past, decided=decided, drafts=drafts),
    st.lists(CASES, max_size=6),
    st.lists(SCOPED, max_size=3),
    DRAFTS,
)


def lines(known: Evidence) -> dict[Key, Mapping[Hashable, Any]]:
    """The proposals by row."""
    found = proposals(known)
    return dict(zip(keys(found), found.to_dict("records"), strict=True))


@settings(max_examples=examples(60))
@given(EVIDENCE)
def test_a_proposal_is_valid_in_its_very_section_and_has_a_reason(known: Evidence) -> None:
    """Whatever earlier terms or decisions say; a retired group has none, and nothing sure says nothing."""
    for (group_id, section_id), line in lines(known).items():
        class_id = all_rows().set_index(["group_id", "section_id"])["class_id"][group_id, section_id]
        title, options = line["category"], this_term().validity.options(class_id)
        name = NAMES[group_id % 100 - 1]
        assert pd.isna(title) or options.get(str(line["category_id"])) == title
        assert pd.isna(title) == pd.isna(line["category_id"])
        assert str(line["reason"]).endswith(".")
        assert name != "OLD Tests" or (pd.isna(title) and line["tier"] == "")
        assert not (name == "Q1" and line["tier"] == "A")


@settings(max_examples=examples(40))
@given(EVIDENCE)
def test_the_order_of_rows_and_cases_does_not_matter(known: Evidence) -> None:
    """The same proposals, and the same lines over them."""
    turned = replace(
        known,
        rows=known.rows.iloc[::-1].reset_index(drop=True),
        past=known.past.iloc[::-1].reset_index(drop=True),
        decided=known.decided.iloc[::-1].reset_index(drop=True),
    )
    key = ["group_id", "section_id"]
    one, other = proposals(known).sort_values(key), proposals(turned).sort_values(key)
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))
    pd.testing.assert_frame_equal(by_pattern(proposals(known), known), by_pattern(proposals(turned), turned))


@settings(max_examples=examples(60))
@given(EVIDENCE, st.sampled_from(["Major", "Minor", "Tests"]), st.lists(CASES, max_size=2), SCOPED, DRAFTS)
def test_more_evidence_against_a_title_never_raises_its_tier(
    known: Evidence, title: str, past: list[dict[str, object]], said: dict[str, object], drafts: dict[Key, str]
) -> None:
    """A row whose title stays the same has at best the tier it had."""
    cases = [one for one in past if one["category"] != title]
    other = {key: chosen for key, chosen in drafts.items() if chosen != title}
    more = evidence(this_term(), past=cases, decided=[said] if said["title"] != title else [], drafts=other)
    whole = replace(
        known,
        rows=_laid_over(known.rows, more.rows),
        past=pd.concat([known.past, more.past], ignore_index=True),
        decided=pd.concat([known.decided, more.decided], ignore_index=True),
    )
    before = lines(known)
    for key, line in lines(whole).items():
        if line["category"] == title and before[key]["category"] == title:
            assert line["tier"] >= before[key]["tier"], (before[key], line)


def _laid_over(rows: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Drafts where there was none."""
    fresh = more["changed"] & ~rows["changed"]
    return more.where(fresh, rows).astype(rows.dtypes.to_dict())


def test_nothing_known_but_names_proposes_what_names_propose() -> None:
    """Row by row the same title, tier and reason."""
    known = evidence(this_term())
    for (group_id, section_id), line in lines(known).items():
        found = propose(NAMES[group_id % 100 - 1], valid()[group_id, section_id], VOCABULARY)
        assert (line["category"] if not pd.isna(line["category"]) else None) == found.title
        assert (line["tier"], line["reason"]) == (found.tier or "", found.reason)


@settings(max_examples=examples(40))
@given(EVIDENCE)
def test_what_was_accepted_is_not_proposed_again(known: Evidence) -> None:
    """Rows with a draft have no line, and the drafts do not change what is proposed to others against it."""
    found = proposals(known).dropna(subset="category_id")
    rows = known.rows.merge(
        found[["group_id", "section_id", "category_id", "category"]], "left", ["group_id", "section_id"]
    )
    taken = rows["category_id_y"].notna()
    drafted = known.rows.assign(
        category_id=known.rows["category_id"].where(~taken, rows["category_id_y"]),
        category=known.rows["category"].where(~taken, rows["category_y"]),
        changed=known.rows["changed"] | taken,
    )
    again = lines(replace(known, rows=drafted))
    assert not again.keys() & set(keys(found))
