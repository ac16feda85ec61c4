"""Walks over pages: complete, or refused; laws for any list, and each way in which a walk goes wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.api import paging
from gpb.api.paging import LinkPages, OffsetPages, link_targets
from gpb.api.records import Raw
from gpb.errors import BrokenReply, WrongServer

PAGE = "https://alden.example/api/v1/courses?page="
BASE = "https://alden.example/sections"


def rows(*ids: int) -> list[Raw]:
    """Rows with these ids."""
    return [{"id": one} for one in ids]


def take(pages: LinkPages, url: str, link: str, found: list[Raw]) -> list[Raw]:
    """The rows that are new, told apart by their ids."""
    return pages.take(url, link, found, [str(row["id"]) for row in found])


def ids(found: list[Raw]) -> list[int]:
    """The ids of rows."""
    return [row["id"] for row in found]


def following(page: str) -> str:
    """A ``Link`` header as Canvas writes it."""
    return f'<{PAGE}first>; rel="current",<{PAGE}{page}>; rel="next",<{PAGE}first>; rel="first"'


LAST = f'<{PAGE}x>; rel="current",<{PAGE}first>; rel="first"'


def walk() -> LinkPages:
    """A walk over pages of three."""
    return LinkPages("Canvas", "the courses", PAGE + "1", 3)


def test_link_targets_are_found_whatever_the_spelling() -> None:
    """Commas in addresses, several relations, no quotes, further parameters (RFC 8288)."""
    header = '<https://a/?x=1,2;3>; rel="next last", </b>;title="t"; rel=first , <c>; REL="Prev"'
    assert link_targets(header) == {
        "next": "https://a/?x=1,2;3",
        "last": "https://a/?x=1,2;3",
        "first": "/b",
        "prev": "c",
    }
    assert link_targets("") == {}


def test_a_walk_ends_at_the_page_without_a_next_one() -> None:
    """The next address is opaque."""
    pages = walk()
    assert ids(take(pages, PAGE + "1", following("bookmark:xyz"), rows(1, 2, 3))) == [1, 2, 3]
    assert pages.next_url == PAGE + "bookmark:xyz"
    assert ids(take(pages, PAGE + "bookmark:xyz", LAST, rows(4))) == [4]
    assert pages.next_url is None


def test_an_empty_list_is_a_list() -> None:
    """One page without rows."""
    pages = walk()
    assert take(pages, PAGE + "1", LAST, []) == []
    assert pages.next_url is None


def test_a_row_that_moves_between_pages_is_taken_once() -> None:
    """Something was added meanwhile, so the last row of page one came again."""
    pages = walk()
    take(pages, PAGE + "1", following("2"), rows(1, 2, 3))
    assert ids(take(pages, PAGE + "2", LAST, rows(3, 4, 4))) == [4]


def test_a_page_that_repeats_is_refused() -> None:
    """Its rows came in the place of others, which would look deleted."""
    pages = walk()
    take(pages, PAGE + "1", following("2"), rows(1, 2, 3))
    with pytest.raises(BrokenReply, match="repeats a page"):
        take(pages, PAGE + "2", LAST, rows(1, 2, 3))


def test_a_link_back_is_refused() -> None:
    """A circle would never end."""
    pages = walk()
    take(pages, PAGE + "1", following("2"), rows(1, 2, 3))
    with pytest.raises(BrokenReply, match="points back"):
        take(pages, PAGE + "2", following("1"), rows(4, 5, 6))


def test_a_full_page_that_lost_its_links_is_refused() -> None:
    """Canvas sends a ``Link`` with every list; a page that is not full is the end all the same."""
    with pytest.raises(BrokenReply, match="without saying"):
        take(walk(), PAGE + "1", "", rows(1, 2, 3))
    assert ids(take(walk(), PAGE + "1", "", rows(1, 2))) == [1, 2]


@pytest.mark.parametrize("address", ["https://evil.example/x", "http://alden.example/api", "https://alden.example:8/"])
def test_a_link_to_another_origin_stops_the_run(address: str) -> None:
    """The sentence names where the list pointed to."""
    with pytest.raises(WrongServer, match="points to another address"):
        take(walk(), PAGE + "1", f'<{address}>; rel="next"', rows(1))
    with pytest.raises(WrongServer, match="points to another address"):
        offset_walk().take(BASE, {}, {"pagination": {"next": address}}, rows(1))


@pytest.mark.parametrize(
    "address",
    [
        "http://alden.example/api/v1/courses?page=2",
        "http://10.1.2.3:8080/api/v1/courses?page=2",
        "https://alden.inside/api/v1/accounts/1/courses?page=2",
    ],
)
def test_a_link_that_differs_in_its_origin_is_followed_at_the_configured_one(address: str) -> None:
    """A proxy in front of the server hides the scheme or the host by which it knows itself; no other host is asked."""
    pages = walk()
    take(pages, PAGE + "1", f'<{address}>; rel="next"', rows(1))
    assert str(pages.next_url).startswith("https://alden.example/api/v1/")
    assert str(pages.next_url).endswith("courses?page=2")


def test_the_sentence_about_another_address_says_what_a_network_team_has_to_do() -> None:
    """Not that a setting is wrong, for it is right."""
    with pytest.raises(
        WrongServer, match=r"http://roster\.inside:8080.*X-Forwarded-Host.*name alden\.example"
    ) as caught:
        offset_walk().take(BASE, {"link": '<http://roster.inside:8080/other?offset=2>; rel="next"'}, {}, rows(1, 2))
    assert "GPB_" not in str(caught.value)


def test_beside_a_total_the_offset_is_used_where_a_link_leads_away() -> None:
    """The list is whole all the same."""
    pages = offset_walk()
    link = {"link": '<http://roster.inside:8080/other?offset=2>; rel="next"', "x-total-count": "3"}
    pages.take(BASE, link, {}, rows(1, 2))
    assert pages.next_page == 2


def test_a_row_that_is_listed_twice_is_read_once() -> None:
    """A join of the server: 153 rows of 152 objects, in pages of 100 and 53; also where it is all of a page."""
    pages, found = offset_walk(), []
    everything = [*range(100), 80, *range(100, 152)]
    for start in (0, 100):
        body = {"total": 153}
        found += ids(pages.take(f"{BASE}?offset={start}", {}, body, rows(*everything[start : start + 100])))
    assert (found, pages.next_page) == (list(range(152)), None)
    small = offset_walk()
    small.take(BASE + "?offset=0", {}, {"total": 4}, rows(1, 2, 3))
    assert small.take(BASE + "?offset=3", {}, {"total": 4}, rows(2)) == []
    assert small.next_page is None


@pytest.mark.parametrize("total", [2, 4])
def test_a_full_page_is_not_the_end_on_the_word_of_a_total(total: int) -> None:
    """A server may count something else than it lists; one more page is asked for, and an empty one ends it."""
    pages = OffsetPages("Focus", "the sections", 2)
    found, all_of_them = [], list(range(5))
    while isinstance(start := pages.next_page, int):
        found += ids(pages.take(f"{BASE}?offset={start}", {}, {"total": total}, rows(*all_of_them[start : start + 2])))
    assert found == all_of_them
    pages, found = OffsetPages("Focus", "the sections", 2), []
    while isinstance(start := pages.next_page, int):  # what it calls a total is the length of each page
        page = all_of_them[start : start + 2]
        found += ids(pages.take(f"{BASE}?offset={start}", {}, {"total": len(page)}, rows(*page)))
    assert found == all_of_them
    exact = OffsetPages("Focus", "the sections", 2)
    exact.take(BASE + "?offset=0", {}, {"total": 2}, rows(1, 2))
    assert exact.take(BASE + "?offset=2", {}, {"total": 0}, []) == []
    assert exact.next_page is None


def test_a_walk_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that invents pages for ever is given up."""
    monkeypatch.setattr(paging, "MOST_PAGES", 2)
    pages = walk()
    take(pages, PAGE + "1", following("2"), rows(1))
    take(pages, PAGE + "2", following("3"), rows(2))
    with pytest.raises(BrokenReply, match="more than 2 pages"):
        take(pages, PAGE + "3", following("4"), rows(3))


