"""How a Canvas keeps associations is evidence: what is written has the right fields, or nothing is written."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.frames.codec import BARE, FLAG, Layout, Target
from gpb.frames.judge import judge
from gpb.frames.shape import Shape
from gpb.frames.tally import Form as Marks
from gpb.frames.tally import Tally, tally
from tests.builders import FIRST, SECOND, category, group, section
from tests.examples import examples
from tests.frames import districts

HOMEWORK, TESTS, QUIZZES = (f"6f1c1f0e-0a57-4a59-9f2a-00000000000{number}" for number in (1, 2, 3))
CATEGORIES = [category(one, title, FIRST, SECOND) for one, title in
              ((HOMEWORK, "Homework"), (TESTS, "Tests"), (QUIZZES, "Quizzes"))]  # fmt: skip
SECTIONS = [section(1, FIRST), section(2, SECOND)]


def seen(groups: dict[str, Any], categories: Any = CATEGORIES, codec: str = "sistemic") -> list[Tally]:
    """What groups testify, given by name with the value that each of the two sections bears."""
    found = []
    for number, (name, value) in enumerate(groups.items(), 1):
        values = {FIRST: value, SECOND: value}
        found.append(group(number, name, values if codec == "flat" else {"sistemic": {"categoryMapping": values}}))
    return tally(districts.District(found, SECTIONS, categories, {}).tables(), {})


def shape_of(groups: dict[str, Any], categories: Any = CATEGORIES, codec: str = "sistemic") -> Shape:
    """The shape that one reading of these groups gives."""
    return judge(seen(groups, categories, codec), [], codec)


def vendors(identifier: Any, title: str, **others: Any) -> dict[str, Any]:
    """A value as the vendor's screen may write it."""
    return {"categoryId": identifier, "categoryTitle": title, "mappedBy": "teacher", **others}


def test_the_fields_that_hold_id_and_title_of_the_very_category_are_found() -> None:
    """Whatever else they are called; other fields are nobody's business."""
    shape = shape_of({"HW": vendors(HOMEWORK, "Homework"), "Big": vendors(TESTS, "Tests")})
    assert (shape.unknown, shape.layout, shape.entries) == (None, Layout("categoryId", "categoryTitle"), 4)
    assert "“categoryId”" in shape.sentence
    assert "4 stored associations" in shape.sentence


def test_a_field_with_the_groups_name_and_the_title_are_told_apart_or_left_open() -> None:
    """Case: the vendor keeps the group's name beside, and it equals the title in every row."""
    values = {name: vendors(one, name, assignmentGroupName=name) for name, one in
              (("Homework", HOMEWORK), ("Tests", TESTS))}  # fmt: skip
    shape = shape_of(values)
    assert shape.unknown is not None
    assert "“categoryTitle”" in shape.unknown
    assert "“assignmentGroupName”" in shape.unknown
    assert shape.coder.read({"sistemic": {"categoryMapping": {FIRST: values["Tests"]}}})[FIRST].reference == TESTS
    told = shape_of(values | {"Warm-ups": vendors(QUIZZES, "Quizzes", assignmentGroupName="Warm-ups")})
    assert (told.unknown, told.layout) == (None, Layout("categoryId", "categoryTitle"))


def test_the_only_text_that_equals_the_title_may_be_the_groups_name() -> None:
    """Where all groups are called like their categories nobody can tell."""
    assert shape_of({"Homework": {"c": HOMEWORK, "n": "Homework"}, "Tests": {"c": TESTS, "n": "Tests"}}).unknown


def test_a_field_that_is_the_groups_name_in_every_entry_is_not_the_title() -> None:
    """Several groups that are called unlike their category show it, also beside a title that is out of date."""
    names = ["Homework", "HW", "Warm-ups", "Exams", "Bellwork", *(f"Unit {word}" for word in "abcdefg")]
    groups = {name: {"c": HOMEWORK, "n": name} for name in names}
    assert shape_of({name: groups[name] for name in names[:4]}).unknown
    told = shape_of(groups)
    assert (told.unknown, told.layout) == (None, Layout("c", None))
    titled = shape_of({name: one | {"t": "Old" if name == "Homework" else "Homework"} for name, one in groups.items()})
    assert (titled.unknown, titled.layout.title_field) == (None, "t")


