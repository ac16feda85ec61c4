"""The transport over real HTTP: faults of the connection, retries of reads and writes, the budget, and the logs."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
import stamina
from pydantic import SecretStr

import gpb
from gpb.api.http import transport as module
from gpb.api.http.concurrency import PAUSES
from gpb.api.http.credentials import BearerToken
from gpb.api.http.replies import canvas_reply
from gpb.api.http.retries import ATTEMPTS
from gpb.api.http.transport import READ_TIMEOUT, USER_AGENT, Reply, Transport
from gpb.api.sis_replies import focus_reply
from gpb.errors import (
    ApiError,
    BrokenReply,
    ConnectionLost,
    LeaseLost,
    NotFound,
    NotPermitted,
    NotSent,
    RetriableError,
    ServerFault,
    Throttled,
    TokenRejected,
    Unavailable,
    Unreachable,
    WrongServer,
)
from tests.api.conftest import Canned, ScriptedServer

TOKEN = "1~verysecret"
GOOD = Canned(body={"id": 1})
LIMITED = Canned(403, "403 Forbidden (Rate Limit Exceeded)", {"Content-Type": "text/plain"})


LATE = Canned(delay=1.3)
NEVER = Canned(delay=1.31)
"""Late each time: as nothing good shall arrive in time, the patience may be shorter than a busy machine needs."""


@pytest.fixture
async def transport(server: ScriptedServer, request: pytest.FixtureRequest) -> AsyncIterator[Transport]:
    """A transport to the scripted server; it is impatient only where the reply is late."""
    told = request.node.callspec.params.values() if hasattr(request.node, "callspec") else ()
    patience = next((seconds for late, seconds in ((LATE, 1.0), (NEVER, 0.2)) if late in told), READ_TIMEOUT)
    made = Transport(
        "Canvas", server.url + "/canvas", canvas_reply, BearerToken(SecretStr(TOKEN)), read_timeout=patience
    )
    yield made
    await made.aclose()


def read(transport: Transport, path: str = "/x") -> Awaitable[Reply]:
    """GET something."""
    return transport.get(path, about="account 1")


def write(transport: Transport) -> Awaitable[Reply]:
    """PUT something."""
    return transport.put("/x", {"integration_data": {}}, about="assignment group 5 of course 3")


async def test_a_request_says_who_asks(server: ScriptedServer, transport: Transport) -> None:
    """Token, User-Agent and the base's prefix are sent; cookies of the server are not sent back."""
    server.on("GET /canvas/x", Canned(body=[], headers={"Set-Cookie": "session=1"}))
    await transport.get("/x", [("per_page", "100"), ("include[]", "teachers")], about="account 1")
    await read(transport)
    first, second = server.seen
    assert first.target == "/canvas/x?per_page=100&include%5B%5D=teachers"
    assert first.headers["authorization"] == f"Bearer {TOKEN}"
    assert first.headers["user-agent"] == USER_AGENT
    assert "cookie" not in second.headers


@pytest.mark.parametrize("look", [1, 2])
async def test_what_is_raised_at_the_last_moment_keeps_a_write_here(
    server: ScriptedServer, transport: Transport, look: int
) -> None:
    """Asked before the headers leave, and before the body does, without which nothing is carried out."""
    server.on("PUT /canvas/x", GOOD)
    looks = 0

    def before_send() -> None:
        nonlocal looks
        looks += 1
        if looks == look:
            raise LeaseLost("Somebody took it over.")

    with pytest.raises(LeaseLost):
        await transport.put("/x", {"integration_data": {}}, about="assignment group 5", before_send=before_send)
    assert not any(one.body for one in server.seen)


async def test_the_last_moment_before_a_read_is_told_for_every_attempt(
    server: ScriptedServer, transport: Transport
) -> None:
    """A reply is as old as the request that it answers."""
    server.on("GET /canvas/x", Canned(503), GOOD)
    seen: list[int] = []
    await transport.get("/x", about="account 1", before_send=lambda: seen.append(len(server.seen)))
    assert seen == [0, 1]


def test_canvas_is_told_which_version_asks() -> None:
    """For the district's own log; the version stands in one place."""
    assert USER_AGENT.startswith(f"gpb/{gpb.__version__} ")