def offset_walk() -> OffsetPages:
    """A walk over a list of the SIS."""
    return OffsetPages("Focus", "the sections")


STYLES = ["next address", "next offset", "next query", "link", "total", "total header", "nothing"]


def told(style: str, start: int, size: int, total: int) -> tuple[dict[str, str], dict[str, Any]]:
    """Headers and body with which a server of this style tells how the list goes on."""
    end = start + size
    more = end < total
    if style == "link":
        relations = f'<{BASE}?offset={end}>; rel="next", ' if more else ""
        return {"link": relations + f'<{BASE}>; rel="first"'}, {}
    if style == "total":
        return {}, {"total": total}
    if style == "total header":
        return {"x-total-count": str(total)}, {}
    addresses = {"next address": f"{BASE}?offset={end}", "next offset": end, "next query": f"?offset={end}"}
    return {}, {"pagination": {"next": addresses[style] if more else None}} if style in addresses else {}


@pytest.mark.parametrize("style", STYLES)
@given(length=st.integers(0, 25), size=st.integers(1, 7))
def test_a_list_comes_back_whole_however_its_pages_are_told(style: str, length: int, size: int) -> None:
    """Any length, any page size that the server likes, every style."""
    pages, found = offset_walk(), []
    everything = list(range(length))
    while (page := pages.next_page) is not None:
        start = page if isinstance(page, int) else int(page.rpartition("=")[2])
        headers, body = told(style, start, size, length)
        found += pages.take(f"{BASE}?offset={start}", headers, body, rows(*everything[start : start + size]))
    assert ids(found) == everything


