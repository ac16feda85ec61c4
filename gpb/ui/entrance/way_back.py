"""After the provider, the person is where they were before; and reads why, where nobody was signed in.

Streamlit sends everybody to the first page, and where something went wrong it says so in the server's log only
(https://github.com/streamlit/streamlit/issues/10160). Both are kept in cookies of a few minutes that no script reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, unquote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from gpb.ui.entrance.admission import CALLBACK

LOGIN = "/auth/login"
PLACE, PROBLEM = "gpb_way_back", "gpb_sign_in_problem"
AT_THE_PROVIDER, TO_READ = 600, 60  # seconds
LONGEST_PLACE = 2_000  # characters; a browser keeps 4,096 bytes with the name (RFC 6265, 6.1)
OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path on this server. Browsers take a backslash for a slash, and leave out tabs and line ends (WHATWG URL, 4.4)."""
PROBLEMS = {
    "declined": "You were not signed in because the sign-in was declined. Press Sign in to try again.",
    "refused": (
        "You were not signed in because the provider's response could not be used. Press Sign in to try again. If "
        "this keeps happening, the person who runs this dashboard can find the reason in its log; often client_id "
        "or client_secret is wrong."
    ),
    "unreachable": (
        "You were not signed in because the provider cannot be reached. Press Sign in to try again. If this keeps "
        "happening, the person who runs this dashboard can find the reason in its log; often server_metadata_url is "
        "wrong, or a proxy is missing."
    ),
}


def what_went_wrong(cookies: Mapping[str, str]) -> str | None:
    """Why the last attempt of this browser to sign in did not work."""
    return PROBLEMS.get(cookies.get(PROBLEM, ""))


class WayBack:
    """ASGI middleware around Streamlit's way to the provider and back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the place, or go back to it; pass all else on."""
        alter = None
        if scope["type"] == "http" and scope["path"].endswith(LOGIN):
            alter = _leave
        elif scope["type"] == "http" and scope["path"].endswith(CALLBACK):
            alter = _return
        connection = HTTPConnection(scope) if alter else None

        async def altered(message: Message) -> None:
            if alter and connection and message["type"] == "http.response.start":
                alter(connection, message, MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, altered)


def _leave(request: HTTPConnection, message: Message, headers: MutableHeaders) -> None:
    """Note from which page the person leaves; where the provider cannot be asked, they stay there and read why."""
    came_from = urlsplit(request.headers.get("referer", ""))
    place = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    is_own = came_from.netloc.lower() == request.headers.get("host", "").lower() and _is_place(place)
    if message["status"] >= 400:
        message["status"] = 303
        headers["location"] = place if is_own else _first_page(request, LOGIN)
        headers.append("set-cookie", _cookie(PROBLEM, "unreachable", TO_READ))
        return
    headers.append("set-cookie", _cookie(PROBLEM, "", 0))
    headers.append("set-cookie", _cookie(PLACE, quote(place, safe="") if is_own else "", AT_THE_PROVIDER))


def _return(request: HTTPConnection, message: Message, headers: MutableHeaders) -> None:
    """Lead to the noted page, whether somebody was signed in or not; also after sign-out, which comes by here too."""
    answer = parse_qs(request.scope["query_string"].decode("latin-1"))
    if not answer.keys() & {"code", "error"} or message["status"] not in (302, 303, 307):
        return
    place = unquote(request.cookies.get(PLACE, ""))
    headers["location"] = place if _is_place(place) else _first_page(request, CALLBACK)
    headers.append("set-cookie", _cookie(PLACE, "", 0))
    if not any(_is_set(line, USER_COOKIE_NAME) for line in headers.getlist("set-cookie")):
        problem = "declined" if answer.get("error") == ["access_denied"] else "refused"  # RFC 6749, 4.1.2.1
        headers.append("set-cookie", _cookie(PROBLEM, problem, TO_READ))


def _is_place(place: str) -> bool:
    return len(place) <= LONGEST_PLACE and OWN_PATH.fullmatch(place) is not None


def _first_page(request: HTTPConnection, tail: str) -> str:
    return f"{request.scope['path'].removesuffix(tail)}/"


def _is_set(line: str, name: str) -> bool:
    """Whether a Set-Cookie line gives the cookie a value, rather than taking it away."""
    start, _, rest = line.partition("=")
    return start.strip() == name and rest.partition(";")[0].strip('" ') != ""


def _cookie(name: str, value: str, seconds: int) -> str:
    made = Response()
    made.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax")
    return made.headers["set-cookie"]
