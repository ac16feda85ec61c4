"""Walking through the pages of a list: small state objects without I/O.

A walk that cannot be trusted raises BrokenReply, because a list that is cut short would look like things deleted. The
caller begins such a walk anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from gpb.api.http.addresses import followed, host, named
from gpb.api.records import Row
from gpb.errors import BrokenReply, WrongServer
from gpb.numbers import whole_number

MOST_PAGES = 10_000
"""A million objects at 100 each: more than any district has, so a walk beyond it runs in circles."""
LEAST_CAP = 100
"""Rows: a shorter page is not one that the server cut; OneRoster's default (`api/sis.py`)."""
_LINK = re.compile(r"<([^>]*)>([^<]*)")
_RELATION = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,]+))", re.IGNORECASE)


def link_targets(header: str) -> dict[str, str]:
    """The addresses of a ``Link`` header by relation (RFC 8288), as written."""
    targets: dict[str, str] = {}
    for address, parameters in _LINK.findall(header):
        for quoted, bare in _RELATION.findall(parameters):
            for relation in (quoted or bare).lower().split():
                targets.setdefault(relation, address)
    return targets


class _Walk:
    """What both kinds of walk share: the pages seen so far, and the errors.

    ``root`` is the path below which the whole API lies, with a slash at its end.
    """

    def __init__(self, system: str, about: str, root: str) -> None:
        self._system = system
        self._about = about
        self._root = root
        self._asked: set[str] = set()
        self._seen: set[str] = set()
        self._pages: set[tuple[str, ...]] = set()

    def _begin_page(self, address: str) -> None:
        if address in self._asked:
            raise self._broken("points back to a page that has already been read")
        if len(self._asked) >= MOST_PAGES:
            raise self._broken(f"has more than {MOST_PAGES:,} pages")
        self._asked.add(address)

    def _fresh(self, rows: list[Row], identities: list[str]) -> list[Row]:
        """The rows that no earlier page had: rows move between pages when something is added meanwhile.

        A server may also list a row twice, as a join does; that is no fault of the walk.
        """
        fresh = [row for row, identity in zip(rows, identities, strict=True) if identity not in self._seen]
        self._seen.update(identities)
        return fresh

    def _repeats(self, identities: list[str]) -> bool:
        """Whether an earlier page had just these rows: then others, in whose place they came, were not shown."""
        page = tuple(identities)
        is_known = bool(page) and page in self._pages
        self._pages.add(page)
        return is_known

    def _inside(self, page: str, target: str) -> str:
        address = followed(page, target, self._root)
        if address is None:
            raise WrongServer(
                f"{self._system} points to another address, {named(_absolute(page, target))}, for the next page of "
                f"{self._about}; nothing is sent there, since only {named(page)} is known to be {self._system}. Ask "
                f"your network team to have the proxy in front of {self._system} pass on the address that was asked "
                f"for (X-Forwarded-Proto and X-Forwarded-Host), so that its links name {host(page)}.",
                system=self._system,
            )
        return address

    def _broken(self, what: str) -> BrokenReply:
        return BrokenReply(f"The list of {self._about} from {self._system} {what}.", system=self._system)


def digest(row: Any) -> str:
    """What tells a row from others that differ in any field; short, since those of a whole list are kept."""
    return hashlib.blake2b(json.dumps(row, sort_keys=True).encode(), digest_size=8).hexdigest()


class LinkPages(_Walk):
    """Canvas' way: the next page is an opaque address in the ``Link`` header.

    https://canvas.instructure.com/doc/api/file.pagination.html. ``next_url`` is what to ask for, None at the end; the
    length is unknown up front. Every list carries a ``Link``, be it only to its first page, so a full page without one
    has lost it on the way.
    """

    def __init__(self, system: str, about: str, first: str, page_size: int, root: str = "/api/v1/") -> None:
        super().__init__(system, about, root)
        self.next_url: str | None = first
        self._page_size = page_size

    def take(self, url: str, link: str, rows: list[Row], identities: list[str]) -> list[Row]:
        """The rows of the page at ``url`` whose identity is new; moves on to the page that its ``Link`` names.

        Raises BrokenReply for a page that repeats, WrongServer for a link to what is not the same API.
        """
        self._begin_page(url)
        by_id = dict(zip(identities, rows, strict=True))
        if self._repeats(identities):
            raise self._broken("repeats a page")
        fresh = self._fresh(list(by_id.values()), list(by_id))
        targets = link_targets(link)
        if not targets and len(rows) == self._page_size:
            raise self._broken("ends after a full page without saying whether there are more")
        self.next_url = self._inside(url, targets["next"]) if "next" in targets else None
        if self.next_url in self._asked:
            raise self._broken("points back to a page that has already been read")
        return fresh


