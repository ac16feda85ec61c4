"""Pages of Canvas' lists: numbered ones, bookmarks, and how long a page is."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gpb.sandbox import Running
from tests.sandbox.conftest import canvas

LISTS = {
    "accounts/1/terms": True,
    "courses/1001/sections": True,
    "courses/1001/assignment_groups": True,
    "accounts/self/courses": False,
    "accounts/self/sub_accounts": False,
}
"""Path, and whether its pages are numbered."""


def page_of(reply: httpx.Response, relation: str) -> str:
    """The page that a link leads to."""
    return parse_qs(urlsplit(reply.links[relation]["url"]).query)["page"][0]


def ids(reply: httpx.Response) -> list[int]:
    """Ids of a page; terms are wrapped."""
    content: Any = reply.json()
    return [one["id"] for one in (content if isinstance(content, list) else content["enrollment_terms"])]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from([*LISTS]), length=st.integers(1, 100))
def test_pages_of_any_length_hold_every_item_once(district: Running, path: str, length: int) -> None:
    """Following `next` gives the same as one long page; a numbered list names its last page, a bookmarked one none."""
    query = "&enrollment_term_id=3&by_subaccounts[]=10" if path.endswith("/courses") else ""
    with canvas(district) as client:
        whole = ids(client.get(f"{path}?per_page=100{query}"))
        reply = client.get(f"{path}?per_page={length}{query}")
        found = ids(reply)
        pages = 1
        while "next" in reply.links:
            assert len(ids(reply)) == length
            reply = client.get(reply.links["next"]["url"])
            pages += 1
            found += ids(reply)
            assert ("last" in reply.links) == LISTS[path]
            if LISTS[path]:
                numbers = [page_of(reply, relation) for relation in ("current", "prev", "first", "last")]
                assert numbers == [str(pages), str(pages - 1), "1", str(-(-len(whole) // length))]
        assert found == whole
        assert len(found) == len(set(found)) > 1


@pytest.mark.parametrize(
    ("query", "length"),
    [("", 6), ("per_page=0", 1), ("per_page=many", 1), ("per_page=", 1), ("per_page=-3", 1), ("per_page=2x", 2)],
)
def test_page_length_is_clamped_and_text_means_one(district: Running, query: str, length: int) -> None:
    """As Ruby reads a number: what does not begin with one is 0, and 0 or less is 1."""
    assert len(ids(canvas(district).get(f"courses/1001/assignment_groups?{query}"))) == length


def test_numbered_page_past_the_end_is_empty_and_one_without_a_number_is_refused(district: Running) -> None:
    """`200 []` with a link back to the last page, and nothing beyond; a false bookmark is 404."""
    reply = canvas(district).get("courses/1001/assignment_groups?page=7&per_page=4")
    assert (reply.status_code, reply.json(), "next" in reply.links, page_of(reply, "last")) == (200, [], False, "2")
    assert canvas(district).get("courses/1001/assignment_groups?page=soon").status_code == 404
