"""The codec loses nothing, whatever Canvas stores."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.errors import InputError
from gpb.frames.codec import (
    BARE,
    FLAG,
    Codec,
    FlatCodec,
    Layout,
    SistemicCodec,
    Target,
    section_keys,
)

SECTIONS = ["sec-1", "sec-2", "sec-3"]
IDS = st.sampled_from(["cat-a", "cat-b", "cat-c"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=6,
)
FOREIGN = st.dictionaries(st.text(min_size=1, max_size=6).map("x-{}".format), JSON, max_size=3)
CHANGES = st.dictionaries(
    st.sampled_from(SECTIONS), st.none() | st.builds(Target, IDS, st.just("Title")), min_size=1, max_size=3
)
VALUES = st.fixed_dictionaries({"id": IDS}, optional={"title": st.text(max_size=4), "since": JSON})
SISTEMIC = st.builds(
    lambda mapping, inner, outer: {**outer, "sistemic": {**inner, "categoryMapping": mapping}},
    st.dictionaries(st.sampled_from([*SECTIONS, "elsewhere"]), VALUES, max_size=4),
    FOREIGN,
    FOREIGN,
)
FLAT = st.builds(
    lambda keys, outer: {**outer, **keys}, st.dictionaries(st.sampled_from(SECTIONS), IDS | st.none()), FOREIGN
)


def merged(stored: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """What Canvas stores afterwards: a shallow merge."""
    return {**stored, **sent}


def references(codec: Codec, data: dict[str, Any]) -> dict[str, str]:
    """Stored references of the three sections."""
    return {key: stored.reference for key, stored in codec.read(data).items() if key in SECTIONS}


def every_text(value: Any) -> set[str]:
    """All keys, texts and numbers of a JSON value, as text."""
    if isinstance(value, dict):
        return set(value).union(*map(every_text, value.values()))
    if isinstance(value, list):
        return set().union(*map(every_text, value))
    return {str(value)}


def without(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The other top-level keys."""
    return {key: value for key, value in data.items() if key not in keys}


@given(SISTEMIC, CHANGES)
def test_sistemic_write_changes_the_named_sections_and_nothing_else(
    stored: dict[str, Any], changes: dict[str, Target | None]
) -> None:
    """After the merge the changed sections read as wanted; every other key and field is as it was."""
    codec = SistemicCodec()
    after = merged(stored, codec.write(stored, changes))
    wanted = references(codec, stored) | {key: target.id for key, target in changes.items() if target}
    expected = {key: value for key, value in wanted.items() if changes.get(key, value) is not None}
    assert references(codec, after) == expected
    assert without(after, "sistemic") == without(stored, "sistemic")
    before_root, after_root = stored["sistemic"], after["sistemic"]
    assert without(after_root, "categoryMapping") == without(before_root, "categoryMapping")
    for key, value in before_root["categoryMapping"].items():
        if key not in changes:
            assert after_root["categoryMapping"][key] == value
        elif changes[key] is not None:
            assert without(after_root["categoryMapping"][key], "id", "title") == without(value, "id", "title")


@given(FLAT, CHANGES)
def test_flat_write_changes_the_named_sections_and_nothing_else(
    stored: dict[str, Any], changes: dict[str, Target | None]
) -> None:
    """Unassociated becomes null, since Canvas cannot drop a key."""
    codec = FlatCodec()
    after = merged(stored, codec.write(stored, changes))
    wanted = {**references(codec, stored), **{key: target and target.id for key, target in changes.items()}}
    assert references(codec, after) == {key: value for key, value in wanted.items() if value is not None}
    assert without(after, FLAG, *changes) == without(stored, FLAG, *changes)


@pytest.mark.parametrize("codec", [SistemicCodec(), FlatCodec()])
@given(data=st.dictionaries(st.text(max_size=5), JSON, max_size=4), changes=CHANGES)
def test_writing_twice_is_writing_once(codec: Codec, data: dict[str, Any], changes: dict[str, Target | None]) -> None:
    """Equal writes are idempotent, so repeating one after a lost reply does no harm."""
    once = merged(data, codec.write(data, changes))
    assert merged(once, codec.write(once, changes)) == once


@given(data=st.dictionaries(st.sampled_from(["sistemic", "a", "b"]), JSON, max_size=3))
def test_reading_never_fails(data: dict[str, Any]) -> None:
    """Whatever is stored there, reading gives references or nothing."""
    for codec in (SistemicCodec(), SistemicCodec(Layout(None, "title")), FlatCodec()):
        for key, stored in codec.read(data).items():
            assert key in every_text(data)
            assert stored.reference in every_text(data)


@pytest.mark.parametrize("root", ["text", ["list"], {"categoryMapping": ["list"]}, 5])
def test_a_shape_that_would_lose_something_is_refused(root: object) -> None:
    """Where ``sistemic`` holds something else, nothing is overwritten."""
    with pytest.raises(InputError, match="does not recognize"):
        SistemicCodec().write({"sistemic": root}, {"sec-1": None})


