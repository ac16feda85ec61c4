"""Which sub-account is a school."""

from __future__ import annotations

import pytest

from gpb.errors import SettingsError
from gpb.matching.schools import Place, find_schools
from gpb.settings import load_settings

ROOT = 1
FOLDER = [
    Place(10, "Schools", ROOT),
    *(Place(11, "North High", 10), Place(12, "South High", 10)),
    Place(13, "Math Department", 11),
]
PLAIN = [
    Place(10, "Campuses", ROOT),
    *(Place(11, "North", 10), Place(12, "South", 10)),
    *(Place(13, "Juniors", 11), Place(14, "Seniors", 11)),
    Place(20, "Manually-Created Courses", ROOT),
]
REGIONS = [
    *(Place(10, "East Region", ROOT), Place(20, "West Region", ROOT)),
    *(Place(11, "Lincoln", 10), Place(12, "Adams", 10), Place(21, "Lincoln", 20), Place(22, "Grant", 20)),
    *(Place(13, "Math", 11), Place(14, "Science", 11), Place(23, "Math", 21), Place(24, "Science", 22)),
]
MIXED = [
    *(Place(10, "Charter Academy", ROOT), Place(20, "West Region", ROOT)),
    *(Place(21, "Grant High", 20), Place(22, "Lee Middle", 20), Place(23, "Grant High Math", 21)),
]
SOME_IDS = [
    *(Place(10, "K12", ROOT), Place(11, "A", 10, "S-1"), Place(12, "B", 10, "S-2"), Place(13, "C", 10)),
    *(Place(14, "X", 11), Place(15, "Y", 13), Place(30, "Online", ROOT, "S-3")),
]


@pytest.mark.parametrize(
    ("places", "level", "courses", "expected"),
    [
        (FOLDER, "", [13], {13: "North High", 12: "South High"}),
        (FOLDER, "", [13, 12, 11], {13: "North High", 12: "South High", 11: "North High", ROOT: "District"}),
        (FOLDER, "1", [13], {13: "Schools"}),
        (FOLDER, "2", [13], {13: "North High", 10: "Schools"}),
        (FOLDER, "leaf", [13], {13: "Math Department", 12: "South High"}),
        (FOLDER, "11, south high", [13], {13: "North High", 12: "South High", 10: "District"}),
        (FOLDER, "11", [13], {13: "North High", 12: "District"}),
        (PLAIN, "", [13, 12, 12, 14], {13: "North", 12: "South", 20: "Manually-Created Courses"}),
        (REGIONS, "", [13, 14, 23, 24, 12], {13: "Lincoln (East Region)", 23: "Lincoln (West Region)", 24: "Grant"}),
        (MIXED, "", [10, 21, 23, 22], {10: "Charter Academy", 23: "Grant High", 22: "Lee Middle"}),
        (SOME_IDS, "", [14, 15, 12, 30], {14: "A", 15: "C", 12: "B", 30: "Online", 10: "K12"}),
        (SOME_IDS, "S-1,13", [14, 15], {14: "A", 15: "C", 12: "District"}),
        ([Place(2, "North", ROOT), Place(3, "South", ROOT)], "", [2, 3], {2: "North", 3: "South"}),
        ([Place(2, "Only High", ROOT), Place(3, "Math", 2), Place(4, "Art", 2)], "", [3, 4], {3: "Only High"}),
        ([Place(4, "Loop", 5), Place(5, "Pool", 4)], "1", [4], {4: "Pool"}),
        ([], "", [ROOT], {ROOT: "District"}),
    ],
)
def test_the_school_of_an_account(
    places: list[Place], level: str, courses: list[int], expected: dict[int, str]
) -> None:
    """By the setting, else by SIS ids, names or levels; equal names are told apart; a circle of accounts ends."""
    found = find_schools(places, ROOT, level, courses)
    assert {one: found.of(one) for one in expected} == expected
    assert found.found_by


def test_an_account_that_is_not_there_is_a_sentence() -> None:
    """So that courses do not silently lose their school."""
    with pytest.raises(SettingsError, match="GPB_SCHOOL_LEVEL names East High, which is no sub-account"):
        find_schools(FOLDER, ROOT, "North High, East High", [13])


@pytest.mark.parametrize("value", ["0", "-1"])
def test_a_level_begins_at_one(value: str) -> None:
    """The account itself is the district."""
    with pytest.raises(SettingsError, match="GPB_SCHOOL_LEVEL must be a level from 1"):
        load_settings(school_level=value)
