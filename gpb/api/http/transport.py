"""HTTP: the only module of the project that imports httpx, so that changing the library changes this one file.

A transport speaks to one server. It knows how to send, how long to wait, when to try again and how many requests may
be in flight; what a reply means it asks its judge (``replies``), and who it is its credential.
"""

from __future__ import annotations

import logging
import math
import socket
import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.util import find_spec
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx

from gpb.api.http.addresses import host, resolve
from gpb.api.http.concurrency import DEFAULT_CONCURRENCY, Limiter, Throttle
from gpb.api.http.credentials import Credential
from gpb.api.http.network import Proxy, certificates, distrust, proxy_for, unusable
from gpb.api.http.replies import PROXY_LOGIN, SETTING_PREFIX, Judge, as_foreign, request_id
from gpb.api.http.retries import RetryBudget, final, retrying
from gpb.errors import (
    ApiError,
    Blocked,
    BrokenReply,
    ConnectionLost,
    NotPermitted,
    NotSent,
    RetriableError,
    Throttled,
    TokenRejected,
    Unreachable,
    WrongServer,
)
from gpb.version import __version__

CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 60.0
WRITE_TIMEOUT = 30.0
POOL_TIMEOUT = 60.0
"""Seconds."""
USER_AGENT = f"gpb/{__version__} (+assignment-group associations)"
"""Hosted Canvas turns requests without a User-Agent away."""

Params = Sequence[tuple[str, str]]
Result = TypeVar("Result")
_NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
if find_spec("sniffio") is None:  # httpcore tries to import it with every request, and looks along the whole path
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # documented: the import then fails at once
_log = logging.getLogger("gpb.api")
_NOWHERE = logging.NullHandler()
"""Retries are no news for a person: without a configured log they must not appear on stderr."""

BeforeSend = Callable[[], Awaitable[None] | None]
"""Called at the last moment before a request leaves, and waited for; what it raises keeps the request back."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A success: its address, its headers with names in lower case, and what the judge made of its body."""

    url: str
    status: int
    headers: Mapping[str, str]
    data: Any


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    about: str
    judge: Judge
    body: Mapping[str, Any]
    """Arguments of httpx: ``json`` or ``data``, or nothing."""
    before_send: BeforeSend | None = None


