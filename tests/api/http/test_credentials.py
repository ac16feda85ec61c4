"""Credentials: one token for many requests, a new one in time, and no secret in any text."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from gpb.api.http import credentials as module
from gpb.api.http.credentials import BearerToken, ClientCredentials


class TokenServer:
    """Gives out numbered tokens."""

    def __init__(self, expires_in: Any = 3600) -> None:
        self.forms: list[Mapping[str, str]] = []
        self.expires_in = expires_in

    async def __call__(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        """Answer as a token endpoint does."""
        self.forms.append({"path": path, **form})
        await asyncio.sleep(0)
        return {"access_token": f"t{len(self.forms)}", "expires_in": self.expires_in}


def credentials() -> ClientCredentials:
    """Those of a client."""
    return ClientCredentials("client", SecretStr("hush"), scope="read")


async def test_a_token_is_asked_for_once_for_many_requests() -> None:
    """Requests at the same moment share the one that is on its way."""
    server, credential = TokenServer(), credentials()
    headers = await asyncio.gather(*(credential.headers(server) for _ in range(8)))
    assert headers == [{"Authorization": "Bearer t1"}] * 8
    assert server.forms == [
        {
            "path": "/token",
            "grant_type": "client_credentials",
            "client_id": "client",
            "client_secret": "hush",
            "scope": "read",
        }
    ]


async def test_a_token_at_its_end_is_replaced() -> None:
    """``expires_in`` is the life that is left."""
    server, credential = TokenServer(expires_in=0), credentials()
    await credential.headers(server)
    assert await credential.headers(server) == {"Authorization": "Bearer t2"}


async def test_a_short_life_is_used_for_most_of_its_length() -> None:
    """A token with 20 seconds left is not thrown away at once."""
    server, credential = TokenServer(expires_in="20"), credentials()
    await credential.headers(server)
    await credential.headers(server)
    assert len(server.forms) == 1


async def test_a_life_that_is_not_told_is_taken_as_the_usual_one() -> None:
    """The reply need not have ``expires_in``."""
    server, credential = TokenServer(expires_in=None), credentials()
    await credential.headers(server)
    await credential.headers(server)
    assert len(server.forms) == 1


async def test_many_refusals_of_one_token_lead_to_one_new_token() -> None:
    """The second refusal is about a token that has been replaced already."""
    server, credential = TokenServer(), credentials()
    used = await credential.headers(server)
    assert credential.renew(used)
    assert await credential.headers(server) == {"Authorization": "Bearer t2"}
    assert credential.renew(used)
    assert await credential.headers(server) == {"Authorization": "Bearer t2"}


async def test_a_token_made_by_a_person_is_not_renewed() -> None:
    """The same token would be sent again."""
    credential = BearerToken(SecretStr("hush"))
    headers = await credential.headers(TokenServer())
    assert headers == {"Authorization": "Bearer hush"}
    assert not credential.renew(headers)


async def test_no_secret_is_in_the_text_of_a_credential() -> None:
    """Neither in ``repr`` nor in the attributes as a debugger shows them."""
    credential = credentials()
    await credential.headers(TokenServer())
    for one in (credential, BearerToken(SecretStr("hush"))):
        shown = repr(one) + repr(vars(one))
        assert "hush" not in shown
        assert "'t1'" not in shown


async def test_connections_to_one_server_share_a_token() -> None:
    """The next one asks for none; another client, another secret or another server does."""
    server = TokenServer()
    askers = [("a", "x", "one"), ("a", "x", "one"), ("b", "x", "one"), ("a", "y", "one"), ("a", "x", "two")]
    for client, secret, at in askers:
        await ClientCredentials(client, SecretStr(secret), server=at).headers(server)
    assert len(server.forms) == 4
    assert not any("'x'" in str(key) for key in module._GIVEN)


async def test_a_missing_right_is_asked_for_with_a_token_of_now_once() -> None:
    """The shared one may be older than the right; one that was got for this connection is not."""
    server = TokenServer()
    older, later = (ClientCredentials("client", SecretStr("hush"), server="one") for _ in range(2))
    shared = await older.headers(server)
    assert await later.headers(server) == shared
    assert [later.renew(shared, lacks_right=True) for _ in range(2)] == [True, True]  # of two requests at once
    fresh = await later.headers(server)
    assert fresh == {"Authorization": "Bearer t2"}
    assert not later.renew(fresh, lacks_right=True)
    assert later.renew(shared, lacks_right=True)
    assert await later.headers(server) == fresh
