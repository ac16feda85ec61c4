"""Clients of both systems from the settings."""

from __future__ import annotations

import asyncio

import pytest

from gpb.api.connect import connect
from gpb.api.focus import FocusClient
from gpb.api.oneroster import OneRosterClient
from gpb.errors import SettingsError
from gpb.settings import Dialect, Settings, load_settings
from tests.api.conftest import Canned, ScriptedServer

COMPLETE = {
    "canvas_url": "https://alden.example",
    "canvas_token": "1~t",
    "sis_url": "https://alden.example/focus/api/1.0",
    "sis_client_id": "client",
    "sis_client_secret": "hush",
}


def settings(**changes: object) -> Settings:
    """Complete settings but for the changes."""
    return load_settings(**(COMPLETE | changes))


@pytest.mark.parametrize("name", ["canvas_url", "canvas_token", "sis_url", "sis_client_id", "sis_client_secret"])
async def test_a_missing_setting_is_named(name: str) -> None:
    """With what to set it to."""
    with pytest.raises(SettingsError, match=f"GPB_{name.upper()} is missing. Set it to"):
        async with connect(settings(**{name: ""})):
            pass


async def test_all_that_is_missing_or_unusable_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says of proxies and certificates, too, and each once."""
    monkeypatch.setenv("https_proxy", "socks5://x")
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    with pytest.raises(SettingsError) as caught:
        async with connect(settings(canvas_token="", sis_client_id="", sis_client_secret="", sis_url="https://x:y")):
            pass
    names = ("GPB_CANVAS_TOKEN", "GPB_SIS_CLIENT_ID", "GPB_SIS_CLIENT_SECRET", "GPB_SIS_URL", "https_proxy names")
    assert {name: str(caught.value).count(name) for name in (*names, "/nowhere.pem")} == dict.fromkeys(
        (*names, "/nowhere.pem"), 1
    )


@pytest.mark.parametrize("name", ["canvas_url", "sis_url"])
async def test_an_address_with_an_impossible_port_is_named(name: str) -> None:
    """Before anything is sent."""
    with pytest.raises(SettingsError, match=f"GPB_{name.upper()} is not a usable web address"):
        async with connect(settings(**{name: "http://127.0.0.1:99999"})):
            pass


@pytest.mark.parametrize("token", ["ein-schlüssel", "null\0byte", "half-a-“quote", "well,not-wéll"])
async def test_a_token_that_no_header_can_carry_is_refused_without_showing_it(token: str) -> None:
    """Before anything is sent."""
    with pytest.raises(SettingsError, match="GPB_CANVAS_TOKEN contains characters") as caught:
        async with connect(settings(canvas_token=token)):
            pass
    assert token not in str(caught.value)


async def test_each_of_several_tokens_takes_its_part_of_the_reading(server: ScriptedServer) -> None:
    """Ten in flight for each, as Canvas counts them apart; all else, and so each write, goes by the first."""
    server.on("GET /api/v1/accounts/self", Canned(body={"id": 1, "name": "A", "parent_account_id": None}))
    server.on("GET /api/v1/courses/1/sections", Canned(body=[], delay=0.005))
    async with connect(settings(canvas_url=server.url, canvas_token="1~a, 1~b\n1~c,1~a")) as connections:
        await connections.canvas.account("self")
        await asyncio.gather(*(connections.canvas.sections(1) for _ in range(60)))
        assert (connections.canvas.concurrency, connections.requests) == (30, 61)
    senders = [one.headers["authorization"].removeprefix("Bearer ") for one in server.seen]
    assert (senders[0], set(senders)) == ("1~a", {"1~a", "1~b", "1~c"})
    assert min(map(senders.count, set(senders))) > 10


@pytest.mark.parametrize(("dialect", "kind"), [(Dialect.FOCUS, FocusClient), (Dialect.ONEROSTER, OneRosterClient)])
async def test_the_dialect_is_the_one_of_the_settings(dialect: Dialect, kind: type) -> None:
    """No request is sent before the first question."""
    async with connect(settings(sis_dialect=dialect)) as connections:
        assert isinstance(connections.sis, kind)
        assert connections.requests == 0


async def test_requests_to_both_systems_are_counted_together(server: ScriptedServer) -> None:
    """One account, one token, one list; blanks around a copied token are no part of it."""
    server.on("GET /api/v1/accounts/self", Canned(body={"id": 1, "name": "A", "parent_account_id": None}))
    server.on("POST /focus/api/1.0/token", Canned(body={"access_token": "t"}))
    server.on("GET /focus/api/1.0/schools", Canned(body={"data": [], "total": 0}))
    urls = {"canvas_url": server.url, "sis_url": server.url + "/focus/api/1.0"}
    async with connect(settings(**urls, canvas_token=" 1~t\n")) as connections:
        await connections.canvas.account("self")
        assert await connections.sis.schools() == []
        assert connections.requests == 3
    assert server.seen[0].headers["authorization"] == "Bearer 1~t"