@pytest.mark.parametrize(
    "fault",
    [
        Canned(reset=True),
        Canned(body={"id": 1}, cut=3),
        Canned(body='{"id":'),
        Canned(body=b"no gzip", headers={"Content-Encoding": "gzip"}),
        Canned(500, "x"),
        Canned(502, "<html>"),
        Canned(503),
        Canned(504),
        LATE,
        LIMITED,
        Canned(429, "429 Too Many Requests (Rate Limit Exceeded)", {"X-Rate-Limit-Remaining": "33"}),
        Canned(200, "<html>one moment</html>", {"Content-Type": "text/html"}),
    ],
)
async def test_a_read_survives_a_passing_fault(server: ScriptedServer, transport: Transport, fault: Canned) -> None:
    """The next attempt succeeds, and every attempt is counted."""
    server.on("GET /canvas/x", fault, GOOD)
    assert (await read(transport)).data == {"id": 1}
    assert transport.requests == len(server.seen) == 2


@pytest.mark.parametrize(
    ("fault", "expected", "words"),
    [
        (Canned(503), Unavailable, "Canvas failed with status 503 on the request for account 1"),
        (Canned(reset=True), Unavailable, "broke off"),
        (NEVER, Unavailable, "timed out"),
        (Canned(body="["), Unavailable, "cut short"),
        (Canned(200, "<html>", {"Content-Type": "text/html"}), WrongServer, "Check GPB_CANVAS_URL"),
    ],
)
async def test_a_read_gives_up_with_a_sentence(
    server: ScriptedServer, transport: Transport, fault: Canned, expected: type[ApiError], words: str
) -> None:
    """A lasting fault stops the run after some attempts; an HTML page that stays is another server."""
    server.on("GET /canvas/x", fault)
    with pytest.raises(expected, match=words):
        await read(transport)
    assert len(server.seen) == ATTEMPTS


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Canned(404, {"errors": []}), NotFound),
        (Canned(401, {}), TokenRejected),
        (Canned(403, {"status": "unauthorized"}), NotPermitted),
        (Canned(302, "", {"Location": "https://login.example"}), WrongServer),
    ],
)
async def test_what_would_fail_again_is_asked_once(
    server: ScriptedServer, transport: Transport, reply: Canned, expected: type[ApiError]
) -> None:
    """No retry, no redirect."""
    server.on("GET /canvas/x", reply)
    with pytest.raises(expected):
        await read(transport)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("send", "expected", "attempts"),
    [
        (read, (Unreachable, r"127\.0\.0\.1:\d+: nothing responds there\. Check the network and GPB_"), ATTEMPTS),
        (write, (NotSent, "nothing responds there"), 1),
    ],
)
async def test_a_server_that_is_not_there_is_unreachable(
    send: Any, expected: tuple[type[ApiError], str], attempts: int
) -> None:
    """The sentence says why, and where; a write is for the caller to begin anew."""
    gone = ScriptedServer()
    gone.close()
    transport = Transport("Canvas", gone.url, canvas_reply, BearerToken(SecretStr(TOKEN)))
    with pytest.raises(expected[0], match=expected[1]):
        await send(transport)
    assert transport.requests == attempts
    await transport.aclose()


async def test_a_server_that_does_not_answer_the_call_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its queue is full, so that no connection comes about in time."""
    monkeypatch.setattr(module, "CONNECT_TIMEOUT", 0.1)
    with socket.socket() as listening, socket.socket() as first, socket.socket() as second:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(listening.getsockname())
        transport = Transport(
            "Canvas", f"http://127.0.0.1:{listening.getsockname()[1]}", canvas_reply, BearerToken(SecretStr(TOKEN))
        )
        with stamina.set_testing(True, attempts=1), pytest.raises(Unreachable, match="did not respond in time"):
            await read(transport)
        await transport.aclose()


async def test_an_address_that_no_request_can_have_is_named(server: ScriptedServer, transport: Transport) -> None:
    """As a next page in the body of a reply could be."""
    with pytest.raises(WrongServer, match="The address for account 1 cannot be used"):
        await read(transport, "/x\x00")
    assert server.seen == []


@pytest.mark.parametrize("name", ["there.invalid", "a..b"])
async def test_a_name_that_nobody_knows_is_unreachable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The sentence says that it is the name; no name server is asked here."""

    async def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    transport = Transport("Focus", f"https://{name}", focus_reply, BearerToken(SecretStr(TOKEN)))
    with pytest.raises(Unreachable, match=r"that name is not known\. Check the network and GPB_SIS_URL"):
        await read(transport)
    await transport.aclose()