class Transport:
    """Sends requests to one server.

    A ``limiter`` is given where other transports share it, in place of one of its own for ``concurrency`` requests.
    ``requests`` counts those that were sent, retries included; ``throttled`` those that the rate limit turned away.
    """

    def __init__(
        self,
        system: str,
        base_url: str,
        judge: Judge,
        credential: Credential,
        *,
        token_judge: Judge | None = None,
        concurrency: int = DEFAULT_CONCURRENCY,
        limiter: Limiter | None = None,
        read_timeout: float = READ_TIMEOUT,
    ) -> None:
        _keep_quiet()
        self.system = system
        self.base_url = base_url.rstrip("/")
        self.concurrency = concurrency
        self.requests = 0
        self.throttled = 0
        self._has_answered = False
        self._judge = judge
        self._token_judge = token_judge or judge
        self._credential = credential
        self._budget = RetryBudget()
        self._limiter = limiter or Limiter(Throttle(concurrency), system)
        self._proxy = proxy_for(base_url)
        self._client = httpx.AsyncClient(
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
            timeout=httpx.Timeout(connect=CONNECT_TIMEOUT, read=read_timeout, write=WRITE_TIMEOUT, pool=POOL_TIMEOUT),
            limits=httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency),
            follow_redirects=False,
            trust_env=False,  # ``network`` reads the environment, and says in a sentence what cannot be used there
            proxy=_httpx_proxy(self._proxy),
            verify=certificates() if base_url.startswith("https:") else False,  # else there is nothing to verify
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # the token says who asks, not a session
        )

    async def get(
        self, path_or_url: str, params: Params = (), *, about: str, before_send: BeforeSend | None = None
    ) -> Reply:
        """Read; tried again after every retriable error.

        ``path_or_url`` is a path below the base, or an address of the same origin (a next page). ``before_send`` is
        called at the last moment before each attempt leaves. Raises FatalError or SkippableError, never RetriableError.
        """
        request = _Request("GET", self._address(path_or_url, params), about, self._judge, {}, before_send)
        self._budget.requests += 1
        return await self.retrying(lambda: self._authorized(request))

    async def post(self, path: str, json: Mapping[str, Any], *, about: str) -> Reply:
        """Read by a question that needs a body, as GraphQL does; tried again, and raises, as ``get``."""
        request = _Request("POST", self._address(path), about, self._judge, {"json": json})
        self._budget.requests += 1
        return await self.retrying(lambda: self._authorized(request))

    async def put(
        self, path: str, json: Mapping[str, Any], *, about: str, before_send: BeforeSend | None = None
    ) -> Reply:
        """Write once: it was made from a reading, which grows older while the write waits to be repeated.

        ``before_send`` is called at the last moment before headers and body leave; what it raises keeps the write
        here. Raises ConnectionLost, ServerFault or BrokenReply when it may have been carried out: the caller has to
        look. Every other error means that it was not: NotSent and Throttled are for the caller to begin anew.
        """
        return await self._write(_Request("PUT", self._address(path), about, self._judge, {"json": json}, before_send))

    async def delete(self, path: str, *, about: str, before_send: BeforeSend | None = None) -> Reply:
        """Delete once; raises as ``put`` does."""
        return await self._write(_Request("DELETE", self._address(path), about, self._judge, {}, before_send))

    async def _write(self, request: _Request) -> Reply:
        self._budget.requests += 1
        return await self._authorized(request)

    @property
    def load(self) -> int:
        """How many callers have a request in flight, or wait for that."""
        return self._limiter.load

    def telling(self, listener: Callable[[str], None]) -> AbstractContextManager[None]:
        """Tell of each pause that the rate limit brings inside the block, in words for a person."""
        return self._limiter.telling(listener)

    async def retrying(self, once: Callable[[], Awaitable[Result]]) -> Result:
        """Repeat something longer than one read, as a walk over pages is, within the same retry budget."""
        try:
            return await retrying(once, self._budget)
        except RetriableError as error:
            raise final(error) from error

    def may_repeat(self, requests: int) -> bool:
        """Whether a caller may send so many requests of its own once more; takes them from the retry budget."""
        return self._budget.take(requests)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _post_form(self, path: str, form: Mapping[str, str]) -> Any:
        """Ask for a token: a form without authorization; returns what the token judge made of the reply."""
        request = _Request("POST", self._address(path), "a token", self._token_judge, {"data": form})
        self._budget.requests += 1
        return (await self.retrying(lambda: self._exchange(request, {}))).data

    def _address(self, path_or_url: str, params: Params = ()) -> str:
        is_path = path_or_url.startswith("/")
        url = self.base_url + path_or_url if is_path else resolve(self.base_url, path_or_url)
        if url is None:
            raise WrongServer(
                f"{self.system} pointed to a page at another address, {host(path_or_url) or 'which cannot be read'}; "
                f"the token goes to {host(self.base_url)} only. Correct {SETTING_PREFIX[self.system]}_URL.",
                system=self.system,
            )
        return f"{url}?{urlencode(params)}" if params else url

    async def _authorized(self, request: _Request) -> Reply:
        """Send with the credential's headers, and once more when a refused token can be replaced: nothing was done."""
        headers = await self._credential.headers(self._post_form)
        try:
            return await self._exchange(request, headers)
        except (TokenRejected, NotPermitted) as error:
            if not self._credential.renew(headers, lacks_right=isinstance(error, NotPermitted)):
                raise
        return await self._exchange(request, await self._credential.headers(self._post_form))

    async def _exchange(self, request: _Request, headers: Mapping[str, str]) -> Reply:
        """One request, one reply, judged."""
        async with self._limiter.slot(urgent=request.method in ("PUT", "DELETE")) as era:
            self.requests += 1
            started = time.monotonic()
            response = await self._respond(request, headers)
            received = {name.lower(): value for name, value in response.headers.items()}
            _log_reply(self.system, request, response.status_code, received, time.monotonic() - started)
            try:
                data = request.judge(response.status_code, received, response.content, request.about)
            except ApiError as error:
                told = self._told(request, response, received, error)
                if isinstance(told, Throttled):
                    self.throttled += 1
                    self._limiter.turned_away(era)
                elif not isinstance(told, RetriableError):
                    self._limiter.answered(era, *_units(received))
                raise told from error
            self._limiter.answered(era, *_units(received), time.monotonic() - started)
        self._has_answered = True
        return Reply(request.url, response.status_code, received, data)

    def _told(
        self, request: _Request, response: httpx.Response, headers: Mapping[str, str], error: ApiError
    ) -> ApiError:
        """The error of a reply, by what this address is known to be; its details go to the log."""
        _log.info("request id %s, status %s: %s", error.request_id or "unknown", error.status, error)
        if not self._has_answered:
            return error
        return as_foreign(self.system, response.status_code, headers, response.content, request.about, error)

    async def _respond(self, request: _Request, headers: Mapping[str, str]) -> httpx.Response:
        extensions = {"trace": _trace(request.before_send, request.method)} if request.before_send else {}
        try:
            return await self._client.request(
                request.method, request.url, headers=dict(headers), extensions=extensions, **request.body
            )
        except _NEVER_ARRIVED as error:
            if untrusted := _untrusted(error):
                told = distrust(self.system, host(self.base_url), untrusted.verify_message)
                raise Unreachable(f"{told} {SETTING_PREFIX[self.system]}_URL.", system=self.system) from error
            if isinstance(error, httpx.ProxyError) and "407" in str(error):
                raise Blocked(PROXY_LOGIN.format(system=self.system), system=self.system) from error
            way = f" through {self._proxy.sentence}" if self._proxy else ""
            sentence = f"No connection to {self.system} at {host(self.base_url)}{way}: {_reason(error)}."
            raise NotSent(sentence, system=self.system) from error
        except httpx.InvalidURL as error:
            setting = f"{SETTING_PREFIX[self.system]}_URL"
            sentence = f"The address for {request.about} cannot be used. Correct {setting}."
            raise WrongServer(sentence, system=self.system) from error
        except httpx.DecodingError as error:
            sentence = f"The reply of {self.system} for {request.about} cannot be read."
            raise BrokenReply(sentence, system=self.system) from error
        except httpx.TransportError as error:
            how = "timed out" if isinstance(error, httpx.TimeoutException) else "broke off"
            sentence = f"The connection to {self.system} {how} during the request for {request.about}."
            raise ConnectionLost(sentence, system=self.system) from error


