"""What the transport tells: everything that support needs in the log, no secret, nothing on the screen."""

from __future__ import annotations

import logging

import pytest
from pydantic import SecretStr

from gpb.api.http.credentials import ClientCredentials
from gpb.api.http.transport import Transport
from gpb.api.sis_replies import focus_reply, token_reply
from gpb.errors import ApiError, NotFound
from tests.api.conftest import Canned, ScriptedServer
from tests.api.http.test_transport import GOOD, TOKEN, read, transport

__all__ = ["transport"]  # the fixture


async def test_no_secret_is_in_any_log(
    server: ScriptedServer, transport: Transport, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever any library logs at DEBUG: queries, tokens, retries, failures; the request id is there."""
    for name in ("", "gpb.api", "httpx", "httpcore", "asyncio", "stamina"):
        caplog.set_level(logging.DEBUG, name)
    fault = Canned(503, headers={"X-Request-Context-Id": "c0ffee"})
    server.on("GET /canvas/x", fault, GOOD, Canned(404, {"errors": []}))
    await transport.get("/x", [("access_token", TOKEN), ("search_term", "pupil")], about="account 1")
    with pytest.raises(NotFound) as caught:
        await read(transport)
    server.on("POST /canvas/token", Canned(body={"access_token": "given", "expires_in": 9}), Canned(401))
    sis = ClientCredentials("client", SecretStr("hush"))
    focus = Transport("Focus", server.url + "/canvas", focus_reply, sis, token_judge=token_reply)
    with pytest.raises(ApiError):
        await read(focus)
    await focus.aclose()
    everything = caplog.text + "".join(f"{vars(record)}" for record in caplog.records)
    everything += repr(caught.value) + repr(vars(transport)) + repr(vars(focus))
    for secret in (TOKEN, "pupil", "hush", "given"):
        assert secret not in everything
    assert "GET /canvas/x 503" in caplog.text
    assert "c0ffee" in caplog.text


async def test_retries_print_nothing_by_themselves(
    server: ScriptedServer, transport: Transport, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a configured log, stderr is for the one sentence."""
    root = logging.getLogger()
    handlers, root.handlers = root.handlers, []
    try:
        server.on("GET /canvas/x", Canned(503), GOOD)
        await read(transport)
    finally:
        root.handlers = handlers
    assert capfd.readouterr().err == ""
