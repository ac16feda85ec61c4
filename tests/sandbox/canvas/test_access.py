"""Tokens, rights and the error replies of Canvas."""

from __future__ import annotations

import http.client
import json

import httpx
import pytest

from gpb.sandbox import Running
from tests.sandbox.conftest import canvas

INVALID = {"errors": [{"message": "Invalid access token."}]}


def test_bad_and_expired_tokens_are_told_with_a_challenge(district: Running) -> None:
    """401 with `WWW-Authenticate: Bearer realm="canvas-lms"` and Canvas' body, for wrong and expired ones alike."""
    expired = next(token.token for token in district.keyring.canvas.values() if token.expired)
    for token in ("wrong", expired):
        reply = canvas(district, token).get("accounts/self")
        assert (reply.status_code, reply.json()) == (401, INVALID)
        assert reply.headers["www-authenticate"] == 'Bearer realm="canvas-lms"'


def test_request_without_a_token_is_unauthenticated(district: Running) -> None:
    """401 with `status: unauthenticated`."""
    reply = httpx.get(f"{district.canvas_url}/api/v1/accounts")
    assert (reply.status_code, reply.json()["status"]) == (401, "unauthenticated")


def test_permission_is_403_json(district: Running) -> None:
    """A token without account rights gets `{"status": "unauthorized", ...}`, told from a throttle by its type."""
    rights = district.keyring.admin.rights - {"read_courses", "read_sis"}
    token = next(one.token for one in district.keyring.canvas.values() if one.rights == rights)
    reply = canvas(district, token).get("accounts/self/courses")
    assert (reply.status_code, reply.json()) == (
        403,
        {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]},
    )
    assert canvas(district, token).get("accounts").json() == []


def test_user_agent_is_mandatory(district: Running) -> None:
    """Without a User-Agent the answer is 403 JSON `{"error": "Forbidden", ...}`, whatever the token."""
    connection = http.client.HTTPConnection("127.0.0.1", district.port)
    connection.request("GET", "/canvas/api/v1/accounts", headers={"authorization": "Bearer x"})
    reply = connection.getresponse()
    assert (reply.status, json.loads(reply.read())["error"]) == (403, "Forbidden")
    connection.close()


def test_masquerade_is_refused_with_a_text(district: Running) -> None:
    """`as_user_id` gives 401 `{"errors": "Invalid as_user_id"}`: a string, not a list."""
    reply = canvas(district).get("accounts?as_user_id=5")
    assert (reply.status_code, reply.json()) == (401, {"errors": "Invalid as_user_id"})


@pytest.mark.parametrize(
    "path",
    [
        "accounts/77",
        "accounts/sis_account_id:none",
        "courses/77",
        "courses/abc",
        "sections/77",
        "courses/1001/assignment_groups/sis:1",
    ],
)
def test_unknown_ids_are_not_found(district: Running, path: str) -> None:
    """404 with Canvas' body; groups have numeric ids only."""
    reply = canvas(district).get(path)
    assert (reply.status_code, reply.json()) == (
        404,
        {"errors": [{"message": "The specified resource does not exist."}]},
    )


def test_broken_json_is_refused(small: Running) -> None:
    """A body that does not parse is 400 and changes nothing."""
    headers = {"content-type": "application/json"}
    reply = canvas(small).put("courses/1001/assignment_groups/3001", content=b'{"name": ', headers=headers)
    assert reply.status_code == 400


def test_user_of_the_token_is_told(district: Running) -> None:
    """`/users/self` answers for a good token, which is how connections are tried out."""
    assert canvas(district).get("users/self").json()["id"] == 1
