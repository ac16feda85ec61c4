"""The replies of faults: what a server in trouble answers instead of its own."""

from __future__ import annotations

from starlette.responses import Response

from gpb.sandbox.canvas import errors as canvas
from gpb.sandbox.focus import errors as focus
from gpb.sandbox.replies import json_reply

MAINTENANCE = (
    "<!DOCTYPE html><html><head><title>Maintenance</title></head>"
    "<body><h1>We will be back soon</h1><p>The system is being maintained.</p></body></html>"
)


BLOCKED = (
    "<!DOCTYPE html><html><head><title>Attention Required!</title></head>"
    "<body><h1>Sorry, you have been blocked</h1><p>Ask your network team.</p></body></html>"
)
FILTER = 'Basic realm="filter"'


def page_between(fault: str | None) -> Response | None:
    """Return the web page of something between client and server, which replaces whatever the server said, or None."""
    pages: dict[str, tuple[str, int, dict[str, str]]] = {
        "html200": (MAINTENANCE, 200, {}),
        "firewall": (BLOCKED, 403, {}),
        "filter-401": (BLOCKED, 401, {"www-authenticate": FILTER}),
        "filter-407": (BLOCKED, 407, {"proxy-authenticate": FILTER}),
    }
    if fault not in pages:
        return None
    page, status, headers = pages[fault]
    return Response(page, status, headers, media_type="text/html")


def balancer(fault: str | None) -> Response | None:
    """Return what a load balancer says when nobody behind it answers; it speaks HTML, not JSON."""
    reasons = {"502": "Bad Gateway", "503": "Service Unavailable", "504": "Gateway Time-out"}
    if fault not in reasons:
        return None
    page = f"<html><body><h1>{fault} {reasons[fault]}</h1></body></html>"
    return Response(page, int(fault), media_type="text/html")


def canvas_reply(fault: str | None, throttled_status: int) -> Response | None:
    """Return Canvas' reply to a fault that replaces the handler, or None where the handler shall answer."""
    if fault == "throttle":
        return canvas.throttled(throttled_status)
    if fault == "expired-token":
        return canvas.bad_token()
    if fault == "500":
        body = {"errors": [{"message": "An error occurred.", "error_code": "internal_server_error"}]}
        return json_reply(body | {"error_report_id": 815}, 500)
    refusals = {
        "forbidden": canvas.not_permitted,
        "no-agent": canvas.no_user_agent,
        "scope": canvas.scope_missing,
        "bare-400": canvas.invalid_integration_data,
    }
    return refusals[fault]() if fault in refusals else balancer(fault)


def focus_reply(fault: str | None, oneroster: bool) -> Response | None:
    """Return Focus' reply to a fault, in the dialect of the route, or None where the handler shall answer."""
    native_texts = {
        "throttle": (429, "Too many requests."),
        "expired-token": (401, "The access token is missing, invalid or has expired."),
        "forbidden": (403, "The client has no right to this."),
        "500": (500, "An unexpected error occurred."),
    }
    minors = {
        "throttle": "server_busy",
        "expired-token": "unauthorisedrequest",
        "forbidden": "forbidden",
        "500": "internal_server_error",
    }
    if fault in native_texts:
        status, text = native_texts[fault]
        refused = focus.oneroster(status, minors[fault], text) if oneroster else focus.native(status, text)
        return refused.response
    return balancer(fault)
