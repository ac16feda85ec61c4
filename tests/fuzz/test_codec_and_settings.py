"""Whatever Canvas stores and whatever stands in a setting: associations and settings, or a sentence."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpb.api.connect import connect
from gpb.errors import GpbError, InputError, SettingsError
from gpb.frames.codec import Codec, FlatCodec, Layout, SistemicCodec, Target, is_aligned
from gpb.frames.shape import Shape, judge
from gpb.frames.tally import tally
from gpb.settings import load_settings
from tests.builders import category, group, section
from tests.frames.districts import District

SECTIONS = ("s-1", "s-2")
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8))
NAMES = st.sampled_from([*SECTIONS, "sistemic", "categoryMapping", "syncedWithSisCategory", "id", "categoryId", "x"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4))
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)
CODECS = [SistemicCodec(), SistemicCodec(Layout("categoryId", None)), FlatCodec()]


@pytest.mark.parametrize("codec", CODECS, ids=["sistemic", "other layout", "flat"])
@settings(deadline=None)
@given(data=OBJECTS, unassociate=st.booleans())
def test_any_json_is_read_and_takes_a_change_or_refuses_it(
    codec: Codec, data: dict[str, Any], unassociate: bool
) -> None:
    """What is written shows the change and nothing else of ours differs; what is refused is refused with a sentence."""
    before = codec.read(data)
    target = None if unassociate else Target("c-1", "Homework")
    try:
        sent = codec.write(data, {SECTIONS[0]: target})
    except InputError as refused:
        assert str(refused).endswith(".")
        return
    after = codec.read({**data, **sent})
    assert (after.get(SECTIONS[0]) is None) == unassociate
    assert after.get(SECTIONS[1]) == before.get(SECTIONS[1])


@settings(deadline=None)
@given(groups=st.lists(OBJECTS, max_size=4))
def test_any_json_can_testify(groups: list[dict[str, Any]]) -> None:
    """The shape and the icon are told of anything; what is said is a sentence."""
    found = [group(place, "Homework", data) for place, data in enumerate(groups, 1)]
    sections = [section(place, key) for place, key in enumerate(SECTIONS, 1)]
    tables = District(found, sections, [category("c-1", "Homework", *SECTIONS)], {}).tables()
    for codec in ("sistemic", "flat"):
        shape = judge(tally(tables, {}), [], codec)
        assert Shape.from_json(shape.to_json()) == shape
        assert shape.sentence.endswith(".")
    assert all(isinstance(is_aligned(data), bool) for data in groups)


WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["http://x", "https://[", "http://x:99999/c", "regex:(", "regex:(a)", "flat", "\0", "http://ü.x"]),
)
NAMES_OF_SETTINGS = (
    *("canvas_url", "canvas_token", "canvas_account", "term", "sis_dialect", "sis_url", "sis_client_id"),
    *("sis_client_secret", "codec", "section_key", "store_url"),
)


@settings(deadline=None, max_examples=30)
@given(wishes=st.dictionaries(st.sampled_from(NAMES_OF_SETTINGS), WORDS, max_size=6))
def test_any_settings_are_taken_or_refused_with_a_sentence(wishes: dict[str, str]) -> None:
    """Also where connections are made of them; a token is in no sentence."""

    async def try_out() -> None:
        async with connect(load_settings(None, **wishes)):
            pass

    try:
        asyncio.run(try_out())
    except GpbError as refused:
        assert isinstance(refused, SettingsError)
        assert str(refused).endswith(".")
        token = wishes.get("canvas_token", "")
        assert len(token) < 8 or token not in str(refused)
