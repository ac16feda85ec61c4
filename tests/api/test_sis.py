"""What both dialects share: reading whole lists, and merging the rows of one category."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from gpb.api.oneroster import OneRosterClient
from gpb.api.sis import merged_categories, unique, why_not_shown
from gpb.api.sis_replies import oneroster_reply
from gpb.api.types import SisCategory, SisClass, SisSchool
from gpb.errors import ApiError
from gpb.sandbox import Running

CLASSES = st.one_of(st.none(), st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(tuple))
CATEGORIES = st.lists(st.builds(SisCategory, st.sampled_from("xyz"), st.just("t"), st.booleans(), CLASSES), max_size=8)


@given(CATEGORIES)
def test_rows_of_one_category_add_up(rows: list[SisCategory]) -> None:
    """One category per id with the classes of all its rows; global, or active, when one of its rows is."""
    merged = {one.id: one for one in merged_categories(rows)}
    assert merged.keys() == {row.id for row in rows}
    assert len(merged) == len(merged_categories(rows))
    for one in merged.values():
        own = [row for row in rows if row.id == one.id]
        assert one.active == any(row.active for row in own)
        if any(row.class_ids is None for row in own):
            assert one.class_ids is None
        else:
            assert sorted(one.class_ids or ()) == sorted({name for row in own for name in row.class_ids or ()})


def test_a_school_or_class_that_comes_twice_is_kept_once() -> None:
    """The last one is the newest."""
    assert unique([SisSchool("s", "Old"), SisSchool("s", "New")]) == [SisSchool("s", "New")]
    assert unique([SisClass("c", None, "A", True)] * 2) == [SisClass("c", None, "A", True)]


@pytest.mark.parametrize("class_id", ["a/b", "a b"])
async def test_an_id_that_a_server_refuses_in_an_address_is_told_as_that(box: Running, class_id: str) -> None:
    """Nothing is wrong with the address of the settings; another id that is not there says so instead."""
    client = OneRosterClient.at(
        box.oneroster_url, box.settings["GPB_SIS_CLIENT_ID"], SecretStr(box.settings["GPB_SIS_CLIENT_SECRET"])
    )
    with pytest.raises(ApiError) as refused:
        await client.used_categories(class_id)
    why = why_not_shown(class_id, refused.value)
    assert ("%2F" in why, "has no list of assignments" in why) == ("/" in class_id, "/" not in class_id)
    assert "GPB_SIS_URL" not in why
    await client.aclose()


@pytest.mark.parametrize("status", [301, 400, 403, 404])
def test_a_page_instead_of_the_assignments_of_one_section_blames_no_setting(status: int) -> None:
    """Focus answers otherwise, so the address is right."""
    with pytest.raises(ApiError) as refused:
        oneroster_reply(status, {"content-type": "text/html", "location": "/"}, b"<html>No</html>", "the line items")
    for class_id in ("a/b", "plain"):
        assert "GPB_SIS_URL" not in why_not_shown(class_id, refused.value)
