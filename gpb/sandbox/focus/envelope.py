"""What all native lists of Focus share: parameters, paging and the envelope around the data (contract: native)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gpb.sandbox.focus.errors import native, next_request_id
from gpb.sandbox.focus.filters import parse_filter, sort_rows
from gpb.sandbox.numbers import whole
from gpb.sandbox.replies import json_reply, origin_of, visit_of

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000
"""Open in the contract; small enough that a real district takes several pages."""
Row = dict[str, Any]


def listed(request: Request, name: str) -> list[str]:
    """Return a list parameter, written `name[]=a&name[]=b`, `name=a,b` or as a JSON list."""
    found = [*request.query_params.getlist(f"{name}[]"), *request.query_params.getlist(name)]
    return [part.strip(' "') for text in found for part in text.strip("[]").split(",") if part.strip(' "')]


async def object_of(request: Request) -> Row:
    """Return the JSON object in the body; refuse anything else with 400."""
    try:
        sent = json.loads(await request.body())
    except ValueError as error:
        raise native(400, "The body is not JSON.") from error
    if not isinstance(sent, dict):
        raise native(400, "The body must be one JSON object.")
    return sent


def _number(request: Request, name: str, default: int) -> int:
    number = whole(request.query_params.get(name, str(default)))
    if number is None:
        raise native(400, f"The parameter {name} must be a number.")
    return number


def _chosen(request: Request, records: list[Any], render: Callable[[Any], Row]) -> list[Row] | None:
    """Return the rows that `uuids`, `filter` and `sort` leave, in order, or None when the request has none of them."""
    query = request.query_params
    uuids = set(listed(request, "uuids"))
    if not (uuids or query.get("filter") or query.get("sort")):
        return None
    rows = [render(record) for record in records]
    if uuids:
        rows = [row for row in rows if row["uuid"] in uuids]
    if query.get("filter"):
        try:
            rows = list(filter(parse_filter(query["filter"]), rows))
        except ValueError as error:
            raise native(400, str(error)) from error
    return sort_rows(rows, query.get("sort", ""), query.get("direction", "ASC"))


def envelope(request: Request, records: list[Any], render: Callable[[Any], Row]) -> Response:
    """Return one page of the records in Focus' envelope; only the page's own records are rendered if possible."""
    limit = max(1, min(_number(request, "limit", DEFAULT_LIMIT), LARGEST_LIMIT))
    offset = visit_of(request).start(_number(request, "offset", 0), limit)
    rows = _chosen(request, records, render)
    total = len(records if rows is None else rows)
    window = slice(offset, offset + limit)
    page = [render(record) for record in records[window]] if rows is None else rows[window]
    fields = listed(request, "fields")
    body = {
        "request_id": next_request_id(),
        "status": 200,
        "total": total,
        "count": len(page),
        "limit": limit,
        "offset": offset,
        "pagination": {"next": _next(request, offset + limit, limit, total)},
        "error": None,
        "data": [{name: row.get(name) for name in fields} for row in page] if fields else page,
    }
    return json_reply(body)


def _next(request: Request, offset: int, limit: int, total: int) -> str | None:
    if offset >= total:
        return None
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in ("limit", "offset")]
    query = urlencode([*kept, ("limit", limit), ("offset", offset)])
    return f"{origin_of(request)}{request.scope['path']}?{query}"
