"""The name check: groups whose names equal no category of their section."""

from __future__ import annotations

from gpb.suggest.names import name_check
from tests.builders import EMPTY, FIRST, SECOND, UNKNOWN, group, section, snapshot


def test_equal_names_are_left_out_and_near_ones_are_proposed() -> None:
    """Upper and lower case count for passback, not for nearness."""
    found = snapshot([group(1, "Homework"), group(2, "HOME WORK"), group(3, "Zzz")], sections=[section(1, FIRST)])
    rows = name_check(found.associations(), found.validity).set_index("group")
    assert rows.index.tolist() == ["HOME WORK", "Zzz"]
    assert rows.loc["HOME WORK", "nearest"] == "Homework"
    assert rows["similarity"].loc["HOME WORK"] > 90
    assert rows.loc[["Zzz"], ["nearest", "similarity"]].iloc[0].fillna("").tolist() == ["", 0.0]


def test_the_same_name_is_checked_in_each_section() -> None:
    """Others exists in the second section alone."""
    found = snapshot([group(1, "Others")], sections=[section(1, FIRST), section(2, SECOND)])
    assert name_check(found.associations(), found.validity)["section_id"].tolist() == [1]


def test_sections_with_nothing_to_compare_are_left_out() -> None:
    """Without categories or without a class no name could be right."""
    found = snapshot([group(1, "x")], sections=[section(3, EMPTY), section(4, UNKNOWN)])
    assert name_check(found.associations(), found.validity).empty
