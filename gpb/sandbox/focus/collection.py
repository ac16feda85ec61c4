"""What all OneRoster lists share: `limit`, `offset`, `filter`, `sort`, `fields`, and three ways to the next page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gpb.sandbox.focus.errors import oneroster, oneroster_reply, warning
from gpb.sandbox.focus.filters import parse_filter, sort_rows
from gpb.sandbox.numbers import whole
from gpb.sandbox.replies import Records, json_reply, origin_of, visit_of

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000
MOST_CONNECTIVES = 1
Row = dict[str, Any]


def _number(request: Request, name: str, default: int) -> int:
    number = whole(request.query_params.get(name, str(default)))
    if number is None:
        raise oneroster(400, "invalid_data", f"The parameter {name} must be a number.")
    return number


def _filtered(rows: list[Row], text: str) -> list[Row] | None:
    """Return the rows that a filter leaves, or None where it is none of OneRoster's: unknown field, two connectives."""
    try:
        test = parse_filter(text)
    except ValueError:
        return None
    known = not rows or any(test.columns <= row.keys() for row in rows)
    return list(filter(test, rows)) if known and test.connectives <= MOST_CONNECTIVES else None


def _sorted(rows: list[Row], sort: str, order: str) -> list[Row] | None:
    """Return the rows in order, or None where no row has the field."""
    if not any(sort.partition(".")[0] in row for row in rows):
        return None
    return sort_rows(rows, sort, order)


def collection(request: Request, name: str, records: Records, render: Callable[[Any], Row]) -> Response:
    """Return one page under the collection's name.

    A filter on an unknown field is answered by a warning alone, an unknown sort field by the unsorted data beside
    a warning, both with HTTP 200 (OneRoster 1.1, section on error handling). Fields may be dotted paths, such as
    `metadata.classId`; a filter has at most one AND or OR.
    """
    query = request.query_params
    records = visit_of(request).with_repeats(records, lambda one: render(one)["sourcedId"])
    rows: list[Row] | None = None
    warnings = []
    if query.get("filter") or query.get("sort"):
        rows = [render(record) for record in records[:]]
    if rows and query.get("filter"):
        rows = _filtered(rows, query["filter"])
        if rows is None:
            return oneroster_reply(200, "success", "warning", "invalid_filter_field", "The filter was not understood.")
    if rows and query.get("sort"):
        ordered = _sorted(rows, query["sort"], query.get("orderBy", "asc"))
        if ordered is None:
            warnings.append(warning("invalid_sort_field", "The list is not sorted: no such field."))
        rows = rows if ordered is None else ordered
    return _page(request, name, records if rows is None else rows, render if rows is None else dict, warnings)


def _page(request: Request, name: str, records: Records, render: Callable[[Any], Row], warnings: list[Row]) -> Response:
    limit = max(1, min(_number(request, "limit", DEFAULT_LIMIT), LARGEST_LIMIT))
    offset = visit_of(request).start(_number(request, "offset", 0), limit)
    page = [render(record) for record in records[offset : offset + limit]]
    total = visit_of(request).told_total(len(records), offset + len(page))
    fields = [field.strip() for field in request.query_params.get("fields", "").split(",") if field.strip()]
    if fields:
        page = [{field: row[field] for field in fields if field in row} for row in page]
    links = {"next": _url(request, offset + limit, limit)} if offset + limit < total else {}
    links["first"] = _url(request, 0, limit)
    body: Row = {name: page, "pagination": {"next": links.get("next"), "limit": limit, "offset": offset}}
    if warnings:
        body["statusInfoSet"] = warnings
    link = ",".join(f'<{url}>; rel="{relation}"' for relation, url in links.items())
    return json_reply(body, headers={"x-total-count": str(total), "link": link})


def _url(request: Request, offset: int, limit: int) -> str:
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in ("limit", "offset")]
    query = urlencode([*kept, ("limit", limit), ("offset", offset)])
    return f"{origin_of(request)}{request.scope['path']}?{query}"
