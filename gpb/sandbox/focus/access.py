"""Focus' token route, and who may do what with a token (contract: native dialect)."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote

from starlette.requests import Request
from starlette.responses import Response

from gpb.sandbox.replies import bearer_of, json_reply
from gpb.sandbox.tokens import FocusClient, FocusToken, Keyring


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote(client_id), unquote(secret)


async def _sent(request: Request) -> dict[str, str]:
    """Return the fields of the request: a form, JSON, or the query, for the documentation lists them in both places."""
    body = (await request.body()).decode("utf-8", "replace")
    fields = dict(request.query_params)
    if "json" not in request.headers.get("content-type", ""):
        return fields | dict(parse_qsl(body))
    try:
        sent = json.loads(body)
    except ValueError:
        return fields
    return fields | {str(key): str(value) for key, value in sent.items()} if isinstance(sent, dict) else fields


def _client(keyring: Keyring, client_id: str, secret: str) -> FocusClient | None:
    client = keyring.clients.get(client_id)
    return client if client is not None and client.client_secret == secret else None


async def token_reply(request: Request, keyring: Keyring) -> Response:
    """Give a token for client credentials; `expires_in` is what is left of a life that many requests share."""
    fields = await _sent(request)
    if fields.get("grant_type") != "client_credentials":
        message = "The grant type must be client_credentials."
        return json_reply({"error": "unsupported_grant_type", "error_description": message}, 400)
    pair = _basic(request) or (fields.get("client_id", ""), fields.get("client_secret", ""))
    client = _client(keyring, *pair)
    if client is None:
        message = "Client authentication failed."
        return json_reply({"error": "invalid_client", "error_description": message}, 401)
    given, left = keyring.give(client)
    ends = datetime.now(UTC) + timedelta(seconds=left)
    return json_reply(
        {
            "access_token": given.token,
            "token_type": "Bearer",
            "expiration": ends.isoformat(timespec="seconds"),
            "expires_in": int(left),
            "scope": fields.get("scope", ""),
        }
    )


def token_of(request: Request, keyring: Keyring) -> FocusToken | None:
    """Return the good token of a request, or None."""
    text = bearer_of(request)
    return keyring.focus(text) if text else None