def test_a_district_that_stores_titles_only_is_read_by_title() -> None:
    """No field holds an id: the title is the reference, and writing adds no id."""
    data = {"sistemic": {"categoryMapping": {"sec-1": {"name": "Homework"}}}}
    codec = SistemicCodec(Layout(None, "name"))
    sent = codec.write(data, {"sec-2": Target("cat-a", "Tests")})
    assert codec.read(merged(data, sent))["sec-1"].reference == "Homework"
    assert sent["sistemic"]["categoryMapping"]["sec-2"] == {"name": "Tests"}


@pytest.mark.parametrize(
    ("value", "reference"),
    [
        ({"catId": "gone", "label": "Homework"}, "gone"),
        ({"catId": None, "label": "Homework"}, '{"catId": null, "label": "Homework"}'),
        ({"label": "Homework"}, "Homework"),
        ({"catId": 7, "label": "Homework"}, "7"),
    ],
)
def test_a_title_never_stands_for_an_id_that_is_dead_or_empty(value: Any, reference: str) -> None:
    """It would show as valid what the vendor's own reader cannot find."""
    found = Layout("catId", "label").read(value)
    assert found is not None
    assert (found.reference, found.title) == (reference, "Homework")


@pytest.mark.parametrize(
    ("layout", "old", "new"),
    [
        (Layout("i", "t"), {"i": "dead", "t": "Old", "x": 1}, {"i": "9", "t": "Tests", "x": 1}),
        (Layout("i", "t"), {"t": "Old"}, {"i": "9", "t": "Tests"}),
        (Layout("i", "t", title_in_new=False), None, {"i": "9"}),
        (Layout("i", "t", title_in_new=False), {"i": "8", "t": "Old"}, {"i": "9", "t": "Tests"}),
        (Layout("i", None, as_number=True), None, {"i": 9}),
        (Layout(BARE, None), "8", "9"),
        (Layout(BARE, None, as_number=True), 8, 9),
        (Layout(None, BARE), "Old", "Tests"),
    ],
)
def test_id_and_title_are_written_together_where_the_vendor_does(layout: Layout, old: Any, new: Any) -> None:
    """Never a title without its id, never a new title beside an old id; other fields stay, numbers stay numbers."""
    assert layout.write(old, Target("9", "Tests")) == new


def test_the_flag_is_written_only_where_it_is_missing_and_wanted() -> None:
    """``writes_flag`` is evidence; nothing else makes a codec write it."""
    change: dict[str, Target | None] = {"s": Target("c", "T")}
    for codec in (SistemicCodec(), FlatCodec()):
        assert FLAG not in codec.write({}, change)
    for codec in (SistemicCodec(writes_flag=True), FlatCodec(writes_flag=True)):
        assert codec.write({}, change)[FLAG] is True
        assert FLAG not in codec.write({FLAG: True}, change)
        assert FLAG not in codec.write({"s": "c"}, {"s": None})


@given(value=JSON)
def test_a_value_of_unknown_shape_still_counts_as_an_association(value: Any) -> None:
    """Its JSON text is the reference, so that a change of it is noticed; only null and "" are none."""
    found = Layout().read(value)
    assert (found is None) == (value is None or value == "")
    if isinstance(value, dict) and not {"id", "title"} & set(value):
        assert found is not None
        assert json.loads(found.reference) == value


@pytest.mark.parametrize(
    ("codec", "data", "entry", "expected"),
    [
        (SistemicCodec(Layout("id", None)), {}, {"id": "cat-a", "by": 1}, {"id": "cat-a", "by": 1}),
        (SistemicCodec(Layout("id", None)), {}, "cat-a", "cat-a"),
        (SistemicCodec(Layout("id", None)), {}, {"categoryId": "cat-a"}, {"categoryId": "cat-a", "id": "cat-a"}),
        (SistemicCodec(Layout("id", None)), {"sistemic": {"categoryMapping": {"sec-2": {"by": 2}}}}, {"id": "cat-a"},
         {"by": 2, "id": "cat-a"}),
        (FlatCodec(), {"sec-2": None}, 954, 954),
        (FlatCodec(), {"sec-2": "cat-b"}, 954, "cat-a"),
    ],
)  # fmt: skip
def test_an_entry_comes_back_as_it_was_where_nothing_is_there_now(
    codec: Codec, data: dict[str, Any], entry: Any, expected: Any
) -> None:
    """And with the category laid over it where the layout was learned otherwise since."""
    sent = codec.write(data, {"sec-2": Target("cat-a", "Tests", entry)})
    assert codec.entry({**data, **sent}, "sec-2") == expected


@given(
    stored=st.sets(st.text("aAbB1ß", min_size=1, max_size=3)),
    sis_ids=st.sets(st.text("aAbB1ß", min_size=1, max_size=3)),
)
def test_every_stored_key_means_one_thing(stored: set[str], sis_ids: set[str]) -> None:
    """None is lost or stands twice; one to the letter is that section's, and the first of its keys."""
    found = section_keys(stored, sis_ids)
    assert sorted(key for keys in found.values() for key in keys) == sorted(stored)
    assert all(found[key][0] == key for key in stored & sis_ids)
    for meant, keys in found.items():
        assert {key.casefold() for key in keys} == {meant.casefold()}
        alike = [one for one in sis_ids if one.casefold() == meant.casefold()]
        assert len(alike) == 1 or keys == [meant]
