"""Focus' error replies. The native bodies are not public (contract: open), so they use the envelope's `error`."""

from __future__ import annotations

from itertools import count

from starlette.responses import Response

from gpb.sandbox.replies import Refused, json_reply

_request_ids = count(1)


def next_request_id() -> int:
    """Return the number that the next envelope bears."""
    return next(_request_ids)


def native(status: int, message: str) -> Refused:
    """Return a refusal of the native dialect."""
    headers = {"www-authenticate": "Bearer"} if status == 401 else None
    return Refused(json_reply({"request_id": next_request_id(), "status": status, "error": message}, status, headers))


def oneroster(status: int, minor: str, description: str) -> Refused:
    """Return a refusal in the shape of OneRoster 1.1; `minor` is one of its codes, such as `unknownobject`."""
    return Refused(oneroster_reply(status, "failure", "error", minor, description))


def oneroster_reply(status: int, major: str, severity: str, minor: str, description: str) -> Response:
    """Return a status of OneRoster 1.1; a warning comes with HTTP 200."""
    return json_reply({"statusInfoSet": [_status(major, severity, minor, description)]}, status)


def warning(minor: str, description: str) -> dict[str, str]:
    """Return a warning to put beside data."""
    return _status("success", "warning", minor, description)


def _status(major: str, severity: str, minor: str, description: str) -> dict[str, str]:
    return {
        "imsx_codeMajor": major,
        "imsx_severity": severity,
        "imsx_codeMinor": minor,
        "imsx_description": description,
    }


def oneroster_twelve(status: int, field: str, value: str) -> Refused:
    """Return a refusal in the shape of OneRoster 1.2, which some servers of 1.1 use as well."""
    body = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": value,
        "imsx_CodeMinor": {
            "imsx_codeMinorField": [{"imsx_codeMinorFieldName": field, "imsx_codeMinorFieldValue": value}]
        },
    }
    return Refused(json_reply(body, status))
