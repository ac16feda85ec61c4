"""What stands before every request to the dashboard: under which names it answers, to whom, and in whose frames.

A website that is open in the same browser may call this machine, also by a name of its own that leads here (DNS
rebinding), and may show the dashboard in a frame and have a person click there unawares. Browsers tell the name by
which they called (Host) and the website that asks (Origin), and keep to the rules of an answer about frames; other
programs need no tricks, and are no concern of this module.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpb.api.addresses import is_loopback
from gpb.errors import SettingsError
from gpb.settings import load_settings

HEALTH = "/_stcore/health"  # asked by load balancers, by whatever name; its answer is "ok"
HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",  # the same for browsers of before 2016
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # addresses name terms, courses and people's filters
}
NOT_THIS_NAME = (
    "The dashboard does not answer here by this name, or not to another website. Open it as http://localhost, or set "
    "GPB_DASHBOARD_URL to the address by which people open it, and start it again."
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

        if scope["path"].endswith(HEALTH) or self._is_meant(Headers(scope=scope)):
            await self._app(scope, receive, send_with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it was accepted: the answer is 403
        else:
            await PlainTextResponse(NOT_THIS_NAME, 403)(scope, receive, send_with_headers)

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
