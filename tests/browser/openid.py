"""A real OpenID provider on this machine, people who have an account there, and a dashboard that they sign in to."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import oidc_provider_mock
import pytest
from playwright.sync_api import Page, expect

from gpb.sandbox import Running
from tests.browser.driver import Dashboard
from tests.lent import put_data

SECRET = "a secret of this test that is long enough"
ANN, BOB = "ann@district.example", "bob@elsewhere.example"


class Provider:
    """The provider at ``address``, where the dashboard is registered."""

    def __init__(self, address: str) -> None:
        self.address = address
        for person in (ANN, BOB):
            self._sent("PUT", f"/users/{quote(person)}", {"email": person, "email_verified": True, "name": "Somebody"})

    def client(self, dashboard: Dashboard) -> dict[str, str]:
        """``client_id`` and ``client_secret`` for a dashboard."""
        given = self._sent("POST", "/oauth2/clients", {"redirect_uris": [f"{dashboard.address}/oauth2callback"]})
        return {name: given[name] for name in ("client_id", "client_secret")}

    def _sent(self, method: str, path: str, body: dict[str, object]) -> Any:
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=20) as reply:
            return json.loads(reply.read() or b"{}")


@contextmanager
def provider() -> Iterator[Provider]:
    """An OpenID provider until the end of the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "AUTHLIB_INSECURE_TRANSPORT", "1")  # the provider's own: it has no certificate
        with oidc_provider_mock.run_server_in_thread(require_client_registration=True) as server:
            yield Provider(f"http://localhost:{server.server_port}")


@contextmanager
def signing_in(folder: Path, box: Running, openid: Provider, **wrong: str) -> Iterator[Dashboard]:
    """A dashboard on a pulled district, to which Ann alone is admitted; ``wrong`` replaces what is configured."""
    settings = {**box.settings, "GPB_DATA_DIR": str(folder)}
    put_data(box, folder, pulled=True)
    file = folder / "secrets.toml"
    lists = {"GPB_SIGN_IN": "required", "GPB_ALLOWED_PEOPLE": ANN}
    dashboard = Dashboard({**settings, **lists, "STREAMLIT_SECRETS_FILES": str(file)})
    given = {
        "redirect_uri": f"{dashboard.address}/oauth2callback",
        "cookie_secret": SECRET,
        "server_metadata_url": f"{openid.address}/.well-known/openid-configuration",
        **openid.client(dashboard),
        **wrong,
    }
    file.write_text("[auth]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in given.items()))
    with dashboard:
        yield dashboard


def to_the_provider(page: Page) -> None:
    """Press Sign in at the door."""
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Authorize Client")).to_be_visible()


def sign_in(page: Page, who: str) -> None:
    """From the door, through the provider, back."""
    to_the_provider(page)
    page.get_by_placeholder("sub").fill(who)
    page.get_by_role("button", name="Authorize").click()


def sign_out(page: Page) -> None:
    """From the dashboard, and from the provider, which asks."""
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()
