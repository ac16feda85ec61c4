"""The association frame: which rows there are, and their status."""

from __future__ import annotations

import pandas as pd
import pytest

from gpb.frames.codec import Layout
from gpb.frames.snapshot import Snapshot
from gpb.matching.section_link import section_links
from tests.builders import (
    COURSE,
    EMPTY,
    FIRST,
    HOMEWORK,
    OTHERS,
    RETIRED,
    SECOND,
    TESTS,
    UNKNOWN,
    category,
    default_categories,
    group,
    mapped,
    section,
    snapshot,
)


def status_by_section(found: Snapshot) -> dict[tuple[int, int], str]:
    """Status of each row by (group id, section id)."""
    rows = found.associations()
    return dict(zip(zip(rows["group_id"], rows["section_id"], strict=True), rows["status"], strict=True))


def test_one_row_per_group_and_sis_section() -> None:
    """Sections without a SIS ID have no rows: nothing can be associated there."""
    found = snapshot(
        [group(1, "HW"), group(2, "Tests")], sections=[section(1, FIRST), section(2, None), section(3, SECOND)]
    )
    assert sorted(status_by_section(found)) == [(1, 1), (1, 3), (2, 1), (2, 3)]


def test_a_key_in_another_letter_case_is_the_sections_where_it_can_be_no_other() -> None:
    """To the letter first, of two alike neither; the text of the key is as Canvas stores it."""
    groups = [
        group(1, "alone", mapped(CLASS_1=TESTS)),
        group(2, "both", mapped(CLASS_1=TESTS, class_1=HOMEWORK)),
        group(3, "taken away", {"sistemic": {"categoryMapping": {"CLASS-1": {"id": TESTS}, FIRST: None}}}),
    ]
    one, two = (snapshot(groups, sections=sections) for sections in ([section(1, FIRST)], [
        section(1, FIRST), section(2, "Class-1")]))  # fmt: skip
    stored = one.associations()["stored_category_id"]
    assert stored.dropna().tolist() == [TESTS, HOMEWORK]
    rows = two.associations().set_index(["group_id", "section_id"])["stored_category_id"]
    assert rows.dropna().to_dict() == {(2, 1): HOMEWORK}


def test_each_status() -> None:
    """Synchronized, the three ways to be broken, unassociated, no categories, no class, kept elsewhere."""
    data = mapped(class_1=HOMEWORK, class_2="c-deleted", class_9=HOMEWORK)
    sections = [section(1, FIRST), section(2, SECOND), section(3, EMPTY), section(4, UNKNOWN)]
    groups = [
        group(1, "HW", data),
        group(2, "HW", mapped(class_1=RETIRED, class_2=TESTS)),
        group(3, "HW", mapped(class_1=OTHERS)),
        group(4, "HW", {"syncedWithSisCategory": True}),
        group(5, "HW", {"syncedWithSisCategory": True, **mapped(class_1=HOMEWORK)}),
    ]
    expected = {
        1: ["Synchronized", "Broken", "No categories", "No SIS class"],
        2: ["Broken", "Synchronized", "No categories", "No SIS class"],
        3: ["Broken", "Unassociated", "No categories", "No SIS class"],
        4: ["Elsewhere", "Elsewhere", "Elsewhere", "No SIS class"],
        5: ["Synchronized", "Unassociated", "No categories", "No SIS class"],
    }
    found = status_by_section(snapshot(groups, sections=sections))
    assert {g: [found[g, s] for s in (1, 2, 3, 4)] for g in expected} == expected


def test_a_global_category_is_valid_in_every_class() -> None:
    """OneRoster categories without a class are usable everywhere, so no section is without categories."""
    categories = [category("c-global", "Homework")]
    found = snapshot(
        [group(1, "HW", mapped(class_3="c-global")), group(2, "x")], categories=categories, sections=[section(3, EMPTY)]
    )
    assert status_by_section(found) == {(1, 3): "Synchronized", (2, 3): "Unassociated"}
    assert found.validity.options(EMPTY) == {"c-global": "Homework"}