def _httpx_proxy(proxy: Proxy | None) -> httpx.Proxy | None:
    if proxy is None:
        return None
    try:
        context = certificates() if proxy.address.startswith("https:") else None
        return httpx.Proxy(proxy.address, ssl_context=context)
    except (httpx.InvalidURL, ValueError) as error:  # a name that no address can hold
        raise unusable(proxy.variable) from error


def _trace(before_send: BeforeSend, method: str) -> Callable[[str, Mapping[str, Any]], Awaitable[None]]:
    """For httpx' tracing: when headers or body are about to go, all waiting for places and connections lies behind.

    Without its body a write is not carried out, but a read is answered as soon as its headers are there.
    """
    parts = ("headers",) if method == "GET" else ("headers", "body")
    moments = tuple(f".send_request_{part}.started" for part in parts)

    async def trace(event: str, _: Mapping[str, Any]) -> None:
        if event.endswith(moments):
            waited_for = before_send()
            if waited_for is not None:
                await waited_for

    return trace


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The chain of causes below httpx' own error, which begins it."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _untrusted(error: BaseException) -> ssl.SSLCertVerificationError | None:
    """The refused certificate behind an error; trying again would meet the same one."""
    return next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)


def _reason(error: BaseException) -> str:
    """Why no connection came about."""
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return "that name is not known"
        if isinstance(cause, ssl.SSLError):
            return "it does not support the encryption that https:// needs"
        if isinstance(cause, ConnectionRefusedError):
            return "nothing responds there"
    return "it did not respond in time" if isinstance(error, httpx.TimeoutException) else "the connection failed"


def _units(headers: Mapping[str, str]) -> tuple[float | None, float | None]:
    """What Canvas says is left in the bucket of the token, and what the request has cost."""
    return _number(headers.get("x-rate-limit-remaining")), _number(headers.get("x-request-cost"))


def _number(text: str | None) -> float | None:
    try:
        found = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _log_reply(system: str, request: _Request, status: int, headers: Mapping[str, str], seconds: float) -> None:
    """One line without query and without headers: neither can hold anything that a log must not keep."""
    path = urlsplit(request.url).path
    identity = request_id(headers) or "unknown"
    _log.debug("%s: %s %s %d in %.3f s, request id %s", system, request.method, path, status, seconds, identity)


def _without_query(record: logging.LogRecord) -> bool:
    """Drop httpx' own line about each request: it holds the whole query; ours says the same without it."""
    return record.levelno >= logging.WARNING


def _keep_quiet() -> None:
    """Set up the loggers of this module's helpers; doing it again changes nothing."""
    logging.getLogger("httpx").addFilter(_without_query)
    logging.getLogger("stamina").addHandler(_NOWHERE)
