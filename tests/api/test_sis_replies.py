"""What the replies of the SIS mean, in both dialects, and those of its token endpoint."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpb.api.http.replies import HtmlReply, Judge
from gpb.api.sis_replies import focus_reply, ims_statuses, oneroster_reply, token_reply
from gpb.errors import (
    ApiError,
    BrokenReply,
    NotPermitted,
    Refused,
    ServerFault,
    Throttled,
    TokenRejected,
    WrongServer,
)

JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html"}
ABOUT = "the grading categories"


def version_1_1(minor: str, severity: str = "error", major: str = "failure", **data: Any) -> bytes:
    """The error shape of OneRoster 1.1."""
    status = {
        "imsx_codeMajor": major,
        "imsx_severity": severity,
        "imsx_codeMinor": minor,
        "imsx_description": f"about {minor}",
    }
    return json.dumps({"statusInfoSet": [status], **data}).encode()


def version_1_2(minor: str, severity: str = "error", major: str = "failure") -> bytes:
    """The error shape of OneRoster 1.2."""
    field = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}
    body = {
        "imsx_codeMajor": major,
        "imsx_severity": severity,
        "imsx_description": f"about {minor}",
        "imsx_CodeMinor": {"imsx_codeMinorField": [field]},
    }
    return json.dumps(body).encode()


@pytest.mark.parametrize("judge", [focus_reply, oneroster_reply])
@pytest.mark.parametrize(
    ("status", "headers", "body", "expected", "words"),
    [
        (401, JSON, b'{"error":"invalid_token"}', TokenRejected, "GPB_SIS_CLIENT_SECRET"),
        (403, JSON, b'{"error":"forbidden"}', NotPermitted, "no permission for the grading categories in Focus"),
        (403, JSON, b'{"error":"Rate limit exceeded"}', Throttled, "rate-limiting us"),
        (403, HTML, b"<html>blocked</html>", WrongServer, "GPB_SIS_URL"),
        (404, HTML, b"<html>not found</html>", WrongServer, "GPB_SIS_URL"),
        (404, JSON, b'{"error":"no route"}', WrongServer, "GPB_SIS_URL"),
        (400, JSON, b'{"error":"limit too large"}', Refused, "limit too large"),
        (400, HTML, b"<html>bad</html>", WrongServer, "GPB_SIS_URL"),
        (429, JSON, b"{}", Throttled, "rate-limiting us"),
        (500, HTML, b"<html>", ServerFault, "Focus failed with status 500"),
        (503, JSON, b"", ServerFault, "status 503"),
        (302, {"location": "https://sso.example/"}, b"", WrongServer, "sso.example"),
        (200, JSON, b'{"data":[{"uuid":', BrokenReply, "cut short"),
        (200, HTML, b"<html>log in</html>", HtmlReply, "web page"),
    ],
)
def test_both_dialects_share_these_meanings(
    judge: Judge, status: int, headers: dict[str, str], body: bytes, expected: type[ApiError], words: str
) -> None:
    """HTTP's own statuses decide."""
    with pytest.raises(ApiError) as caught:
        judge(status, headers, body, ABOUT)
    assert expected is type(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("shape", [version_1_1, version_1_2])
@pytest.mark.parametrize(
    ("minor", "expected"),
    [
        ("unauthorized", TokenRejected),
        ("forbidden", NotPermitted),
        ("unknownobject", WrongServer),
        ("server_busy", Throttled),
        ("internal_server_error", ServerFault),
        ("invaliddata", Refused),
    ],
)
def test_a_failure_with_status_200_is_judged_by_its_minor_code(
    shape: Any, minor: str, expected: type[ApiError]
) -> None:
    """Both error shapes of OneRoster."""
    with pytest.raises(ApiError) as caught:
        oneroster_reply(200, JSON, shape(minor), ABOUT)
    assert expected is type(caught.value)


@pytest.mark.parametrize("shape", [version_1_1, version_1_2])
def test_the_status_of_http_goes_before_the_minor_code(shape: Any) -> None:
    """With its description quoted where a person can use it."""
    with pytest.raises(Refused, match="about unknownobject"):
        oneroster_reply(400, JSON, shape("unknownobject"), ABOUT)


def test_a_warning_with_status_200_leaves_the_data_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    """It goes to the log."""
    body = version_1_1("invalid_selection_field", "warning", "success", categories=[{"sourcedId": "c"}])
    with caplog.at_level(logging.WARNING, "gpb.api"):
        data = oneroster_reply(200, JSON, body, ABOUT)
    assert data["categories"] == [{"sourcedId": "c"}]
    assert "invalid_selection_field" in caplog.text


def test_one_status_may_stand_without_its_list() -> None:
    """``statusInfoSet`` as an object, and bodies that are none."""
    one = {"imsx_codeMajor": "Failure", "imsx_severity": "Error", "imsx_codeMinor": "Forbidden"}
    assert [status.minor for status in ims_statuses({"statusInfoSet": one})] == ["forbidden"]
    assert ims_statuses([one]) == []
    assert ims_statuses({"statusInfoSet": [1, {}]}) == []


def test_a_status_that_is_badly_written_is_still_one() -> None:
    """Null, numbers and empty places stand in for texts; a nested minor code that is empty leaves the other one."""
    nested = {"imsx_codeMinorField": [{"imsx_codeMinorFieldValue": None}]}
    odd = {"imsx_codeMajor": "FAILURE", "imsx_severity": None, "imsx_codeMinor": 7, "imsx_description": "x" * 200}
    (status,) = ims_statuses({**odd, "imsx_CodeMinor": nested})
    assert (status.is_failure, status.severity, status.minor, status.description) == (True, "", "7", "x" * 160)
    assert [one.minor for one in ims_statuses({**odd, "imsx_CodeMinor": {"imsx_codeMinorField": []}})] == ["7"]


def test_focus_can_put_an_error_into_a_success() -> None:
    """The envelope's ``error`` counts, and its ``request_id`` goes to the log."""
    with pytest.raises(ServerFault, match="out of order") as caught:
        focus_reply(200, JSON, b'{"request_id":77,"error":{"message":"out of order"},"data":[]}', ABOUT)
    assert caught.value.request_id == "77"
    assert focus_reply(200, JSON, b'{"error":null,"data":[]}', ABOUT) == {"error": None, "data": []}


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (401, JSON, b'{"error":"invalid_client"}', TokenRejected),
        (401, JSON | {"www-authenticate": "Basic"}, b'{"error":"invalid_client"}', TokenRejected),  # RFC 6749, 5.2
        (400, JSON, b'{"error":"invalid_client"}', TokenRejected),
        (403, JSON, b"{}", TokenRejected),
        (400, JSON, b'{"error":"invalid_scope","error_description":"no such scope"}', Refused),
        (404, HTML, b"<html>", WrongServer),
        (200, JSON, b'{"token":"x"}', WrongServer),
        (200, JSON, b"[]", WrongServer),
        (200, JSON, b'{"access_token":"a\\nb"}', WrongServer),
        (200, JSON, '{"access_token":"ü"}'.encode(), WrongServer),
        (200, HTML, b"<html>", HtmlReply),
        (429, JSON, b"", Throttled),
        (500, JSON, b"", ServerFault),
    ],
)
def test_a_refused_client_is_told_from_a_wrong_address(
    status: int, headers: dict[str, str], body: bytes, expected: type[ApiError]
) -> None:
    """OAuth answers 400 or 401 with a code."""
    with pytest.raises(ApiError) as caught:
        token_reply(status, headers, body, "a token")
    assert expected is type(caught.value)


def test_a_firewalls_page_says_nothing_about_id_and_secret() -> None:
    """It is told as what it is; JSON with the same status is a refusal."""
    with pytest.raises(WrongServer, match="a firewall or web filter answers in place of Focus"):
        token_reply(403, HTML, b"<!DOCTYPE html><h1>Sorry, you have been blocked</h1>", "a token")
    with pytest.raises(TokenRejected):
        token_reply(403, JSON, b'{"error": "forbidden"}', "a token")


def test_a_refused_client_is_named_by_its_settings() -> None:
    """The sentence says what to check."""
    with pytest.raises(TokenRejected, match=r"client id and secret.*GPB_SIS_CLIENT_ID and GPB_SIS_CLIENT_SECRET"):
        token_reply(401, JSON, b"", "a token")


@pytest.mark.parametrize("judge", [focus_reply, oneroster_reply, token_reply])
@given(status=st.one_of(st.integers(100, 199), st.integers(300, 599)), body=st.binary(max_size=60))
def test_no_failure_passes_as_data(judge: Judge, status: int, body: bytes) -> None:
    """Whatever comes with such a status, the result is an error of the tree with a sentence."""
    with pytest.raises(ApiError, match="Focus"):
        judge(status, JSON, body, ABOUT)
