"""What all native lists of Focus share: parameters, paging and the envelope around the data (contract: native).

Every route is a collection. Its parameters narrow it one after the other, a value in the path as well as one in the
query, so one object comes in the same envelope as many, and one that does not exist is an empty list.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gpb.sandbox.focus.errors import native, next_request_id
from gpb.sandbox.focus.filters import parse_filter, sort_rows
from gpb.sandbox.focus.kinds import REFUSED, Kind
from gpb.sandbox.numbers import whole
from gpb.sandbox.replies import Records, json_reply, origin_of, visit_of

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


def _day(request: Request) -> date | None:
    text = request.query_params.get("date")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise native(400, "The parameter date must be a day such as 2026-08-31.") from error


def _narrowed(request: Request, kind: Kind) -> list[Any]:
    """Return the records that the path, the documented parameters and `date` leave."""
    if any(listed(request, name) for name in REFUSED):
        raise native(403, "This API client has no permission for the data of students.")
    if request.query_params.get("year"):
        _number(request, "year", 0)
    records = list(kind.records())
    for name, values in kind.named.items():
        in_path = [request.path_params[name]] if name in request.path_params else []
        for wanted in (in_path, listed(request, name)):
            if wanted:
                records = [one for one in records if not frozenset(wanted).isdisjoint(values(one))]
    day, spans = _day(request), kind.spans
    if day and spans:
        records = [one for one in records if any(first <= day <= last for first, last in spans(one))]
    return records


def _chosen(request: Request, records: list[Any], render: Callable[[Any], Row]) -> list[Row] | None:
    """Return the rows that `filter` and `sort` leave, in order, or None when the request has neither."""
    query = request.query_params
    if not (query.get("filter") or query.get("sort")):
        return None
    rows = [render(record) for record in records]
    if query.get("filter"):
        try:
            rows = list(filter(parse_filter(query["filter"]), rows))
        except ValueError as error:
            raise native(400, str(error)) from error
    return sort_rows(rows, query.get("sort", ""), query.get("direction", "ASC"))


def collection(request: Request, kind: Kind) -> Response:
    """Return one page of a collection in Focus' envelope; only the page's own records are rendered if possible."""
    records = _narrowed(request, kind)
    rows = _chosen(request, records, kind.render)
    if rows is None:
        return envelope(request, records, kind.render)
    return envelope(request, rows, dict)


def envelope(request: Request, records: Records, render: Callable[[Any], Row]) -> Response:
    """Return one page of the records in Focus' envelope."""
    visit = visit_of(request)
    limit = max(1, min(_number(request, "limit", DEFAULT_LIMIT), LARGEST_LIMIT))
    offset = visit.start(_number(request, "offset", 0), limit)
    records = visit.with_repeats(records, lambda one: render(one).get("uuid"))
    page = [render(record) for record in records[offset : offset + limit]]
    total = visit.told_total(len(records), offset + len(page))
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