@pytest.mark.parametrize("beside", [{"order": 1}, {"order": "2", "points": 3}])
def test_small_numbers_that_could_be_ids_by_chance_are_left_open(beside: dict[str, Any]) -> None:
    """Ids 1 to 3 beside other small numbers: both fit, or either would."""
    small = [category(str(number), title, FIRST, SECOND) for number, title in
             enumerate(("Homework", "Tests", "Quizzes"), 1)]  # fmt: skip
    shape = shape_of({"HW": vendors("1", "Homework", **beside), "Big": vendors("2", "Tests", **beside)}, small)
    assert shape.unknown is not None
    assert "“categoryId”" in shape.unknown


def test_entries_of_two_programs_contradict_each_other() -> None:
    """What release 0.3.1 invented on an empty term, beside what the vendor's screen writes."""
    shape = shape_of({"HW": vendors(HOMEWORK, "Homework"), "Big": {"id": TESTS, "title": "Tests"}})
    assert shape.unknown is not None
    assert shape.contradicts
    assert "contradict" in shape.unknown


def test_without_any_entry_nothing_is_known() -> None:
    """And with entries that name no category of their own section neither."""
    assert "No association" in str(judge([], [], "sistemic").unknown)
    foreign = shape_of({"HW": vendors("dead-1", "Old"), "Big": vendors("dead-2", "Older")})
    assert "names a category" in str(foreign.unknown)


def test_an_id_of_another_section_is_no_evidence() -> None:
    """The field must hold the id of a category of that very section."""
    elsewhere = [category(HOMEWORK, "Homework", "class-9"), category(TESTS, "Tests", "class-9")]
    assert shape_of({"HW": vendors(HOMEWORK, "Homework"), "Big": vendors(TESTS, "Tests")}, elsewhere).unknown


def test_dead_ids_beside_living_titles_are_no_district_of_titles() -> None:
    """August: every id has died, and the new categories bear the old titles; last year's entries still tell."""
    last_year = [category(f"{one.id}-old", one.title, FIRST, SECOND) for one in CATEGORIES]
    groups = {"HW": vendors(f"{HOMEWORK}-old", "Homework"), "Big": vendors(f"{TESTS}-old", "Tests")}
    now = seen(groups)
    assert judge(now, [], "sistemic").unknown
    shape = judge(now, seen(groups, last_year), "sistemic")
    assert (shape.unknown, shape.layout) == (None, Layout("categoryId", "categoryTitle"))
    again = shape_of({"HW": {"categoryTitle": "Homework"}, "Big": {"categoryTitle": "Tests"}})
    assert (again.unknown, again.layout) == (None, Layout(None, "categoryTitle"))
    titles = seen({"HW": {"categoryTitle": "Homework"}, "Big": {"categoryTitle": "Tests"}})
    assert judge(titles, seen(groups, last_year), "sistemic").layout.id_field == "categoryId"


def test_when_all_categories_have_been_renamed_the_title_is_still_the_title() -> None:
    """Every stored title is stale; unless the vendor has left the field out since."""
    groups = {f"g{number}": vendors(one.id, one.title) for number, one in enumerate(CATEGORIES * 4)}
    renamed = [category(one.id, f"{one.title} (new)", FIRST, SECOND) for one in CATEGORIES]
    assert judge(seen(groups, renamed), seen(groups), "sistemic").layout.title_field == "categoryTitle"
    without = {name: {"categoryId": value["categoryId"]} for name, value in groups.items()}
    assert judge(seen(without, renamed), seen(groups), "sistemic").layout.title_field is None


def test_categories_that_are_switched_off_were_known_there() -> None:
    """Their ids are evidence all the same."""
    off = [category(one.id, one.title, FIRST, SECOND, active=False) for one in CATEGORIES]
    assert shape_of({"HW": vendors(HOMEWORK, "Homework"), "Big": vendors(TESTS, "Tests")}, off).unknown is None


def test_titles_alone_and_values_that_are_no_objects_are_shapes_too() -> None:
    """Districts that store a title only, an id only, or the bare value."""
    assert shape_of({"HW": {"t": "Homework"}, "Big": {"t": "Tests"}}).layout == Layout(None, "t")
    assert shape_of({"HW": {"c": HOMEWORK}, "Big": {"c": TESTS}}).layout == Layout("c", None)
    assert shape_of({"HW": HOMEWORK, "Big": TESTS}).layout == Layout(BARE, None)
    numbers = [category("954", "Homework", FIRST, SECOND), category("7102", "Tests", FIRST, SECOND)]
    big = [category(f"{number}", title, FIRST, SECOND) for number, title in ((5954, "Homework"), (7102, "Tests"))]
    assert shape_of({"HW": 5954, "Big": 7102}, big, "flat").layout == Layout(BARE, None, as_number=True)
    assert shape_of({"HW": 954, "Big": 954}, numbers, "flat").unknown


