"""What Canvas' replies mean: a table of samples with their status, headers and body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.api.http.replies import HtmlReply, canvas_reply, message_of
from gpb.errors import (
    ApiError,
    BrokenReply,
    NotFound,
    NotPermitted,
    Refused,
    ServerFault,
    Throttled,
    TokenRejected,
    WrongServer,
)

JSON = {"content-type": "application/json; charset=utf-8"}
TEXT = {"content-type": "text/plain"}
HTML = {"content-type": "text/html; charset=utf-8"}
HEADERS: list[dict[str, str]] = [JSON, TEXT, HTML, {}]
ABOUT = "the sections of course 12"
Sample = tuple[int, dict[str, str], bytes, type[ApiError], str]

SAMPLES: list[Sample] = [
    (
        401,
        JSON | {"www-authenticate": 'Bearer realm="canvas-lms"'},
        b'{"errors":[{"message":"Invalid access token."}]}',
        TokenRejected,
        "Canvas does not accept the token. Create a new one in Canvas and set GPB_CANVAS_TOKEN.",
    ),
    (
        401,
        JSON,
        b'{"status":"unauthenticated","errors":[{"message":"user authorization required"}]}',
        TokenRejected,
        "GPB_CANVAS_TOKEN",
    ),
    (401, JSON, b'{"errors":"Invalid as_user_id"}', TokenRejected, "GPB_CANVAS_TOKEN"),
    (
        401,
        JSON,
        b'{"status":"unauthorized","errors":[{"message":"user not authorized to perform that action"}]}',
        NotPermitted,
        "no permission for the sections of course 12",
    ),
    (401, JSON, b'{"errors":[{"message":"Insufficient scopes on access token."}]}', NotPermitted, "no permission"),
    (
        403,
        JSON,
        b'{"status":"unauthorized","errors":[{"message":"user not authorized to perform that action"}]}',
        NotPermitted,
        "The Canvas token has no permission for the sections of course 12.",
    ),
    (403, JSON, b'{"error":"Forbidden","message":"..."}', NotPermitted, "User-Agent"),
    (403, TEXT, b"403 Forbidden (Rate Limit Exceeded)", Throttled, "rate-limiting us"),
    (
        403,
        TEXT | {"x-rate-limit-remaining": "41.5"},
        b"403 Forbidden (Rate Limit Exceeded)",
        Throttled,
        "rate-limiting us",
    ),
    (403, HTML, b"<html><body>Blocked</body></html>", WrongServer, "GPB_CANVAS_URL"),
    (429, TEXT, b"429 Too Many Requests (Rate Limit Exceeded)", Throttled, "rate-limiting us"),
    (
        404,
        JSON,
        b'{"errors":[{"message":"The specified resource does not exist."}]}',
        NotFound,
        "Canvas does not have the sections of course 12",
    ),
    (404, HTML, b"<!DOCTYPE html><title>Page not found</title>", WrongServer, "GPB_CANVAS_URL"),
    (404, JSON, b'{"detail":"Not Found"}', WrongServer, "GPB_CANVAS_URL"),
    (404, TEXT, b"Not Found", WrongServer, "GPB_CANVAS_URL"),
    (400, JSON, b"Invalid integration data", Refused, "Invalid integration data"),
    (
        400,
        JSON,
        b'{"errors":{"name":[{"attribute":"name","type":"too_long","message":"too_long"}]}}',
        Refused,
        "course 12: too_long",
    ),
    (422, HTML, b"<html>unprocessable</html>", Refused, "status 422"),
    (302, HTML | {"location": "https://login.example/saml?token=abc"}, b"", WrongServer, "to login.example instead"),
    (301, {"location": "/login"}, b"", WrongServer, "to another page"),
    (500, JSON, b'{"errors":[{"message":"An error occurred."}]}', ServerFault, "status 500"),
    (502, HTML, b"<html>Bad Gateway</html>", ServerFault, "status 502"),
    (503, TEXT, b"", ServerFault, "status 503"),
    (504, TEXT, b"", ServerFault, "status 504"),
    (408, TEXT, b"", ServerFault, "status 408"),
    (200, JSON, b'[{"id":1},{"id"', BrokenReply, "cut short"),
    (200, JSON, b"", BrokenReply, "cut short"),
    (200, JSON, b"\xff\xfe[", BrokenReply, "cut short"),
    (200, JSON, b'[{"name":"a\\ud83d"}]', BrokenReply, "cut short"),
    (200, JSON, b'[{"name":"a\xed\xa0\xbd"}]', BrokenReply, "cut short"),
    (200, JSON, '[{"id":1}]'.encode("utf-16"), BrokenReply, "cut short"),
    (200, JSON, b"[" * 100_000, BrokenReply, "cut short"),
    (200, HTML, b"<html>maintenance</html>", HtmlReply, "web page"),
    (200, JSON, b"\n <html>maintenance</html>", HtmlReply, "web page"),
]


@pytest.mark.parametrize(("status", "headers", "body", "expected", "words"), SAMPLES)
def test_each_reply_has_its_error(
    status: int, headers: dict[str, str], body: bytes, expected: type[ApiError], words: str
) -> None:
    """Kind, sentence, system and status of the error; the query of a redirect is not quoted."""
    with pytest.raises(ApiError) as caught:
        canvas_reply(status, headers, body, ABOUT)
    error = caught.value
    assert expected is type(error)
    assert words in str(error)
    assert (error.system, error.status) == ("Canvas", status)
    assert "abc" not in str(error)


@pytest.mark.parametrize(("body", "expected"), [(b"[]", []), (b"null", None), (b'{"id":1}', {"id": 1})])
def test_a_success_is_its_json(body: bytes, expected: Any) -> None:
    """Also where the JSON is empty."""
    assert expected == canvas_reply(200, JSON, body, ABOUT)


def test_an_error_carries_the_id_that_the_server_gave_the_request() -> None:
    """For the log, and for the server's support."""
    with pytest.raises(ServerFault) as caught:
        canvas_reply(500, {"x-request-context-id": "c0ffee", "x-request-id": "other"}, b"", ABOUT)
    assert caught.value.request_id == "c0ffee"


