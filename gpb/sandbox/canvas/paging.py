"""Canvas' pages: `per_page` 10 unless told, silently from 1 to 100, and the next page in a Link header.

Most lists have opaque bookmarks and tell no last page; sections, groups and terms have numbered pages with a last one.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from gpb.sandbox.canvas import errors
from gpb.sandbox.numbers import leading, whole
from gpb.sandbox.replies import charge, json_reply, origin_of, visit_of

DEFAULT_PER_PAGE, MOST_PER_PAGE = 10, 100
COST_OF_ITEM = 0.0008
BOOKMARK = "bookmark:"
Item = TypeVar("Item")


def per_page_of(request: Request) -> int:
    """Return the wanted page length, silently clamped; `0` and text mean 1."""
    text = request.query_params.get("per_page")
    return DEFAULT_PER_PAGE if text is None else max(1, min(leading(text), MOST_PER_PAGE))


def page_reply(
    request: Request,
    items: Sequence[Item],
    render: Callable[[Item], Any],
    wrapped_as: str | None = None,
    *,
    numbered: bool = False,
) -> Response:
    """Return one page of the items; only its own items are rendered.

    Past the end it is an empty list. `wrapped_as` puts the list under a key, as the terms are. Refuses a bookmark
    that is none with 404.
    """
    records = visit_of(request).with_repeats(items, lambda one: one.id)
    start, length = window_of(request)
    content: Any = [render(item) for item in records[start : start + length]]
    total = len(records)
    if numbered:
        charge(request, COST_OF_ITEM * len(content))
        return _reply(content, _numbered_links(request, start, length, total), wrapped_as)
    after = start + length if start + length < total else None
    return linked_reply(request, content, start, after, wrapped_as)


def window_of(request: Request) -> tuple[int, int]:
    """Return where the wanted page starts and how long it is."""
    length = per_page_of(request)
    start = _start(request.query_params.get("page", "first"), length)
    return visit_of(request).start(start, length), length


def linked_reply(
    request: Request, content: list[Any], start: int, after: int | None, wrapped_as: str | None = None
) -> Response:
    """Return a page with its bookmarks; `after` is where the next page starts, None on the last one."""
    charge(request, COST_OF_ITEM * len(content))
    links = [_link(request, "current", _bookmark(start))]
    if after is not None:
        links.append(_link(request, "next", _bookmark(after)))
    links.append(_link(request, "first", "first"))
    return _reply(content, links, wrapped_as)


def _reply(content: list[Any], links: list[str], wrapped_as: str | None) -> Response:
    return json_reply({wrapped_as: content} if wrapped_as else content, headers={"link": ",".join(links)})


def _numbered_links(request: Request, start: int, length: int, total: int) -> list[str]:
    """Return the links of a numbered page; a fault may have moved its start by an item."""
    number, last = round(start / length) + 1, max(1, -(-total // length))
    pages = {"current": number, "next": number + 1, "prev": number - 1, "first": 1, "last": last}
    if number >= last:
        del pages["next"]
    if number == 1:
        del pages["prev"]
    return [_link(request, relation, page) for relation, page in pages.items()]


def _bookmark(start: int) -> str:
    if not start:
        return "first"
    return BOOKMARK + base64.urlsafe_b64encode(json.dumps(["from", start]).encode()).decode()


def _start(page: str, length: int) -> int:
    if page in ("", "first"):
        return 0
    if (number := whole(page)) is not None:
        return max(0, number - 1) * length
    try:
        kind, start = json.loads(base64.urlsafe_b64decode(page.removeprefix(BOOKMARK)))
    except (ValueError, TypeError, binascii.Error) as error:
        raise errors.refuse(errors.not_found()) from error
    if kind != "from" or not isinstance(start, int) or start < 0:
        raise errors.refuse(errors.not_found())
    return start


def _link(request: Request, relation: str, page: str | int) -> str:
    kept = [
        (key, value)
        for key, value in request.query_params.multi_items()
        if key not in ("page", "per_page", "access_token")
    ]
    query = urlencode([*kept, ("page", page), ("per_page", per_page_of(request))])
    path = quote(request.scope["path"], safe="/:~")
    return f'<{origin_of(request)}{path}?{query}>; rel="{relation}"'
