"""The way every API request takes: log, fault, throttle, latency, handler, fault again, reply.

Handlers stay plain; what the network and Canvas' edge do to a request happens here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count

from starlette.datastructures import Headers, QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gpb.sandbox.canvas import errors
from gpb.sandbox.canvas.throttle import Throttle
from gpb.sandbox.faults import odd, struck
from gpb.sandbox.faults.distort import distort
from gpb.sandbox.faults.scripts import Faults, reset, transport_of
from gpb.sandbox.log import RequestLog
from gpb.sandbox.replies import VISIT, Refused, Visit

CANVAS, FOCUS, ONEROSTER = "/canvas/api/", "/focus/api/", "/ims/oneroster/"
LONGEST_HOLD = 600.0
"""Seconds after which even a request that a fault holds is dropped."""

FIRST_ERROR = 400
SLOW = 2.0
"""Seconds that a request takes which the fault of that name strikes."""


@dataclass(slots=True)
class Reply:
    """A reply that is not sent yet."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def of(cls, response: Response) -> Reply:
        """Take over a Starlette response."""
        return cls(response.status_code, list(response.raw_headers), bytes(response.body))

    async def collect(self, message: Message) -> None:
        """Receive what a handler sends, in place of the network."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        else:
            self.body += message["body"]

    def add(self, name: str, value: str) -> None:
        """Add a header."""
        self.headers.append((name.encode(), value.encode()))

    async def send(self, send: Send, whole: bool = True) -> None:
        """Send the reply, or with `whole` off half of what its headers promise."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        body = self.body if whole else self.body[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": body, "more_body": not whole})


class Gate:
    """An ASGI application around the routes of both systems."""

    def __init__(self, app: ASGIApp, log: RequestLog, faults: Faults, throttle: Throttle, latency_ms: int) -> None:
        """Guard an application; setting `stopping` ends the requests that a fault holds.

        `receiving` is the number of requests whose body has not come yet: nothing is done for them.
        """
        self.app = app
        self.log = log
        self.faults = faults
        self.throttle = throttle
        self.latency = latency_ms / 1000
        self.stopping = asyncio.Event()
        self._request_ids = count(1)
        self.receiving = 0
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through; pages and the sandbox's own routes meet neither fault nor throttle."""
        if scope["type"] != "http" or not scope["path"].startswith((CANVAS, FOCUS)):
            await self.app(scope, receive, send)
            return
        self._in_flight += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self._in_flight -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode("latin-1")
        entry = self.log.arrived(scope["method"], scope["path"], query, self._in_flight)
        self.receiving += 1
        try:
            body = await _whole_body(receive)
        finally:
            self.receiving -= 1
        if body is None:
            return
        fault = self.faults.draw(scope["method"], scope["path"])
        oddities = self.faults.oddities()
        scope[VISIT] = Visit(fault=fault, repeats=odd.repeats(oddities, scope["path"]))
        if fault in ("reset", "timeout"):
            await self._break(scope, receive, hold=fault == "timeout")
            return
        reply = await self._reply(scope, body, fault)
        if fault == "lost-reply":
            await self._break(scope, receive, hold=False)
            return
        if reply.status < FIRST_ERROR:
            reply.headers, reply.body = odd.made_odd(oddities, scope["path"], reply.headers, reply.body)
        entry.status = reply.status
        cut = fault == "cut" and len(reply.body) > 1
        await reply.send(send, whole=not cut)
        if cut:
            transport_of(scope).close()
            await receive()

    async def _reply(self, scope: Scope, body: bytes, fault: str | None) -> Reply:
        """Answer as the system whose route it is; the handler runs unless a fault or the throttle is faster."""
        headers = Headers(scope=scope)
        if scope["path"].startswith(FOCUS):
            response = struck.focus_reply(fault, oneroster=ONEROSTER in scope["path"])
            reply = await self._late(scope, body, response)
        elif not headers.get("user-agent"):
            return Reply.of(errors.no_user_agent())
        else:
            response = struck.canvas_reply(fault, self.faults.throttled_status())
            reply = await self._throttled(scope, body, response, _token_of(scope, headers))
        page = struck.page_between(fault)
        if page is not None:
            return Reply.of(page)
        reply.headers, reply.body = distort(fault, reply.headers, reply.body)
        return reply

    async def _throttled(self, scope: Scope, body: bytes, response: Response | None, token: str) -> Reply:
        """Answer for Canvas: inside the token's bucket, and with the bucket's state in the headers."""
        bucket = self.throttle.bucket(token)
        allowed = bucket.reserve()
        try:
            reply = await self._late(scope, body, response if allowed else errors.throttled(429))
        finally:
            cost = scope[VISIT].cost
            bucket.settle(cost)
        if b"(Rate Limit Exceeded)" not in reply.body[:50]:
            reply.add("x-request-cost", f"{cost:.6f}")
        reply.add("x-rate-limit-remaining", f"{bucket.remaining():.6f}")
        reply.add("x-request-context-id", f"{next(self._request_ids):032x}")
        return reply

    async def _late(self, scope: Scope, body: bytes, response: Response | None) -> Reply:
        """Wait for the latency, then return the response at hand, else the handler's."""
        latency = SLOW if scope[VISIT].fault == "slow" else self.latency
        if latency:
            await asyncio.sleep(latency)
        if response is not None:
            return Reply.of(response)
        reply = Reply()
        try:
            await self.app(scope, _replay(body), reply.collect)
        except Refused as refused:
            return Reply.of(refused.response)
        return reply

    async def _break(self, scope: Scope, receive: Receive, hold: bool) -> None:
        """Drop the connection without a reply; with `hold` only after the client left or the sandbox stops."""
        if hold:
            waits = {asyncio.ensure_future(receive()), asyncio.ensure_future(self.stopping.wait())}
            _, pending = await asyncio.wait(waits, timeout=LONGEST_HOLD, return_when=asyncio.FIRST_COMPLETED)
            for wait in pending:
                wait.cancel()
        reset(transport_of(scope))
        await receive()


def _token_of(scope: Scope, headers: Headers) -> str:
    """Return what names the bucket: the token, wherever the request carries it."""
    return headers.get("authorization") or QueryParams(scope["query_string"]).get("access_token", "")


async def _whole_body(receive: Receive) -> bytes | None:
    """Return the request's body, or None when the client left before its end."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _replay(body: bytes) -> Receive:
    """Return a `receive` that gives a handler the body that was already read."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
