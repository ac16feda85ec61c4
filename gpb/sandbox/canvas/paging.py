"""Canvas' pages: `per_page` 10, at most 100, and a Link header with opaque bookmarks and no last page."""

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
from gpb.sandbox.numbers import whole
from gpb.sandbox.replies import charge, json_reply, origin_of, visit_of

DEFAULT_PER_PAGE, MOST_PER_PAGE = 10, 100
COST_OF_ITEM = 0.0008
BOOKMARK = "bookmark:"
Item = TypeVar("Item")


def per_page_of(request: Request) -> int:
    """Return the wanted page length, silently clamped."""
    return min(whole(request.query_params.get("per_page", "")) or DEFAULT_PER_PAGE, MOST_PER_PAGE)


def page_reply(
    request: Request,
    items: Sequence[Item],
    render: Callable[[Item], Any],
    wrapped_as: str | None = None,
) -> Response:
    """Return one page of the items; only its own items are rendered.

    Past the end it is an empty list. `wrapped_as` puts the list under a key, as the terms are. Refuses a bookmark
    that is none with 404.
    """
    start, length = window_of(request)
    content: Any = [render(item) for item in items[start : start + length]]
    after = start + length if start + length < len(items) else None
    return linked_reply(request, content, start, after, wrapped_as)


def window_of(request: Request) -> tuple[int, int]:
    """Return where the wanted page starts and how long it is."""
    length = per_page_of(request)
    start = _start(request.query_params.get("page", "first"), length)
    return visit_of(request).start(start, length), length


def linked_reply(
    request: Request, content: list[Any], start: int, after: int | None, wrapped_as: str | None = None
) -> Response:
    """Return a page with its Link header; `after` is where the next page starts, None on the last one."""
    length = per_page_of(request)
    charge(request, COST_OF_ITEM * len(content))
    links = [_link(request, "current", start, length)]
    if after is not None:
        links.append(_link(request, "next", after, length))
    links.append(_link(request, "first", 0, length))
    return json_reply({wrapped_as: content} if wrapped_as else content, headers={"link": ",".join(links)})


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


def _link(request: Request, relation: str, start: int, length: int) -> str:
    kept = [
        (key, value)
        for key, value in request.query_params.multi_items()
        if key not in ("page", "per_page", "access_token")
    ]
    page = "first"
    if start:
        page = BOOKMARK + base64.urlsafe_b64encode(json.dumps(["from", start]).encode()).decode()
    query = urlencode([*kept, ("page", page), ("per_page", length)])
    path = quote(request.scope["path"], safe="/:~")
    return f'<{origin_of(request)}{path}?{query}>; rel="{relation}"'
