"""What a reply means: (status, headers, body) in, data or one of ``gpb.errors`` out. Pure functions without I/O.

Each judge returns the parsed JSON of a success and raises otherwise. ``about`` says in plain words what was asked for
("the sections of course 12") and goes into the sentence; header names are lower case. Canvas' rules are judged here,
those of the SIS in ``sis_replies``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from gpb.api.http.addresses import host
from gpb.errors import (
    ApiError,
    Blocked,
    BrokenReply,
    NotFound,
    NotPermitted,
    Refused,
    ServerFault,
    Throttled,
    TokenRejected,
    WrongServer,
)

Headers = Mapping[str, str]
Judge = Callable[[int, Headers, bytes, str], Any]
Kind = TypeVar("Kind", bound=ApiError)

CANVAS = "Canvas"
FOCUS = "Focus"
SETTING_PREFIX = {CANVAS: "GPB_CANVAS", FOCUS: "GPB_SIS"}
NO_JSON = object()
"""Stands for a body that is not JSON; ``None`` is the JSON value null."""
_LONGEST_QUOTE = 160
_HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""Most are one half of a pair, which is well."""
_RATE_LIMIT_TEXT = "rate limit exceeded"


class HtmlReply(BrokenReply):
    """A web page came with a success status: perhaps a passing fault of a proxy, perhaps the wrong server."""