def test_the_setting_does_not_replace_evidence() -> None:
    """GPB_CODEC names a shape; where the other one is stored, nothing is written."""
    found = seen({"HW": HOMEWORK, "Big": TESTS}, codec="flat")
    assert "Set GPB_CODEC=flat" in str(judge(found, [], "sistemic").unknown)
    assert judge(found, [], "flat").unknown is None
    both = [*found, *seen({"HW": vendors(HOMEWORK, "Homework"), "Big": vendors(TESTS, "Tests")})]
    assert judge(both, [], "flat").contradicts


def test_the_flag_is_evidence() -> None:
    """It is written only where this Canvas has been seen to write it beside associations."""
    for flag in (True, None):
        beside = {FLAG: True} if flag else {}
        groups = [group(number, f"g{number}", {FIRST: one, **beside}) for number, one in enumerate([HOMEWORK, TESTS])]
        found = tally(districts.District(groups, SECTIONS, CATEGORIES, {}).tables(), {})
        assert judge(found, [], "flat").writes_flag is bool(flag)


def test_what_this_program_wrote_itself_says_nothing() -> None:
    """A guess must not confirm itself."""
    values = {FIRST: {"id": HOMEWORK, "title": "Homework"}}
    tables = districts.District(
        [group(1, "HW", {"sistemic": {"categoryMapping": values}})], SECTIONS, CATEGORIES, {}
    ).tables()
    assert tally(tables, {1: values}) == []
    assert len(tally(tables, {1: {FIRST: {"id": TESTS}}})) == 1


def test_a_form_is_kept_as_text_and_without_values() -> None:
    """Fields that hold neither id nor title leave only a number that tells values apart."""
    found = seen({"HW": vendors(HOMEWORK, "Homework", mappedBy="Zoë Núñez")})
    assert Marks.from_text(found[0].form.text) == found[0].form
    assert "Zoë" not in found[0].form.text + str(found[0].examples) + str(found[0].values)
    assert found[0].examples[0] == {
        "group": 1, "section": FIRST, "fields": {"categoryId": HOMEWORK, "categoryTitle": "Homework"}}  # fmt: skip


def test_a_field_with_the_id_of_another_category_may_be_the_right_one() -> None:
    """Where both hold ids of the section nobody can tell; where half of the ids have died the living decoy is none."""
    other = {HOMEWORK: TESTS, TESTS: QUIZZES, QUIZZES: HOMEWORK}
    rows = (("HW", HOMEWORK), ("Big", TESTS), ("Extra", QUIZZES))
    both = shape_of({name: {"now": one, "before": other[one]} for name, one in rows})
    assert both.unknown is not None
    dead = {name: {"now": f"{one[:-1]}9", "before": other[one]} for name, one in rows[:2]}
    alive = {"Extra": {"now": QUIZZES, "before": f"{QUIZZES[:-1]}8"}}
    assert shape_of(dead | alive).unknown is not None


def test_ids_as_text_and_as_numbers_contradict_each_other() -> None:
    """What a new one would be is a guess."""
    big = [category(str(number), title, FIRST, SECOND) for number, title in ((5954, "Homework"), (7102, "Tests"))]
    mixed = shape_of({"HW": vendors(5954, "Homework"), "Big": vendors("7102", "Tests")}, big)
    assert mixed.contradicts
    assert shape_of({"HW": vendors(5954, "Homework"), "Big": vendors(7102, "Tests")}, big).layout.as_number


def test_a_text_that_is_the_title_in_most_entries_only_is_left_open() -> None:
    """A title is right but for a few that went stale; this may be about something else."""
    values = {f"g{number}": {"id": HOMEWORK, "last": "Homework" if number < 7 else "Old"} for number in range(10)}
    values |= {"other": {"id": TESTS, "last": "Tests"}}
    assert "“last”" in str(shape_of(values).unknown)


