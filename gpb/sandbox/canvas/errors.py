"""Canvas' error replies, each with exactly the status, type and body of the real one (contract: errors)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from gpb.sandbox.replies import JSON_TYPE, Refused, json_reply

CHALLENGE = {"www-authenticate": 'Bearer realm="canvas-lms"'}


def _list(message: str) -> dict[str, Any]:
    return {"errors": [{"message": message}]}


def bad_token() -> Response:
    """Answer a wrong, expired or revoked token."""
    return json_reply(_list("Invalid access token."), 401, CHALLENGE)


def scope_missing() -> Response:
    """Answer a token of a developer key whose scopes do not name this route."""
    return json_reply(_list("Insufficient scopes on access token."), 401)


def no_token() -> Response:
    """Answer a request without any token."""
    return json_reply({"status": "unauthenticated", **_list("user authorization required")}, 401, CHALLENGE)


def not_permitted() -> Response:
    """Answer what the token's user may not do."""
    body = {"status": "unauthorized", **_list("user not authorized to perform that action")}
    return json_reply(body, 403)


def no_user_agent() -> Response:
    """Answer a request without a User-Agent, which hosted Canvas refuses at its edge."""
    return json_reply({"error": "Forbidden", "message": "A User-Agent header is required."}, 403)


def masquerade_refused() -> Response:
    """Answer `as_user_id`; here `errors` is a text, not a list."""
    return json_reply({"errors": "Invalid as_user_id"}, 401)


def not_found() -> Response:
    """Answer an id that is unknown or deleted."""
    return json_reply(_list("The specified resource does not exist."), 404)


def invalid_field(attribute: str, kind: str) -> Response:
    """Answer a value that Canvas' own rules refuse, such as a name that is `too_long`."""
    detail = {"attribute": attribute, "type": kind, "message": kind}
    return json_reply({"errors": {attribute: [detail]}}, 400)


def invalid_integration_data() -> Response:
    """Answer `integration_data` that is no object: a bare text, although the type says JSON."""
    return Response("Invalid integration data", 400, media_type=JSON_TYPE)


def bad_request(code: str, message: str) -> Response:
    """Answer with a code of the SIS routes, such as `not_enabled`."""
    return json_reply({"code": code, "error": message}, 400)


def throttled(status: int) -> Response:
    """Answer a throttled request: 429 where Canvas is hosted, still 403 elsewhere; plain text, no Retry-After."""
    reason = {429: "429 Too Many Requests", 403: "403 Forbidden"}[status]
    return Response(f"{reason} (Rate Limit Exceeded)", status, media_type="text/plain")


def refuse(response: Response) -> Refused:
    """Wrap a reply so that it can be raised."""
    return Refused(response)
