"""Walking through the pages of a list: small state objects without I/O.

A walk that cannot be trusted raises BrokenReply, because a list that is cut short would look like things deleted. The
caller begins such a walk anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from gpb.api.http.addresses import host, resolve
from gpb.api.http.replies import SETTING_PREFIX
from gpb.api.records import Raw, Row
from gpb.errors import BrokenReply, WrongServer
from gpb.numbers import whole_number

MOST_PAGES = 10_000
"""A million objects at 100 each: more than any district has, so a walk beyond it runs in circles."""
Identified = TypeVar("Identified", bound=Mapping[str, object])
"""An object of Canvas: what it has as ``id`` tells it from all others of its list."""
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
    """What both kinds of walk share: the pages seen so far, and the errors."""

    def __init__(self, system: str, about: str) -> None:
        self._system = system
        self._about = about
        self._asked: set[str] = set()
        self._seen: set[str] = set()

    @property
    def is_certain(self) -> bool:
        """Whether no row can have slipped from one page to another unseen: there was but one. See ``lists``."""
        return len(self._asked) <= 1

    def _begin_page(self, address: str) -> None:
        if address in self._asked:
            raise self._broken("points back to a page that has already been read")
        if len(self._asked) >= MOST_PAGES:
            raise self._broken(f"has more than {MOST_PAGES:,} pages")
        self._asked.add(address)

    def _fresh(self, rows: list[Row], identities: list[str]) -> list[Row]:
        """The rows that no earlier page had; rows move between pages when something is added meanwhile."""
        fresh = [row for row, identity in zip(rows, identities, strict=True) if identity not in self._seen]
        self._seen.update(identities)
        return fresh

    def _inside(self, page: str, target: str) -> str:
        address = resolve(page, target)
        if address is None:
            raise WrongServer(
                f"{self._system} points to another address, {host(target) or 'which cannot be read'}, for the next "
                f"page of {self._about}; nothing is sent there. Correct {SETTING_PREFIX[self._system]}_URL.",
                system=self._system,
            )
        return address

    def _broken(self, what: str) -> BrokenReply:
        return BrokenReply(f"The list of {self._about} from {self._system} {what}.", system=self._system)


class LinkPages(_Walk):
    """Canvas' way: the next page is an opaque address in the ``Link`` header.

    https://canvas.instructure.com/doc/api/file.pagination.html. ``next_url`` is what to ask for, None at the end; the
    length is unknown up front. Every list carries a ``Link``, be it only to its first page, so a full page without one
    has lost it on the way.
    """

    def __init__(self, system: str, about: str, first: str, page_size: int) -> None:
        super().__init__(system, about)
        self.next_url: str | None = first
        self._page_size = page_size

    def take(self, url: str, link: str, rows: list[Identified]) -> list[Identified]:
        """The rows of the page at ``url`` whose ``id`` is new; moves on to the page that its ``Link`` names.

        Raises BrokenReply for a page that repeats, WrongServer for a link to another origin.
        """
        self._begin_page(url)
        by_id = {str(row["id"]): row for row in rows}
        fresh = self._fresh(list(by_id.values()), list(by_id))
        if rows and not fresh:
            raise self._broken("repeats a page")
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
    ``X-Total-Count``. Where a server tells none of them, pages are asked for until one brings nothing new.
    ``next_page`` is an address, or an offset, or None at the end. Rows have no common key (a category may come in one
    row per class), so a row counts as seen when an earlier page had one that is equal in all fields.
    """

    def __init__(self, system: str, about: str) -> None:
        super().__init__(system, about)
        self.next_page: str | int | None = 0
        self._received = 0
        self._total: int | None = None

    def take(self, url: str, headers: Mapping[str, str], body: Any, rows: list[Raw]) -> list[Raw]:
        """The new rows of the page at ``url``; moves on.

        Raises BrokenReply for a page that repeats, a total that changes, or an end before the announced total,
        WrongServer for an address of another origin.
        """
        self._begin_page(url)
        fresh = self._fresh(rows, [json.dumps(row, sort_keys=True) for row in rows])
        self._received += len(fresh)
        self._check_total(headers, body)
        told, following = self._told(url, headers, body)
        if told and rows and not fresh:
            raise self._broken("repeats a page")
        self.next_page = following if told else self._received if fresh else None
        if (self.next_page is None or not rows) and self._received < (self._total or 0):
            raise self._broken(f"ends after {self._received} of {self._total}")
        return fresh

    def _check_total(self, headers: Mapping[str, str], body: Any) -> None:
        announced = _count(headers.get("x-total-count"))
        if announced is None and isinstance(body, dict):
            announced = _count(body.get("total"))
        if announced is None:
            return
        if self._total not in (None, announced):
            raise self._broken("changed its length while it was being read")
        self._total = announced

    def _told(self, url: str, headers: Mapping[str, str], body: Any) -> tuple[bool, str | int | None]:
        """Whether the server told how the list goes on, and the next page."""
        pagination = body.get("pagination") if isinstance(body, dict) else None
        if isinstance(pagination, dict) and "next" in pagination:
            return True, self._next_from_body(url, pagination["next"])
        targets = link_targets(headers.get("link", ""))
        if targets:
            return True, self._inside(url, targets["next"]) if "next" in targets else None
        if self._total is not None:
            return True, self._received if self._received < self._total else None
        return False, None

    def _next_from_body(self, url: str, following: Any) -> str | int | None:
        if following in (None, "", False):
            return None
        offset = _count(following)
        if offset is not None:
            return offset
        if isinstance(following, str):
            return self._inside(url, following)
        raise self._broken("names its next page in a way that we cannot understand")


def _count(value: Any) -> int | None:
    if isinstance(value, str):
        return whole_number(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