@pytest.mark.parametrize("entry", [{"oid": "x"}, {"id": None, "ref": "7"}, "note"])
def test_entries_of_another_tool_that_say_nothing_contradict_too(entry: Any) -> None:
    """They are no associations, and it is not known whose way is the vendor's."""
    assert shape_of({"HW": vendors(HOMEWORK, "Homework"), "Big": vendors(TESTS, "Tests"), "Other": entry}).contradicts


def flagged(*groups: dict[str, Any]) -> list[Tally]:
    """What groups with this ``integration_data`` testify."""
    found = [group(number, f"g{number}", data) for number, data in enumerate(groups, 1)]
    return tally(districts.District(found, SECTIONS, CATEGORIES, {}).tables(), {})


def test_the_flag_alone_is_a_shape_of_its_own_and_nothing_is_written_in_it() -> None:
    """A migrated district; where associations can be read beside it, those decide."""
    alone = judge(flagged({FLAG: True}, {FLAG: False}, {}), [], "sistemic")
    assert (alone.unknown, alone.is_flag_only, alone.entries) == (None, True, 2)
    assert "not with what" in str(alone.closed)
    mapped = seen({"HW": vendors(HOMEWORK, "Homework"), "Big": vendors(TESTS, "Tests")})
    assert judge([*mapped, *flagged({FLAG: True})], [], "sistemic").closed is None
    assert judge(flagged({FLAG: True}), mapped, "sistemic").is_flag_only
    assert not judge(flagged({"sistemic": {"categoryMapping": {FIRST: vendors(HOMEWORK, "Homework")}}, FLAG: True}), [],
                     "sistemic").is_flag_only  # fmt: skip


def test_a_term_with_the_flag_alone_does_not_take_what_older_terms_show() -> None:
    """The vendor may have moved its associations away in between."""
    mapped = seen({"HW": vendors(HOMEWORK, "Homework"), "Big": vendors(TESTS, "Tests")})
    here = flagged({FLAG: True})
    assert "First contact" in str(judge([*mapped, *here], [], "sistemic", here).unknown)
    assert judge(mapped, [], "sistemic", []).unknown is None


@pytest.mark.parametrize(
    ("groups", "of_others", "is_plain"), [(9, 0, False), (10, 0, True), (120, 1, True), (60, 1, False)]
)
def test_plain_are_twenty_entries_and_more_than_99_percent_of_all(groups: int, of_others: int, is_plain: bool) -> None:
    """Each group has two entries; an id that has died agrees, another tool's entry does not."""
    ids = [HOMEWORK, TESTS, QUIZZES]
    titles = ["Homework", "Tests", "Quizzes"]
    values: dict[str, Any] = {f"g{one}": vendors(ids[one % 3], titles[one % 3]) for one in range(groups)}
    values |= {f"other{one}": {"x": HOMEWORK} for one in range(of_others)}
    assert shape_of(values).is_plain is is_plain


@settings(max_examples=examples(300), deadline=None)
@given(seed=st.integers(0, 10**9))
def test_what_is_written_has_exactly_the_right_fields_or_nothing_is_written(seed: int) -> None:
    """Fields under random names, ids of any kind, dead ids, old titles; decoys that hold the group's name, small
    numbers, constants and times. The judge knows the form that the entries were made in."""
    rng = random.Random(seed)
    form = districts.random_form(rng)
    district = districts.random_district(rng, form)
    shape = judge(tally(district.tables(), {}), [], form.codec)
    if shape.unknown is not None or not district.entries:
        return  # nobody can tell another tool from the vendor's where that has written nothing
    wanted = rng.choice(district.categories)
    places = [*district.entries.items(), ((1, "class-new"), None)]
    for (group_id, key), old in places:
        data = district.groups[group_id - 1]["integration_data"]
        present = shape.coder.read(data).get(key)
        if present is not None and present.reference in (wanted.id, wanted.title):
            continue
        after = {**data, **shape.coder.write(data, {key: Target(wanted.id, wanted.title)})}
        stored = after[key] if form.codec == "flat" else after["sistemic"]["categoryMapping"][key]
        assert stored == right_value(form, old, wanted.id, wanted.title), (form, shape)


def right_value(form: districts.Form, old: Any, identifier: str, title: str) -> Any:
    """What the vendor's screen would have put there; of a new value only what this program vouches for."""
    own = int(identifier) if form.ids == "numbers" else identifier
    fields = {form.id_field: own, form.title_field: title}
    fields.pop(None, None)
    kept = old if isinstance(old, dict) else {}
    return fields.get(BARE, {**kept, **fields})