def test_a_long_refusal_is_quoted_in_part() -> None:
    """A sentence stays readable."""
    with pytest.raises(Refused) as caught:
        canvas_reply(400, TEXT, b"no \n" * 5000, ABOUT)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


DATA = [b"7", b"{}", b'{"errors":[]}', b'{"status":"unauthorized"}']


@given(st.integers(100, 599), st.one_of(st.binary(max_size=200), st.sampled_from(DATA)), st.sampled_from(HEADERS))
def test_any_reply_is_judged(status: int, body: bytes, headers: dict[str, str]) -> None:
    """Nothing but data of a success, or an error of the tree with a sentence."""
    is_success = 200 <= status < 300
    try:
        data = canvas_reply(status, headers, body, ABOUT)
    except ApiError as error:
        assert "Canvas" in str(error)
        assert not (is_success and body in DATA and headers == JSON)
    else:
        assert is_success
        assert data == json.loads(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"errors": [{"message": "first"}, {"message": "second"}]}, "first"),
        ({"errors": "text"}, "text"),
        ({"errors": {"name": [{"message": "too_long"}]}}, "too_long"),
        ({"error": "invalid_client", "error_description": "Unknown client"}, "Unknown client"),
        ({"code": "not_enabled", "error": "No SIS export"}, "No SIS export"),
        ([], ""),
        (7, ""),
        ({"name": [{"message": ""}]}, ""),
    ],
)
def test_the_human_text_of_an_error_body_is_found(body: Any, expected: str) -> None:
    """Lists, texts and objects by field are all in use."""
    assert expected == message_of(body)