async def test_a_server_that_speaks_no_tls_is_unreachable(server: ScriptedServer) -> None:
    """https where only http is spoken."""
    address = server.url.replace("http:", "https:")
    transport = Transport("Focus", address, focus_reply, BearerToken(SecretStr(TOKEN)))
    with pytest.raises(Unreachable, match="does not support the encryption"):
        await read(transport)
    await transport.aclose()


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Canned(reset=True), ConnectionLost),
        (LATE, ConnectionLost),
        (Canned(body={"id": 1}, cut=3), ConnectionLost),
        (Canned(500), ServerFault),
        (Canned(503), ServerFault),
        (Canned(body="["), BrokenReply),
        (Canned(200, "<html>", {"Content-Type": "text/html"}), BrokenReply),
    ],
)
async def test_a_write_that_may_have_happened_is_not_sent_again(
    server: ScriptedServer, transport: Transport, fault: Canned, expected: type[RetriableError]
) -> None:
    """The caller has to look; the server saw exactly one PUT."""
    server.on("PUT /canvas/x", fault, GOOD)
    with pytest.raises(expected):
        await write(transport)
    assert len(server.seen) == 1


async def test_a_write_that_was_turned_away_is_not_sent_again(server: ScriptedServer, transport: Transport) -> None:
    """Its reading grows older while it waits, so the caller begins anew; the body is JSON."""
    server.on("PUT /canvas/x", LIMITED, GOOD)
    with pytest.raises(Throttled):
        await write(transport)
    assert transport.throttled == 1
    assert [one.body for one in server.seen] == [b'{"integration_data":{}}']
    assert server.seen[0].headers["content-type"] == "application/json"


async def test_retries_of_a_server_that_is_down_stay_within_the_budget(
    server: ScriptedServer, transport: Transport
) -> None:
    """Two hundred reads while all is 503: at most a tenth more requests than reads."""
    server.on("GET /canvas/x", Canned(503))
    found = await asyncio.gather(*(read(transport) for _ in range(200)), return_exceptions=True)
    assert all(isinstance(one, Unavailable) for one in found)
    assert len(server.seen) == 220


async def test_no_more_requests_are_in_flight_than_allowed(server: ScriptedServer) -> None:
    """Ten by default, as soon as the first of them is answered."""
    transport = Transport("Canvas", server.url, canvas_reply, BearerToken(SecretStr(TOKEN)))
    server.on("GET /x", Canned(body=[], until_in_flight=1), Canned(body=[], delay=0.01, until_in_flight=10))
    await asyncio.gather(*(read(transport) for _ in range(40)))
    assert server.most_in_flight == 10
    await transport.aclose()


async def test_a_low_remainder_in_the_header_slows_down(server: ScriptedServer, transport: Transport) -> None:
    """With 100 units left, at most one request stays in flight."""
    server.on("GET /canvas/x", Canned(body=[], headers={"X-Rate-Limit-Remaining": "100.0"}))
    await read(transport)
    server.on("GET /canvas/x", Canned(body=[], delay=0.02, headers={"X-Rate-Limit-Remaining": "100.0"}))
    server.most_in_flight = 0
    await asyncio.gather(*(read(transport) for _ in range(6)))
    assert server.most_in_flight == 1


async def test_a_throttled_reply_halves_the_requests_in_flight(server: ScriptedServer) -> None:
    """Also where no header tells what is left; as soon as enough have succeeded, one after the other."""
    transport = Transport("Canvas", server.url, canvas_reply, BearerToken(SecretStr(TOKEN)))
    server.on("GET /x", LIMITED, Canned(body=[]))
    for _ in range(PAUSES.successes):
        await read(transport)
    server.most_in_flight = 0
    server.on("GET /x", Canned(body=[], delay=0.01, until_in_flight=5))
    await asyncio.gather(*(read(transport) for _ in range(12)))
    assert server.most_in_flight == 5
    await transport.aclose()


async def test_a_longer_task_is_begun_anew_within_the_same_budget(transport: Transport) -> None:
    """As a walk over pages that did not add up."""
    outcomes = iter([BrokenReply("x", system="Canvas"), None])

    async def task() -> str:
        if error := next(outcomes):
            raise error
        return "whole"

    assert await transport.retrying(task) == "whole"


async def test_retries_can_be_switched_off(server: ScriptedServer, transport: Transport) -> None:
    """The switch of the retry library works for a test of the first failure."""
    server.on("GET /canvas/x", Canned(503))
    with stamina.set_testing(True, attempts=1), pytest.raises(Unavailable):
        await read(transport)
    assert len(server.seen) == 1


async def test_a_server_of_this_machine_is_asked_without_a_proxy(
    server: ScriptedServer, other_server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox works in a district whose environment sends all requests through a proxy."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, other_server.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server.on("GET /x", GOOD)
    transport = Transport("Canvas", server.url, canvas_reply, BearerToken(SecretStr(TOKEN)))
    assert (await read(transport)).data == {"id": 1}
    assert other_server.seen == []
    await transport.aclose()
