"""Districts to look at and districts to change, and plain HTTP clients that share no code with the program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from gpb.sandbox import Running, SandboxConfig, running
from tests.lent import lent

TODAY = date(2020, 10, 1)
CURRENT = "enrollment_term_id=3"


@pytest.fixture(scope="session")
def district() -> Iterator[Running]:
    """The default district, which no test may change."""
    with running(SandboxConfig(port=0, today=TODAY)) as sandbox:
        yield sandbox


@pytest.fixture
def small() -> Iterator[Running]:
    """A district of two schools and nine courses a term, for tests that change it."""
    with lent(SandboxConfig(port=0, schools=2, courses=9, today=TODAY)) as sandbox:
        yield sandbox


def canvas(sandbox: Running, token: str | None = None) -> httpx.Client:
    """Return a client of the sandbox's Canvas REST API, as administrator unless a token is given."""
    headers = {"authorization": f"Bearer {token or sandbox.keyring.admin.token}"}
    return httpx.Client(base_url=f"{sandbox.canvas_url}/api/v1/", headers=headers, timeout=60)


def token_without(sandbox: Running, right: str) -> str:
    """Return the Canvas token that lacks just this right."""
    everything = sandbox.keyring.admin.rights
    return next(token.token for token in sandbox.keyring.canvas.values() if token.rights == everything - {right})


def focus(sandbox: Running, base: str | None = None, client_id: str | None = None) -> httpx.Client:
    """Return a signed-in client of Focus' native API, or of the dialect whose base is given."""
    client = sandbox.keyring.clients[client_id or sandbox.keyring.client.client_id]
    url = base or sandbox.sis_url
    form = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": client.client_secret,
    }
    token = httpx.post(f"{url}/token", data=form).json()["access_token"]
    return httpx.Client(base_url=f"{url}/", headers={"authorization": f"Bearer {token}"}, timeout=60)


def walk(client: httpx.Client, path: str) -> list[list[Any]]:
    """Return all pages of a Canvas list, following its links."""
    pages = []
    address: str | None = path
    while address:
        reply = client.get(address)
        assert reply.status_code == 200
        pages.append(reply.json())
        address = reply.links.get("next", {}).get("url")
    return pages


def flat(pages: list[list[Any]]) -> list[Any]:
    """Return the items of all pages."""
    return [item for page in pages for item in page]