class ForeignReply(BrokenReply):
    """What came is not this system's, from an address that has answered as this system before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply, with what the judges ask it."""

    system: str
    status: int
    headers: Headers
    body: bytes
    about: str

    @property
    def setting(self) -> str:
        """The beginning of the settings of this system, GPB_CANVAS or GPB_SIS."""
        return SETTING_PREFIX[self.system]

    @property
    def asks_for_login(self) -> bool:
        """True for a 401 of something in between: Canvas and OAuth challenge with Bearer (RFC 6750), filters do not."""
        challenge = self.headers.get("www-authenticate", "").strip().lower()
        return self.status == 401 and challenge != "" and not challenge.startswith("bearer")

    @property
    def is_html(self) -> bool:
        """True for a web page, whatever its content type says."""
        return "html" in self.headers.get("content-type", "").lower() or self.body.lstrip()[:1] == b"<"

    def json(self) -> Any:
        """The parsed body, or NO_JSON; also where a text holds half a character, which nothing can store or send."""
        try:
            data = json.loads(self.body.decode("utf-8-sig"))
            if _HALF_A_CHARACTER.search(self.body):
                json.dumps(data, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            return NO_JSON
        return data

    def text(self) -> str:
        """The body as one line of limited length, for a sentence or a log."""
        line = " ".join(self.body[: 4 * _LONGEST_QUOTE].decode("utf-8", "replace").split())
        return line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + "…"

    def error(self, kind: type[Kind], sentence: str) -> Kind:
        """An error of this kind that carries status and request id for the log; Focus has its id in the body."""
        identity = request_id(self.headers)
        if identity is None and isinstance(data := self.json(), dict) and data.get("request_id") is not None:
            identity = str(data["request_id"])
        return kind(sentence, system=self.system, status=self.status, request_id=identity)


def request_id(headers: Headers) -> str | None:
    """The server's own id of a request: Canvas sends ``x-request-context-id``, others ``x-request-id``."""
    return headers.get("x-request-context-id") or headers.get("x-request-id")


def canvas_reply(status: int, headers: Headers, body: bytes, about: str) -> Any:
    """Judge a reply of the Canvas REST API.

    Statuses and bodies: https://canvas.instructure.com/doc/api/ (errors, throttling), and Canvas' own source where
    that is silent. Raises the error of the case.
    """
    answer = Answer(CANVAS, status, headers, body, about)
    if 200 <= status < 300:
        return parsed(answer)
    refuse_common(answer)
    data = answer.json()
    if status == 401:
        raise _canvas_unauthorized(answer, data)
    if status == 403:
        raise _canvas_forbidden(answer, data)
    if status == 404:
        raise _canvas_not_found(answer, data)
    raise refused(answer, message_of(data))


def _canvas_unauthorized(answer: Answer, data: Any) -> ApiError:
    """401 means a bad token; older builds also say so for a missing right, with the status of today's 403.

    A developer key with scopes answers "Insufficient scopes on access token.": the token is good, a right is missing.
    """
    if answer.asks_for_login or (data is NO_JSON and answer.is_html):
        return wants_login(answer)
    message = message_of(data).lower()
    lacks_right = isinstance(data, dict) and data.get("status") == "unauthorized"
    if lacks_right or "insufficient scopes" in message:
        return _lacks_right(answer)
    return rejected_token(answer)


def _canvas_forbidden(answer: Answer, data: Any) -> ApiError:
    """Self-hosted Canvas throttles with 403 in plain text; a right that is missing is JSON with a status.

    Hosted Canvas answers ``{"error":"Forbidden"}`` to requests without a User-Agent; a proxy must have removed it.
    """
    if data is NO_JSON:
        return throttled(answer) if _RATE_LIMIT_TEXT in answer.text().lower() else wrong_server(answer)
    if isinstance(data, dict) and "status" not in data and "errors" not in data and data.get("error") == "Forbidden":
        return answer.error(
            NotPermitted,
            f"Canvas refused the request for {answer.about} before it checked the token, as it does when the "
            "User-Agent header is missing. Ask your network team whether a proxy removes that header.",
        )
    return _lacks_right(answer)


def _canvas_not_found(answer: Answer, data: Any) -> ApiError:
    """Canvas itself says 404 with ``errors``; any other 404 comes from something that is not its API."""
    if isinstance(data, dict) and "errors" in data:
        return answer.error(
            NotFound, f"Canvas does not have {answer.about}, or no longer has it. Refresh to see what is there now."
        )
    return wrong_server(answer)


def _lacks_right(answer: Answer) -> NotPermitted:
    return answer.error(
        NotPermitted,
        f"The Canvas token has no permission for {answer.about}. Ask a Canvas administrator for a token that has it, "
        "and set GPB_CANVAS_TOKEN.",
    )


def parsed(answer: Answer) -> Any:
    """The JSON of a success; raises HtmlReply or BrokenReply, so that no broken reply is read as an empty list."""
    data = answer.json()
    if data is not NO_JSON:
        return data
    if answer.is_html:
        raise answer.error(HtmlReply, f"{answer.system} sent a web page instead of {answer.about}.")
    raise answer.error(BrokenReply, f"The reply of {answer.system} for {answer.about} is cut short or is not JSON.")


def refuse_common(answer: Answer) -> None:
    """Raise for what means the same at every server: redirects, 407, 408, 429 and 5xx."""
    if 300 <= answer.status < 400:
        raise _redirected(answer)
    if answer.status == 407:
        raise answer.error(Blocked, PROXY_LOGIN.format(system=answer.system))
    if answer.status == 429:
        raise throttled(answer)
    if answer.status == 408 or answer.status >= 500:
        raise server_fault(answer)


def server_fault(answer: Answer, message: str = "") -> ServerFault:
    """The server failed."""
    quoted = f" ({message})" if message else ""
    return answer.error(
        ServerFault, f"{answer.system} failed with status {answer.status}{quoted} on the request for {answer.about}."
    )


def throttled(answer: Answer) -> Throttled:
    """The rate limit turned the request away."""
    return answer.error(Throttled, f"{answer.system} is rate-limiting us: it refused the request for {answer.about}.")


PROXY_LOGIN = (
    "A proxy between this machine and {system} asks for a user name and a password (status 407). Ask your network team "
    "for them and write them into HTTPS_PROXY, as http://NAME:PASSWORD@HOST:PORT, or have {system} exempted from the "
    "proxy and add its host to NO_PROXY."
)


def wants_login(answer: Answer) -> Blocked:
    """A 401 that is not this system's own: neither the token nor the address is at fault."""
    return answer.error(
        Blocked,
        f"Something between this machine and {answer.system}, such as a web filter, asks for a login of its own "
        f"(status {answer.status} for {answer.about}); {answer.system} itself did not see the token. Ask your network "
        f"team to let requests to {answer.system} pass without it.",
    )


def wrong_server(answer: Answer) -> WrongServer:
    """Something answers, but not as this system."""
    between = f" If it is right, a firewall or web filter answers in place of {answer.system}: ask your network team."
    page = between if answer.is_html and answer.status != 404 else ""
    return answer.error(
        WrongServer,
        f"The address in {answer.setting}_URL responds, but not like {answer.system} (status {answer.status} for "
        f"{answer.about}). Correct {answer.setting}_URL.{page}",
    )


def _redirected(answer: Answer) -> WrongServer:
    """No redirect is followed: the token belongs to one address, and these APIs redirect to log-in pages only."""
    target = host(answer.headers.get("location", ""))
    where = f"to {target}" if target else "to another page"
    return answer.error(
        WrongServer,
        f"The address in {answer.setting}_URL redirects {where} instead of responding like {answer.system}. Set "
        f"{answer.setting}_URL to the address of {answer.system} itself.",
    )


def rejected_token(answer: Answer) -> TokenRejected:
    """401: the sentence names the setting that holds the token."""
    if answer.system == CANVAS:
        sentence = "Canvas does not accept the token. Create a new one in Canvas and set GPB_CANVAS_TOKEN."
    else:
        sentence = (
            f"{answer.system} does not accept the token that it just issued. Check GPB_SIS_URL, GPB_SIS_CLIENT_ID "
            "and GPB_SIS_CLIENT_SECRET."
        )
    return answer.error(TokenRejected, sentence)


def as_foreign(system: str, status: int, headers: Headers, body: bytes, about: str, error: ApiError) -> ApiError:
    """The error of a reply from an address that has answered as this system in this run.

    Web pages, redirects and challenges for a login then come from something in between, perhaps for a moment only. A
    404 of the SIS stays what it is: its servers answer so, with a page of their own, what they do not have.
    """
    answer = Answer(system, status, headers, body, about)
    if isinstance(error, Blocked):
        return answer.error(ForeignReply, str(error))
    is_page = answer.json() is NO_JSON and (
        200 <= status < 300 or status == 403 or (status == 404 and system == CANVAS)
    )
    if not isinstance(error, WrongServer | HtmlReply) or not (is_page or 300 <= status < 400):
        return error
    return answer.error(
        ForeignReply,
        f"In the place of {about} came something that {system} does not send (status {status}), although {system} "
        f"answered at the same address in this run: a firewall or web filter between this machine and {system} is in "
        f"the way. Please ask your network team to let requests to {system} pass, then try again.",
    )


def refused(answer: Answer, message: str) -> Refused:
    """400 and its like; Canvas' ``Invalid integration data`` is bare text that does not parse, so text is quoted."""
    reason = message or (f"status {answer.status}" if answer.is_html else answer.text()) or f"status {answer.status}"
    return answer.error(Refused, f"{answer.system} refused the request for {answer.about}: {reason}")


def message_of(data: Any) -> str:
    """The first human text in an error body.

    ``errors`` is a list of messages, a text, or an object of lists by field; Focus has ``error``, OAuth
    ``error_description``.
    """
    if isinstance(data, str):
        return data[:_LONGEST_QUOTE]
    if isinstance(data, list):
        return next(filter(None, map(message_of, data)), "")
    if not isinstance(data, dict):
        return ""
    for key in ("errors", "error_description", "error", "message", "detail"):
        if text := message_of(data.get(key)):
            return text
    return next(filter(None, (message_of(value) for value in data.values() if isinstance(value, list))), "")