def test_a_stored_title_is_resolved_within_the_section() -> None:
    """Districts that store titles: the same title means each section's own category."""
    categories = [category("a", "Homework", FIRST), category("b", "Homework", SECOND)]
    data = {"sistemic": {"categoryMapping": {key: {"name": "Homework"} for key in (FIRST, SECOND)}}}
    found = snapshot([group(1, "HW", data)], categories=categories, layout=Layout(None, "name"))
    assert found.associations()["stored_category_id"].tolist() == ["a", "b"]
    assert found.associations()["status"].tolist() == ["Synchronized", "Synchronized"]


def test_a_deleted_category_shows_the_title_stored_beside_it() -> None:
    """Nothing else is left to tell a coordinator what it was."""
    data = {"sistemic": {"categoryMapping": {FIRST: {"id": "gone", "title": "Old Homework"}}}}
    found = snapshot([group(1, "HW", data)], sections=[section(1, FIRST)])
    assert found.associations()["stored_category"].tolist() == ["Old Homework"]


def test_the_name_match_is_the_first_category_with_the_groups_name() -> None:
    """Without an association grade passback takes it; rows with an association have none."""
    categories = [
        category("first", "Homework", FIRST),
        category("second", "Homework", FIRST),
        *default_categories()[1:],
    ]
    groups = [group(1, "Homework"), group(2, "homework"), group(3, "Tests", mapped(class_1=TESTS))]
    rows = snapshot(groups, categories=categories, sections=[section(1, FIRST)]).associations()
    assert rows["name_match_id"].fillna("").tolist() == ["first", "", ""]


def test_labels_links_and_origin() -> None:
    """School, teacher, links into both systems and the course that a cross-listed section came from."""
    found = snapshot([group(1, "=SUM(A1) 📝")],
                     sections=[section(1, FIRST, nonxlist_course_id=99)])  # fmt: skip
    row = found.with_links(found.associations()).iloc[0]
    assert row["school"] == "North High"
    assert row["teacher"] == "Zoë Núñez"
    assert row["group"] == "=SUM(A1) 📝"
    assert row["origin_course_id"] == 99
    assert row["canvas_link"] == f"https://canvas.example/canvas/courses/{COURSE}/assignments"
    assert row["focus_link"] == ""


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("https://f.example/s?id={class_id}", ["https://f.example/s?id=class-1", "https://f.example/s?id=a%2Fb%26c%20%7B"]),
        ("https://f.example/{sis_section_id}/{class_id}",
         ["https://f.example/class-1/class-1", "https://f.example/a%2Fb%26c%20%7B/a%2Fb%26c%20%7B"]),
    ],
)  # fmt: skip
def test_the_address_of_a_section_is_the_districts_pattern_filled_in(pattern: str, expected: list[str]) -> None:
    """Every id escaped, so that no id leads elsewhere."""
    classes = pd.Series([FIRST, "a/b&c {", None])
    assert section_links(pattern, classes, classes).tolist() == [*expected, ""]
    assert section_links("", classes, classes).tolist() == ["", "", ""]


def test_the_icon_is_what_canvas_itself_shows() -> None:
    """Aligned by its rule for integration_data, Imported by sis_source_id."""
    groups = [group(1, "a"), group(2, "b", mapped(x="y")), group(3, "c", mapped(x="y"), sis_source_id="S1")]
    rows = snapshot(groups, sections=[section(1, FIRST)]).associations()
    assert rows["canvas_icon"].tolist() == ["", "Aligned", "Aligned, Imported"]


def test_a_snapshot_with_nothing_in_it_is_an_empty_frame() -> None:
    """A term without courses is no error."""
    assert snapshot([], sections=[], categories=[]).associations().empty


def test_flat_foreign_keys_are_no_associations() -> None:
    """Only keys that are sections of the course count."""
    found = snapshot([group(1, "HW", {"other": "value", FIRST: HOMEWORK, "n": 5})], codec="flat")
    assert status_by_section(found) == {(1, 1): "Synchronized", (1, 2): "Unassociated"}