class OffsetPages(_Walk):
    """The SIS' way: ``limit`` and ``offset``, with three ways to tell the next page, in this order.

    The body's ``pagination.next`` (an address or an offset), ``Link rel="next"``, and a total in the body or in
    ``X-Total-Count``. Beside a total the offset is used where a link leads elsewhere. A total is not believed where it
    would end the list after a full page: servers count other things than they list. Where a server tells none of them,
    pages are asked for until one brings nothing new.

    ``next_page`` is an address, or an offset, or None at the end. Rows have no common key (a category may come in one
    row per class), so a row counts as seen when an earlier page had one that is equal in all fields.

    ``short_ends`` are the ends before the total that earlier walks over this list have met, as (rows, total): another
    one is refused and entered there, the same one is taken, and ``is_short`` says so.
    """

    def __init__(
        self,
        system: str,
        about: str,
        limit: int = 100,
        root: str = "/",
        short_ends: set[tuple[int, int]] | None = None,
    ) -> None:
        super().__init__(system, about, root)
        self.is_short: str | None = None
        self._short_ends = short_ends if short_ends is not None else set()
        self.next_page: str | int | None = 0
        self._size = limit
        self._received = 0
        self._total: int | None = None
        self._counts_pages = False

    def take(self, url: str, headers: Mapping[str, str], body: Any, rows: list[Any]) -> list[Any]:
        """The new rows of the page at ``url``; moves on.

        Raises BrokenReply for a page that repeats, a total that changes, or an end before the announced total,
        WrongServer for an address of what is not the same API.
        """
        self._begin_page(url)
        identities = [digest(row) for row in rows]
        was_complete = self._total is not None and self._received >= self._total
        repeats, fresh = self._repeats(identities), self._fresh(rows, identities)
        said = _count(body.get("limit")) if isinstance(body, dict) else None
        is_full = len(rows) >= min(self._size, said or self._size, LEAST_CAP)
        if self._received == 0:
            self._size = min(self._size, max(1, len(rows)))  # a server may give less at a time than was asked for
        self._received += len(rows)
        self._check_total(headers, body, rows, is_full)
        told, following = self._told(url, headers, body, is_full)
        if repeats and told and not was_complete:
            self._end_short(self._received - len(rows), "repeats a page")
            return []
        self.next_page = following if told else self._received if fresh else None
        if was_complete and not fresh:
            self.next_page = None
        if (self.next_page is None or not rows) and self._received < (self._total or 0):
            self._end_short(self._received, f"ends after {self._received} of {self._total}")
        return fresh

    def ahead(self) -> list[str | int]:
        """The pages that are still to come, as they will be named if all goes on like this; only beside a total.

        An address with the offset of the next page in it is taken to be the same with each offset after it.
        """
        page, at, total = self.next_page, self._received, self._total or 0
        offsets = range(at, total, self._size) if not self._counts_pages else range(0)
        if isinstance(page, str):
            before, offset, after = page.partition(f"offset={at}")
            is_there = bool(offset) and not after[:1].isdecimal() and before[-1:] in ("?", "&")
            return [f"{before}offset={one}{after}" for one in offsets] if is_there else []
        return list(offsets) if page == at else []

    def _end_short(self, received: int, what: str) -> None:
        """End before the total: refused at first, since rows may have been lost on the way."""
        ends = received, self._total or 0
        if self._total is None or ends not in self._short_ends:
            self._short_ends.add(ends)
            raise self._broken(what)
        self.next_page, self.is_short = None, f"ends after {received} of {self._total}"

    def _check_total(self, headers: Mapping[str, str], body: Any, rows: list[Any], is_full: bool) -> None:
        announced = _count(headers.get("x-total-count"))
        if announced is None and isinstance(body, dict):
            announced = _count(body.get("total"))
        if self._received == len(rows) and is_full and announced == len(rows):
            self._counts_pages = True  # as far as anybody can tell it is the length of the page
        if announced is None or self._counts_pages or (self._total is not None and not rows):  # behind the end: 0
            return
        if self._total not in (None, announced):
            raise self._broken("changed its length while it was being read")
        self._total = announced

    def _told(self, url: str, headers: Mapping[str, str], body: Any, is_full: bool) -> tuple[bool, str | int | None]:
        """Whether the server told how the list goes on, and the next page."""
        pagination = body.get("pagination") if isinstance(body, dict) else None
        if isinstance(pagination, dict) and "next" in pagination:
            return True, self._next_from_body(url, pagination["next"])
        targets = link_targets(headers.get("link", ""))
        if targets:
            return True, self._there(url, targets["next"]) if "next" in targets else None
        if self._total is not None:
            return True, self._received if is_full or self._received < self._total else None
        return False, None

    def _there(self, url: str, target: str) -> str | int:
        """The address of a next page; beside a total an offset will do where it leads away."""
        if self._total is not None and followed(url, target, self._root) is None:
            return self._received
        return self._inside(url, target)

    def _next_from_body(self, url: str, following: Any) -> str | int | None:
        if following in (None, "", False, [], {}):
            return None
        offset = _count(following)
        if offset is not None:
            return offset
        if isinstance(following, str):
            return self._there(url, following)
        raise self._broken("names its next page in a way that we cannot understand")


def _absolute(page: str, target: str) -> str:
    try:
        return urljoin(page, target.strip())
    except ValueError:
        return ""


def _count(value: Any) -> int | None:
    if isinstance(value, str):
        return whole_number(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
