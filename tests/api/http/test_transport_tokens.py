"""Tokens on the way: to whom they go, and when another one is asked for."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from gpb.api.http.credentials import ClientCredentials
from gpb.api.http.transport import Reply, Transport
from gpb.api.sis_replies import focus_reply, token_reply
from gpb.errors import NotPermitted, TokenRejected, WrongServer
from tests.api.conftest import Canned, ScriptedServer
from tests.api.http.test_transport import GOOD, read, transport

__all__ = ["transport"]  # the fixture


async def test_the_token_goes_to_no_other_origin(
    server: ScriptedServer, other_server: ScriptedServer, transport: Transport
) -> None:
    """Neither by an address, nor by a redirect."""
    other_server.on("GET /canvas/x", GOOD)
    server.on("GET /canvas/x", Canned(307, "", {"Location": other_server.url + "/canvas/x"}))
    with pytest.raises(WrongServer, match="the token goes to"):
        await read(transport, other_server.url + "/canvas/x")
    with pytest.raises(WrongServer, match="redirects to"):
        await read(transport)
    assert other_server.seen == []


async def test_an_expired_token_is_replaced_once(server: ScriptedServer) -> None:
    """The request is sent again with the new token, and a second refusal is final."""
    server.on("POST /token", Canned(body={"access_token": "t1"}), Canned(body={"access_token": "t2"}))
    server.on("GET /x", Canned(401, {}), GOOD, Canned(401, {}))
    credential = ClientCredentials("client", SecretStr("hush&="))
    transport = Transport("Focus", server.url, focus_reply, credential, token_judge=token_reply)
    assert (await read(transport)).data == {"id": 1}
    assert [one.headers["authorization"] for one in server.calls("GET /x")] == ["Bearer t1", "Bearer t2"]
    asked = server.calls("POST /token")[0]
    assert asked.body == b"grant_type=client_credentials&client_id=client&client_secret=hush%26%3D"
    assert "authorization" not in asked.headers
    with pytest.raises(TokenRejected):
        await read(transport)
    await transport.aclose()


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_a_right_that_was_granted_since_is_asked_for_with_a_token_of_now(
    server: ScriptedServer, method: str
) -> None:
    """Once, where another connection got the token: what is refused then is refused."""
    server.on("POST /token", Canned(body={"access_token": "t1"}), Canned(body={"access_token": "t2"}))
    server.on("GET /x", GOOD)

    def connection() -> Transport:
        credential = ClientCredentials("client", SecretStr("hush"), server=server.url)
        return Transport("Focus", server.url, focus_reply, credential, token_judge=token_reply)

    async def ask(transport: Transport) -> Reply:
        return await (transport.put("/y", {}, about="it") if method == "PUT" else transport.get("/y", about="it"))

    first, second = connection(), connection()
    await read(first)
    server.on(f"{method} /y", Canned(403, {}), GOOD, Canned(403, {}))
    assert (await ask(second)).data == {"id": 1}
    with pytest.raises(NotPermitted):
        await ask(second)
    assert [one.headers["authorization"] for one in server.calls(f"{method} /y")] == [
        "Bearer t1", "Bearer t2", "Bearer t2",
    ]  # fmt: skip
    await first.aclose()
    await second.aclose()


async def test_a_refused_client_is_not_asked_about_again(server: ScriptedServer) -> None:
    """One request for a token, no other request."""
    server.on("POST /token", Canned(401, {"error": "invalid_client"}))
    credential = ClientCredentials("client", SecretStr("hush"))
    transport = Transport("Focus", server.url, focus_reply, credential, token_judge=token_reply)
    with pytest.raises(TokenRejected, match="client id and secret"):
        await read(transport)
    assert len(server.seen) == 1
    await transport.aclose()
