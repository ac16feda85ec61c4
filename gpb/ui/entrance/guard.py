"""What stands before every request to the dashboard: under which names it answers, to whom, and in whose frames.

A website that is open in the same browser may call this machine, also by a name of its own that leads here (DNS
rebinding), and may show the dashboard in a frame and have a person click there unawares. Browsers tell the name by
which they called (Host) and the website that asks (Origin), and keep to the rules of an answer about frames; other
programs need no tricks: they are told from the dashboard's own people by the cookie of the sign-in alone, and reach
nothing from another machine while nobody has to sign in.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpb.api.http.addresses import is_loopback
from gpb.errors import SettingsError
from gpb.settings import load_settings
from gpb.ui.entrance.admission import claims_of, may_enter, provider

HEALTH = "/_stcore/health"  # asked by load balancers, by whatever name; its answer is "ok"
BEFORE_SIGN_IN = (HEALTH, "/_stcore/host-config", "/_stcore/stream")
"""Of Streamlit's own addresses, what the door itself needs; who may see more of the stream, ``app.py`` decides."""
FOR_THE_ADMITTED = ("/media/", "/_stcore/")  # downloads, uploads, and whatever else Streamlit may come to serve
HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",  # the same for browsers of before 2016
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # addresses name terms, courses and people's filters
}
NOT_THIS_NAME = (
    "The dashboard does not respond at this address or to other websites. Open it at http://localhost, or set "
    "GPB_DASHBOARD_URL to the address that people use to open it, then restart it."
)
NOT_SIGNED_IN = (
    "You need to be signed in, and allowed to use the dashboard, to open this. Open the dashboard and sign in there."
)
NOT_FROM_ELSEWHERE = (
    "This dashboard does not require sign-in, so it responds only to the machine that it runs on. To open it to "
    "others, set GPB_SIGN_IN=required and configure sign-in as the README describes."
)


class Guard:
    """ASGI middleware around Streamlit's own server, for HTTP and websockets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._dashboard_url: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with ``HEADERS`` on the answer."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        reason = self._why_not(scope)
        if reason is None:
            await self._app(scope, receive, send_with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it was accepted: the answer is 403
        else:
            await PlainTextResponse(reason, 403)(scope, receive, send_with_headers)

    def _why_not(self, scope: Scope) -> str | None:
        """Why a request is refused; None where it is answered."""
        path = _below_base(scope["path"])
        if path == HEALTH:
            return None
        if not self._is_meant(Headers(scope=scope)):
            return NOT_THIS_NAME
        is_open = path in BEFORE_SIGN_IN or not path.startswith(FOR_THE_ADMITTED)
        if is_open and _is_from_here(scope):
            return None
        try:
            settings = load_settings()
            if provider(settings) is None:
                return None if _is_from_here(scope) else NOT_FROM_ELSEWHERE
            is_admitted = may_enter(claims_of(HTTPConnection(scope).cookies), settings)
        except SettingsError:  # what is wrong is told at the door
            is_admitted = False
        return None if is_open or is_admitted else NOT_SIGNED_IN

    def _is_meant(self, headers: Headers) -> bool:
        own, called, asking = urlsplit(self._own_address()), headers.get("host", ""), headers.get("origin")
        names = {"localhost", own.hostname}
        if _host(called) not in names and not is_loopback(f"http://{_host(called) or '?'}"):
            return False
        return asking is None or urlsplit(asking).netloc.lower() in (called.lower(), own.netloc.lower())

    def _own_address(self) -> str:
        """GPB_DASHBOARD_URL as it was at the start; while a setting is wrong, only the names of the loopback count."""
        if self._dashboard_url is None:
            try:
                self._dashboard_url = load_settings().dashboard_url
            except SettingsError:
                return ""
        return self._dashboard_url


def _below_base(path: str) -> str:
    """The path that Streamlit's routes know, which stand below server.baseUrlPath."""
    base = str(st.get_option("server.baseUrlPath")).strip("/")
    return path.removeprefix(f"/{base}") if base else path


def _is_from_here(scope: Scope) -> bool:
    """Whether the program that asks runs on this machine; a proxy on it may name for whom it asks."""
    name = str((scope.get("client") or ("localhost", 0))[0])
    return is_loopback(f"http://[{name}]" if ":" in name else f"http://{name}")


def _host(called: str) -> str | None:
    """The name in a Host header (RFC 9110: a host with an optional port, nothing else), in small letters.

    An IPv6 address keeps its brackets.
    """
    try:
        parts = urlsplit(f"http://{called}")
        _ = parts.port
    except ValueError:
        return None
    if parts.netloc != called or "@" in called or not parts.hostname:
        return None
    return f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.rstrip(".")