def test_a_server_that_ignores_offset_and_tells_nothing_has_said_everything_at_once() -> None:
    """The second page brings nothing new."""
    pages = offset_walk()
    assert ids(pages.take(BASE + "?offset=0", {}, {}, rows(1, 2))) == [1, 2]
    assert pages.take(BASE + "?offset=2", {}, {}, rows(1, 2)) == []
    assert pages.next_page is None


def test_equal_rows_of_one_page_are_all_kept() -> None:
    """Only what an earlier page had is a repetition."""
    assert ids(offset_walk().take(BASE, {}, {"pagination": {"next": None}}, rows(1, 1))) == [1, 1]


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (({"total": 4}, (1, 2)), ({"total": 4}, (1, 2)), "repeats a page"),
        (({"total": 4}, (1, 2)), ({"total": 4}, ()), "ends after 2 of 4"),
        (({"total": 4}, (1, 2)), ({"total": 3}, (3,)), "changed its length"),
        (({"total": 4}, (1, 2)), ({"total": 4, "pagination": {"next": None}}, (3,)), "ends after 3 of 4"),
        (({"pagination": {"next": 2}}, (1, 2)), ({"pagination": {"next": 0}}, (1, 2)), "repeats a page"),
        (({"pagination": {"next": 2}}, (1, 2)), ({"pagination": {"next": {"page": 2}}}, (3,)), "cannot understand"),
    ],
)
def test_a_walk_that_does_not_add_up_is_refused(
    first: tuple[dict[str, Any], tuple[int, ...]], second: tuple[dict[str, Any], tuple[int, ...]], words: str
) -> None:
    """A list that is cut short would look like things deleted."""
    pages = offset_walk()
    pages.take(BASE + "?offset=0", {}, first[0], rows(*first[1]))
    with pytest.raises(BrokenReply, match=words):
        pages.take(BASE + "?offset=2", {}, second[0], rows(*second[1]))


def test_the_same_page_is_not_asked_for_twice() -> None:
    """Its address tells."""
    pages = offset_walk()
    pages.take(BASE + "?offset=0", {}, {"pagination": {"next": "?offset=0"}}, rows(1))
    with pytest.raises(BrokenReply, match="points back"):
        pages.take(BASE + "?offset=0", {}, {"pagination": {"next": None}}, rows(2))
