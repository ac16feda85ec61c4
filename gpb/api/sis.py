"""The SIS, whichever dialect it speaks: one protocol, and the walk over a list that both dialects share."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr, TypeAdapter

from gpb.api.ahead import Ahead
from gpb.api.http.concurrency import shared_limiter
from gpb.api.http.credentials import ClientCredentials
from gpb.api.http.replies import FOCUS, Judge
from gpb.api.http.transport import Params, Reply, Transport
from gpb.api.lists import Page, Walked, WholeList, whole_list
from gpb.api.paging import OffsetPages, digest
from gpb.api.records import Odd, Row, each, rows_of, without_odd
from gpb.api.sis_replies import token_reply
from gpb.api.types import LineItem, SisCategory, SisClass, SisSchool
from gpb.errors import (
    ApiError,
    BrokenReply,
    NotPermitted,
    Refused,
    SkippableError,
    TokenRejected,
    Unavailable,
    WrongServer,
)

PAGE_SIZE = 100
"""The default of OneRoster 1.1 (https://www.imsglobal.org/oneroster-v11-final-specification)."""
LARGE_PAGE = 500
"""Asked for of the lists of a whole district.

The largest page is not published: a server may give less at a time, or refuse it; then PAGE_SIZE is asked for.
"""
TOO_LARGE = frozenset({500, 504})
"""How a server ends that cannot make such a page (memory or time of a script); others say so by a 4xx."""

_log = logging.getLogger(__name__)
NOT_FOUND = 404
ENCODED = frozenset("/\\")
"""Many servers refuse these in a path also where they are encoded (Apache: AllowEncodedSlashes)."""

Named = TypeVar("Named", SisSchool, SisClass)


def client_transport(
    base: str, judge: Judge, client_id: str, client_secret: SecretStr, *, concurrency: int, scope: str = ""
) -> Transport:
    """The way to Focus by one of its dialects: who asks as the same client shares its token, and its limit, too."""
    return Transport(
        FOCUS,
        base,
        judge,
        ClientCredentials(client_id, client_secret, scope=scope, server=base),
        token_judge=token_reply,
        concurrency=concurrency,
        limiter=shared_limiter(FOCUS, base, f"{client_id} {client_secret.get_secret_value()}", concurrency),
    )


class SisClient(Protocol):
    """What the engine asks the SIS; the same district gives the same answers in both dialects.

    What cannot be read of a list goes into ``odd``; without that it raises OddReply.
    """

    @property
    def requests(self) -> int:
        """How many requests were sent, retries included."""

    async def schools(self) -> list[SisSchool]:
        """All schools."""

    async def classes(self, odd: list[Odd] | None = None) -> list[SisClass]:
        """All classes (Focus' sections), inactive ones included."""

    async def categories(self, odd: list[Odd] | None = None) -> list[SisCategory]:
        """All grading categories, inactive ones included."""

    async def some_categories(self, wanted: Mapping[str, Collection[str]]) -> list[SisCategory] | None:
        """Of these grading categories (id → classes that are asked about) those that the SIS has now.

        None where its answer leaves open whether one of them is valid in such a class: then all have to be read.
        """

    async def used_categories(self, class_id: str) -> set[str]:
        """Ids of the categories under which the gradebook of a class has assignments; nothing else of them is kept.

        Raises WrongServer with status 404 when there is no such class.
        """

    async def line_items(self, class_id: str) -> list[LineItem]:
        """What the gradebook of a class has under its categories; raises as ``used_categories``."""

    async def aclose(self) -> None:
        """Close all connections."""


async def read_list(
    transport: Transport,
    path: str,
    about: str,
    kind: TypeAdapter[list[Row]],
    *keys: str,
    odd: list[Odd] | None = None,
    is_long: bool = False,
) -> list[Row]:
    """A list whose rows, of this kind, lie under one of ``keys``, see ``whole_list``; ``odd``: see ``SisClient``.

    One that ``is_long``, with rows of the whole district, is asked for in large pages, where the server gives them.
    """
    if is_long:
        try:
            return await _read(transport, path, about, LARGE_PAGE, kind, *keys, odd=odd)
        except (Refused, Unavailable) as error:
            if isinstance(error, Unavailable) and error.status not in TOO_LARGE:
                raise
            _log.info("%s: pages of %d are refused, so smaller ones are asked for: %s", about, LARGE_PAGE, error)
    return await _read(transport, path, about, PAGE_SIZE, kind, *keys, odd=odd)


async def _read(
    transport: Transport,
    path: str,
    about: str,
    size: int,
    kind: TypeAdapter[list[Row]],
    *keys: str,
    odd: list[Odd] | None,
) -> list[Row]:
    root, short_ends = f"{urlsplit(transport.base_url).path}/", set[tuple[int, int]]()

    async def get(page: Page) -> Reply:
        if isinstance(page, str):
            return await transport.get(page, about=about)
        return await transport.get(path, [("limit", str(size)), ("offset", str(page))], about=about)

    async def walk() -> Walked[Row | Odd]:
        pages = OffsetPages(FOCUS, about, size, root, short_ends)
        walked: Walked[Row | Odd] = Walked()
        async with Ahead(get) as ahead:
            while (page := pages.next_page) is not None:
                reply = await ahead.get(page)
                rows = rows_of(FOCUS, about, reply.data, *keys)
                fresh = pages.take(reply.url, reply.headers, reply.data, rows)
                ahead.ask(pages.ahead())
                identities = [_identity(row) for row in rows]
                named = {id(row): identity for row, identity in zip(rows, identities, strict=True)}
                found = each(kind, FOCUS, about, fresh)
                told = [(named[id(raw)], row) for raw, row in zip(fresh, found, strict=True)]
                walked.add(page, told, identities)
        if pages.is_short:  # again, just as before: the server counts what it does not list
            missing = Odd("", "", f"is counted by the server and not listed: the list {pages.is_short}")
            walked.made[""] = (missing,)
        return walked

    async def look(page: Page) -> list[str]:
        return [_identity(row) for row in rows_of(FOCUS, about, (await get(page)).data, *keys)]

    return without_odd(await whole_list(WholeList(transport, walk, look)), odd, FOCUS, about)


async def read_page(
    transport: Transport, path: str, params: Params, about: str, kind: TypeAdapter[list[Row]], *keys: str
) -> tuple[list[Row], bool]:
    """The rows of a list that fit on one page, and whether these are all; no row where the server takes no such filter.

    What cannot be read of them is left out.
    """
    root = f"{urlsplit(transport.base_url).path}/"
    pages = OffsetPages(FOCUS, about, PAGE_SIZE, root)
    try:
        reply = await transport.get(path, [*params, ("limit", str(PAGE_SIZE)), ("offset", "0")], about=about)
        rows = rows_of(FOCUS, about, reply.data, *keys)
        found = each(kind, FOCUS, about, pages.take(reply.url, reply.headers, reply.data, rows))
    except (SkippableError, WrongServer, BrokenReply) as error:
        _log.info("could not be asked for alone: %s", error)
        return [], False
    return without_odd(found, [], FOCUS, about), pages.next_page is None


def _identity(row: Any) -> str:
    """Its id, and what distinguishes rows of the same id: a category of OneRoster may come once for each class."""
    if not isinstance(row, dict) or not (row.get("uuid") or row.get("sourcedId")):
        return digest(row)
    return digest([row.get(name) for name in ("uuid", "sourcedId", "metadata")])


def why_not_shown(class_id: str, error: ApiError) -> str:
    """Why the assignments of one class were not shown while Focus answers otherwise: the address is right then."""
    if isinstance(error, NotPermitted):
        return str(error)
    if ENCODED & set(class_id) and isinstance(error, SkippableError | WrongServer):
        return (
            f"The id {class_id} contains a character that many web servers refuse in an address (status "
            f"{error.status}). Ask a Focus administrator whether the server can let “%2F” through."
        )
    if isinstance(error, WrongServer) and error.status == NOT_FOUND:
        return (
            "Focus has no list of assignments for that section: the section is gone, or this Focus does not offer "
            "the list. Ask a Focus administrator."
        )
    if isinstance(error, WrongServer | TokenRejected):
        return (
            f"Focus refuses this client the assignments of section {class_id} (status {error.status}), and nothing "
            "else. Ask a Focus administrator to grant it."
        )
    return str(error)


async def raise_if_down(sis: SisClient) -> None:
    """Raise what Focus says to another question, where it says that nothing would be answered now."""
    with suppress(NotPermitted, SkippableError, WrongServer):
        await sis.schools()


def unique(rows: list[Named]) -> list[Named]:
    """One object per id; the last one is the newest."""
    return list({row.id: row for row in rows}.values())


def merged_categories(rows: list[SisCategory]) -> list[SisCategory]:
    """One category per id: rows that repeat an id add their classes; one row without classes makes it global."""
    merged: dict[str, SisCategory] = {}
    for row in rows:
        known = merged.get(row.id, row)
        classes = _joined(known.class_ids, row.class_ids)
        merged[row.id] = SisCategory(row.id, row.title, known.active or row.active, classes)
    return list(merged.values())


def _joined(first: tuple[str, ...] | None, second: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if first is None or second is None:
        return None
    return tuple(dict.fromkeys((*first, *second)))
