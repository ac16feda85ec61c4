"""What a reply of the SIS means, in both dialects, and of its token endpoint. Pure functions without I/O."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import AliasPath, Field, PlainValidator, TypeAdapter

from gpb.api.http.replies import (
    FOCUS,
    NO_JSON,
    Answer,
    Headers,
    message_of,
    parsed,
    refuse_common,
    refused,
    rejected_token,
    server_fault,
    throttled,
    wants_login,
    wrong_server,
)
from gpb.errors import ApiError, NotPermitted, TokenRejected

_log = logging.getLogger("gpb.api")

ONEROSTER_MINOR_STATUS = {
    "unauthorized": 401,
    "unauthorised": 401,
    "unauthorizedrequest": 401,
    "unauthorisedrequest": 401,
    "invalid_user": 401,
    "forbidden": 403,
    "unknownobject": 404,
    "server_busy": 429,
    "internal_server_error": 500,
}
"""The HTTP status that goes with ``imsx_codeMinor``; every other minor code is a 400.

https://www.imsglobal.org/oneroster-v11-final-specification, section on error handling.
"""
_TOKEN_REFUSALS = ("invalid_client", "invalid_grant", "unauthorized_client", "access_denied")


_Lower = Annotated[str, PlainValidator(lambda value: str(value or "").lower())]
"""Whatever came, as text in lower case: an error that is badly written is still an error."""
_Quoted = Annotated[str, PlainValidator(lambda value: str(value or "")[:160])]
_NESTED_MINOR = AliasPath("imsx_CodeMinor", "imsx_codeMinorField", 0, "imsx_codeMinorFieldValue")


@dataclass(frozen=True, slots=True)
class ImsStatus:
    """One status of OneRoster, whichever of the two shapes it came in; all texts in lower case but the description."""

    major: Annotated[_Lower, Field(validation_alias="imsx_codeMajor")]
    severity: Annotated[_Lower, Field(validation_alias="imsx_severity")] = ""
    flat_minor: Annotated[_Lower, Field(validation_alias="imsx_codeMinor")] = ""
    nested_minor: Annotated[_Lower, Field(validation_alias=_NESTED_MINOR)] = ""
    description: Annotated[_Quoted, Field(validation_alias="imsx_description")] = ""

    @property
    def minor(self) -> str:
        """What went wrong: 1.2 has it nested, 1.1 beside the other texts."""
        return self.nested_minor or self.flat_minor

    @property
    def is_failure(self) -> bool:
        """False for success and for a warning, both of which come with the data that was asked for."""
        return self.major == "failure" or self.severity == "error"


NO_CONTENT = 204
"""With what some servers answer that have deleted something."""


def focus_reply(status: int, headers: Headers, body: bytes, about: str) -> Any:
    """Judge a reply of Focus' native API: an envelope with ``data``, and ``error`` when something went wrong.

    The error bodies are not published, so the status decides first, then an ``error`` in a success.
    """
    answer = Answer(FOCUS, status, headers, body, about)
    if not 200 <= status < 300:
        raise _sis_error(answer, message_of(answer.json()))
    if status == NO_CONTENT:
        return {}
    data = parsed(answer)
    if isinstance(data, dict) and data.get("error"):
        raise server_fault(answer, message_of({"error": data["error"]}) or "an error without a text")
    return data


def oneroster_reply(status: int, headers: Headers, body: bytes, about: str) -> Any:
    """Judge a reply of OneRoster 1.1 or 1.2, where a failure and a warning can both come with status 200.

    A warning is logged and its data returned. A reply with neither failure nor data is left to the caller, who misses
    the list in it.
    """
    answer = Answer(FOCUS, status, headers, body, about)
    succeeded = 200 <= status < 300
    data = parsed(answer) if succeeded else answer.json()
    found = ims_statuses(data)
    for failure in (one for one in found if one.is_failure):
        code = ONEROSTER_MINOR_STATUS.get(failure.minor, 400) if succeeded else status
        raise _sis_error(replace(answer, status=code), failure.description or failure.minor)
    if not succeeded:
        raise _sis_error(answer, message_of(data))
    for warning in (one for one in found if one.severity == "warning"):
        _log.warning("Focus warns about %s: %s %s", about, warning.minor, warning.description)
    return data


def token_reply(status: int, headers: Headers, body: bytes, about: str) -> Any:
    """Judge a reply of a token endpoint (RFC 6749, 5.1 and 5.2): a refusal is 400 or 401 with an ``error`` code."""
    answer = Answer(FOCUS, status, headers, body, about)
    if 200 <= status < 300:
        data = parsed(answer)
        token = data.get("access_token") if isinstance(data, dict) else None
        if isinstance(token, str) and token.isascii() and token.isprintable():  # what a header can carry
            return data
        raise wrong_server(answer)
    refuse_common(answer)
    data = answer.json()
    if data is NO_JSON and answer.asks_for_login:  # a server's own challenge may be Basic, too (RFC 6749, 5.2)
        raise wants_login(answer)
    if status == 403 and data is NO_JSON and answer.is_html:  # a firewall's page says nothing about id and secret
        raise wrong_server(answer)
    code = data.get("error") if isinstance(data, dict) else None
    if status in (401, 403) or code in _TOKEN_REFUSALS:
        raise answer.error(
            TokenRejected,
            "Focus does not accept the client id and secret. Check GPB_SIS_CLIENT_ID and GPB_SIS_CLIENT_SECRET.",
        )
    if status == 404:
        raise wrong_server(answer)
    raise refused(answer, message_of(data))


def _sis_error(answer: Answer, message: str) -> ApiError:
    """The error of a status; a 404 means a wrong address, because only whole lists at fixed paths are asked for."""
    if answer.status == 403 and "rate limit" in answer.text().lower():
        return throttled(answer)
    try:
        refuse_common(answer)
    except ApiError as error:
        return error
    if answer.status == 401:
        return wants_login(answer) if answer.json() is NO_JSON and answer.asks_for_login else rejected_token(answer)
    if answer.status == 404 or (answer.is_html and answer.json() is NO_JSON):
        return wrong_server(answer)
    return _lacks_right(answer) if answer.status == 403 else refused(answer, message)


def _lacks_right(answer: Answer) -> NotPermitted:
    return answer.error(
        NotPermitted,
        f"The client of GPB_SIS_CLIENT_ID has no permission for {answer.about} in Focus. Ask a Focus administrator "
        "to grant it.",
    )


_STATUS = TypeAdapter(ImsStatus)


def ims_statuses(data: Any) -> list[ImsStatus]:
    """All statuses in a body: 1.1 keeps them in ``statusInfoSet`` (a list or one object), 1.2 at the top."""
    if not isinstance(data, Mapping):
        return []
    inside = data.get("statusInfoSet")
    raw = inside if isinstance(inside, list) else [inside if isinstance(inside, Mapping) else data]
    return [_STATUS.validate_python(one) for one in raw if isinstance(one, Mapping) and "imsx_codeMajor" in one]
